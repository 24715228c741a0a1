"""What the rest of Staysail sees of a score: frozen, complete, with nothing left to look up.

Points are integers in millionths (``micro``), so that they add up exactly; 62.5 points are 62_500_000.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

MICRO = 1_000_000

Trend = Literal["improving", "stable", "declining"]


def compute_rounded(micro: int) -> int:
    """Whole points, rounded half up (DESIGN: JSON of a score)."""
    return (micro + MICRO // 2) // MICRO


@dataclass(frozen=True)
class LevelView:
    """A level of a model. ``rank`` counts from 0, the worst; ``color`` is red, orange, yellow or green."""

    name: str
    title: str
    color: str
    rank: int


@dataclass(frozen=True)
class SignalPoints:
    """One signal's part of a score.

    ``raw`` is in the signal's own unit, ``value`` in 0–1, ``weight`` the share it really had after missing
    data was shared out; all three None-able where the signal is unknown (then ``points_micro`` is 0).
    ``phrase`` says it in plain words with the figure: "logins 12 in 30 days (20 expected)".
    """

    name: str
    title: str
    dimension: str
    raw: float | None
    unit: str
    value: float | None
    weight: float
    points_micro: int
    phrase: str


@dataclass(frozen=True)
class SignalChange:
    """What one signal moved the score by since an earlier date; the changes add up to the delta exactly."""

    name: str
    title: str
    points_micro: int
    phrase: str


@dataclass(frozen=True)
class ScoreChange:
    """The difference to an earlier score and its parts, largest first by absolute value."""

    days: int
    since: date
    from_micro: int
    from_level: str | None
    delta_micro: int
    parts: tuple[SignalChange, ...]


@dataclass(frozen=True)
class TrendPoint:
    """A past day's score."""

    day: date
    score_micro: int


@dataclass(frozen=True)
class ScoreExplanation:
    """One account's score on one day, explained (SPEC H8)."""

    account_id: int
    external_id: str
    account_name: str
    model: str
    version: str
    as_of: date
    #: None where the model refuses to score for want of data.
    score_micro: int | None
    level: LevelView | None
    trend: Trend | None
    coverage: float
    #: The newest day with data, by feed; None where the feed was never seen.
    fresh_to: dict[str, date | None]
    signals: tuple[SignalPoints, ...]
    #: A rule that held the score down, in words, with what it took away as the last of ``signals``.
    caps: tuple[str, ...]
    change_7: ScoreChange | None
    change_30: ScoreChange | None
    arr_at_risk_cents: int

    @property
    def score(self) -> int | None:
        return None if self.score_micro is None else compute_rounded(self.score_micro)
