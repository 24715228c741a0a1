"""What pulled a score down, as a person would say it."""

from dataclasses import dataclass

from bot.accounts.advice import compute_lost_micro
from scoring.explain import CAP
from scoring.explaining import Comparison
from scoring.views import MICRO, SignalChange, SignalPoints

MOST_REASONS = 3
#: Less than this, in points or as a share of the whole fall, explains nothing.
LEAST_POINTS = 0.5
LEAST_SHARE = 0.1


@dataclass(frozen=True)
class Cause:
    """A signal's part of a change in points; ``lost_data``: it has no data any more."""

    name: str
    title: str
    dimension: str
    points: float
    phrase: str
    lost_data: bool = False


def compute_causes(comparison: Comparison) -> tuple[Cause, ...]:
    """Every signal's part of the change, the largest fall first."""
    before = {signal.name: signal for signal in comparison.before}
    now = {signal.name: signal for signal in comparison.now}
    causes = [_build(part, now.get(part.name), before.get(part.name)) for part in comparison.change.parts]
    return tuple(sorted(causes, key=lambda cause: cause.points))


def compute_fall(comparison: Comparison) -> tuple[Cause, ...]:
    """The causes worth naming of a fall, the largest first, at most three."""
    least = max(LEAST_POINTS, LEAST_SHARE * -comparison.change.delta_micro / MICRO)
    return tuple(cause for cause in compute_causes(comparison) if cause.points <= -least)[:MOST_REASONS]


def compute_weighing(comparison: Comparison) -> tuple[Cause, ...]:
    """What costs the score most as it stands, at most three."""
    known = [signal for signal in comparison.now if signal.raw is not None]
    weighing = sorted(known, key=compute_lost_micro, reverse=True)
    lost = [(signal, compute_lost_micro(signal) / MICRO) for signal in weighing]
    return tuple(
        Cause(signal.name, signal.title, signal.dimension, -points, signal.phrase)
        for signal, points in lost
        if points >= LEAST_POINTS
    )[:MOST_REASONS]


def _build(part: SignalChange, now: SignalPoints | None, before: SignalPoints | None) -> Cause:
    signal = now or before
    assert signal is not None  # a part of the change is of one of the two days
    is_cap = signal.dimension == CAP
    lost = not is_cap and now is not None and now.raw is None
    is_new = not is_cap and _is_known(now) and not _is_known(before)
    phrase = f"{signal.phrase}, new" if is_new else part.phrase.split(", its weight ")[0]
    return Cause(part.name, part.title, signal.dimension, part.points_micro / MICRO, phrase, lost)


def _is_known(signal: SignalPoints | None) -> bool:
    return signal is not None and signal.value is not None
