"""Exact weights: each part's share of the list it stands in."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from scoring.model.schema import Part, ScoringModel, Variant

_ONE = Fraction(1)


class WeightsError(ValueError):
    """Weights that do not add up; the text names the list, the sum and what it must be."""


def compute_shares(model: ScoringModel, variant: Variant | None = None) -> dict[str, Fraction]:
    """Part name → its exact share (0–1) of its siblings, which add up to 1. Raises WeightsError.

    Where a variant is given its weights replace those of the parts it names.
    """
    given = {} if variant is None else variant.weights
    where = f"model {model.name}" + (f", variant {variant.name}" if variant else "")
    shares: dict[str, Fraction] = {}
    _share_out(model.dimensions, given, _ONE, f"{where}: the weights of its dimensions", shares)
    for dimension in model.dimensions:
        total = _ONE
        # A group of another model, or of a product, has weights of its own scale.
        if model.weights == "of_score" and not dimension.model and not dimension.product:
            total = shares[dimension.name]
        _share_group(dimension, given, total, where, shares)
    return shares


def _share_group(
    part: Part, given: Mapping[str, Fraction], total: Fraction, where: str, shares: dict[str, Fraction]
) -> None:
    if not part.signals:
        return
    _share_out(part.signals, given, total, f"{where}: the weights of the signals in {part.name}", shares)
    for child in part.signals:
        inner = total * shares[child.name] if total != _ONE else _ONE
        _share_group(child, given, inner, where, shares)


def _share_out(
    parts: Sequence[Part],
    given: Mapping[str, Fraction],
    total: Fraction,
    what: str,
    shares: dict[str, Fraction],
) -> None:
    weights = {part.name: given.get(part.name, part.weight) for part in parts}
    known = {name: weight for name, weight in weights.items() if weight is not None}
    if not known:
        shares.update({part.name: Fraction(1, len(parts)) for part in parts})
        return
    if len(known) < len(weights):
        missing = ", ".join(name for name in weights if name not in known)
        raise WeightsError(f"{what}: {missing} has none; give every one a weight, or none for equal weights")
    if total == 0:
        shares.update(dict.fromkeys(known, Fraction(0)))
        return
    if sum(known.values()) != total:
        listed = ", ".join(f"{name} {_decimal(weight)}" for name, weight in known.items())
        raise WeightsError(
            f"{what} add up to {_decimal(Fraction(sum(known.values())))}, not to {_decimal(total)} ({listed})"
        )
    shares.update({name: weight / total for name, weight in known.items()})


def _decimal(value: Fraction) -> str:
    """As people write it: 0.95, or 1/3 where decimals do not end."""
    scaled = value * 1_000_000
    return f"{float(value):.6g}" if scaled.denominator == 1 else str(value)
