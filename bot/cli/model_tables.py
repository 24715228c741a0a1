"""Scoring models as tables for a terminal."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from rich.table import Table
from rich.text import Text

from scoring.model import Part, ScoringModel
from scoring.model.load import SHIPPED
from scoring.model.schema import all_parts
from scoring.model.weights import compute_shares
from scoring.model.words import (
    describe_missing,
    describe_normalise,
    describe_risk,
    describe_season,
    describe_share,
    describe_when,
)


def build_model_list(models: Mapping[str, ScoringModel], files: Mapping[str, Path], default: str) -> Table:
    """One row a model, the default one marked."""
    table = Table("Model", "Version", "Signals", "Levels, from the worst", "File", "What it is", box=None)
    for name, model in models.items():
        shipped = files[name].parent == SHIPPED
        table.add_row(
            f"{name} (default)" if name == default else name,
            model.version,
            str(len(model.leaves)),
            ", ".join(f"{level.name} ≥ {level.start:g}" for level in model.levels),
            "shipped" if shipped else str(files[name]),
            Text(model.description),
        )
    return table


def build_model_pages(model: ScoringModel) -> tuple[Table | Text, ...]:
    """A model whole: heading, signals, levels, then the rules it has besides."""
    heading = Text(f"{model.label} ({model.name}, version {model.version})", style="bold")
    return (
        heading,
        Text(model.description),
        _build_signals(model),
        _build_levels(model),
        _build_rules(model),
    )


def _build_signals(model: ScoringModel) -> Table:
    # Of parts that stand in for each other no share of the score can be told in advance.
    told = not (model.products or any(part.when.signals for part in all_parts(model)))
    table = Table(title="What counts", title_justify="left")
    score = ("Of the score",) if told else ()
    for column in ("Part", "Weight", *score, "Signal", "Value 0–1", "When unknown", "For"):
        table.add_column(column, overflow="fold")
    shares = compute_shares(model)
    parts: list[tuple[Part, Fraction, int]] = [(part, Fraction(1), 0) for part in reversed(model.dimensions)]
    while parts:
        part, outer, depth = parts.pop()
        share = outer * shares[part.name]
        _add_part(table, model, part, shares[part.name], share if told else None, depth)
        parts.extend((child, share, depth + 1) for child in reversed(part.signals))
    return table


def _add_part(
    table: Table, model: ScoringModel, part: Part, share: Fraction, whole: Fraction | None, depth: int
) -> None:
    by_arr = depth == 0 and bool(model.products)
    missing = part.missing or model.missing.signals
    table.add_row(
        "  " * depth + part.name,
        "by ARR" if by_arr else describe_share(share),
        *(() if whole is None else ("" if part.signals else describe_share(whole),)),
        part.signal.short if part.signal else "",
        describe_normalise(part.normalise) if part.normalise else "",
        describe_missing(missing) if part.signal else "",
        describe_when(part.when, part.when.signals) or ("" if depth else "every account"),
        style="bold" if part.signals and not depth else "",
    )


def _build_levels(model: ScoringModel) -> Table:
    table = Table("Level", "Colour", "From", "Climbed into at", title="Levels", title_justify="left")
    for level in reversed(model.levels):
        climb = f"{min(level.start + level.hysteresis, 100):g}" if level.start else ""
        table.add_row(level.label, level.color, f"{level.start:g}", climb)
    return table


def _build_rules(model: ScoringModel) -> Table:
    table = Table("Rule", "", title="Rules", title_justify="left", show_header=False)
    where = "dimension first" if model.missing.share == "dimension" else "all that is known"
    table.add_row("Missing data", f"weight shared out over {where}")
    if model.missing.refuse_below:
        table.add_row("No score", f"below a coverage of {describe_share(model.missing.refuse_below)}")
    for cap in model.caps:
        words = describe_when(cap.when, cap.when.signals)
        table.add_row("Cap", Text(f"at most {cap.at_most:g} when {words}: {cap.title}"))
    for variant in model.variants:
        weights = ", ".join(f"{name} {describe_share(share)}" for name, share in variant.weights.items())
        table.add_row("Weights", Text(f"{variant.name} ({describe_when(variant.when)}): {weights}"))
    for season in model.seasons:
        table.add_row("Season", Text(describe_season(season)))
    table.add_row("Trend", f"improving or declining from {model.trend_points:g} points")
    table.add_row("Probability of churn", describe_risk(model))
    return table
