"""When a rule fires: on entering only, after enough days in a row, and again only once it has cleared. Pure.

The same step is taken by the daily run, by what arrives during the day, and by a replay of the past.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.days import NEVER


@dataclass(frozen=True)
class Standing:
    """Where accounts stand with a rule, one entry for each.

    ``streak`` counts the days in a row on which the rule was met, up to those it needs; ``firing`` says that
    it fired and has not cleared since; ``day`` is the day number of the last step that counted.
    """

    streak: NDArray[np.int16]
    firing: NDArray[np.bool_]
    day: NDArray[np.int32]

    @classmethod
    def fresh(cls, size: int) -> "Standing":
        """Of accounts the rule knows nothing about."""
        return cls(np.zeros(size, np.int16), np.zeros(size, np.bool_), np.full(size, -NEVER, np.int32))

    def where(self, chosen: NDArray[Any]) -> "Standing":
        """Some of the accounts."""
        return Standing(self.streak[chosen], self.firing[chosen], self.day[chosen])


@dataclass(frozen=True)
class Step:
    """What a day did: where the accounts stand now, and for which of them the rule fired."""

    standing: Standing
    fired: NDArray[np.bool_]


def take_step(
    standing: Standing,
    *,
    met: NDArray[np.bool_],
    held: NDArray[np.bool_],
    day: int,
    consecutive: int = 1,
    quiet: NDArray[np.bool_] | bool = False,
) -> Step:
    """The step from one day to the next, or to the same day looked at again.

    An account enters when ``met`` holds for the ``consecutive``-th day in a row; a day that was not looked
    at ends the row. It fires then, unless it enters ``quiet``ly. Once it fired it stays so while ``held``,
    and only then can enter again. A day looked at again counts once, and a day before the last one that
    counted changes nothing.
    """
    past = standing.day > day
    again, follows = standing.day == day, standing.day == day - 1
    grown = np.where(again, np.maximum(standing.streak, 1), np.where(follows, standing.streak + 1, 1))
    streak = np.where(met, np.minimum(grown, consecutive), 0).astype(np.int16)
    still = standing.firing & held
    enters = met & (streak >= consecutive) & ~still
    firing = still | enters
    # While it fires the row of days says nothing, and kept still it need not be written every day.
    streak = np.where(firing, consecutive, streak).astype(np.int16)
    changed = (streak != standing.streak) | (firing != standing.firing) | ((streak > 0) & ~firing)
    days = np.where(changed | (enters & ~again), day, standing.day).astype(np.int32)
    after = Standing(
        np.where(past, standing.streak, streak).astype(np.int16),
        np.where(past, standing.firing, firing),
        np.where(past, standing.day, days).astype(np.int32),
    )
    return Step(after, enters & ~np.asarray(quiet) & ~past)


def take_first_step(size: int, *, met: NDArray[np.bool_], day: int, consecutive: int = 1) -> Standing:
    """Where accounts stand when a rule, or a new version of it, has never looked before.

    Who meets it already is no news, then or on the next day.
    """
    step = take_step(Standing.fresh(size), met=met, held=met, day=day, quiet=True)
    streak = np.where(met, consecutive, 0).astype(np.int16)
    return replace(step.standing, streak=streak)
