"""A level's colour and word; colour never says it alone."""

from scoring.views import LevelView, Trend

_CIRCLES = {"red": "🔴", "orange": "🟠", "yellow": "🟡", "green": "🟢"}
_ARROWS: dict[Trend, str] = {"improving": "↗", "stable": "→", "declining": "↘"}
UNSCORED = "⚪"


def format_circle(level: LevelView | None) -> str:
    """The level's colour as a circle; a white one where there is no score."""
    return UNSCORED if level is None else _CIRCLES.get(level.color, UNSCORED)


def format_trend(trend: Trend | None) -> str:
    """An arrow and the word: ``↘ declining``; empty where there is no trend yet."""
    return "" if trend is None else f"{_ARROWS[trend]} {trend}"
