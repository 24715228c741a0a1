"""Calling in the next person where nobody acts (SPEC A5). Each step is taken once and seen by everybody."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.alerts.chain import STEPS, Called, find_called, load_spans
from bot.alerts.lifecycle import add_event, show
from bot.alerts.promises import drop_promises, pause_clock, schedule_steps
from bot.alerts.telling import show_held, tell_person
from bot.config import TeamConfig
from bot.errors import UserError
from bot.messages import find_main
from bot.models import Account, Alert, AlertEvent, AlertPromise, Person


def escalate(
    session: Session, alert: Alert, *, now: datetime, team: TeamConfig, by: Person | None
) -> AlertEvent | None:
    """The event of the step that was taken: the next one after ``alert.escalated``. Its row must be locked.

    None where nobody is left to be called in; where a person asks for it, UserError says so.
    """
    step = _find_next_step(alert, team, by_hand=by is not None)
    called = find_called(session, alert, step, now=now, team=team) if step else None
    if called is None:
        if by is not None:
            raise UserError(_explain_nobody(session, alert))
        drop_promises(session, alert, kinds=("escalate",), now=now)
        return None
    return take_step(session, alert, called, start=now, now=now, team=team, by=by)


def take_step(
    session: Session,
    alert: Alert,
    called: Called,
    *,
    start: datetime,
    now: datetime,
    team: TeamConfig,
    by: Person | None = None,
) -> AlertEvent:
    """Call the person in and count the next step anew from ``start``, so that whoever was called in gets
    their time even where this step came late."""
    if find_main(session, kind="alert", subject_id=alert.id) is None:
        # The day's cap held it back from its channel; what goes up the chain has to be seen there.
        show_held(session, alert, now=now, team=team)
    alert.escalated = called.step
    _end_steps(session, alert, now)
    detail = {
        "step": called.step,
        "to": called.person.name,
        "to_id": called.person.id,
        "role": called.role,
        "by_hand": by is not None,
        "instead_of": called.instead_of,
        "note": " ".join(called.notes) or None,
    }
    line = add_event(session, alert.id, "escalated", now, person_id=by.id if by else None, detail=detail)
    schedule_steps(session, alert, start=start, now=now, team=team)
    if alert.state != "open" or alert.proposed_at is not None:
        pause_clock(session, alert, now=now, team=team)
    tell_person(session, alert, called.person, event="escalation", line=line, now=now, team=team)
    show(session, alert, hurry=by is not None)
    return line


def _find_next_step(alert: Alert, team: TeamConfig, *, by_hand: bool) -> int | None:
    """The step after those taken; by itself only one that the alert's chain names."""
    steps = STEPS if by_hand else load_spans(alert, team)
    return next((step for step in sorted(steps) if step > alert.escalated), None)


def _end_steps(session: Session, alert: Alert, now: datetime) -> None:
    """The promises up to the step that was taken are kept: by it, or by somebody who was quicker."""
    session.flush()
    session.execute(
        update(AlertPromise)
        .where(
            AlertPromise.alert_id == alert.id,
            AlertPromise.kind == "escalate",
            AlertPromise.step <= alert.escalated,
            AlertPromise.ended_at.is_(None),
        )
        .values(ended_at=now, outcome="kept")
    )


def _explain_nobody(session: Session, alert: Alert) -> str:
    name = session.get_one(Account, alert.account_id).name
    last = session.scalar(
        select(AlertEvent.detail["to"].as_string())
        .where(AlertEvent.alert_id == alert.id, AlertEvent.kind == "escalated")
        .order_by(AlertEvent.id.desc())
        .limit(1)
    )
    if last is not None:
        return f"The alert about {name} went to {last} already, and nobody is above them. Ask them directly."
    return (
        f"Nobody can be called in for {name}: people.csv names no manager of its owner and no executive. "
        "Ask your admin to add manager_email there."
    )
