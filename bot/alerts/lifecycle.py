"""What happens to an alert once it is open."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.movements import Movements
from bot.alerts.views import Acknowledgement, End, Ending
from bot.errors import NotAllowed, NotFound
from bot.messages import mark_stale
from bot.models import Account, Alert, AlertEvent, Person
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
        raise NotAllowed(_explain_end(session, alert, account.name))
    alert.state, alert.acknowledged_by, alert.acknowledged_at = "acknowledged", person.id, now
    add_event(session, alert.id, "acknowledged", now, person_id=person.id)
    session.flush()
    mark_stale(session, kind="alert", subject_id=alert.id)
    return Acknowledgement(account.name, True, person.name, now)


def _explain_end(session: Session, alert: Alert, name: str) -> str:
    why = {
        "recovered": f"{name} has recovered since, so there is nothing left to acknowledge.",
        "churned": f"{name} has churned since, so there is nothing left to acknowledge.",
        "fell_further": f"{name} has fallen further since: acknowledge the newer alert.",
    }
    return why[find_ending(session, alert.id).why]


def find_ending(session: Session, alert_id: int) -> End:
    """Why a resolved alert ended, and at what level."""
    detail = session.scalar(
        select(AlertEvent.detail)
        .where(AlertEvent.alert_id == alert_id, AlertEvent.kind == "resolved")
        .order_by(AlertEvent.id.desc())
        .limit(1)
    )
    found = detail or {}
    return End(found.get("why", "recovered"), found.get("level"), found.get("score"))


def resolve_recovered(session: Session, *, model: ScoringModel, movements: Movements, now: datetime) -> int:
    """How many alerts ended because their accounts are back where they fell from.

    That is the level of before; for a fall within a level, the next level up or half of the points lost. An
    account without a score keeps its alert. Alerts of ``movements.as_of`` itself are not judged.
    """
    unresolved = select(Alert).where(Alert.state != "resolved", Alert.as_of < movements.as_of)
    resolved = 0
    for alert in session.scalars(unresolved.order_by(Alert.id)).all():
        place = movements.find_place(alert.account_id)
        if place is None or movements.now.ranks[place] < 0:
            continue
        rank, points = int(movements.now.ranks[place]), int(movements.now.points[place])
        if not _is_over(alert, model, rank, points):
            continue
        resolve(session, alert, why="recovered", level=model.levels[rank].label, score=points, now=now)
        resolved += 1
    return resolved


def _is_over(alert: Alert, model: ScoringModel, rank: int, points: int) -> bool:
    facts = alert.facts
    before, worst = facts.get("rank_before"), facts.get("rank")
    if facts.get("model") != model.name or before is None or worst is None:
        # Opened under other levels than today's: only the best of these is surely a recovery.
        return rank == len(model.levels) - 1
    if before > worst:
        return rank >= int(before)
    return rank > int(worst) or points >= int(facts["recovers_at"])


def resolve_churned(session: Session, *, now: datetime) -> int:
    """How many alerts ended because their accounts are no customers any more."""
    churned = (
        select(Alert)
        .join(Account, Account.id == Alert.account_id)
        .where(Alert.state != "resolved", Account.status == "churned")
        .order_by(Alert.id)
    )
    alerts = session.scalars(churned).all()
    for alert in alerts:
        resolve(session, alert, why="churned", now=now)
    return len(alerts)


def resolve(
    session: Session,
    alert: Alert,
    *,
    why: Ending,
    now: datetime,
    level: str | None = None,
    score: int | None = None,
) -> None:
    """End an alert; its message will say why, and the account's level (its title) and score now.

    Only what changes is locked, so that a click on any other alert need not wait for the daily run.
    """
    session.refresh(alert, with_for_update=True)
    alert.state, alert.resolved_at = "resolved", now
    add_event(session, alert.id, "resolved", now, detail={"why": why, "level": level, "score": score})
    session.flush()
    mark_stale(session, kind="alert", subject_id=alert.id)


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
