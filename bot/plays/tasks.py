"""What people do with the tasks of a play (SPEC C3): done, skip, snooze, reassign, note.

All take the session, the step's id, who clicks by Slack id, the time and the team; they raise NotFound and
NotAllowed with a sentence for whoever clicked.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.config import TeamConfig
from bot.errors import NotFound, UserError
from bot.models import Person
from bot.plays.acting import PlayAct, PlayActed, begin_act

LONGEST_SNOOZE_DAYS = 60


def complete_task(
    session: Session, *, step_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> PlayActed:
    """Tick a task off; the play goes on."""
    act = begin_act(session, "task_done", step_id=step_id, slack_user_id=slack_user_id, now=now, team=team)
    return _end_task(act, "done", {})


def skip_task(
    session: Session, *, step_id: int, slack_user_id: str, now: datetime, team: TeamConfig, reason: str
) -> PlayActed:
    """Leave a task out, with a reason."""
    act = begin_act(session, "task_skipped", step_id=step_id, slack_user_id=slack_user_id, now=now, team=team)
    return _end_task(act, "skipped", {"reason": _require(reason, "Say why it is skipped.")})


def snooze_task(
    session: Session, *, step_id: int, slack_user_id: str, now: datetime, team: TeamConfig, until: datetime
) -> PlayActed:
    """Put a task off: nobody is reminded before then, and it is due then."""
    act = begin_act(session, "task_snoozed", step_id=step_id, slack_user_id=slack_user_id, now=now, team=team)
    step = act.require_open("person")
    if until <= now:
        raise UserError("That time has passed. Choose one that lies ahead.")
    if (until - now).days > LONGEST_SNOOZE_DAYS:
        raise UserError(f"At most {LONGEST_SNOOZE_DAYS} days ahead. Choose an earlier day, or skip the task.")
    run = act.run
    later = replace(run.get(step.name), held_until=until, deadline_at=until, acts_at=until, reminded=0)
    act.save(run.put(later))
    act.note("snoozed", {"until": until.isoformat()})
    return act.finish({"until": until.isoformat()})


def reassign_task(
    session: Session,
    *,
    step_id: int,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    to_person_id: int,
) -> PlayActed:
    """Give a task to somebody else of the team."""
    act = begin_act(
        session, "task_reassigned", step_id=step_id, slack_user_id=slack_user_id, now=now, team=team
    )
    step = act.require_open("person")
    to = session.get(Person, to_person_id)
    if to is None:
        raise NotFound("This person is no longer on the team. Choose another.")
    if to.id == step.owner_id:
        raise UserError(f"It is {to.name}'s already.")
    before = session.get(Person, step.owner_id) if step.owner_id else None
    step.owner_id = to.id
    detail = {"to": to.name, "to_id": to.id, "before": before.name if before else None}
    act.note("reassigned", detail)
    return act.finish(detail)


def add_note(
    session: Session,
    *,
    run_id: int,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    words: str,
    step_id: int | None = None,
) -> PlayActed:
    """Write something down about a play or one of its steps; also once it is over."""
    act = begin_act(
        session,
        "note",
        run_id=None if step_id else run_id,
        step_id=step_id,
        slack_user_id=slack_user_id,
        now=now,
        team=team,
    )
    act.note("note", {"words": _require(words, "Write something.")})
    return act.finish()


def _end_task(act: PlayAct, state: str, detail: Mapping[str, Any]) -> PlayActed:
    step = act.require_open("person")
    run = act.run
    ended = run.get(step.name).end("done" if state == "done" else "skipped", state, act.now)
    steps = act.save(run.put(ended))
    steps[step.name].done_by = act.person.id
    if detail:
        steps[step.name].detail = {**steps[step.name].detail, **detail}
    act.note("task_done" if state == "done" else "task_skipped", detail)
    return act.finish(detail)


def _require(words: str, sentence: str) -> str:
    if not words.strip():
        raise UserError(sentence)
    return words.strip()
