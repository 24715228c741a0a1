"""Why a rule fired, in words and as the figure that was held against its limit. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.alerts.conditions import (
    All,
    EventIs,
    Level,
    RuleMet,
    ScoreBelow,
    ScoreFell,
    SignalIs,
    TrendIs,
    find_parts,
)
from bot.alerts.meeting import compute_met
from bot.alerts.rules import Rule
from bot.alerts.sights import Sight
from scoring.catalogue import SignalKey
from scoring.phrases import compute_figure_phrase


@dataclass(frozen=True)
class Said:
    """Why a rule fired for an account.

    ``figures`` are the signals' own figures in words, the first comparison first; ``said`` is the whole of
    it in a line; ``figure`` is what was held against the rule's limit, None where it has none. ``signal``
    is the first signal that was read.
    """

    said: str
    figures: tuple[str, ...] = ()
    figure: float | None = None
    signal: SignalKey | None = None


def compute_said(rule: Rule, rules: Mapping[str, Rule], sight: Sight, place: int) -> Said:
    """Why the rule is met for the account at a place of the sight.

    Of an ``all`` the first part is told; what stands behind it bounds where the rule looks.
    """
    one = sight.where(np.array([place]))
    leaves = list(_find_met(rule.when, one, rules))
    signals = [leaf for leaf in leaves if isinstance(leaf, SignalIs | EventIs)]
    figures = tuple(dict.fromkeys(_say_signal(leaf, one) for leaf in signals))
    scores = [said for leaf in leaves if (said := _say_score(leaf, one))]
    told = [leaf for leaf in leaves if not isinstance(leaf, EventIs | Level | TrendIs)]
    figure = _compute_figure(told[0], one) if rule.limit is not None and told else None
    said = " · ".join(dict.fromkeys((*figures, *scores))) or rule.title
    return Said(said, figures, figure, signals[0].signal if signals else None)


def _find_met(condition: Any, one: Sight, rules: Mapping[str, Rule]) -> Iterator[Any]:
    """The comparisons that hold and are worth telling."""
    if not compute_met(condition, one, rules)[0]:
        return
    if isinstance(condition, RuleMet):
        yield from _find_met(rules[condition.rule].when, one, rules)
        return
    parts = find_parts(condition)
    if not parts:
        yield condition
    for part in parts[:1] if isinstance(condition, All) else parts:
        yield from _find_met(part, one, rules)


def _say_signal(leaf: SignalIs | EventIs, one: Sight) -> str:
    now = float(one.find_raw(leaf.signal)[0])
    if isinstance(leaf, SignalIs) and leaf.is_change:
        before = float(one.find_raw(leaf.signal, leaf.over_days)[0])
        return f"{compute_figure_phrase(leaf.signal, now, before)} within {leaf.over_days} days"
    return compute_figure_phrase(leaf.signal, now)


def _say_score(leaf: Any, one: Sight) -> str:
    if isinstance(leaf, SignalIs | EventIs):
        return ""
    now = one.days[one.as_of]
    points = int(now.points[0])
    if isinstance(leaf, ScoreFell | TrendIs):
        since = one.drop_days[leaf.over_days]
        return f"score {int(one.days[since].points[0])} → {points} in {(one.as_of - since).days} d"
    label = one.model.levels[int(now.ranks[0])].label
    if isinstance(leaf, Level) and leaf.is_fall:
        worse = [int(one.days[day].ranks[0]) for day in one.level_days]
        before = one.model.levels[next(rank for rank in worse if rank > now.ranks[0])].label
        return f"{before} → {label}, score {points}"
    return f"{label}, score {points}"


def _compute_figure(leaf: Any, one: Sight) -> float | None:
    points = one.days[one.as_of].points[0] if one.days else 0
    match leaf:
        case ScoreFell(over_days=days):
            return -float(one.compute_change(days)[0][0])
        case ScoreBelow():
            return float(points)
        case SignalIs(is_change=True, signal=key, over_days=days):
            return float(abs(one.find_raw(key, days)[0] - one.find_raw(key)[0]))
        case SignalIs(signal=key):
            return float(one.find_raw(key)[0])
    return None
