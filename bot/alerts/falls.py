"""Which accounts fell: the rules, held against the scores of a day (SPEC A1)."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from bot.alerts.looks import Grounds
from bot.alerts.movements import Movements
from bot.alerts.rules import Rule


@dataclass(frozen=True)
class Fall:
    """An account that meets a rule: its level's rank now, and the day its score is held against."""

    account_id: int
    rank: int
    since: date


def find_falls(movements: Movements, grounds: Grounds, rule: Rule) -> tuple[Fall, ...]:
    """The accounts that meet the rule, whether they were reported before or not, by id.

    Judged on the whole points people see, so that no message shows a fall of 10 under a rule of more than
    10. An account without a score on one of the two days meets none.
    """
    if rule.fall_days is not None:
        day = grounds.find_drop_day(rule.fall_days)
        change, known = movements.compute_change(day)
        return _collect(movements, known & (change < -rule.when.score_fell), day)
    found: dict[int, Fall] = {}
    for day in grounds.level_days:
        now, before = movements.now.ranks, movements.days[day].ranks
        for fall in _collect(movements, (now >= 0) & (before > now), day):
            found.setdefault(fall.account_id, fall)
    return tuple(found.values())


def _collect(movements: Movements, fell: NDArray[np.bool_], since: date) -> tuple[Fall, ...]:
    places = np.flatnonzero(fell)
    return tuple(Fall(int(movements.ids[place]), int(movements.now.ranks[place]), since) for place in places)
