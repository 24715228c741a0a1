"""What a score means: its level, its trend, its place on the list, and the revenue at risk.

All of it is judged on the whole points people see, so that a score shown as 40 is never called "under 40".
"""

from fractions import Fraction
from functools import reduce
from math import lcm

import numpy as np
from numpy.typing import NDArray

from scoring.model.schema import ScoringModel
from scoring.views import MICRO, LevelView, Trend

Micros = NDArray[np.int64]

#: Days of scores a level is told from.
HISTORY_DAYS = 30

#: Place of a refused score: behind every other.
_LAST = np.iinfo(np.int64).max


def compute_rounded_points(micro: Micros) -> Micros:
    """Whole points, rounded half up; −1 stays −1."""
    return np.where(micro < 0, -1, (micro + MICRO // 2) // MICRO)


def compute_levels(model: ScoringModel, history: Micros) -> NDArray[np.int8]:
    """Rank of each account's level on the last day of its history, int8[n]: 0 the worst, −1 without a score.

    ``history`` is int64[days, n] in millionths, the oldest day first, −1 where there was no score. A worse
    level is entered at once; a better one only ``hysteresis`` points above its border, so that an account at
    the border does not flap. The oldest score has no memory: with one day the published borders hold.
    """
    points = compute_rounded_points(history)
    enter = np.array([level.start for level in model.levels])
    # A border too high to be passed by the full hysteresis is passed by 100.
    climb = np.minimum([level.start + level.hysteresis for level in model.levels], 100.0)
    # Points are whole: a table of 101 ranks answers for all of them, where a search costs ten times as much.
    plain_of, climbed_of = (
        (np.searchsorted(borders, np.arange(101), side="right") - 1).astype(np.int8)
        for borders in (enter, climb)
    )
    level = np.full(history.shape[1], -1, dtype=np.int8)
    for day in points:
        whole = np.maximum(day, 0)
        plain, climbed = plain_of[whole], climbed_of[whole]
        settled = np.where(plain <= level, plain, np.maximum(level, climbed))
        level = np.where(day < 0, level, np.where(level < 0, plain, settled)).astype(np.int8)
    return np.where(points[-1] < 0, -1, level).astype(np.int8)


def find_level(model: ScoringModel, rank: int) -> LevelView | None:
    """The level of that rank, None for −1."""
    if rank < 0:
        return None
    level = model.levels[rank]
    return LevelView(level.name, level.label, level.color, rank)


def compute_trends(now: Micros, previous: Micros, points: float = 5.0) -> NDArray[np.int8]:
    """1 improving, 0 stable, −1 declining by at least ``points``; 2 where a score is missing.

    ``points`` is ``model.trend_points``. For the daily trend ``previous`` is the score before, for the
    30-day trend that of 30 days ago (SPEC H7).
    """
    change = compute_rounded_points(now) - compute_rounded_points(previous)
    trend = np.where(change >= points, 1, np.where(change <= -points, -1, 0))
    return np.where((now < 0) | (previous < 0), 2, trend).astype(np.int8)


def find_trend(trend: int) -> Trend | None:
    """The word for one of ``compute_trends``; None where a score was missing."""
    words: dict[int, Trend] = {-1: "declining", 0: "stable", 1: "improving"}
    return words.get(trend)


def compute_risk_order(now: Micros, earlier: Micros) -> Micros:
    """Sort key of the at-risk list, int64[n], the smallest first (SPEC H7).

    Half of the change since the earlier score (30 days) is added to the score: 35 → 55 counts as 65 and goes
    down the list, 80 → 60 as 50 and goes up. Refused scores come last.
    """
    change = np.where(earlier < 0, 0, now - earlier)
    return np.where(now < 0, _LAST, 2 * now + change)


def compute_arr_at_risk(model: ScoringModel, score_micro: Micros, arr_cents: Micros) -> Micros:
    """ARR × probability of churn in cents, int64[n], rounded half up (SPEC R1, R2).

    0 where there is no score or no ARR is known (−1).
    """
    odds, denominator = _compute_odds(model, score_micro, arr_cents)
    cents = (2 * np.maximum(arr_cents, 0) * odds + denominator) // (2 * denominator)
    return np.where((score_micro < 0) | (arr_cents < 0), 0, cents)


def compute_churn_probability(
    model: ScoringModel, score_micro: Micros, arr_cents: Micros
) -> NDArray[np.float64]:
    """The rule's probability of churn in 0–1, NaN without a score (SPEC R2)."""
    odds, denominator = _compute_odds(model, score_micro, arr_cents)
    return np.where(score_micro < 0, np.nan, odds / denominator)


def _compute_odds(model: ScoringModel, score_micro: Micros, arr_cents: Micros) -> tuple[Micros, int]:
    """Numerators of the probabilities over one common denominator, so that cents come out exact."""
    bands, factors = model.risk.probabilities, model.risk.factors
    bases = [band.probability for band in bands]
    times = [factor.times for factor in factors]
    scale = _denominator(bases)
    borders = np.array([band.below for band in bands[:-1]], dtype=np.float64)
    band = np.searchsorted(borders, compute_rounded_points(score_micro), side="right")
    odds = np.array([int(base * scale) for base in bases], dtype=np.int64)[band]
    denominator = scale
    for factor, by in zip(factors, times, strict=True):
        above = arr_cents > int(factor.arr_above * 100)
        odds = odds * np.where(above, by.numerator, by.denominator)
        denominator *= by.denominator
    return np.minimum(odds, denominator), denominator


def _denominator(shares: list[Fraction]) -> int:
    return reduce(lcm, (share.denominator for share in shares), 1)
