"""A score's course as Slack's own chart."""

from collections.abc import Sequence
from datetime import date

from blocks.elements import Block
from blocks.figures import format_day
from scoring.views import TrendPoint, compute_rounded

#: Slack draws at most 20 points; a week apart, 90 days are 13.
_POINTS, _DAYS_APART = 20, 7


def build_trend_chart(trend: Sequence[TrendPoint], today: date) -> Block | None:
    """A line of the score over the last weeks; None where there are not two points to join.

    slack_sdk has no model of this block, so it is a plain dict.
    """
    points = _thin(trend)
    if len(points) < 2:
        return None
    labels = [format_day(point.day, today)[:20] for point in points]
    data = [
        {"label": label, "value": compute_rounded(point.score_micro)}
        for label, point in zip(labels, points, strict=True)
    ]
    days = (points[-1].day - points[0].day).days
    return {
        "type": "data_visualization",
        "title": f"Health score, last {days} days",
        "chart": {
            "type": "line",
            "series": [{"name": "Score", "data": data}],
            "axis_config": {"categories": labels, "y_label": "Score (0–100)"},
        },
    }


def _thin(trend: Sequence[TrendPoint]) -> list[TrendPoint]:
    """The newest point and those a week apart before it, oldest first."""
    kept: list[TrendPoint] = []
    for point in sorted(trend, key=lambda point: point.day, reverse=True):
        if not kept or (kept[-1].day - point.day).days >= _DAYS_APART:
            kept.append(point)
    return kept[:_POINTS][::-1]
