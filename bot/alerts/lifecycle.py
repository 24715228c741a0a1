"""What happens to an alert once it is open: each change of its state, with its line in the timeline."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.promises import (
    drop_promises,
    pause_clock,
    promise_close,
    promise_confirmation,
    resume_clock,
    start_clock,
)
from bot.alerts.views import ENDED, End, Ending, EndState, LiveState, ReopenReason, WakeReason
from bot.config import TeamConfig
from bot.mail.queue import queue_updates
from bot.messages import find_main, mark_stale, want_message
from bot.models import Account, Alert, AlertEvent, Person, SlackMessage

#: What gets no reply in the thread: the message itself says it, or nobody but its reader cares.
_SILENT = frozenset({"opened", "told", "feedback", "held"})


def add_event(
    session: Session,
    alert_id: int,
    kind: str,
    now: datetime,
    *,
    person_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> AlertEvent:
    """Add a line to the alert's timeline and, where the alert has a message, to that one's thread."""
    event = AlertEvent(alert_id=alert_id, at=now, kind=kind, person_id=person_id, detail=detail or {})
    session.add(event)
    session.flush()
    main = None if kind in _SILENT else find_main(session, kind="alert", subject_id=alert_id)
    if main is not None:
        want_message(session, kind="alert_line", subject_id=event.id, channel=main.channel, thread_of=main.id)
    queue_updates(session, event)
    return event


def enter(
    session: Session, alert: Alert, state: LiveState, *, by: Person | None, now: datetime, team: TeamConfig
) -> None:
    """Put the alert into a living state, with what it does by itself in it. Its row must be locked.

    What belonged to the state before is cleared; a proposed end stays proposed.
    """
    was_ended = alert.state in ENDED
    alert.state = state
    acknowledged = state == "acknowledged"
    alert.acknowledged_by = by.id if acknowledged and by else None
    alert.acknowledged_at = now if acknowledged else None
    if state != "snoozed":
        alert.snoozed_until = alert.snoozed_score = None
    alert.resolved_at = None
    session.flush()
    if was_ended:
        start_clock(session, alert, now=now, team=team)
    settle_promises(session, alert, now=now, team=team)


def end(session: Session, alert: Alert, state: EndState, *, now: datetime) -> None:
    """End the alert: it does nothing more by itself. Its row must be locked.

    Its message goes on saying who had acknowledged it.
    """
    alert.state, alert.resolved_at = state, now
    alert.snoozed_until = alert.snoozed_score = alert.proposed_at = None
    alert.good_runs = 0
    session.flush()
    drop_promises(session, alert, kinds=None, now=now)


def settle_promises(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """Make what a living alert does by itself fit its state (SPEC A5).

    Escalation runs while it is open and nobody is asked whether it is over; who acknowledged it is asked
    after a while whether they are still on it.
    """
    if alert.state != "snoozed":
        drop_promises(session, alert, kinds=("wake",), now=now)
    if alert.state == "open" and alert.proposed_at is None:
        resume_clock(session, alert, now=now, team=team)
    else:
        pause_clock(session, alert, now=now, team=team)
    drop_promises(session, alert, kinds=("confirm", "unanswered"), now=now)
    if alert.state == "acknowledged" and alert.proposed_at is None:
        promise_confirmation(session, alert, now=now, team=team)


def wake(session: Session, alert: Alert, *, why: WakeReason, now: datetime, team: TeamConfig) -> None:
    """End a snooze: the alert is open and its escalation goes on where it stood. No-op if not snoozed."""
    if not _lock_in(session, alert, "snoozed"):
        return
    enter(session, alert, "open", by=None, now=now, team=team)
    add_event(session, alert.id, "woke", now, detail={"why": why})
    show(session, alert, hurry=False)


def reopen(session: Session, alert: Alert, *, why: ReopenReason, now: datetime, team: TeamConfig) -> None:
    """Open an acknowledged alert again, as nobody said that they are still on it. No-op in other states."""
    if not _lock_in(session, alert, "acknowledged"):
        return
    enter(session, alert, "open", by=None, now=now, team=team)
    add_event(session, alert.id, "reopened", now, detail={"why": why})
    show(session, alert, hurry=False)


def propose_end(
    session: Session,
    alert: Alert,
    *,
    score: int | None,
    level: str | None,
    now: datetime,
    team: TeamConfig,
) -> None:
    """Ask people whether the alert is over, as its account is back (SPEC A4): the score in whole points, the
    level's title. Nobody is called in meanwhile. No-op where they are being asked, or it has ended."""
    session.refresh(alert, with_for_update=True)
    if alert.state in ENDED or alert.proposed_at is not None:
        return
    alert.proposed_at = now
    session.flush()
    settle_promises(session, alert, now=now, team=team)
    promise_close(session, alert, now=now, team=team)
    add_event(session, alert.id, "proposed", now, detail={"score": score, "level": level})
    show(session, alert, hurry=False)


def keep(
    session: Session,
    alert: Alert,
    *,
    now: datetime,
    team: TeamConfig,
    person: Person | None = None,
) -> None:
    """Take a proposed end back: somebody said that it is not over, or the account fell again. No-op where
    none is proposed."""
    session.refresh(alert, with_for_update=True)
    if alert.state in ENDED or alert.proposed_at is None:
        return
    alert.proposed_at, alert.good_runs = None, 0
    session.flush()
    drop_promises(session, alert, kinds=("close",), now=now)
    settle_promises(session, alert, now=now, team=team)
    add_event(session, alert.id, "kept_open", now, person_id=person.id if person else None)
    show(session, alert, hurry=person is not None)


def resolve(
    session: Session,
    alert: Alert,
    *,
    why: Ending,
    now: datetime,
    level: str | None = None,
    score: int | None = None,
) -> None:
    """End an alert; its message will say why, and the account's level (its title) and score now. No-op where
    it has ended.

    Only what changes is locked, so that a click on any other alert need not wait for the daily run.
    """
    session.refresh(alert, with_for_update=True)
    if alert.state in ENDED:
        return
    end(session, alert, "resolved", now=now)
    add_event(session, alert.id, "resolved", now, detail={"why": why, "level": level, "score": score})
    show(session, alert, hurry=False)


def show(session: Session, alert: Alert, *, hurry: bool) -> None:
    """Have the alert's messages and the questions to its people drawn again: at once after a person's act,
    which somebody waits to see."""
    session.flush()
    mark_stale(session, kind="alert", subject_id=alert.id, hurry=hurry)
    lines = select(SlackMessage.subject_id).where(
        SlackMessage.kind == "alert_nudge",
        SlackMessage.subject_id.in_(select(AlertEvent.id).where(AlertEvent.alert_id == alert.id)),
    )
    for event_id in session.scalars(lines.distinct()).all():
        mark_stale(session, kind="alert_nudge", subject_id=event_id, hurry=hurry)


def find_ending(session: Session, alert_id: int) -> End:
    """Why a resolved alert ended, at what level, and who ended it where a person did."""
    row = session.execute(
        select(AlertEvent.detail, Person.name)
        .outerjoin(Person, Person.id == AlertEvent.person_id)
        .where(AlertEvent.alert_id == alert_id, AlertEvent.kind == "resolved")
        .order_by(AlertEvent.id.desc())
        .limit(1)
    ).one_or_none()
    found, by = (row.detail, row.name) if row else ({}, None)
    return End(found.get("why", "recovered"), found.get("level"), found.get("score"), by)


def _lock_in(session: Session, alert: Alert, state: str) -> bool:
    """Whether the alert is in the state, now that nobody else can change it."""
    session.refresh(alert, with_for_update=True)
    return alert.state == state


def resolve_churned(session: Session, *, now: datetime) -> int:
    """How many alerts ended because their accounts are no customers any more."""
    churned = (
        select(Alert)
        .join(Account, Account.id == Alert.account_id)
        .where(Alert.state.not_in(ENDED), Account.status == "churned")
        .order_by(Alert.id)
    )
    alerts = session.scalars(churned).all()
    for alert in alerts:
        resolve(session, alert, why="churned", now=now)
    return len(alerts)
