"""Variants of a play: given at random within each kind of account, for good, and compared (SPEC P16)."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.models import PlayVariant
from playbooks.definition import Playbook
from playbooks.facts import PlayFacts

#: Of each variant, so many runs must have ended before a difference is spoken of.
ENOUGH = 20
#: The normal quantile of a 95 % interval.
Z = 1.959964
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:key, 7310))")


def assign_variant(session: Session, play: Playbook, facts: PlayFacts, now: datetime) -> str | None:
    """The account's variant of the play, which never changes; None for a play without variants.

    Within a stratum (segment and colour of the level) variants are dealt in shuffled rounds, so that after
    each round all have the same number of accounts.
    """
    if not play.variants:
        return None
    names = [variant.name for variant in play.variants]
    known = session.get(PlayVariant, (play.name, facts.account_id))
    if known is not None:
        # A variant that the file no longer has gives way to the first that it has.
        return known.variant if known.variant in names else names[0]
    stratum = f"{facts.segment or 'unknown'}/{facts.color or 'unknown'}"
    session.execute(_LOCK, {"key": f"{play.name}/{stratum}"})
    dealt = session.scalars(
        select(PlayVariant.variant)
        .where(PlayVariant.playbook == play.name, PlayVariant.stratum == stratum)
        .order_by(PlayVariant.assigned_at, PlayVariant.account_id)
    ).all()
    chosen = choose_variant(names, list(dealt))
    session.add(
        PlayVariant(
            playbook=play.name,
            account_id=facts.account_id,
            variant=chosen,
            stratum=stratum,
            assigned_at=now,
        )
    )
    session.flush()
    return chosen


def choose_variant(names: Sequence[str], dealt: Sequence[str]) -> str:
    """One of the variants that the present round has not dealt yet, at random."""
    counts = {name: dealt.count(name) for name in names}
    fewest = min(counts.values())
    return random.SystemRandom().choice([name for name in names if counts[name] == fewest])


@dataclass(frozen=True)
class VariantResult:
    """How the runs of a variant came out: so many of those that ended reached the play's goal."""

    name: str
    ended: int
    reached: int

    @property
    def share(self) -> float | None:
        return self.reached / self.ended if self.ended else None


@dataclass(frozen=True)
class Difference:
    """How much more often one variant reaches the goal than another, with its 95 % interval (shares)."""

    better: str
    worse: str
    by: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves no difference out."""
        return self.low > 0


def compute_difference(one: VariantResult, other: VariantResult) -> Difference | None:
    """The difference between two variants by Newcombe's interval; None while there are too few to say."""
    if min(one.ended, other.ended) < ENOUGH:
        return None
    if (one.share or 0) < (other.share or 0):
        one, other = other, one
    p, q = one.reached / one.ended, other.reached / other.ended
    (low_p, high_p), (low_q, high_q) = _wilson(one), _wilson(other)
    by = p - q
    low = by - sqrt((p - low_p) ** 2 + (high_q - q) ** 2)
    high = by + sqrt((high_p - p) ** 2 + (q - low_q) ** 2)
    return Difference(one.name, other.name, by, low, high)


def _wilson(result: VariantResult) -> tuple[float, float]:
    n, p = result.ended, result.reached / result.ended
    middle = p + Z * Z / (2 * n)
    half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return (middle - half) / (1 + Z * Z / n), (middle + half) / (1 + Z * Z / n)


def load_results(session: Session, play: Playbook) -> tuple[VariantResult, ...]:
    """How each variant's ended runs came out, in the order of the file.

    A run reached the goal where it ended by the exit of that name.
    """
    from bot.models import PlayRun

    asked = (
        select(PlayRun.variant, func.count(), func.count().filter(PlayRun.outcome == play.goal))
        .where(PlayRun.playbook == play.name, PlayRun.ended_at.is_not(None), PlayRun.variant.is_not(None))
        .group_by(PlayRun.variant)
    )
    found = {row[0]: (row[1], row[2]) for row in session.execute(asked)}
    return tuple(VariantResult(variant.name, *found.get(variant.name, (0, 0))) for variant in play.variants)
