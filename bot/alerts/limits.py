"""The figure of a rule that decides how often it fires, and what people's answers say it should be. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal

#: A new limit keeps at least this part of the fires that were useful.
KEPT = Fraction(4, 5)


@dataclass(frozen=True)
class Limit:
    """The main figure of a rule. ``key`` is its place in the rule's file, such as ``when.points``.

    The rule fires for figures on the side ``fires`` of ``value``, and for the value itself if ``inclusive``.
    ``step`` is what a new value is rounded to.
    """

    key: str
    value: float
    fires: Literal["above", "below"]
    step: float = 1.0
    unit: str = "points"
    inclusive: bool = False


@dataclass(frozen=True)
class JudgedFire:
    """A figure for which a rule fired, and whether somebody found that useful."""

    figure: float
    useful: bool


@dataclass(frozen=True)
class NewLimit:
    """A stricter limit, and what it would have done to the judged fires."""

    value: float
    useful: int
    useful_kept: int
    not_useful: int
    not_useful_dropped: int


def compute_new_limit(limit: Limit, judged: Sequence[JudgedFire]) -> NewLimit | None:
    """The limit that drops the most fires nobody needed and keeps four of five that were useful (SPEC A7).

    Of limits that do the same the one nearest to the present. None where no limit would drop anything, or
    where nothing was useful: then no figure tells the good fires from the bad.
    """
    useful = sum(fire.useful for fire in judged)
    if not useful:
        return None
    tried = [_try(limit, value, judged) for value in _find_candidates(limit, judged)]
    allowed = [each for each in tried if each.not_useful_dropped and each.useful_kept >= KEPT * useful]
    return max(
        allowed,
        key=lambda each: (each.not_useful_dropped, each.useful_kept, -abs(each.value - limit.value)),
        default=None,
    )


def fires(limit: Limit, value: float, figure: float) -> bool:
    """Whether the rule fires for a figure when its limit is ``value``."""
    if figure == value:
        return limit.inclusive
    return figure > value if limit.fires == "above" else figure < value


def _find_candidates(limit: Limit, judged: Iterable[JudgedFire]) -> list[float]:
    """For each figure the nearest limit that it no longer meets, of those stricter than the present one."""
    steps = {_step_past(limit, fire.figure) for fire in judged}
    values = (round(step * limit.step, 6) for step in steps)
    return sorted(value for value in values if value != limit.value and fires(limit, limit.value, value))


def _step_past(limit: Limit, figure: float) -> int:
    # In whole steps: 0.1 added up ten times is not 1.
    steps = round(figure / limit.step, 9)
    if limit.fires == "above":
        return floor(steps) + 1 if limit.inclusive else ceil(steps)
    return ceil(steps) - 1 if limit.inclusive else floor(steps)


def _try(limit: Limit, value: float, judged: Sequence[JudgedFire]) -> NewLimit:
    kept = [fire.useful for fire in judged if fires(limit, value, fire.figure)]
    useful = sum(fire.useful for fire in judged)
    return NewLimit(
        value=value,
        useful=useful,
        useful_kept=sum(kept),
        not_useful=len(judged) - useful,
        not_useful_dropped=len(judged) - useful - (len(kept) - sum(kept)),
    )
