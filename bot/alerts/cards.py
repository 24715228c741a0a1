"""Alerts as their messages show them, loaded in their present state."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.lifecycle import find_ending
from bot.alerts.views import AlertCard, FloodCard, LevelMark
from bot.models import Account, Alert, HeldFlood, Person


def load_alert_card(session: Session, alert_id: int, *, zone: ZoneInfo) -> AlertCard | None:
    """The alert's card in its present state; None when the alert is gone."""
    row = session.execute(
        select(Alert, Account.name, Person.name)
        .join(Account, Account.id == Alert.account_id)
        .outerjoin(Person, Person.id == Alert.acknowledged_by)
        .where(Alert.id == alert_id)
    ).one_or_none()
    return None if row is None else _build_card(session, *row, zone)


def load_open_alert_cards(
    session: Session, *, csm_id: int | None, zone: ZoneInfo, limit: int = 10
) -> tuple[AlertCard, ...]:
    """The alerts not yet resolved of a CSM's book, or of the whole team, the newest first."""
    asked = (
        select(Alert, Account.name, Person.name)
        .join(Account, Account.id == Alert.account_id)
        .outerjoin(Person, Person.id == Alert.acknowledged_by)
        .where(Alert.state != "resolved")
        .order_by(Alert.opened_at.desc(), Alert.id.desc())
        .limit(limit)
    )
    if csm_id is not None:
        asked = asked.where(Account.csm_id == csm_id)
    return tuple(_build_card(session, *row, zone) for row in session.execute(asked))


def load_flood_card(session: Session, flood_id: int) -> FloodCard | None:
    """The held-back day's card; None when it is gone."""
    flood = session.get(HeldFlood, flood_id)
    if flood is None:
        return None
    return FloodCard(
        as_of=flood.as_of,
        direction=flood.facts["direction"],
        moved=flood.facts["moved"],
        scored=flood.facts["scored"],
        suspects=tuple((title, count) for title, count in flood.facts["suspects"]),
        sample=flood.facts["sample"],
        model=flood.model,
    )


def _build_card(
    session: Session, alert: Alert, account: str, acknowledged_by: str | None, zone: ZoneInfo
) -> AlertCard:
    facts: dict[str, Any] = alert.facts
    return AlertCard(
        alert_id=alert.id,
        state=alert.state,  # type: ignore[arg-type]
        severity=alert.severity,
        rule=alert.rule,
        rule_title=facts["rule_title"],
        account_name=account,
        segment=facts["segment"],
        level_before=_level(facts["level_before"]),
        level=_level(facts["level"]),
        score_before=facts["score_before"],
        score=facts["score"],
        over_days=facts["over_days"],
        arr_cents=facts["arr_cents"],
        arr_at_risk_cents=facts["arr_at_risk_cents"],
        currency=facts["currency"],
        renewal_on=_day(facts["renewal_on"]),
        opt_out_on=_day(facts["opt_out_on"]),
        owner=facts["owner"],
        reasons=tuple(facts["reasons"]),
        next_step=facts["next_step"],
        as_of=alert.as_of,
        coverage=facts["coverage"],
        model=facts["model"],
        version=facts["version"],
        opened_at=alert.opened_at,
        acknowledged_by=acknowledged_by,
        acknowledged_at=alert.acknowledged_at,
        resolved_at=alert.resolved_at,
        also=tuple(noted["title"] for noted in facts["also"]),
        zone=zone,
        reasons_are=facts.get("reasons_are", "fall"),
        end=find_ending(session, alert.id) if alert.state == "resolved" else None,
    )


def _level(mark: dict[str, str] | None) -> LevelMark | None:
    return None if mark is None else LevelMark(mark["title"], mark["color"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
