"""What happens to an alert once it is open."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.views import Acknowledgement
from bot.errors import NotAllowed, NotFound
from bot.messages import mark_stale
from bot.models import Account, AccountScore, Alert, AlertEvent, Person
from scoring.model import ScoringModel


def acknowledge_alert(
    session: Session, *, alert_id: int, slack_user_id: str, now: datetime
) -> Acknowledgement:
    """Who acknowledged the alert, and whether it was this click that did (SPEC A4).

    The first click counts, whoever makes it; the row is locked, so of many at once one is first. Raises
    NotFound for an alert that is gone and NotAllowed for somebody who is not of the team.
    """
    person = session.scalars(select(Person).where(Person.slack_id == slack_user_id)).one_or_none()
    if person is None:
        raise NotAllowed(
            "Only people of the customer-success team can act on alerts. "
            "Ask your admin to add you to people.csv."
        )
    alert = session.get(Alert, alert_id, with_for_update=True)
    if alert is None:
        raise NotFound("This alert no longer exists; it was removed with its account.")
    account = session.get_one(Account, alert.account_id)
    if alert.acknowledged_by is not None and alert.acknowledged_at is not None:
        by = session.get_one(Person, alert.acknowledged_by)
        return Acknowledgement(account.name, False, by.name, alert.acknowledged_at)
    if alert.state == "resolved":
        raise NotAllowed(f"{account.name} has recovered since, so there is nothing left to acknowledge.")
    alert.state, alert.acknowledged_by, alert.acknowledged_at = "acknowledged", person.id, now
    add_event(session, alert.id, "acknowledged", now, person_id=person.id)
    session.flush()
    mark_stale(session, kind="alert", subject_id=alert.id)
    return Acknowledgement(account.name, True, person.name, now)


def resolve_recovered(session: Session, *, model: ScoringModel, as_of: date, now: datetime) -> int:
    """How many alerts ended because the account is back at the level it fell from, or has churned."""
    ranks = {level.name: rank for rank, level in enumerate(model.levels)}
    current = select(Alert, AccountScore.level).outerjoin(
        AccountScore,
        (AccountScore.account_id == Alert.account_id)
        & (AccountScore.model == model.name)
        & (AccountScore.as_of == as_of),
    )
    resolved = 0
    for alert, level in session.execute(current.where(Alert.state != "resolved", Alert.as_of < as_of)):
        if not _is_over(alert, ranks.get(level) if level else None, level):
            continue
        alert.state, alert.resolved_at = "resolved", now
        add_event(session, alert.id, "resolved", now, detail={"level": level})
        session.flush()
        mark_stale(session, kind="alert", subject_id=alert.id)
        resolved += 1
    return resolved


def _is_over(alert: Alert, rank: int | None, level: str | None) -> bool:
    if level is None:
        return False
    before = alert.facts.get("rank_before")
    worst_at = alert.facts.get("rank")
    if rank is None or before is None or worst_at is None:
        return False
    # A fall within a level is over when the level above it is reached.
    return rank >= max(int(before), int(worst_at) + 1)


def add_event(
    session: Session,
    alert_id: int,
    kind: str,
    now: datetime,
    *,
    person_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add a line to the alert's timeline."""
    session.add(AlertEvent(alert_id=alert_id, at=now, kind=kind, person_id=person_id, detail=detail or {}))
