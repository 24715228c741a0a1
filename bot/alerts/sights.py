"""A day as rules see it: the accounts' scores then and before, and the signals that the rules name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from bot.alerts.conditions import EventIs, RuleMet, SignalIs, find_leaves
from bot.alerts.movements import Day
from bot.alerts.rules import Rule
from bot.config import TeamConfig
from scoring.catalogue import SignalKey
from scoring.facts import BlockFacts, Facts, Needs, merge_needs
from scoring.model import ScoringModel
from scoring.signals import SIGNALS, Raw, compute_needs

Ids = NDArray[np.int64]
#: A signal on a day.
Wanted = tuple[SignalKey, date]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sight:
    """What the accounts ``ids`` look like on a day; every column is in their order.

    ``days`` has the scores of the days that rules may ask for; it is empty where they ask for none.
    ``level_days`` are those a level is held against, and ``drop_days`` tells for a number of days the day
    that a change is measured from.
    """

    as_of: date
    ids: Ids
    model: ScoringModel
    days: Mapping[date, Day] = field(default_factory=dict)
    level_days: tuple[date, ...] = ()
    drop_days: Mapping[int, date] = field(default_factory=dict)
    raws: Mapping[Wanted, Raw] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.ids)

    def find_raw(self, key: SignalKey, ago: int = 0) -> Raw:
        """A signal's figures, ``ago`` days before; NaN where unknown."""
        return self.raws[key, self.as_of - ago * DAY]

    def compute_change(self, over_days: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Points gained since ``over_days`` ago, and which accounts have both scores."""
        before, now = self.days[self.drop_days[over_days]].points, self.days[self.as_of].points
        return now - before, (before >= 0) & (now >= 0)

    def where(self, chosen: NDArray[Any]) -> "Sight":
        """Some of the accounts."""
        days = {day: Day(each.points[chosen], each.ranks[chosen]) for day, each in self.days.items()}
        raws = {key: raw[chosen] for key, raw in self.raws.items()}
        return replace(self, ids=self.ids[chosen], days=days, raws=raws)


def find_wanted(rules: Iterable[Rule], named: Mapping[str, Rule], days: Iterable[date]) -> frozenset[Wanted]:
    """The signals that the rules, and those they name, read to judge these days."""
    days = tuple(days)
    found: set[Wanted] = set()
    for rule in rules:
        for leaf in find_leaves(rule.when):
            if isinstance(leaf, RuleMet):
                found |= find_wanted([named[leaf.rule]], named, days)
            elif isinstance(leaf, SignalIs | EventIs):
                found |= {(leaf.signal, day) for day in days}
                if isinstance(leaf, SignalIs) and leaf.is_change:
                    found |= {(leaf.signal, day - leaf.over_days * DAY) for day in days}
    return frozenset(found)


def open_facts(
    session: Session,
    wanted: Iterable[Wanted],
    *,
    last: date,
    team: TeamConfig,
    first: date | None = None,
    is_over: bool = True,
) -> Facts:
    """The facts from which the signals can be computed, as known until ``last``; from ``first`` on, where
    accounts are looked at on days of which no signal is wanted."""
    wanted = tuple(wanted)
    needs = compute_needs({key for key, _ in wanted})
    if not is_over and needs.usage_days:
        needs = merge_needs((needs, Needs({"usage": needs.usage_days + 1})))
    first = min([first or last, *(day for _, day in wanted)])
    return Facts(session, needs, first=first, last=last, zone=team.zone)


def compute_block_raws(
    block: BlockFacts, wanted: Iterable[Wanted], *, unfinished: date | None = None
) -> dict[Wanted, Raw]:
    """The signals of one block's accounts. The day ``unfinished`` is not over yet."""
    seen = {day: block.as_of(day, is_over=day != unfinished) for day in {day for _, day in wanted}}
    return {(key, day): SIGNALS[key.name].compute(seen[day], **dict(key.params)) for key, day in wanted}


def load_raws(
    session: Session, wanted: frozenset[Wanted], ids: Ids, *, last: date, team: TeamConfig
) -> dict[Wanted, Raw]:
    """The signals of these accounts, in their order; NaN also for an account that is not known."""
    found = {each: np.full(len(ids), np.nan) for each in wanted}
    if not wanted:
        return {}
    for block in open_facts(session, wanted, last=last, team=team).blocks():
        places = np.searchsorted(ids, block.ids)
        inside = places < len(ids)
        inside[inside] = ids[places[inside]] == block.ids[inside]
        for each, raw in compute_block_raws(block, wanted).items():
            found[each][places[inside]] = raw[inside]
    return found
