"""The alerts of a digest: what happened to them, what they will do today, and whom they wait for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.alerts.views import ENDED
from bot.models import Account, Alert, AlertEvent, AlertPromise, Person, SlackMessage
from bot.reports.digest_views import MOST, AlertLine, AlertList, Happening

#: Of several things that happened to one alert, the first of these is told.
_WEIGHT: tuple[Happening, ...] = ("escalated", "reopened", "woke", "opened")
_TOLD = ("opened", "escalated", "reopened", "woke", "resolved", "dismissed")
#: What an alert does by itself and that concerns somebody today.
_DUE = ("escalate", "confirm", "unanswered", "wake", "close")


@dataclass(frozen=True)
class AlertScope:
    """Whose alerts: those of one person's accounts or that one person is to act on, or everybody's."""

    person_id: int | None = None

    @property
    def condition(self) -> ColumnElement[bool] | None:
        if self.person_id is None:
            return None
        return or_(Account.csm_id == self.person_id, Alert.owner_id == self.person_id)


def load_happened(
    session: Session, scope: AlertScope, *, since: datetime, until: datetime
) -> dict[str, AlertList]:
    """What happened to alerts after ``since`` and up to ``until``: ``opened``, ``escalated``, ``woken`` and
    ``ended``. An alert is in the one list that says most of it."""
    asked = (
        _select(scope, AlertEvent.kind, AlertEvent.at, AlertEvent.detail, AlertEvent.id)
        .join(AlertEvent, AlertEvent.alert_id == Alert.id)
        .where(AlertEvent.at > since, AlertEvent.at <= until, AlertEvent.kind.in_(_TOLD))
        .order_by(AlertEvent.id)
    )
    events = defaultdict[int, list[Any]](list)
    for row in session.execute(asked):
        events[row.Alert.id].append(row)
    lists = defaultdict[str, list[AlertLine]](list)
    for rows in events.values():
        line = _tell(rows)
        if line is not None:
            lists[_LISTS[line.what]].append(line)
    return {name: _choose(lists[name]) for name in ("opened", "escalated", "woken", "ended")}


_LISTS: Mapping[Happening, str] = {
    "opened": "opened",
    "escalated": "escalated",
    "reopened": "woken",
    "woke": "woken",
    "resolved": "ended",
    "dismissed": "ended",
}


def _tell(rows: list[Any]) -> AlertLine | None:
    """The weightiest of what happened to one alert; an end counts where it still holds."""
    by_kind = {row.kind: row for row in rows}
    alert: Alert = rows[0].Alert
    kinds = (alert.state,) if alert.state in ENDED else _WEIGHT
    row = next((by_kind[kind] for kind in kinds if kind in by_kind), None)
    if row is None:
        return None
    return _line(row, row.kind, row.at, who=row.detail.get("to"), why=_find_reason(row.detail))


def _find_reason(detail: Mapping[str, Any]) -> str | None:
    reason = detail.get("why") or detail.get("reason")
    return str(reason) if reason else None


def load_due(session: Session, scope: AlertScope, *, before: datetime) -> AlertList:
    """What alerts will do by themselves before a moment unless people act first: the soonest first, of those
    due at once the one with the most money at risk."""
    reached = aliased(Person)
    asked = (
        _select(scope, AlertPromise.kind, AlertPromise.due_at, reached.name.label("who"))
        .join(AlertPromise, AlertPromise.alert_id == Alert.id)
        .outerjoin(reached, reached.id == AlertPromise.person_id)
        .where(
            AlertPromise.ended_at.is_(None),
            AlertPromise.due_at < before,
            AlertPromise.kind.in_(_DUE),
            Alert.state.not_in(ENDED),
        )
        .order_by(AlertPromise.due_at, AlertPromise.id)
    )
    # Only the next of each alert: what comes after it depends on what people do then.
    rows = {row.Alert.id: row for row in reversed(session.execute(asked).all())}.values()
    lines = [_line(row, row.kind, row.due_at, who=row.who) for row in rows]
    lines.sort(key=lambda line: (line.at, -(line.at_risk_cents or 0), line.alert_id))
    return AlertList(tuple(lines[:MOST]), len(lines))


def load_waiting(session: Session, scope: AlertScope, *, opened_until: datetime) -> dict[str, AlertList]:
    """Whom alerts wait for: ``unacknowledged`` since before ``opened_until``, ``asked`` whether somebody is
    still on it, ``proposed`` to end, and ``held`` back by the daily cap. Each alert is in one of them."""
    asks = exists().where(
        AlertPromise.alert_id == Alert.id, AlertPromise.kind == "unanswered", AlertPromise.ended_at.is_(None)
    )
    shown = exists().where(SlackMessage.kind == "alert", SlackMessage.subject_id == Alert.id)
    held = and_(exists().where(AlertEvent.alert_id == Alert.id, AlertEvent.kind == "held"), ~shown)
    asked = _select(
        scope, asks.label("asks"), held.label("held"), Alert.proposed_at.is_not(None).label("proposed")
    ).where(Alert.state.not_in((*ENDED, "snoozed")))
    lists = defaultdict[str, list[AlertLine]](list)
    for row in session.execute(asked):
        what = _find_waiting(row, opened_until)
        if what is not None:
            lists[what].append(_line(row, what, row.Alert.opened_at))
    return {name: _choose(lists[name]) for name in ("unacknowledged", "asked", "proposed", "held")}


def _find_waiting(row: Any, opened_until: datetime) -> Happening | None:
    if row.held:
        return "held"
    if row.proposed:
        return "proposed"
    if row.asks:
        return "asked"
    if row.Alert.state == "open" and row.Alert.opened_at <= opened_until:
        return "unacknowledged"
    return None


def _select(scope: AlertScope, *columns: Any) -> Any:
    """Alerts with their account's name, their owner's, and more columns."""
    asked = (
        select(Alert, Account.name.label("account"), Person.name.label("owner"), *columns)
        .join(Account, Account.id == Alert.account_id)
        .outerjoin(Person, Person.id == func.coalesce(Alert.owner_id, Account.csm_id))
    )
    return asked if scope.condition is None else asked.where(scope.condition)


def _line(
    row: Any, what: Happening, at: datetime, *, who: str | None = None, why: str | None = None
) -> AlertLine:
    alert: Alert = row.Alert
    facts = alert.facts
    return AlertLine(
        alert_id=alert.id,
        account_name=row.account,
        rule_title=str(facts.get("rule_title") or alert.rule),
        what=what,
        at=at,
        color=(facts.get("level") or {}).get("color"),
        score=facts.get("score"),
        at_risk_cents=facts.get("arr_at_risk_cents"),
        currency=str(facts.get("currency") or "USD"),
        owner=row.owner,
        who=who,
        why=why,
    )


def _choose(lines: Iterable[AlertLine]) -> AlertList:
    """The alerts with most money at risk."""
    every = sorted(lines, key=lambda line: (-(line.at_risk_cents or 0), line.alert_id))
    return AlertList(tuple(every[:MOST]), len(every))
