"""Where accounts stand with the rules, kept from day to day in ``rule_state``."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from bot.alerts.firing import Standing
from bot.models import RuleState
from scoring.copying import read_columns

_FIELDS = (("account", "i4"), ("streak", "i2"), ("firing", "i2"), ("day", "i4"))
_QUERY = """
    SELECT account_id AS account, streak, firing::int::int2 AS firing, as_of - date '1970-01-01' AS day
      FROM rule_state WHERE rule = %(rule)s"""
# Whole columns in one statement: what changes in a day is few of many, but still thousands.
_WRITE = text(
    """
    INSERT INTO rule_state (rule, account_id, streak, firing, as_of)
    SELECT :rule, a, s, f, date '1970-01-01' + d
      FROM unnest(CAST(:ids AS int[]), CAST(:streaks AS smallint[]), CAST(:firing AS bool[]),
                  CAST(:days AS int[])) AS t (a, s, f, d)
    ON CONFLICT (rule, account_id) DO UPDATE
       SET streak = excluded.streak, firing = excluded.firing, as_of = excluded.as_of"""
)
_DELETE = text("DELETE FROM rule_state WHERE rule = :rule AND account_id = ANY(:ids)")


def load_standing(session: Session, rule: str, ids: NDArray[np.int64]) -> Standing:
    """Where these accounts (sorted) stand with a rule."""
    standing = Standing.fresh(len(ids))
    found = read_columns(session, _FIELDS, _QUERY, {"rule": rule})
    if not len(ids):
        return standing
    places = np.searchsorted(ids, found["account"])
    inside = ids[np.minimum(places, len(ids) - 1)] == found["account"]
    at = places[inside]
    standing.streak[at] = found["streak"][inside]
    standing.firing[at] = found["firing"][inside] == 1
    standing.day[at] = found["day"][inside]
    return standing


def write_standing(
    session: Session, rule: str, ids: NDArray[np.int64], before: Standing, after: Standing
) -> None:
    """Write what changed; an account that stands nowhere any more loses its row."""
    held = (after.streak > 0) | after.firing
    had = (before.streak > 0) | before.firing
    differs = (before.streak != after.streak) | (before.firing != after.firing) | (before.day != after.day)
    kept, gone = held & (differs | ~had), had & ~held
    if kept.any():
        columns = {
            "ids": ids[kept].tolist(),
            "streaks": after.streak[kept].tolist(),
            "firing": after.firing[kept].tolist(),
            "days": after.day[kept].tolist(),
        }
        session.execute(_WRITE, {"rule": rule, **columns})
    if gone.any():
        session.execute(_DELETE, {"rule": rule, "ids": ids[gone].tolist()})


def forget_standing(session: Session, rule: str) -> None:
    """Let the rule begin anew, as when its condition was changed."""
    session.execute(delete(RuleState).where(RuleState.rule == rule))
