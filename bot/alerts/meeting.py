"""Which accounts meet a condition on a day, as one column of truths. Pure."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.alerts.conditions import (
    RANK_WORDS,
    All,
    AnyOf,
    AtLeast,
    EventIs,
    Level,
    RuleMet,
    ScoreBelow,
    ScoreFell,
    SignalIs,
    TrendIs,
)
from bot.alerts.rules import Rule
from bot.alerts.sights import Sight

Truths = NDArray[np.bool_]


def compute_met(condition: Any, sight: Sight, rules: Mapping[str, Rule], *, loosely: bool = False) -> Truths:
    """Which accounts of the sight meet the condition.

    ``loosely``: by the figures at which it clears, for accounts that have met it. A score that is unknown
    meets nothing, and clears nothing either. Crossing into a level is over as soon as it has happened.
    """
    match condition:
        case All(all=parts):
            each = [compute_met(part, sight, rules, loosely=loosely) for part in parts]
            return np.asarray(np.logical_and.reduce(each))
        case AnyOf(any=parts):
            each = [compute_met(part, sight, rules, loosely=loosely) for part in parts]
            return np.asarray(np.logical_or.reduce(each))
        case AtLeast(at_least=counted):
            met = [compute_met(part, sight, rules, loosely=loosely) for part in counted.of]
            return np.asarray(np.sum(met, axis=0) >= counted.count)
        case RuleMet(rule=name):
            return compute_met(rules[name].when, sight, rules, loosely=loosely)
        case SignalIs():
            return _compute_signal(condition, sight, loosely)
        case EventIs(signal=key):
            return np.asarray(sight.find_raw(key) >= 1)
        case _:
            return _compute_score(condition, sight, loosely)


def _compute_signal(leaf: SignalIs, sight: Sight, loosely: bool) -> Truths:
    raw = sight.find_raw(leaf.signal)
    figure = leaf.figure if not loosely or leaf.clears_at is None else leaf.clears_at
    # A comparison with NaN is false: what is unknown meets nothing.
    match leaf.comparison:
        case "above":
            return np.asarray(raw > figure)
        case "below":
            return np.asarray(raw < figure)
        case "at_least":
            return np.asarray(raw >= figure)
        case "at_most":
            return np.asarray(raw <= figure)
        case "fell":
            return np.asarray(sight.find_raw(leaf.signal, leaf.over_days) - raw >= figure)
        case _:
            return np.asarray(raw - sight.find_raw(leaf.signal, leaf.over_days) >= figure)


def _compute_score(leaf: Any, sight: Sight, loosely: bool) -> Truths:
    now = sight.days[sight.as_of]
    unknown = now.points < 0
    match leaf:
        case Level(is_fall=True):
            return np.zeros(sight.size, np.bool_) if loosely else compute_fallen(sight)
        case Level(names=names):
            ranks = [rank for name in names if (rank := _find_rank(name, sight)) is not None]
            return np.isin(now.ranks, ranks) | (unknown & loosely)
        case ScoreBelow(score_below=figure, clears_at=clears):
            limit = figure if not loosely or clears is None else clears
            return np.where(unknown, loosely, now.points < limit)
        case ScoreFell(score_fell=figure, clears_at=clears, over_days=days):
            change, known = sight.compute_change(days)
            limit = figure if not loosely or clears is None else clears
            # Judged on the whole points people see: with 10, a fall from 60 to 50 is none and to 49 is one.
            return np.where(known, change < -limit, loosely & unknown)
        case TrendIs(trend=trend, over_days=days):
            change, known = sight.compute_change(days)
            points = float(sight.model.trend_points)
            moved = {"declining": change <= -points, "improving": change >= points}
            return known & moved.get(trend, np.abs(change) < points)
    raise TypeError(f"{leaf!r} is no condition")


def compute_fallen(sight: Sight) -> Truths:
    """Whose level is worse than on one of the days it is held against."""
    now = sight.days[sight.as_of].ranks
    fallen = np.zeros(sight.size, np.bool_)
    for day in sight.level_days:
        fallen |= (now >= 0) & (sight.days[day].ranks > now)
    return fallen


def _find_rank(name: str, sight: Sight) -> int | None:
    if name in RANK_WORDS:
        return RANK_WORDS[name]
    ranks = {level.name: rank for rank, level in enumerate(sight.model.levels)}
    return ranks.get(name)
