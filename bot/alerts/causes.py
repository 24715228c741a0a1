"""What pulled a score down, as a person would say it.

The parts of a change (scoring) add up to the millionth, but where a signal's data begins or ends its weight
comes from the others, whose parts then move without anything having happened to them. Here that share is
given back to the signal that caused it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.accounts.advice import compute_lost_micro
from scoring.explain import CAP
from scoring.explaining import Comparison
from scoring.views import MICRO, SignalPoints

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
    phrases = {part.name: part.phrase.split(", its weight ")[0] for part in comparison.change.parts}
    own: dict[str, float] = {}
    turned: dict[str, float] = {}
    shifted = 0.0
    for name in dict.fromkeys((*now, *before)):
        old, new = before.get(name), now.get(name)
        if _is_cap(old, new):
            own[name] = (_points(new) - _points(old)) / MICRO
        elif old is None or new is None or old.value is None or new.value is None:
            own[name] = (_points(new) - _points(old)) / MICRO
            turned[name] = abs(_weight(new) - _weight(old))
        else:
            own[name] = 100 * new.weight * (new.value - old.value)
            shifted += 100 * (new.weight - old.weight) * old.value
    _give_back(own, turned, shifted)
    causes = [
        _build(now.get(name) or before[name], points, phrases.get(name), name in now, name in turned)
        for name, points in own.items()
    ]
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


def _is_cap(old: SignalPoints | None, new: SignalPoints | None) -> bool:
    return any(signal is not None and signal.dimension == CAP for signal in (old, new))


def _points(signal: SignalPoints | None) -> int:
    return 0 if signal is None else signal.points_micro


def _weight(signal: SignalPoints | None) -> float:
    return 0.0 if signal is None or signal.value is None else signal.weight


def _give_back(own: dict[str, float], turned: Mapping[str, float], shifted: float) -> None:
    """Add what shifted weights moved to the signals whose data began or ended, by the weight each moved."""
    whole = sum(turned.values())
    for name, weight in turned.items():
        if whole > 0:
            own[name] += shifted * weight / whole


def _build(signal: SignalPoints, points: float, phrase: str | None, is_there: bool, turned: bool) -> Cause:
    lost = is_there and signal.dimension != CAP and signal.raw is None
    if turned and is_there and not lost:
        phrase = f"{signal.phrase}, new"
    return Cause(signal.name, signal.title, signal.dimension, points, phrase or signal.phrase, lost)
