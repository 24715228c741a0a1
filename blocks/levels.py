"""A level's colour and word; colour never says it alone."""

from scoring.views import LevelView, Trend

_CIRCLES = {"red": "🔴", "orange": "🟠", "yellow": "🟡", "green": "🟢"}
_ARROWS: dict[Trend, str] = {"improving": "↗", "stable": "→", "declining": "↘"}
UNSCORED = "⚪"


def format_circle(level: LevelView | None) -> str:
    """The level's colour as a circle; a white one where there is no score."""
    return format_color(level.color if level else None)


def format_color(color: str | None) -> str:
    """A colour as a circle; a white one where there is none."""
    return _CIRCLES.get(color or "", UNSCORED)


def format_trend(trend: Trend | None) -> str:
    """An arrow and the word: ``↘ declining``; empty where there is no trend yet."""
    return "" if trend is None else f"{_ARROWS[trend]} {trend}"
