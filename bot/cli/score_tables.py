"""Scores as tables for a terminal."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from rich.table import Table
from rich.text import Text

from scoring.model import ScoringModel
from scoring.views import MICRO, ScoreChange, ScoreExplanation, compute_rounded

_COLORS: Final = {"red": "red", "orange": "dark_orange", "yellow": "yellow", "green": "green"}
_ARROWS: Final = {"improving": "↑", "stable": "→", "declining": "↓"}


def build_scores_table(model: ScoringModel, day: date, found: Iterable[ScoreExplanation]) -> Table:
    """Every account a row, the most ARR at risk first."""
    table = Table(title=f"{model.label} on {day}, version {model.version}")
    table.add_column("Account")
    table.add_column("Score", justify="right")
    table.add_column("Level")
    table.add_column("7 days", justify="right")
    table.add_column("30 days", justify="right")
    table.add_column("Known", justify="right")
    table.add_column("ARR at risk", justify="right")
    for view in sorted(found, key=lambda view: (-view.arr_at_risk_cents, view.account_name)):
        table.add_row(
            Text(view.account_name),
            "–" if view.score is None else str(view.score),
            _build_level(view),
            _format_change(view, view.change_7),
            _format_change(view, view.change_30),
            f"{view.coverage:.0%}",
            f"{view.arr_at_risk_cents / 100:,.0f}",
        )
    return table


def _build_level(view: ScoreExplanation) -> Text:
    if view.level is None:
        return Text("no score")
    arrow = _ARROWS.get(view.trend or "", "")
    return Text(f"{view.level.title} {arrow}".strip(), style=_COLORS.get(view.level.color, ""))


def _format_change(view: ScoreExplanation, change: ScoreChange | None) -> str:
    if change is None or view.score is None:
        return "–"
    return f"{view.score - compute_rounded(change.from_micro):+d}"


def build_account_tables(view: ScoreExplanation) -> tuple[Table, ...]:
    """One account: what makes its score, and what moved it."""
    score = "no score" if view.score is None else f"{view.score} points"
    level = "" if view.level is None else f", {view.level.title}"
    parts = Table(title=f"{view.account_name} on {view.as_of}: {score}{level} ({view.model} {view.version})")
    parts.add_column("Signal")
    parts.add_column("What it says")
    parts.add_column("Weight", justify="right")
    parts.add_column("Points", justify="right")
    for signal in view.signals:
        points = f"{signal.points_micro / MICRO:.2f}"
        parts.add_row(Text(signal.title), Text(signal.phrase), f"{signal.weight:.1%}", points)
    changes = (change for change in (view.change_7, view.change_30) if change is not None)
    return (parts, *(_build_change(change) for change in changes))


def _build_change(change: ScoreChange) -> Table:
    table = Table(title=f"Since {change.since}: {change.delta_micro / MICRO:+.2f} points")
    table.add_column("What moved")
    table.add_column("Points", justify="right")
    for part in change.parts:
        table.add_row(Text(part.phrase), f"{part.points_micro / MICRO:+.2f}")
    return table
