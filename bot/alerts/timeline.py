"""What happened to an alert and what it will do by itself, as people read it."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.alerts.views import ENDED, AheadLine, AlertTimeline, PromiseKind, TimelineLine
from bot.models import Account, Alert, AlertEvent, AlertPromise, Person


def load_timeline(session: Session, alert_id: int, *, zone: ZoneInfo) -> AlertTimeline | None:
    """The alert's whole past, and all that comes by itself as things stand; None when the alert is gone."""
    row = session.execute(
        select(Alert, Account.name)
        .join(Account, Account.id == Alert.account_id)
        .where(Alert.id == alert_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    alert, name = row
    events = session.execute(_select_lines().where(AlertEvent.alert_id == alert_id).order_by(AlertEvent.id))
    past = tuple(_line(event, by) for event, by in events)
    return AlertTimeline(alert_id, name, past, load_ahead(session, [alert]).get(alert_id, ()), zone)


def load_line(session: Session, event_id: int) -> tuple[TimelineLine, str, int] | None:
    """One line of a timeline, its account's name and its alert's id; None when it is gone."""
    row = session.execute(
        _select_lines()
        .add_columns(Account.name, Alert.id)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .join(Account, Account.id == Alert.account_id)
        .where(AlertEvent.id == event_id)
    ).one_or_none()
    if row is None:
        return None
    event, by, name, alert_id = row
    return _line(event, by), name, alert_id


def load_ahead(session: Session, alerts: Iterable[Alert]) -> dict[int, tuple[AheadLine, ...]]:
    """What each of these alerts will do by itself, the soonest first and what is paused last."""
    living = {alert.id: alert for alert in alerts if alert.state not in ENDED}
    pending = session.execute(
        select(AlertPromise, Person.name)
        .outerjoin(Person, Person.id == AlertPromise.person_id)
        .where(
            AlertPromise.alert_id.in_(living), AlertPromise.ended_at.is_(None), AlertPromise.kind != "tell"
        )
        .order_by(AlertPromise.due_at.asc().nulls_last(), AlertPromise.step, AlertPromise.id)
    )
    found: dict[int, list[AheadLine]] = {alert_id: [] for alert_id in living}
    for promise, to in pending:
        found[promise.alert_id].append(_ahead(promise, to))
    for alert_id, alert in living.items():
        if alert.state == "snoozed" and alert.snoozed_until is None:
            found[alert_id].insert(0, AheadLine("wake", None))
    return {alert_id: tuple(lines) for alert_id, lines in found.items()}


def _select_lines() -> Select[AlertEvent, str | None]:
    return select(AlertEvent, Person.name).outerjoin(Person, Person.id == AlertEvent.person_id)


def _line(event: AlertEvent, by: str | None) -> TimelineLine:
    return TimelineLine(event.kind, event.at, by, event.detail)


def _ahead(promise: AlertPromise, to: str | None) -> AheadLine:
    kind: PromiseKind = promise.kind  # type: ignore[assignment]
    return AheadLine(kind, promise.due_at, to, promise.step)
