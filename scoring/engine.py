"""From raw signals to scores: pure numpy over whole columns, the same bits for one account or for all.

Everything is element by element with + − × ÷ and comparisons, signals in file order; points are whole
millionths. Nothing here depends on the order or the size of the batch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import SignalKey
from scoring.columns import AccountColumns, Column, Mask, Raws, compute_when, compute_where
from scoring.model.schema import Part, ScoringModel, Season, all_parts
from scoring.views import MICRO
from scoring.weighing import Weight, Weights, compute_effective, compute_weights

__all__ = ["AccountColumns", "ActiveSeason", "ScoreTable", "compute_points", "compute_scores", "find_seasons"]

FULL = 100 * MICRO

#: What a signal's value is: measured, a declared default, unknown, not for this account, or held in a season.
KNOWN, DEFAULT, UNKNOWN, ABSENT, HELD = range(5)


@dataclass(frozen=True)
class ScoreTable:
    """Scores of n accounts by a model of k signals, rows in the order of the raw columns."""

    #: Millionths of a point, int64[n]; −1 where the model refuses.
    score_micro: NDArray[np.int64]
    #: What the signals alone make, before a cap; −1 as above.
    uncapped_micro: NDArray[np.int64]
    #: Whole percent of the weight whose signals are known, rounded down.
    coverage_percent: NDArray[np.int16]
    #: Number of the cap that holds the score down, −1 for none.
    cap: NDArray[np.int16]
    #: float64[n, k] in 0–1, NaN where unknown or not for this account.
    values: Column
    #: float64[n, k]: the share each signal really had; adds up to 1.
    weights: Column
    #: int8[n, k]: KNOWN, DEFAULT, UNKNOWN, ABSENT or HELD.
    states: NDArray[np.int8]


@dataclass(frozen=True)
class ActiveSeason:
    """A season that bears on a day: the raw columns of ``baseline`` are needed for ``signals``."""

    name: str
    baseline: date
    signals: tuple[SignalKey, ...]


def find_seasons(model: ScoringModel, as_of: date) -> tuple[ActiveSeason, ...]:
    """The seasons that bear on a day, recovery included; empty on most days (SPEC H10)."""
    found = []
    for season in model.seasons:
        for year in (as_of.year, as_of.year - 1):
            start = _day(season.start, year)
            end = _day(season.to, year + (season.to < season.start)) + timedelta(days=season.recovery_days)
            if start <= as_of <= end:
                keys = tuple(
                    dict.fromkeys(leaf.signal for leaf in _season_leaves(model, season) if leaf.signal)
                )
                found.append(ActiveSeason(season.name, start - timedelta(days=1), keys))
                break
    return tuple(found)


def compute_scores(
    model: ScoringModel,
    raws: Raws,
    columns: AccountColumns,
    held: Mapping[str, Raws] | None = None,
) -> ScoreTable:
    """Scores of a batch of accounts (SPEC H1–H5, H9, H10).

    ``raws`` has a float64 column for each of ``model.signals``, NaN for unknown (infinity counts as unknown).
    ``held`` has the raw columns of each active season's baseline day, by the season's name. Guarantees: a row
    depends on that row alone; 0 ≤ score ≤ 100 points; no score where nothing at all is known.
    """
    raws = {key: np.where(np.isfinite(raws[key]), raws[key], np.nan) for key in model.signals}
    # An absurd figure may overflow on its way to being clipped; that is no reason to warn.
    with np.errstate(over="ignore", invalid="ignore"):
        weights = compute_weights(model, columns)
        states, values = _compute_values(model, raws, columns, weights)
        _hold_seasons(model, columns, held or {}, states, values)
    counted = {name: ~np.isnan(column) for name, column in values.items()}
    effective = compute_effective(model, weights, counted)
    known, applicable = _sum_weights(weights, states)
    refused = _compute_refused(model, states, known, applicable)
    uncapped = np.where(refused, -1, _compute_micro(values, effective))
    score, cap = _apply_caps(model, raws, columns, uncapped)
    percent = np.floor(100.0 * known / np.where(applicable > 0, applicable, 1.0))
    return ScoreTable(
        score_micro=score,
        uncapped_micro=uncapped,
        coverage_percent=percent.astype(np.int16),
        cap=cap,
        values=_stack(values),
        weights=_stack(effective),
        states=np.stack(list(states.values())).T,
    )


def compute_points(table: ScoreTable) -> NDArray[np.int64]:
    """Millionths of a point by signal in file order, int64[n, k + 1]; last what a cap took (≤ 0).

    Rows add up to ``score_micro`` exactly: fractions are cut and the remainder goes to the largest of them,
    the first in file order among equals. Refused rows are 0.
    """
    exact = _points(table.values.T, table.weights.T)
    whole = np.floor(exact)
    points = whole.astype(np.int64)
    left = table.uncapped_micro - points.sum(axis=0)
    order = np.argsort(whole - exact, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(order.shape[0], dtype=order.dtype)[:, None], axis=0)
    points += rank < left
    points[:, table.uncapped_micro < 0] = 0
    capped = table.score_micro - table.uncapped_micro
    return np.vstack([points, capped]).T


def _points(values: Column, weights: Column) -> Column:
    return np.where(np.isnan(values), 0.0, values) * weights * float(FULL)


def _compute_micro(values: Mapping[str, Column], weights: Mapping[str, Column]) -> NDArray[np.int64]:
    # One after another: a pairwise sum would depend on how many signals there are in a row of memory.
    total: Column | float = 0.0
    for name, value in values.items():
        total = total + _points(value, weights[name])
    micro = np.floor(np.asarray(total) + 0.5).astype(np.int64)
    return np.clip(micro, 0, FULL)


def _compute_values(
    model: ScoringModel, raws: Raws, columns: AccountColumns, weights: Weights
) -> tuple[dict[str, NDArray[np.int8]], dict[str, Column]]:
    """State and value of every leaf, in file order."""
    states: dict[str, NDArray[np.int8]] = {}
    values: dict[str, Column] = {}
    for dimension in model.dimensions:
        outside = weights.unpaid.get(dimension.name, np.zeros(columns.count, dtype=bool))
        unsure = np.zeros(columns.count, dtype=bool)
        _walk(model, dimension, raws, columns, (outside, unsure), states, values)
    return states, values


def _walk(
    model: ScoringModel,
    part: Part,
    raws: Raws,
    columns: AccountColumns,
    beyond: tuple[Mask, Mask],
    states: dict[str, NDArray[np.int8]],
    values: dict[str, Column],
) -> None:
    """``beyond``: where the part is not for the account, and where nobody knows whether it is."""
    outside, unsure = beyond
    if not part.when.is_empty:
        truth = compute_when(part.when, columns, raws)
        outside = outside | ~(truth.holds | truth.unknown)
        unsure = unsure | truth.unknown
    for child in part.signals:
        _walk(model, child, raws, columns, (outside, unsure), states, values)
    if part.signal is None or part.normalise is None:
        return
    raw = np.where(outside | unsure, np.nan, raws[part.signal])
    value = part.normalise.compute(raw)
    state = np.where(np.isnan(value), UNKNOWN, KNOWN).astype(np.int8)
    missing = part.missing or model.missing.signals
    if missing.default is not None:
        filled = (state == UNKNOWN) & ~outside & ~unsure
        value = np.where(filled, missing.default, value)
        state[filled] = DEFAULT
    state[outside] = ABSENT
    states[part.name], values[part.name] = state, value


def _hold_seasons(
    model: ScoringModel,
    columns: AccountColumns,
    held: Mapping[str, Raws],
    states: dict[str, NDArray[np.int8]],
    values: dict[str, Column],
) -> None:
    """Keep each signal of an active season at its value of the day before, where that was better."""
    for season in model.seasons:
        if season.name not in held:
            continue
        inside = compute_where(season.when, columns)
        for leaf in _season_leaves(model, season):
            if leaf.signal is None or leaf.normalise is None:
                continue
            before = leaf.normalise.compute(held[season.name][leaf.signal])
            better = inside & (states[leaf.name] != DEFAULT) & (before > values[leaf.name])
            values[leaf.name] = np.where(better, before, values[leaf.name])
            states[leaf.name][better] = HELD


def _sum_weights(weights: Weights, states: Mapping[str, NDArray[np.int8]]) -> tuple[Column, Column]:
    """The weight of what is known, and of all that is for the account."""
    known: Column | float = 0.0
    applicable: Column | float = 0.0
    for name, state in states.items():
        weight: Weight = weights.of_model[name]
        known = known + np.where((state == KNOWN) | (state == HELD), weight, 0.0)
        applicable = applicable + np.where(state != ABSENT, weight, 0.0)
    return np.asarray(known), np.asarray(applicable)


def _compute_refused(
    model: ScoringModel, states: Mapping[str, NDArray[np.int8]], known: Column, applicable: Column
) -> Mask:
    # Defaults alone are no score: an account nobody has data of would look healthy.
    border = model.missing.refuse_below
    refused = (known <= 0) | (known * border.denominator < applicable * border.numerator)
    for leaf in model.leaves:
        if (leaf.missing or model.missing.signals).policy == "required":
            refused |= states[leaf.name] == UNKNOWN
    return np.asarray(refused)


def _apply_caps(
    model: ScoringModel, raws: Raws, columns: AccountColumns, uncapped: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """The score under the lowest cap that holds, and which. A cap whose signals are unknown does not hold."""
    score = uncapped.copy()
    which = np.full(columns.count, -1, dtype=np.int16)
    for number, cap in enumerate(model.caps):
        limit = int(cap.at_most * MICRO + 0.5)
        lowered = compute_when(cap.when, columns, raws).holds & (score > limit)
        score[lowered] = limit
        which[lowered] = number
    return score, which


def _season_leaves(model: ScoringModel, season: Season) -> tuple[Part, ...]:
    """The signals a season names, itself or by their group or dimension."""
    named = [part for part in all_parts(model) if part.name in season.signals]
    under = {leaf.name for part in named for leaf in _under(part)}
    return tuple(leaf for leaf in model.leaves if leaf.name in under)


def _under(part: Part) -> list[Part]:
    return [part, *(leaf for child in part.signals for leaf in _under(child))]


def _day(month_day: str, year: int) -> date:
    try:
        return date.fromisoformat(f"{year:04d}-{month_day}")
    except ValueError:  # 29 February of a common year
        return date(year, 2, 28)


def _stack(columns: Mapping[str, Column]) -> Column:
    return np.stack(list(columns.values())).T
