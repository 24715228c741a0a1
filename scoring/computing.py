"""Scores of one block of accounts on one day, from facts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from scoring.engine import AccountColumns, ScoreTable, compute_scores, find_seasons
from scoring.facts import BlockFacts, FactsAsOf, Needs, merge_needs
from scoring.model import ScoringModel
from scoring.packing import Inputs, Raws
from scoring.signals import compute_needs, compute_raws


@dataclass(frozen=True)
class DayScores:
    """The live accounts of a block on a day, by position in the block, with their scores and inputs."""

    positions: np.ndarray[tuple[int], np.dtype[np.int64]]
    table: ScoreTable
    inputs: Inputs


def compute_model_needs(models: Iterable[ScoringModel]) -> Needs:
    """What has to be loaded to score by these models."""
    parts = []
    for model in models:
        parts += [compute_needs(model.signals), Needs(words=model.columns, products=model.products)]
        if model.products:
            parts.append(Needs({"products": 0}, {"products": frozenset({"product", "arr"})}))
    return merge_needs(parts)


def compute_first_day(models: Iterable[ScoringModel], days: Iterable[date]) -> date:
    """The earliest day whose facts are needed to score `days`: a season looks back to the day before it."""
    models, days = tuple(models), tuple(days)
    first = min(days)
    baselines = [
        season.baseline
        for model in models
        if model.seasons
        for day in days
        for season in find_seasons(model, day)
    ]
    return min([first, *baselines])


def build_inputs(model: ScoringModel, block: BlockFacts, day: date) -> Inputs:
    """The inputs of the block's live accounts on a day, as known then."""
    facts = block.as_of(day)
    held = {
        season.name: compute_raws(block.as_of(season.baseline), season.signals)
        for season in find_seasons(model, day)
    }
    arr, has_arr = facts.accounts.number("arr")
    inputs = Inputs(
        block.slots,
        compute_raws(facts, model.signals),
        AccountColumns(
            block.size,
            texts={name: facts.accounts.word(name) for name in sorted(model.columns)},
            product_arr=_compute_product_arr(facts, model.products),
        ),
        held,
        np.where(has_arr, arr, -1),
    )
    live = facts.accounts.is_live()
    return inputs if live.all() else inputs.where(np.flatnonzero(live))


def _compute_product_arr(
    facts: FactsAsOf, products: tuple[str, ...]
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    found = {}
    for number, product in enumerate(products):
        rows = facts.rows("products")
        mine = rows.where(rows.product == number)
        cents = np.zeros(facts.size, dtype=np.int64)
        np.add.at(cents, mine.account, mine.arr)
        found[product] = cents
    return found


def compute_day(model: ScoringModel, block: BlockFacts, day: date) -> DayScores:
    """The scores of the block's live accounts on a day."""
    inputs = build_inputs(model, block, day)
    return DayScores(np.searchsorted(block.slots, inputs.slots), compute_table(model, inputs), inputs)


def compute_table(model: ScoringModel, inputs: Inputs) -> ScoreTable:
    """The scores that follow from stored or fresh inputs, byte for byte the same."""
    held: dict[str, Raws] = dict(inputs.held)
    return compute_scores(model, inputs.raws, inputs.columns, held)
