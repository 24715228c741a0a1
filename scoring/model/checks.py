"""What must hold between the parts of a model, beyond each part being right by itself."""

from collections import Counter
from collections.abc import Iterator

from scoring.catalogue import find_nearest
from scoring.model.schema import ScoringModel, all_parts
from scoring.model.weights import WeightsError, compute_shares


def find_problems(model: ScoringModel) -> list[str]:
    """Everything wrong with the model as a whole, a sentence each; empty when it is sound."""
    problems = [*_twice(model), *_levels(model), *_references(model), *_products(model)]
    # Weights are found by name: with a name twice their sums would mislead.
    return problems or [*_weights(model)]


def _twice(model: ScoringModel) -> Iterator[str]:
    groups = {
        "dimensions and signals": [part.name for part in all_parts(model)],
        "levels": [level.name for level in model.levels],
        "caps": [cap.name for cap in model.caps],
        "variants": [variant.name for variant in model.variants],
        "seasons": [season.name for season in model.seasons],
        "products": list(model.products),
    }
    for what, names in groups.items():
        for name, times in Counter(names).items():
            if times > 1:
                yield f"model {model.name}: {what}: {name} is there {times} times; rename all but one"


def _levels(model: ScoringModel) -> Iterator[str]:
    starts = [level.start for level in model.levels]
    if starts[0] != 0:
        yield f"model {model.name}: levels: the first is from {starts[0]:g}; the worst must be from: 0"
    for lower, upper in zip(model.levels, model.levels[1:], strict=False):
        if lower.start >= upper.start:
            yield (
                f"model {model.name}: levels: {upper.name} (from {upper.start:g}) stands after {lower.name} "
                f"(from {lower.start:g}); list them from worst to best"
            )
    for level in model.levels:
        if level.start != int(level.start):
            yield f"model {model.name}: levels: {level.name} begins at {level.start:g}; use whole points"


def _references(model: ScoringModel) -> Iterator[str]:
    known = [part.name for part in all_parts(model)]
    for season in model.seasons:
        for name in season.signals:
            if name not in known:
                yield (
                    f"model {model.name}: seasons: {season.name}: nothing is called {name!r}; "
                    f"{find_nearest(name, known)}"
                )
    for variant in model.variants:
        for name in variant.weights:
            if name not in known:
                yield (
                    f"model {model.name}: variants: {variant.name}: nothing is called {name!r}; "
                    f"{find_nearest(name, known)}"
                )


def _products(model: ScoringModel) -> Iterator[str]:
    without = [dimension.name for dimension in model.dimensions if not dimension.product]
    if model.products and without:
        yield (
            f"model {model.name}: dimensions: {', '.join(without)} has no product while others have; "
            "give every dimension a product, or none"
        )


def _weights(model: ScoringModel) -> Iterator[str]:
    for variant in (None, *model.variants):
        try:
            compute_shares(model, variant)
        except WeightsError as error:
            yield str(error)
