"""What people do with a whole play: pause, resume, cancel, each with its reason and in the audit log."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.config import TeamConfig
from bot.errors import UserError
from bot.plays.acting import PlayActed, begin_act
from bot.plays.engine import end_run
from bot.plays.store import go_on, stand_still


def pause_run(
    session: Session, *, run_id: int, slack_user_id: str, now: datetime, team: TeamConfig, reason: str
) -> PlayActed:
    """Let a play stand still until somebody resumes it: nothing of it happens by itself."""
    act = begin_act(session, "pause", run_id=run_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living()
    if act.row.state == "paused" and act.row.held_by is None:
        act.refuse(f"It is paused already. {act.row.reason or ''}".strip())
    words = _require_reason(reason, "Say why it is paused, so that others know when to resume it.")
    act.row.held_by = None
    act.save(stand_still(act.run, now, words))
    act.note("paused", {"reason": words})
    return act.finish({"reason": words})


def resume_run(
    session: Session, *, run_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> PlayActed:
    """Let a play go on where it stopped; one that waits for another goes on beside it."""
    act = begin_act(session, "resume", run_id=run_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living()
    if act.row.state != "paused":
        act.refuse("It is not paused.")
    act.row.held_by = None
    act.save(go_on(act.run, now))
    act.note("resumed")
    return act.finish()


def cancel_run(
    session: Session, *, run_id: int, slack_user_id: str, now: datetime, team: TeamConfig, reason: str
) -> PlayActed:
    """End a play before its last step; its open tasks and questions are taken back."""
    act = begin_act(session, "cancel", run_id=run_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living()
    words = _require_reason(reason, "Say why it is cancelled.")
    run, deeds = end_run(act.run, "cancelled", "by_hand", words, now)
    act.save(run, deeds)
    return act.finish({"reason": words})


def _require_reason(reason: str, sentence: str) -> str:
    if not reason.strip():
        raise UserError(sentence)
    return reason.strip()
