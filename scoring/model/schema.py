"""The format of a scoring model's file (docs/scoring-models.md). Frozen once read."""

import re
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import lcm, prod
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from scoring.catalogue import SignalKey
from scoring.fields import Factor, ModelPart, Name, Number, Share, Signal, Value
from scoring.model.conditions import When, Where
from scoring.model.version import compute_version
from scoring.normalise import Normalise

Points = Annotated[Number, Field(ge=0, le=100)]


def _month_day(text: str) -> str:
    try:
        # A leap year, so that 29 February is a day.
        date.fromisoformat(f"2024-{text}")
    except ValueError:
        raise ValueError("write month and day as MM-DD, such as 12-15") from None
    if not re.fullmatch(r"\d\d-\d\d", text):
        raise ValueError("write month and day as MM-DD, such as 12-15")
    return text


MonthDay = Annotated[str, AfterValidator(_month_day)]


class Missing(ModelPart):
    """What stands for a signal nobody knows: ``share_out``, ``required``, or ``default: 0.5``."""

    policy: Literal["share_out", "required", "default"] = "share_out"
    default: Value | None = None

    @model_validator(mode="before")
    @classmethod
    def short_forms(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"policy": value}
        if isinstance(value, dict) and set(value) == {"default"}:
            return {"policy": "default", **value}
        return value

    @model_validator(mode="after")
    def default_has_value(self) -> Self:
        if (self.policy == "default") != (self.default is not None):
            raise ValueError("write share_out, required, or default with a value in 0–1")
        return self


class MissingData(ModelPart):
    """What the whole model does where data is missing (SPEC H9)."""

    #: For signals that do not say themselves.
    signals: Missing = Missing()
    #: Whether a missing signal's weight goes first to its own dimension or to all that is known alike.
    share: Literal["dimension", "model"] = "model"
    #: The coverage (0–1) under which there is no score at all.
    refuse_below: Share = Fraction(0)


class Part(ModelPart):
    """A signal with its weight and normalisation, or a group of such."""

    name: Name
    title: str = ""
    #: Left out by all parts of one list: equal weights.
    weight: Share | None = None
    signal: Signal | None = None
    normalise: Normalise | None = None
    missing: Missing | None = None
    when: When = When()
    signals: tuple["Part", ...] = ()

    @model_validator(mode="after")
    def signal_or_group(self) -> Self:
        if (self.signal is None) == (not self.signals):
            raise ValueError(f"{self.name}: give signal, or signals (a list), and not both")
        if self.signal is not None and self.normalise is None:
            raise ValueError(
                f"{self.name}: a signal needs normalise, such as normalise: {{capped_ratio: 20}}"
            )
        if self.signals and (self.normalise or self.missing):
            raise ValueError(f"{self.name}: normalise and missing belong to its signals, not to the group")
        return self

    @property
    def label(self) -> str:
        return self.title or self.name.replace("_", " ").capitalize()


class Dimension(Part):
    """A part of the first level. Of a product: its weight is the product's share of the account's ARR."""

    product: str | None = None
    #: Another model's file to take the signals from.
    model: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def model_is_read_first(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("model") and not value.get("signals"):
            raise ValueError("model: is only understood in a file of a models folder")
        return value


class Level(ModelPart):
    """A level from a score on. ``hysteresis``: the points above ``from`` it takes to climb into it."""

    name: Name
    title: str = ""
    color: Literal["red", "orange", "yellow", "green"]
    start: Points = Field(alias="from")
    hysteresis: Points = 2.0

    @property
    def label(self) -> str:
        return self.title or self.name.replace("_", " ").capitalize()


class Cap(ModelPart):
    """A rule that holds the score down, whatever the signals say."""

    name: Name
    title: str
    at_most: Points
    when: When

    @model_validator(mode="after")
    def some_condition(self) -> Self:
        if self.when.is_empty:
            raise ValueError(f"cap {self.name}: when is empty; say when it holds, or delete the cap")
        return self


class Variant(ModelPart):
    """Other weights for some accounts; the first variant that fits an account counts."""

    name: Name
    when: Where
    weights: dict[Name, Share] = Field(min_length=1)


class Season(ModelPart):
    """Days of each year on which less use is expected: the signals keep their value of the day before."""

    name: Name
    title: str = ""
    start: MonthDay = Field(alias="from")
    to: MonthDay
    #: Windows of 30 days look back into the season for as long after it.
    recovery_days: int = Field(default=30, ge=0, le=120)
    when: Where = Where()
    #: Names of signals, groups or dimensions of this model.
    signals: tuple[Name, ...] = Field(min_length=1)

    @property
    def label(self) -> str:
        return self.title or self.name.replace("_", " ")


class RiskBand(ModelPart):
    """The probability of churn below a score; the last band has no border."""

    below: Points | None = None
    probability: Share


class RiskFactor(ModelPart):
    """What an ARR above a sum multiplies the probability by."""

    arr_above: Annotated[Number, Field(ge=0)]
    times: Factor


class Risk(ModelPart):
    """The rule for the probability of churn, from which ARR at risk follows (SPEC R2)."""

    probabilities: tuple[RiskBand, ...] = Field(
        default=(
            RiskBand(below=40.0, probability=Fraction(3, 5)),
            RiskBand(below=65.0, probability=Fraction(1, 4)),
            RiskBand(probability=Fraction(1, 20)),
        ),
        min_length=1,
    )
    factors: tuple[RiskFactor, ...] = (RiskFactor(arr_above=50_000.0, times=Fraction(9, 10)),)

    @model_validator(mode="after")
    def in_order(self) -> Self:
        *bounded, last = self.probabilities
        borders = [band.below for band in bounded if band.below is not None]
        if last.below is not None or len(borders) < len(bounded):
            raise ValueError("every probability but the last needs below, the last must have none")
        if borders != sorted(set(borders)):
            raise ValueError("the borders (below) must rise")
        for factor in self.factors:
            if not 0 <= factor.times <= 10:
                raise ValueError(f"times {factor.times} is not allowed; give 0 to 10")
        # Cents are computed in 64 bits.
        denominator = lcm(*(band.probability.denominator for band in self.probabilities))
        if denominator * prod(factor.times.denominator for factor in self.factors) > 100_000:
            raise ValueError("these probabilities and factors have too many decimals together; use two each")
        return self


class ScoringModel(ModelPart):
    """A scoring model: what is measured, how it counts, and what the score is called."""

    name: Name
    title: str = ""
    description: str = ""
    #: Whether a signal's weight is its share of its dimension (adding up to 1) or of the whole score.
    weights: Literal["of_dimension", "of_score"] = "of_dimension"
    missing: MissingData = MissingData()
    dimensions: tuple[Dimension, ...] = Field(min_length=1)
    levels: tuple[Level, ...] = Field(min_length=2)
    caps: tuple[Cap, ...] = ()
    variants: tuple[Variant, ...] = ()
    seasons: tuple[Season, ...] = ()
    risk: Risk = Risk()
    #: Points by which a score must differ from the one before to count as improving or declining.
    trend_points: Points = 5.0

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        # Imported here: the checks read the classes above.
        from scoring.model.checks import find_problems

        if problems := find_problems(self):
            raise ValueError("\n".join(problems))
        return self

    @property
    def label(self) -> str:
        return self.title or self.name.replace("_", " ").capitalize()

    @cached_property
    def leaves(self) -> tuple[Part, ...]:
        """Every signal of the model with its weight and normalisation, in file order."""
        return tuple(leaf for dimension in self.dimensions for leaf in _leaves(dimension))

    @cached_property
    def signals(self) -> tuple[SignalKey, ...]:
        """Every raw column the engine needs, each once: those that count, then those of conditions."""
        keys = [leaf.signal for leaf in self.leaves if leaf.signal is not None]
        keys += [key for part in all_parts(self) for key in part.when.keys]
        keys += [key for cap in self.caps for key in cap.when.keys]
        return tuple(dict.fromkeys(keys))

    @cached_property
    def columns(self) -> frozenset[str]:
        """The text columns of an account that conditions read: segment, stage, plan or a custom one."""
        wheres: list[Where] = [part.when for part in all_parts(self)]
        wheres += [cap.when for cap in self.caps]
        wheres += [variant.when for variant in self.variants]
        wheres += [season.when for season in self.seasons]
        return frozenset(column for where in wheres for column in where.texts)

    @cached_property
    def products(self) -> tuple[str, ...]:
        """The products whose ARR weighs the dimensions; empty for a model of whole accounts."""
        return tuple(dimension.product for dimension in self.dimensions if dimension.product)

    @cached_property
    def definition(self) -> dict[str, Any]:
        """The model as JSON; ``ScoringModel.model_validate`` of it gives this model again."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of what the model means: comments, order of keys and titles do not change it."""
        return compute_version(self.definition)


def all_parts(model: ScoringModel) -> tuple[Part, ...]:
    """Every dimension, group and signal of a model, parents before their children."""
    found: list[Part] = []
    waiting: list[Part] = list(reversed(model.dimensions))
    while waiting:
        part = waiting.pop()
        found.append(part)
        waiting.extend(reversed(part.signals))
    return tuple(found)


def _leaves(part: Part) -> list[Part]:
    if not part.signals:
        return [part]
    return [leaf for child in part.signals for leaf in _leaves(child)]
