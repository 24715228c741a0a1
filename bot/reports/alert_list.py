"""Alerts as a list: whose they are, in which state, the newest first and then by the money at risk."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Row, Select, cast, func, select
from sqlalchemy.orm import Session, aliased

from bot.accounts.asking import Asking
from bot.alerts.views import ENDED, AlertState, LevelMark
from bot.models import Account, Alert, Person
from bot.reports.portfolio_filters import resolve_csm

PAGE = 12
STATES: tuple[AlertState, ...] = ("open", "acknowledged", "snoozed", "resolved", "dismissed")
#: Nobody reads further.
PAGES_SHOWN = 10


@dataclass(frozen=True)
class AlertAsk:
    """Which alerts. ``csm`` is a name, ``me``, or ``#`` and an id; ``everyone`` overrides the reader's own.

    Without a ``state`` it is those that are not over.
    """

    csm: str | None = None
    everyone: bool = False
    state: AlertState | None = None
    severity: str | None = None
    page: int = 1


@dataclass(frozen=True)
class AlertRow:
    """An alert in a list. ``at_risk_cents`` is None for a reader who may not see money."""

    alert_id: int
    account_name: str
    state: AlertState
    severity: str
    rule_title: str
    level: LevelMark | None
    score: int | None
    delta: int | None
    at_risk_cents: int | None
    currency: str
    owner: str | None
    acknowledged_by: str | None
    opened_at: datetime


@dataclass(frozen=True)
class AlertList:
    """A page of alerts. ``ask`` is the question with its words resolved, as buttons repeat it; ``whose`` is
    None where they are everybody's."""

    ask: AlertAsk
    whose: str | None
    is_own: bool
    rows: tuple[AlertRow, ...]
    total: int
    pages: int
    of_team: bool
    no_money_reason: str | None
    zone: ZoneInfo
    today: date


def load_alert_list(session: Session, ask: AlertAsk, asking: Asking) -> AlertList:
    """The alerts meant, for one reader: a CSM's own unless others are asked for, the team's for the others.

    Raises NotFound for a person nobody is called like.
    """
    reader = asking.reader
    csm_id, whose = _resolve_whose(session, ask, asking)
    wanted = list(_build_conditions(ask, csm_id))
    total = session.scalars(
        select(func.count()).select_from(Alert).join(Account, Account.id == Alert.account_id).where(*wanted)
    ).one()
    pages = max(1, min(PAGES_SHOWN, -(-total // PAGE)))
    page = min(max(1, ask.page), pages)
    rows = session.execute(_select_rows(asking).where(*wanted).limit(PAGE).offset((page - 1) * PAGE))
    return AlertList(
        ask=replace(ask, csm=f"#{csm_id}" if csm_id else None, everyone=csm_id is None, page=page),
        whose=whose,
        is_own=csm_id is not None and csm_id == reader.person_id,
        rows=tuple(_build_row(row, money=reader.sees_money) for row in rows),
        total=total,
        pages=pages,
        of_team=reader.person_id is not None,
        no_money_reason=reader.no_money_reason,
        zone=reader.zone,
        today=asking.now.astimezone(reader.zone).date(),
    )


def _resolve_whose(session: Session, ask: AlertAsk, asking: Asking) -> tuple[int | None, str | None]:
    reader = asking.reader
    if ask.csm is not None:
        return resolve_csm(session, ask.csm, asking.get_model(None), reader)
    if ask.everyone or reader.person_id is None or reader.role != "csm":
        return None, None
    return reader.person_id, reader.name


def _build_conditions(ask: AlertAsk, csm_id: int | None) -> tuple[ColumnElement[bool], ...]:
    state = Alert.state.not_in(ENDED) if ask.state is None else Alert.state == ask.state
    severity = (Alert.severity == ask.severity,) if ask.severity else ()
    # Whose an alert is says the alert itself; one without an owner is its account's.
    mine = (func.coalesce(Alert.owner_id, Account.csm_id) == csm_id,) if csm_id else ()
    return state, *severity, *mine


def _select_rows(asking: Asking) -> Select[Alert, str, str, str]:
    owner, by = aliased(Person), aliased(Person)
    at_risk = cast(Alert.facts["arr_at_risk_cents"].astext, BigInteger)
    opened_on = func.date(func.timezone(asking.team.timezone, Alert.opened_at))
    return (
        select(Alert, Account.name, owner.name.label("owner"), by.name.label("acknowledged_by"))
        .join(Account, Account.id == Alert.account_id)
        .outerjoin(owner, owner.id == func.coalesce(Alert.owner_id, Account.csm_id))
        .outerjoin(by, by.id == Alert.acknowledged_by)
        .order_by(opened_on.desc(), at_risk.desc().nulls_last(), Alert.id.desc())
    )


def _build_row(row: Row[Alert, str, str, str], *, money: bool) -> AlertRow:
    alert: Alert = row[0]
    facts = alert.facts
    level, scores = facts.get("level"), (facts["score"], facts["score_before"])
    return AlertRow(
        alert_id=alert.id,
        account_name=row.name,
        state=alert.state,  # type: ignore[arg-type]
        severity=alert.severity,
        rule_title=facts["rule_title"],
        level=LevelMark(level["title"], level["color"]) if level else None,
        score=facts["score"],
        delta=None if None in scores else scores[0] - scores[1],
        at_risk_cents=facts["arr_at_risk_cents"] if money else None,
        currency=facts["currency"],
        owner=row.owner,
        acknowledged_by=row.acknowledged_by,
        opened_at=alert.opened_at,
    )
