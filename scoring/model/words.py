"""A model's rules in words, for its table."""

from fractions import Fraction

from scoring.model.conditions import SignalTest, Where
from scoring.model.schema import Missing, ScoringModel, Season
from scoring.normalise import Bands, Boolean, Inverse, Linear, Normalise, Trend

_OPERATORS = {"above": ">", "at_least": "≥", "below": "<", "at_most": "≤", "equals": "="}


def describe_normalise(normalise: Normalise) -> str:
    """How a raw figure becomes a value: "÷ 20, at most 1"."""
    if normalise.capped_ratio is not None:
        return f"÷ {normalise.capped_ratio:g}, at most 1"
    if normalise.piecewise is not None:
        return ", ".join(f"{raw:g} → {value:g}" for raw, value in normalise.piecewise)
    match normalise.shape:
        case Linear(start=start, to=to):
            return f"{start:g} → 0, {to:g} → 1"
        case Inverse(best=best, worst=worst):
            return f"{best:g} or less → 1, {worst:g} or more → 0"
        case Trend(falling=falling, flat=flat, rising=rising):
            return f"×{falling:g} → 0, ×1 → {flat:g}, ×{rising:g} → 1"
        case Boolean(at_least=at_least, at_most=at_most):
            return f"≥ {at_least:g} → 1, else 0" if at_least is not None else f"≤ {at_most:g} → 1, else 0"
        case Bands() as bands:
            return _describe_bands(bands)
    raise AssertionError("Normalise has exactly one shape")


def _describe_bands(bands: Bands) -> str:
    texts = []
    for band in bands.steps:
        first, last = band.ends
        worth = f"{first:g}" if first == last else f"{first:g}–{last:g}"
        border = (
            "else" if band.border is None else f"{'<' if band.below is not None else '≤'} {band.border:g}"
        )
        texts.append(f"{border} → {worth}")
    return ", ".join(texts) + ("" if bands.out_of == 1 else f" of {bands.out_of:g}")


def describe_missing(missing: Missing) -> str:
    """What stands for unknown: "shared out", "required", "counts as 0.5"."""
    if missing.default is not None:
        return f"counts as {missing.default:g}"
    return missing.policy.replace("_", " ").replace("share out", "shared out")


def describe_when(where: Where, tests: tuple[SignalTest, ...] = ()) -> str:
    """A condition in words; empty where there is none."""
    texts = [f"{column} {' or '.join(values)}" for column, values in where.texts.items()]
    return " and ".join([*texts, *(_describe_test(test) for test in tests)])


def _describe_test(test: SignalTest) -> str:
    texts = [f"{test.signal.short} {_OPERATORS[name]} {border:g}" for name, border in test.borders.items()]
    if test.known is not None:
        texts.append(f"{test.signal.short} {'known' if test.known else 'unknown'}")
    return " and ".join(texts)


def describe_share(share: Fraction) -> str:
    """A weight as a percentage: "40 %", "16.7 %"."""
    return f"{float(100 * share):.3g} %"


def describe_season(season: Season) -> str:
    """A season's rule in a sentence."""
    who = describe_when(season.when)
    signals = ", ".join(season.signals)
    return (
        f"{season.label}, {season.start} to {season.to} and {season.recovery_days} days after"
        f"{f', {who}' if who else ''}: {signals} not below the day before"
    )


def describe_risk(model: ScoringModel) -> str:
    """The rule for the probability of churn."""
    texts = [
        f"{'else' if band.below is None else f'< {band.below:g} →'} {float(band.probability):g}"
        for band in model.risk.probabilities
    ]
    texts += [f"× {float(by.times):g} above {by.arr_above:,.0f} ARR" for by in model.risk.factors]
    return ", ".join(texts)
