"""The newest scores as lists show them: one row an account, and totals of the portfolio."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from scoring.copying import copy_in
from scoring.levels import compute_arr_at_risk, compute_trends
from scoring.model import ScoringModel

_TRENDS: Final = ("declining", "stable", "improving")
_NONE: Final = -(2**31)

_FIELDS: Final = (
    ("account_id", "i4"),
    ("score_micro", "i4"),
    ("previous_micro", "i4"),
    ("delta_7_micro", "i4"),
    ("delta_30_micro", "i4"),
    ("level", "i2"),
    ("previous_level", "i2"),
    ("trend", "i2"),
    ("coverage_percent", "i2"),
    ("arr_cents", "i8"),
    ("arr_at_risk_cents", "i8"),
)


@dataclass(frozen=True)
class CurrentScores:
    """The scores of some accounts on the newest day with those of earlier days; negative: there is none."""

    ids: NDArray[np.int64]
    score_micro: NDArray[np.int64]
    previous: NDArray[np.int64]
    before_7: NDArray[np.int64]
    before_30: NDArray[np.int64]
    levels: NDArray[np.int8]
    previous_levels: NDArray[np.int8]
    coverage: NDArray[np.int16]
    arr_cents: NDArray[np.int64]


def _compute_delta(now: NDArray[np.int64], before: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where((now < 0) | (before < 0), _NONE, now - before)


def _build_columns(model: ScoringModel, scores: CurrentScores) -> dict[str, NDArray[Any]]:
    now = scores.score_micro
    return {
        "account_id": scores.ids,
        "score_micro": np.where(now < 0, _NONE, now),
        "previous_micro": np.where(scores.previous < 0, _NONE, scores.previous),
        "delta_7_micro": _compute_delta(now, scores.before_7),
        "delta_30_micro": _compute_delta(now, scores.before_30),
        "level": scores.levels,
        "previous_level": scores.previous_levels,
        "trend": compute_trends(now, scores.previous, model.trend_points),
        "coverage_percent": scores.coverage,
        "arr_cents": np.maximum(scores.arr_cents, 0),
        "arr_at_risk_cents": compute_arr_at_risk(model, now, scores.arr_cents),
    }


def is_newest(session: Session, model: ScoringModel, as_of: date) -> bool:
    """Whether no later day of this model, of any version, is on the lists."""
    query = text("SELECT NOT EXISTS (SELECT FROM account_score WHERE model = :model AND as_of > :as_of)")
    return bool(session.execute(query, {"model": model.name, "as_of": as_of}).scalar_one())


def write_current(session: Session, model: ScoringModel, as_of: date, parts: list[CurrentScores]) -> None:
    """Replace what lists show of the model: a row for each account scored, and the totals."""
    session.execute(text("CREATE TEMP TABLE IF NOT EXISTS new_score (" + _TEMP + ") ON COMMIT DELETE ROWS"))
    session.execute(text("TRUNCATE new_score"))
    for part in parts:
        copy_in(session, "pg_temp.new_score", _FIELDS, _build_columns(model, part))
    asked = {
        "model": model.name,
        "as_of": as_of,
        "none": _NONE,
        "levels": [level.name for level in model.levels],
        "trends": list(_TRENDS),
    }
    # A table that was empty a moment ago is taken for empty: a nested loop would go through all that the
    # very statement has written so far, again for each row.
    session.execute(text("SET LOCAL enable_nestloop = off"))
    for statement in (_REMOVE, _UPDATE, _INSERT):
        session.execute(text(statement), asked)
    session.execute(text("SET LOCAL enable_nestloop TO DEFAULT"))
    session.execute(text("DELETE FROM portfolio_total WHERE model = :model"), asked)
    session.execute(text(_TOTALS), asked)


_SQL_TYPES: Final = {"i2": "int2", "i4": "int4", "i8": "int8"}
_TEMP: Final = ", ".join(f"{name} {_SQL_TYPES[code]} NOT NULL" for name, code in _FIELDS)
_COLUMNS: Final = {
    "as_of": "CAST(:as_of AS date)",
    "score_micro": "nullif(n.score_micro, :none)",
    "level": "(CAST(:levels AS text[]))[n.level + 1]",
    "previous_level": "(CAST(:levels AS text[]))[n.previous_level + 1]",
    "previous_micro": "nullif(n.previous_micro, :none)",
    "delta_7_micro": "nullif(n.delta_7_micro, :none)",
    "delta_30_micro": "nullif(n.delta_30_micro, :none)",
    "trend": "(CAST(:trends AS text[]))[n.trend + 2]",
    "coverage_percent": "n.coverage_percent",
    "csm_id": "a.csm_id",
    "segment": "a.segment",
    "stage": "a.stage",
    "arr_cents": "n.arr_cents",
    "arr_at_risk_cents": "n.arr_at_risk_cents",
}
_REMOVE: Final = """
    DELETE FROM account_score AS s WHERE model = :model
       AND NOT EXISTS (SELECT FROM new_score AS n WHERE n.account_id = s.account_id)"""
# In place, where the table has room for it: from one day to the next few accounts change anything an index
# is made of, and a row that keeps its place costs a third of a new one.
_UPDATE: Final = f"""
    UPDATE account_score AS s SET {", ".join(f"{name} = {sql}" for name, sql in _COLUMNS.items())}
      FROM new_score AS n JOIN account AS a ON a.id = n.account_id
     WHERE s.model = :model AND s.account_id = n.account_id"""
_INSERT: Final = f"""
    INSERT INTO account_score (model, account_id, {", ".join(_COLUMNS)})
    SELECT :model, n.account_id, {", ".join(_COLUMNS.values())}
      FROM new_score AS n JOIN account AS a ON a.id = n.account_id
     WHERE NOT EXISTS (SELECT FROM account_score AS s
                        WHERE s.model = :model AND s.account_id = n.account_id)"""
_TOTALS: Final = """
    INSERT INTO portfolio_total (model, csm_id, segment, stage, level, accounts, arr_cents,
                                 arr_at_risk_cents, score_micro_sum)
    SELECT model, csm_id, segment, stage, level, count(*), sum(arr_cents), sum(arr_at_risk_cents),
           coalesce(sum(score_micro), 0)
      FROM account_score WHERE model = :model GROUP BY model, csm_id, segment, stage, level"""
