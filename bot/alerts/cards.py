"""Alerts as their messages show them, loaded in their present state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from bot.alerts.timeline import load_ahead
from bot.alerts.views import (
    ENDED,
    AheadLine,
    AlertCard,
    Dismissal,
    End,
    FloodCard,
    LevelMark,
    Snooze,
)
from bot.config import ConfigError
from bot.models import Account, Alert, AlertEvent, AlertFeedback, HeldFlood, Person
from playbooks import find_play

log = structlog.get_logger(__name__)

#: Of these kinds of events a card tells the last.
_TOLD = ("resolved", "dismissed", "snoozed", "escalated", "play_started", "rerouted")


@dataclass(frozen=True)
class _Last:
    """The last event of a kind, and who did it."""

    event: AlertEvent
    by: str | None


@dataclass(frozen=True)
class _Surroundings:
    """What cards show beside the alerts' own rows, by alert."""

    last: dict[tuple[int, str], _Last]
    ahead: dict[int, tuple[AheadLine, ...]]
    #: Answers: useful and not.
    answers: dict[int, tuple[int, int]]
    zone: ZoneInfo


def load_alert_card(session: Session, alert_id: int, *, zone: ZoneInfo) -> AlertCard | None:
    """The alert's card in its present state; None when the alert is gone."""
    return next(iter(load_alert_cards(session, [alert_id], zone=zone)), None)


def load_alert_cards(session: Session, alert_ids: Sequence[int], *, zone: ZoneInfo) -> tuple[AlertCard, ...]:
    """The cards of these alerts, in this order; those that are gone are left out."""
    cards = _load(session, _select_rows().where(Alert.id.in_(alert_ids)), zone)
    by_id = {card.alert_id: card for card in cards}
    return tuple(by_id[alert_id] for alert_id in alert_ids if alert_id in by_id)


def load_open_alert_cards(
    session: Session, *, csm_id: int | None, zone: ZoneInfo, limit: int = 10
) -> tuple[AlertCard, ...]:
    """The alerts that have not ended of one person (theirs, or their accounts' without an owner), or of the
    whole team, the newest first."""
    asked = (
        _select_rows()
        .where(Alert.state.not_in(ENDED))
        .order_by(Alert.opened_at.desc(), Alert.id.desc())
        .limit(limit)
    )
    if csm_id is not None:
        asked = asked.where(func.coalesce(Alert.owner_id, Account.csm_id) == csm_id)
    return _load(session, asked, zone)


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


def _select_rows() -> Select[Alert, str, str | None, str | None]:
    """Alerts with the names of their account, of whose they are now, and of who acknowledged them."""
    owner, acknowledged_by = aliased(Person), aliased(Person)
    return (
        select(Alert, Account.name, owner.name, acknowledged_by.name)
        .join(Account, Account.id == Alert.account_id)
        .outerjoin(owner, owner.id == func.coalesce(Alert.owner_id, Account.csm_id))
        .outerjoin(acknowledged_by, acknowledged_by.id == Alert.acknowledged_by)
        .execution_options(populate_existing=True)
    )


def _load(
    session: Session, asked: Select[Alert, str, str | None, str | None], zone: ZoneInfo
) -> tuple[AlertCard, ...]:
    rows = session.execute(asked).all()
    alerts = [row[0] for row in rows]
    ids = [alert.id for alert in alerts]
    around = _Surroundings(
        _load_last(session, ids), load_ahead(session, alerts), _load_answers(session, ids), zone
    )
    return tuple(_build_card(*row, around) for row in rows)


def _load_last(session: Session, alert_ids: Iterable[int]) -> dict[tuple[int, str], _Last]:
    rows = session.execute(
        select(AlertEvent, Person.name)
        .outerjoin(Person, Person.id == AlertEvent.person_id)
        .where(AlertEvent.alert_id.in_(alert_ids), AlertEvent.kind.in_(_TOLD))
        .ext(distinct_on(AlertEvent.alert_id, AlertEvent.kind))
        .order_by(AlertEvent.alert_id, AlertEvent.kind, AlertEvent.id.desc())
    )
    return {(event.alert_id, event.kind): _Last(event, by) for event, by in rows}


def _load_answers(session: Session, alert_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(
            AlertFeedback.alert_id,
            func.count().filter(AlertFeedback.useful.is_(True)),
            func.count().filter(AlertFeedback.useful.is_(False)),
        )
        .where(AlertFeedback.alert_id.in_(alert_ids))
        .group_by(AlertFeedback.alert_id)
    )
    return {alert_id: (useful, not_useful) for alert_id, useful, not_useful in rows}


def _build_card(
    alert: Alert, account: str, owner: str | None, acknowledged_by: str | None, around: _Surroundings
) -> AlertCard:
    facts: dict[str, Any] = alert.facts
    ended = alert.state in ENDED
    ahead = around.ahead.get(alert.id, ())
    useful, not_useful = around.answers.get(alert.id, (0, 0))
    escalated, started = (around.last.get((alert.id, kind)) for kind in ("escalated", "play_started"))
    return AlertCard(
        alert_id=alert.id,
        account_id=alert.account_id,
        state=alert.state,  # type: ignore[arg-type]
        severity=alert.severity,
        rule=alert.rule,
        rule_title=facts["rule_title"],
        rule_why=facts.get("rule_why"),
        rule_class=facts.get("class") or "risk",
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
        # Of what is over it tells who had it then, whoever has the account by now.
        owner=facts["owner"] if ended and alert.owner_id is None else owner,
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
        zone=around.zone,
        reasons_are=facts.get("reasons_are", "fall"),
        end=_build_end(alert, around),
        snooze=_build_snooze(alert, around),
        dismissal=_build_dismissal(alert, around),
        escalated_to=escalated.event.detail.get("to") if escalated else None,
        ahead=next((line for line in ahead if line.at is not None), None),
        asks_confirmation=any(line.kind == "unanswered" for line in ahead),
        proposes_end=not ended and alert.proposed_at is not None,
        play=_find_title(facts.get("play")),
        play_started=started.event.detail.get("title") if started else None,
        useful=useful,
        not_useful=not_useful,
        rerouted=_explain_place(alert, around),
    )


def _build_end(alert: Alert, around: _Surroundings) -> End | None:
    if alert.state != "resolved":
        return None
    last = around.last.get((alert.id, "resolved"))
    if last is None:
        return End("recovered")
    detail = last.event.detail
    return End(detail.get("why", "recovered"), detail.get("level"), detail.get("score"), last.by)


def _build_snooze(alert: Alert, around: _Surroundings) -> Snooze | None:
    last = around.last.get((alert.id, "snoozed"))
    if alert.state != "snoozed":
        return None
    reason = last.event.detail.get("reason") if last else None
    return Snooze(alert.snoozed_until, last.by if last else None, reason)


def _build_dismissal(alert: Alert, around: _Surroundings) -> Dismissal | None:
    last = around.last.get((alert.id, "dismissed"))
    if alert.state != "dismissed" or last is None:
        return None
    detail = last.event.detail
    return Dismissal(detail["reason"], last.by or "somebody", last.event.at, detail.get("words"))


def _explain_place(alert: Alert, around: _Surroundings) -> str | None:
    last = around.last.get((alert.id, "rerouted"))
    problem = last.event.detail.get("problem", "").rstrip(".") if last else None
    if last is None or not problem:
        return None
    person = last.event.detail.get("person")
    return f"{person} could not be told: {problem}." if person else f"It stands here because {problem}."


def _find_title(play: str | None) -> str | None:
    """The title of the suggested play; its name where there is no file of it, or none that can be read."""
    if play is None:
        return None
    try:
        found = find_play(play)
    except ConfigError as error:
        # A team's file that is wrong must not keep alerts from being shown; whoever starts a play is told.
        log.warning("alert.play_unreadable", play=play, problem=str(error).splitlines()[0])
        return play
    return found.title if found else play


def _level(mark: dict[str, str] | None) -> LevelMark | None:
    return None if mark is None else LevelMark(mark["title"], mark["color"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
