"""Runs as rows: read into the engine's values, and written back."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.config import TeamConfig
from bot.errors import NotFound
from bot.models import Account, PlayRun, PlayStep, PlayVersion
from bot.plays.facts import load_facts
from bot.plays.people import load_account_week
from bot.plays.state import RunState, StepState
from bot.plays.world import World
from bot.plays.writing import Texts
from playbooks import Library, Playbook

#: Names the locks of accounts among the database's advisory locks.
LOCK_CLASS = 7_309
_LOCK = text("select pg_advisory_xact_lock(:class, :account)")
_TRY_LOCK = text("select pg_try_advisory_xact_lock(:class, :account)")

#: By version, which is a hash of the definition.
_plays: dict[str, Playbook] = {}


def lock_account(session: Session, account_id: int) -> None:
    """Hold all plays of the account until the transaction ends.

    Plays of one account pause, replace and release each other: with one lock for all of them no two
    transactions can wait for each other.
    """
    session.execute(_LOCK, {"class": LOCK_CLASS, "account": account_id})


def try_lock_account(session: Session, account_id: int) -> bool:
    """Hold all plays of the account if nobody else does."""
    return bool(session.scalar(_TRY_LOCK, {"class": LOCK_CLASS, "account": account_id}))


def lock_run(session: Session, run_id: int) -> PlayRun:
    """The run as it is now, held with all plays of its account. Raises NotFound where it is gone."""
    account_id = session.scalar(select(PlayRun.account_id).where(PlayRun.id == run_id))
    if account_id is None:
        raise NotFound("This play no longer exists; it was removed with its account.")
    lock_account(session, account_id)
    return session.get_one(PlayRun, run_id, populate_existing=True)


def register_version(session: Session, play: Playbook) -> int:
    """The id under which this very playbook is kept for its runs."""
    row = {"name": play.name, "version": play.version, "definition": play.definition}
    session.execute(insert(PlayVersion).values(row).on_conflict_do_nothing())
    asked = select(PlayVersion.id).where(PlayVersion.name == play.name, PlayVersion.version == play.version)
    return session.scalars(asked).one()


def load_play(session: Session, version_id: int) -> Playbook:
    """The playbook a run goes by."""
    version = session.scalars(select(PlayVersion.version).where(PlayVersion.id == version_id)).one()
    if version not in _plays:
        _plays[version] = Playbook.model_validate(session.get_one(PlayVersion, version_id).definition)
    return _plays[version]


def load_world(
    session: Session, row: PlayRun, play: Playbook, *, now: datetime, team: TeamConfig, library: Library
) -> World:
    """What the run looks at when it decides."""
    account = session.get_one(Account, row.account_id, populate_existing=True)
    facts = load_facts(
        session,
        account,
        now=now,
        team=team,
        since=row.started_at,
        renewal_on=row.renewal_on,
        began=row.facts,
        signals=play.signals,
    )
    texts = Texts(session, account, facts, library.letters, now=now, team=team)
    week = load_account_week(session, account, team, now)
    return World(facts, week, now, texts.write, texts.write_fields)


def load_run(session: Session, row: PlayRun) -> RunState:
    """The run as the engine sees it."""
    return RunState(
        started_at=row.started_at,
        steps=tuple(_load_step(step) for step in load_step_rows(session, row.id)),
        state=row.state,  # type: ignore[arg-type]
        variant=row.variant,
        anchor_on=row.anchor_on,
        shifted=timedelta(seconds=row.shifted_seconds),
        paused_at=row.paused_at,
        resumed_at=row.resumed_at,
        next_at=row.next_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        reason=row.reason,
    )


def load_step_rows(session: Session, run_id: int) -> list[PlayStep]:
    """The run's steps in order."""
    asked = select(PlayStep).where(PlayStep.run_id == run_id).order_by(PlayStep.position)
    return list(session.scalars(asked.execution_options(populate_existing=True)))


def _load_step(row: PlayStep) -> StepState:
    return StepState(
        name=row.name,
        position=row.position,
        action=row.action,
        state=row.state,  # type: ignore[arg-type]
        waits_for=row.waits_for,  # type: ignore[arg-type]
        outcome=row.outcome,
        due_at=row.due_at,
        began_at=row.began_at,
        held_until=row.held_until,
        deadline_at=row.deadline_at,
        acts_at=row.acts_at,
        reminded=row.reminded,
        done_at=row.done_at,
    )


_STEP_FIELDS = (
    "state",
    "waits_for",
    "outcome",
    "due_at",
    "began_at",
    "held_until",
    "deadline_at",
    "acts_at",
    "reminded",
    "done_at",
)
_RUN_FIELDS = (
    "state",
    "anchor_on",
    "paused_at",
    "resumed_at",
    "next_at",
    "ended_at",
    "outcome",
    "reason",
)


def save_run(
    session: Session,
    row: PlayRun,
    run: RunState,
    play: Playbook,
    known: dict[str, PlayStep] | None = None,
) -> dict[str, PlayStep]:
    """Write the run back; the rows of its steps by name, ``known`` where they have been read already.

    Only what differs is written.
    """
    for name in _RUN_FIELDS:
        _set(row, name, getattr(run, name))
    _set(row, "shifted_seconds", int(run.shifted.total_seconds()))
    rows = known if known is not None else {each.name: each for each in load_step_rows(session, row.id)}
    for step in run.steps:
        if step.name not in rows:
            rows[step.name] = _add_step(session, row.id, step, play)
        for name in _STEP_FIELDS:
            _set(rows[step.name], name, getattr(step, name))
    session.flush()
    return rows


def _add_step(session: Session, run_id: int, step: StepState, play: Playbook) -> PlayStep:
    row = PlayStep(
        run_id=run_id,
        name=step.name,
        position=step.position,
        action=step.action,
        title=play.get_step(step.name).label,
        reminded=0,
        detail={},
    )
    session.add(row)
    return row


def _set(row: object, name: str, value: object) -> None:
    if getattr(row, name) != value:
        setattr(row, name, value)


def stand_still(run: RunState, now: datetime, reason: str) -> RunState:
    """The run paused: nothing of it happens by itself."""
    return replace(run, state="paused", paused_at=now, next_at=None, reason=reason)


def go_on(run: RunState, now: datetime) -> RunState:
    """The run as it goes on where it stopped: days and deadlines are later by the time it stood still."""
    stood = now - (run.paused_at or now)
    moved = (_move(step, stood) for step in run.open_steps)
    return replace(
        run.put(*moved),
        state="active",
        shifted=run.shifted + stood,
        paused_at=None,
        resumed_at=now,
        next_at=now,
        reason=None,
    )


def _move(step: StepState, by: timedelta) -> StepState:
    later = {name: at + by for name in ("deadline_at", "acts_at") if (at := getattr(step, name)) is not None}
    return replace(step, **later)


def find_living(session: Session, account_id: int) -> Iterable[PlayRun]:
    """The account's runs that go on or will, the oldest first."""
    asked = select(PlayRun).where(PlayRun.account_id == account_id, PlayRun.state.in_(("active", "paused")))
    return session.scalars(asked.order_by(PlayRun.id).execution_options(populate_existing=True)).all()
