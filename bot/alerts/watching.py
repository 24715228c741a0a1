"""A day's rules taken one step: who meets them, who stands where, for whom they fire."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from bot.alerts.conditions import RuleMet, ScoreFell, TrendIs, find_leaves
from bot.alerts.fires import Fire
from bot.alerts.firing import Standing, Step, take_first_step, take_step
from bot.alerts.meeting import compute_met
from bot.alerts.rules import Rule, reads_scores
from bot.alerts.saying import compute_said
from bot.alerts.sights import Sight
from bot.alerts.standings import forget_standing, load_standing, write_standing
from bot.config import Alerts
from scoring.days import to_number
from scoring.model import ScoringModel

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Watch:
    """The rules of a day, by name, those included that only others name."""

    rules: tuple[Rule, ...]
    model: ScoringModel
    #: Versions of the rules that took part in the last look.
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def named(self) -> dict[str, Rule]:
        return {rule.name: rule for rule in self.rules}

    @property
    def awake(self) -> tuple[Rule, ...]:
        """The rules that are not off, in the order in which they speak."""
        return tuple(rule for rule in self.rules if rule.state != "off")

    @property
    def new(self) -> tuple[Rule, ...]:
        """Those that never looked before as they are now: who meets them already is no news."""
        versions = self.versions
        return tuple(rule for rule in self.awake if self.known.get(rule.name) != versions[rule.name])

    @property
    def versions(self) -> dict[str, str]:
        """What decides when each rule fires: its own version, of the rules it names, of the scores."""
        return {rule.name: self._compute_version(rule) for rule in self.awake}

    def _compute_version(self, rule: Rule) -> str:
        named = self.named
        inner = [named[leaf.rule].version for leaf in find_leaves(rule.when) if isinstance(leaf, RuleMet)]
        model = [self.model.version] if reads_scores(rule, named) else []
        return " ".join((rule.version, *inner, *model))

    @property
    def windows(self) -> frozenset[int]:
        """Over how many days the rules compare scores."""
        named = self.named
        found = set()
        for rule in self.awake:
            for leaf in find_leaves(rule.when):
                inner = find_leaves(named[leaf.rule].when) if isinstance(leaf, RuleMet) else (leaf,)
                found |= {each.over_days for each in inner if isinstance(each, ScoreFell | TrendIs)}
        return frozenset(found)


def compute_step(
    rule: Rule,
    named: Mapping[str, Rule],
    sight: Sight,
    standing: Standing,
    quiet: NDArray[np.bool_] | bool = False,
) -> Step:
    """One rule's step to the day of the sight."""
    return take_step(
        standing,
        met=compute_met(rule.when, sight, named),
        held=compute_met(rule.when, sight, named, loosely=True),
        day=to_number(sight.as_of),
        consecutive=rule.consecutive_days,
        quiet=find_newly_scored(sight) if reads_scores(rule, named) else quiet,
    )


def find_newly_scored(sight: Sight) -> NDArray[np.bool_]:
    """Accounts without a score the day before: a first score, however low, is no fall."""
    before = sight.days.get(sight.as_of - DAY)
    return np.zeros(sight.size, np.bool_) if before is None else before.points < 0


def watch_day(
    session: Session, watch: Watch, rules: Iterable[Rule], sight: Sight, before: Sight | None
) -> dict[str, tuple[int, ...]]:
    """The places in the sight for which each of the rules fired; where accounts stand is written down.

    ``before`` is the day before, by which new rules learn who meets them already.
    """
    named, new = watch.named, {rule.name for rule in watch.new}
    fired = {}
    for rule in rules:
        if rule.name in new and before is not None:
            forget_standing(session, rule.name)
            old = Standing.fresh(sight.size)
            standing = take_first_step(
                sight.size,
                met=compute_met(rule.when, before, named),
                day=to_number(before.as_of),
                consecutive=rule.consecutive_days,
            )
        else:
            old = standing = load_standing(session, rule.name, sight.ids)
        step = compute_step(rule, named, sight, standing)
        write_standing(session, rule.name, sight.ids, old, step.standing)
        fired[rule.name] = tuple(np.flatnonzero(step.fired).tolist())
    return fired


def build_fires(
    rule: Rule,
    named: Mapping[str, Rule],
    sight: Sight,
    places: Sequence[int],
    since: Mapping[int, tuple[date, ...]],
) -> list[Fire]:
    """The fires at these places of the sight, each with why; ``since`` by place, as `Fire` has it."""
    return [
        Fire(int(sight.ids[place]), compute_said(rule, named, sight, place), since.get(place, ()))
        for place in places
    ]


def is_too_many(fired: int, sight: Sight, limits: Alerts) -> bool:
    """Whether a rule fired for so many accounts at once that the data is to blame and not they."""
    return sight.size >= limits.flood_minimum and fired > limits.flood_share * sight.size
