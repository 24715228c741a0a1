"""Starting a play for an account: at most one of a kind at a time, and by precedence (SPEC P15)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from bot.audit import record_act
from bot.config import TeamConfig
from bot.errors import NotFound, UserError
from bot.models import Account, Person, PlayRun
from bot.plays.engine import begin_run, end_run
from bot.plays.facts import load_facts
from bot.plays.precedence import find_holder, find_rival, hold_lower, release_held
from bot.plays.recording import add_event, record_deeds
from bot.plays.store import (
    find_living,
    load_play,
    load_run,
    load_world,
    lock_account,
    register_version,
    save_run,
    stand_still,
)
from bot.plays.variants import assign_variant
from playbooks import Library, Playbook, get_library
from playbooks.facts import PlayFacts


@dataclass(frozen=True)
class Started:
    """What came of starting a play: it runs, it waits for another, it ran already, or it does not fit.

    ``run_id`` is that of the run meant, None where it does not fit; ``reason`` says why in a sentence.
    """

    outcome: Literal["started", "held", "running", "refused"]
    run_id: int | None
    reason: str | None = None


def start_play(
    session: Session,
    *,
    playbook: str,
    account_id: int,
    now: datetime,
    team: TeamConfig,
    why: str,
    by: Person | None = None,
    alert_id: int | None = None,
    library: Library | None = None,
) -> Started:
    """Start a play for an account, in the caller's transaction.

    What starts by itself (``by`` None) waits for a play of higher precedence and does not start beside one of
    its own class; a person starts it beside them. Raises NotFound for an account or play that is not there.
    """
    library = library or get_library(team.folder)
    play = _get_play(library, playbook)
    lock_account(session, account_id)
    account = session.get(Account, account_id, populate_existing=True)
    if account is None:
        raise NotFound("This account is no longer there.")
    running = next((row for row in find_living(session, account_id) if row.playbook == play.name), None)
    if running is not None:
        return Started("running", running.id, f"“{play.title}” is running for {account.name} already.")
    facts = load_facts(session, account, now=now, team=team, signals=play.signals)
    refusal = find_refusal(play, facts)
    if refusal is None and by is None:
        refusal = _find_rivalry(session, play, account)
    if refusal is not None:
        return Started("refused", None, refusal)
    return _begin(session, play, account, facts, now, team, library, why, by, alert_id)


def require_started(started: Started) -> int:
    """The run's id. Raises UserError with the reason where there is none."""
    if started.run_id is None:
        raise UserError(started.reason or "This play cannot be started here.")
    return started.run_id


def find_refusal(play: Playbook, facts: PlayFacts) -> str | None:
    """Why the play is not for this account, in a sentence; None where it is."""
    if facts.status == "churned" and not play.for_churned:
        return f"{facts.name} has churned; “{play.title}” is for customers."
    if facts.status != "churned" and play.for_churned:
        return f"{facts.name} is a customer; “{play.title}” is for those who left."
    dates = {"renewal": facts.renewal_on, "churn": facts.churned_on}
    if play.date_anchor is not None and dates[play.date_anchor] is None:
        return (
            f"{facts.name} has no {play.date_anchor} date, from which days of “{play.title}” count. "
            "Add it to the account first."
        )
    if not play.only_for.holds(facts, {}):
        marks = f" It is marked {', '.join(sorted(facts.flags))}." if facts.flags else ""
        return f"“{play.title}” is not for accounts such as {facts.name}.{marks}"
    return None


def _get_play(library: Library, name: str) -> Playbook:
    play = library.find(name)
    if play is None:
        raise NotFound(f"There is no play called {name!r}. `staysail playbooks` lists them.")
    return play


def _find_rivalry(session: Session, play: Playbook, account: Account) -> str | None:
    rival = find_rival(session, account.id, play)
    if rival is None:
        return None
    return f"“{rival.title}” is running for {account.name}, and “{play.title}” is of the same kind."


def _begin(
    session: Session,
    play: Playbook,
    account: Account,
    facts: PlayFacts,
    now: datetime,
    team: TeamConfig,
    library: Library,
    why: str,
    by: Person | None,
    alert_id: int | None,
) -> Started:
    _replace_others(session, play, account, now, team)
    holder = find_holder(session, account.id, play) if by is None else None
    row = PlayRun(
        account_id=account.id,
        playbook=play.name,
        title=play.title,
        version_id=register_version(session, play),
        play_class=play.play_class,
        state="active",
        alert_id=alert_id,
        started_at=now,
        started_by=by.id if by else None,
        why=why,
        renewal_on=account.renewal_on,
        facts={
            "score": facts.score,
            "level": facts.level,
            "color": facts.color,
            "arr_cents": facts.arr_cents,
        },
        shifted_seconds=0,
        next_at=now,
        variant=assign_variant(session, play, facts, now),
    )
    session.add(row)
    session.flush()
    world = load_world(session, row, play, now=now, team=team, library=library)
    run = begin_run(play, started_at=now, variant=row.variant, world=world)
    if holder is not None:
        run = stand_still(run, now, f"“{holder.title}” comes first; this begins when that is over.")
        row.held_by = holder.id
    save_run(session, row, run, play)
    add_event(
        session,
        row.id,
        "started",
        now,
        person_id=by.id if by else None,
        detail={"why": why, "play": play.name},
    )
    if holder is None:
        hold_lower(session, row, play, now)
    _audit(session, row, by, now)
    return Started("held" if holder else "started", row.id, run.reason)


def _replace_others(
    session: Session, play: Playbook, account: Account, now: datetime, team: TeamConfig
) -> None:
    for row in find_living(session, account.id):
        if row.playbook not in play.replaces:
            continue
        theirs = load_play(session, row.version_id)
        reason = f"“{play.title}” takes its place."
        run, deeds = end_run(load_run(session, row), "cancelled", "replaced", reason, now)
        steps = save_run(session, row, run, theirs)
        record_deeds(session, row, theirs, steps, deeds, now=now, team=team)
        release_held(session, row, now)


def _audit(session: Session, row: PlayRun, by: Person | None, now: datetime) -> None:
    record_act(
        session,
        at=now,
        person=by,
        act="play.start",
        subject=f"play {row.id}",
        account_id=row.account_id,
        detail={"play": row.playbook, "why": row.why, "variant": row.variant},
    )
