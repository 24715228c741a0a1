"""What an alert will do by itself, as rows with a date (SPEC A5): written, paused and dropped here.

A promise is kept by ``bot.alerts.keeping``. Every function wants the alert's row locked by its caller and
does nothing where there is nothing to do, so that a state may be settled again and again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.alerts.chain import EXECUTIVE_STEP, MANAGER_STEP, STEPS, find_called, load_called_week, load_spans
from bot.alerts.people import (
    compute_today,
    find_chain,
    find_owner,
    find_stand_in,
    load_owing_week,
)
from bot.alerts.views import PromiseKind
from bot.config import TeamConfig
from bot.models import Alert, AlertPromise, Person
from bot.spans import Span
from bot.working_time import (
    WorkingWeek,
    add_working_days,
    compute_due,
    compute_left,
    compute_next_working_moment,
)


def promise(
    session: Session,
    alert: Alert,
    kind: PromiseKind,
    *,
    due_at: datetime,
    step: int = 0,
    person_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> AlertPromise:
    """The pending promise of this kind and step, now due then. ``tell`` has one for each person, the others
    one whoever they will reach."""
    session.flush()
    pending = _find_pending(session, alert, kind, step, person_id if kind == "tell" else None)
    if pending is None:
        pending = AlertPromise(alert_id=alert.id, kind=kind, step=step, person_id=person_id)
        session.add(pending)
    pending.due_at, pending.left_seconds = due_at, None
    pending.person_id, pending.detail = person_id, detail or {}
    session.flush()
    return pending


def start_clock(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """Promise the escalation's steps that were not taken yet, the next counted from ``now``."""
    drop_promises(session, alert, kinds=("escalate",), now=now)
    schedule_steps(session, alert, start=now, now=now, team=team)


def pause_clock(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """Stop the escalation: its next step keeps the working time that was left."""
    running = [step for step in _find_steps(session, alert) if step.due_at is not None]
    for number, step in enumerate(running):
        if number == 0 and step.due_at is not None:
            step.left_seconds = compute_left(
                _load_week_of_step(session, alert, step.step, team, now), now, step.due_at
            )
        step.due_at = None
    session.flush()


def resume_clock(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """Let a paused escalation go on with the working time it had left; a running one goes on as it is."""
    pending = _find_steps(session, alert)
    if any(step.due_at is not None for step in pending):
        return
    left = pending[0].left_seconds if pending else None
    schedule_steps(session, alert, start=now, now=now, team=team, left=None if left is None else Span(left))


def schedule_steps(
    session: Session,
    alert: Alert,
    *,
    start: datetime,
    now: datetime,
    team: TeamConfig,
    left: Span | None = None,
) -> None:
    """Promise every step that was not taken yet, one after the other from ``start`` on.

    A step is counted in the week of whoever owes the act before it, and is due when the person it calls in
    works. ``left`` takes the place of the first one's span.
    """
    # Held for as long as this lasts, so that the session reads each of them once.
    held = (find_owner(session, alert), *find_chain(session, alert))
    spans, reached = load_spans(alert, team), set[int]()
    for step in (step for step in STEPS if step in spans and step > alert.escalated):
        week = _load_week_of_step(session, alert, step, team, now)
        due = compute_due(week, start, left or _compute_span(spans, step))
        called = find_called(session, alert, step, now=now, team=team)
        if called is not None:
            if called.person.id in reached:
                _forget_steps(session, alert, step, now)
                break
            reached.add(called.person.id)
            due = compute_next_working_moment(load_called_week(session, called, team), due)
        person_id = called.person.id if called else None
        promise(session, alert, "escalate", due_at=due, step=step, person_id=person_id)
        start, left = due, None
    del held


def _forget_steps(session: Session, alert: Alert, first: int, now: datetime) -> None:
    """Drop the steps from one on: whom they would call in is called in before."""
    for step in _find_steps(session, alert):
        if step.step >= first:
            end_promise(session, step, "dropped", now=now)


def drop_promises(
    session: Session, alert: Alert, *, kinds: Iterable[PromiseKind] | None, now: datetime
) -> None:
    """End the alert's pending promises of these kinds, or all of them, without keeping them."""
    session.flush()
    dropped = update(AlertPromise).where(AlertPromise.alert_id == alert.id, AlertPromise.ended_at.is_(None))
    if kinds is not None:
        dropped = dropped.where(AlertPromise.kind.in_(list(kinds)))
    session.execute(dropped.values(ended_at=now, outcome="dropped"))


def end_promise(
    session: Session, promised: AlertPromise, outcome: Literal["kept", "dropped"], *, now: datetime
) -> None:
    """Say what became of a promise."""
    promised.ended_at, promised.outcome = now, outcome
    session.flush()


def promise_confirmation(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """Ask the owner after some working days whether they are still on it (SPEC A5)."""
    asked, week = load_asked(session, alert, team, now)
    due = add_working_days(week, now, team.alerts.confirm_after_days)
    promise(session, alert, "confirm", due_at=due, person_id=asked.id if asked else None)


def promise_wake(session: Session, alert: Alert, *, until: datetime, now: datetime) -> None:
    """End the snooze then."""
    promise(session, alert, "wake", due_at=max(until, now))


def promise_close(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """End the alert after some working days, unless somebody says that it is not over."""
    _, week = load_asked(session, alert, team, now)
    promise(session, alert, "close", due_at=add_working_days(week, now, team.alerts.close_after_days))


def load_asked(
    session: Session, alert: Alert, team: TeamConfig, now: datetime
) -> tuple[Person | None, WorkingWeek]:
    """Who answers for the alert now, with their week: its owner, or who stands in for them; of an alert
    without an owner whoever acknowledged it."""
    owner = find_owner(session, alert)
    if owner is None and alert.acknowledged_by is not None:
        owner = session.get(Person, alert.acknowledged_by)
    week = load_owing_week(session, owner, team, now)
    if owner is None:
        return None, week
    return find_stand_in(session, owner, compute_today(owner, team, now)), week


def _load_week_of_step(
    session: Session, alert: Alert, step: int, team: TeamConfig, now: datetime
) -> WorkingWeek:
    """The week of whoever owes the act before a step: the owner, and then the manager who was called in."""
    manager, _ = find_chain(session, alert)
    manages = step == EXECUTIVE_STEP and (
        alert.escalated >= MANAGER_STEP or MANAGER_STEP in load_spans(alert, team)
    )
    owing = manager if manages and manager is not None else find_owner(session, alert)
    return load_owing_week(session, owing, team, now)


def _compute_span(spans: dict[int, Span], step: int) -> Span:
    """How long nobody may act before a step. The chain counts from the alert's beginning, so what the manager
    gets is the rest of the executive's span."""
    span, before = spans[step], spans.get(MANAGER_STEP)
    if step == MANAGER_STEP or before is None or before.seconds is None or span.seconds is None:
        return span
    return Span(span.seconds - before.seconds) if span.seconds > before.seconds else span


def _find_pending(
    session: Session, alert: Alert, kind: PromiseKind, step: int, person_id: int | None
) -> AlertPromise | None:
    asked = select(AlertPromise).where(
        AlertPromise.alert_id == alert.id,
        AlertPromise.kind == kind,
        AlertPromise.step == step,
        AlertPromise.ended_at.is_(None),
    )
    if person_id is not None:
        asked = asked.where(AlertPromise.person_id == person_id)
    return session.scalars(asked.execution_options(populate_existing=True).limit(1)).one_or_none()


def _find_steps(session: Session, alert: Alert) -> list[AlertPromise]:
    """The pending steps of the escalation, in order."""
    session.flush()
    asked = select(AlertPromise).where(
        AlertPromise.alert_id == alert.id, AlertPromise.kind == "escalate", AlertPromise.ended_at.is_(None)
    )
    return list(session.scalars(asked.order_by(AlertPromise.step).execution_options(populate_existing=True)))
