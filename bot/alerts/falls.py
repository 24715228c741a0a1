"""Which accounts fell, and whether so many fell together that the data is to blame."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from bot.alerts.rules import Rule
from bot.config import Alerts
from bot.models import AccountScore, Alert, HeldFlood
from scoring.model import ScoringModel
from scoring.views import MICRO

#: A score that moved this far in a day moved (SPEC H7).
MOVED_MICRO = 5 * MICRO

DELTAS = {
    1: AccountScore.score_micro - AccountScore.previous_micro,
    7: AccountScore.delta_7_micro,
    30: AccountScore.delta_30_micro,
}


@dataclass(frozen=True)
class Flood:
    """How many accounts moved the same way on one day."""

    direction: str
    moved: int
    scored: int


def find_flood(session: Session, *, model: str, as_of: date, limits: Alerts) -> Flood | None:
    """The flood of the day, when more accounts moved the same way than ever do by themselves (SPEC A6)."""
    delta = AccountScore.score_micro - AccountScore.previous_micro
    scored, down, up = session.execute(
        select(
            func.count(),
            func.count().filter(delta <= -MOVED_MICRO),
            func.count().filter(delta >= MOVED_MICRO),
        ).where(AccountScore.model == model, AccountScore.as_of == as_of, delta.is_not(None))
    ).one()
    moved = max(down, up)
    if scored < limits.flood_minimum or moved <= limits.flood_share * scored:
        return None
    return Flood("down" if down >= up else "up", moved, scored)


def find_falls(
    session: Session, *, model: ScoringModel, rule: Rule, as_of: date, now: datetime
) -> Iterator[AccountScore]:
    """The current scores that meet the rule and were not reported within its cool-down, worst money first."""
    condition = _level_condition(model) if rule.when == "level" else _drop_condition(session, rule, as_of)
    quiet_since = now - timedelta(days=rule.cool_down_days)
    reported = exists().where(
        Alert.account_id == AccountScore.account_id,
        Alert.rule == rule.name,
        or_(Alert.opened_at > quiet_since, Alert.as_of == as_of),
    )
    return iter(
        session.scalars(
            select(AccountScore)
            .where(AccountScore.model == model.name, AccountScore.as_of == as_of, condition, ~reported)
            .order_by(AccountScore.arr_at_risk_cents.desc(), AccountScore.account_id)
        ).all()
    )


def _drop_condition(session: Session, rule: Rule, as_of: date) -> ColumnElement[bool]:
    # After a day whose alerts were held back as a broken feed, the window would let them all out late.
    held = session.scalar(
        select(func.count()).where(HeldFlood.as_of > as_of - timedelta(days=rule.over_days))
    )
    delta = DELTAS[1 if held else rule.over_days]
    return delta < -int(rule.points * MICRO)


def _level_condition(model: ScoringModel) -> ColumnElement[bool]:
    """Worse than the day before, whatever the levels of the model are called."""
    names = [level.name for level in model.levels]
    worse = [
        and_(AccountScore.level == name, AccountScore.previous_level.in_(names[rank + 1 :]))
        for rank, name in enumerate(names[:-1])
    ]
    return or_(*worse)
