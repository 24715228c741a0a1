"""Weights as each account really has them, after missing data was shared out (SPEC H9).

Only + − × ÷ and comparisons, element by element and in file order: a row's result is the same bits
whatever else is in the batch. Weights are whole numbers over a common denominator, so sums are exact.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import lcm

import numpy as np

from scoring.columns import AccountColumns, Column, Mask, compute_where
from scoring.model.schema import Part, ScoringModel
from scoring.model.weights import compute_shares

#: A weight of all accounts alike, or one each.
Weight = float | Column


@dataclass(frozen=True)
class Weights:
    """Whole-number weights of a model for a batch of accounts."""

    #: Part name → its weight among its siblings.
    of_siblings: dict[str, Weight]
    #: Leaf name → its weight in the whole model.
    of_model: dict[str, Weight]
    #: Dimension name → accounts that do not pay for its product.
    unpaid: dict[str, Mask]


#: By version, the weights of models without variants and products.
_PLAIN: dict[str, Weights] = {}


def compute_weights(model: ScoringModel, columns: AccountColumns) -> Weights:
    """The weights before anything is missing: variants chosen, products weighed by their ARR."""
    if model.variants or model.products:
        return _compute_weights(model, columns)
    # The same for every account and every day; exact fractions are dear to add up again each time.
    if model.version not in _PLAIN:
        _PLAIN[model.version] = _compute_weights(model, columns)
    return _PLAIN[model.version]


def _compute_weights(model: ScoringModel, columns: AccountColumns) -> Weights:
    variants = [compute_shares(model), *(compute_shares(model, variant) for variant in model.variants)]
    choice = _choose_variants(model, columns)
    siblings: dict[str, Weight] = {}
    for parts in _lists(model):
        scale = _denominator(shares[part.name] for shares in variants for part in parts)
        for part in parts:
            siblings[part.name] = _pick([shares[part.name] * scale for shares in variants], choice)
    unpaid = _weigh_products(model, columns, siblings)
    return Weights(siblings, _weights_of_model(model, variants, choice, siblings), unpaid)


def _lists(model: ScoringModel) -> list[tuple[Part, ...]]:
    """Every list of siblings, the dimensions first."""
    found: list[tuple[Part, ...]] = [tuple(model.dimensions)]
    for parts in found:
        found.extend(part.signals for part in parts if part.signals)
    return found


def _choose_variants(model: ScoringModel, columns: AccountColumns) -> Column | None:
    """The number of each account's variant, 0 for the plain weights; None where the model has no variants."""
    if not model.variants:
        return None
    choice = np.zeros(columns.count)
    for number in range(len(model.variants), 0, -1):
        choice[compute_where(model.variants[number - 1].when, columns)] = number
    return choice


def _pick(weights: list[Fraction], choice: Column | None) -> Weight:
    whole = [float(weight) for weight in weights]
    if choice is None or len(set(whole)) == 1:
        return whole[0]
    return np.array(whole)[choice.astype(np.intp)]


def _denominator(shares: Iterable[Fraction]) -> int:
    return reduce(lcm, (share.denominator for share in shares), 1)


def _weigh_products(
    model: ScoringModel, columns: AccountColumns, siblings: dict[str, Weight]
) -> dict[str, Mask]:
    """Put each product's ARR in place of its dimension's weight, where the account pays for any product."""
    if not model.products:
        return {}
    none = np.zeros(columns.count)
    arr = {
        part.name: np.maximum(columns.product_arr.get(part.product or "", none), 0).astype(np.float64)
        for part in model.dimensions
    }
    known = sum(arr.values(), start=none) > 0
    for name, cents in arr.items():
        siblings[name] = np.where(known, cents, siblings[name])
    return {name: known & (cents == 0) for name, cents in arr.items()}


def _weights_of_model(
    model: ScoringModel,
    variants: list[dict[str, Fraction]],
    choice: Column | None,
    siblings: dict[str, Weight],
) -> dict[str, Weight]:
    inside = [dict(_global_shares(model, shares)) for shares in variants]
    scale = _denominator(share for shares in inside for share in shares.values())
    weights: dict[str, Weight] = {}
    for name in inside[0]:
        weights[name] = _pick([shares[name] * scale for shares in inside], choice)
    if model.products:
        for dimension in model.dimensions:
            for leaf in _leaf_names(dimension):
                weights[leaf] = weights[leaf] * siblings[dimension.name]
    return weights


def _global_shares(model: ScoringModel, shares: dict[str, Fraction]) -> list[tuple[str, Fraction]]:
    """Each leaf's share of the whole score; of its dimension where ARR weighs the dimensions."""
    found: list[tuple[str, Fraction]] = []
    waiting: list[tuple[Part, Fraction]] = [
        (part, Fraction(1) if model.products else shares[part.name]) for part in model.dimensions
    ]
    for part, share in waiting:
        if part.signals:
            waiting.extend((child, share * shares[child.name]) for child in part.signals)
        else:
            found.append((part.name, share))
    return found


def _leaf_names(part: Part) -> list[str]:
    if not part.signals:
        return [part.name]
    return [name for child in part.signals for name in _leaf_names(child)]


def compute_effective(model: ScoringModel, weights: Weights, counted: dict[str, Mask]) -> dict[str, Column]:
    """Leaf name → its share of the score once what is missing was shared out.

    The shares of a row add up to 1, or are all 0 where nothing has a value. ``counted`` says by leaf where
    it has one. With ``share: dimension`` a leaf's weight goes to its siblings first, and further out only
    where none of them has a value.
    """
    if model.missing.share == "model":
        return _divide({name: np.where(counted[name], weights.of_model[name], 0.0) for name in counted})
    effective: dict[str, Column] = {}
    _spread(model.dimensions, weights, counted, None, effective)
    return effective


def _spread(
    parts: tuple[Part, ...],
    weights: Weights,
    counted: dict[str, Mask],
    whole: Column | None,
    effective: dict[str, Column],
) -> None:
    alive = {part.name: _alive(part, weights, counted) for part in parts}
    for part, share in zip(parts, _divide(alive).values(), strict=True):
        inner = share if whole is None else whole * share
        if part.signals:
            _spread(part.signals, weights, counted, inner, effective)
        else:
            effective[part.name] = inner


def _alive(part: Part, weights: Weights, counted: dict[str, Mask]) -> Column:
    """The part's weight where anything that weighs in it has a value, else 0."""
    if part.signals:
        known = reduce(np.logical_or, (_alive(child, weights, counted) > 0 for child in part.signals))
    else:
        known = counted[part.name]
    return np.where(known, weights.of_siblings[part.name], 0.0)


def _divide(weights: dict[str, Column]) -> dict[str, Column]:
    """Each weight over the sum of all; 0 where the sum is 0."""
    total = reduce(np.add, weights.values())
    divisor = np.where(total > 0, total, 1.0)
    return {name: weight / divisor for name, weight in weights.items()}
