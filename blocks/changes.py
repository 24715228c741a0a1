"""What moved a score, in lines whose parts add up to what is shown."""

from blocks.figures import compute_shown_parts, format_change, format_points
from blocks.text import escape
from scoring.views import MICRO, ScoreChange, ScoreExplanation

_PARTS_SHOWN = 4
_STEP = MICRO // 10


def build_change_lines(explanation: ScoreExplanation) -> list[str]:
    """A line for 7 days and one for 30, each where it is known."""
    changes = (explanation.change_7, explanation.change_30)
    return [_format_change_line(change) for change in changes if change is not None]


def _format_change_line(change: ScoreChange) -> str:
    now = change.from_micro + change.delta_micro
    shown = _find_shown_parts(change)
    # The difference of the two figures shown, so that the line can be checked by hand.
    delta = compute_shown_delta(change)
    scores = f"{format_points(change.from_micro)} → {format_points(now)}"
    line = f"{change.days} days: {scores} ({format_change(delta)})"
    if not shown:
        return f"{line}: nothing moved"
    parts = ", ".join(f"{title} {format_change(micro)}" for title, micro in shown)
    return f"{line}: {parts}"


def compute_shown_delta(change: ScoreChange) -> int:
    """The difference between the two scores as they are shown, to a tenth."""
    step = _STEP
    return _rounded(change.from_micro + change.delta_micro, step) - _rounded(change.from_micro, step)


def _find_shown_parts(change: ScoreChange) -> list[tuple[str, int]]:
    """The parts worth showing with their tenths, and the rest as one, adding up to the shown difference."""
    micros = [part.points_micro for part in change.parts]
    rounded = compute_shown_parts(micros, compute_shown_delta(change), _STEP)
    titled = [(escape(part.title), micro) for part, micro in zip(change.parts, rounded, strict=True)]
    told = [each for each in titled if each[1]]
    told.sort(key=lambda each: -abs(each[1]))
    rest = sum(micro for _, micro in told[_PARTS_SHOWN:])
    return [*told[:_PARTS_SHOWN], *([("other", rest)] if rest else [])]


def _rounded(micro: int, step: int) -> int:
    return (micro + step // 2) // step * step
