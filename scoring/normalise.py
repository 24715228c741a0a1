"""From a signal's raw figure to a value in 0–1: seven shapes, each a line of a model's file."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from scoring.fields import ModelPart, Number, Value

Column = NDArray[np.float64]


class Linear(ModelPart):
    """``from`` is worth 0 and ``to`` 1, straight between and flat beyond; ``from`` may be the larger."""

    start: Number = Field(alias="from")
    to: Number

    @model_validator(mode="after")
    def differ(self) -> Self:
        if self.start == self.to:
            raise ValueError("from and to are equal; they must differ")
        return self

    def compute(self, raw: Column) -> Column:
        """The value of each raw figure; NaN stays NaN."""
        return _clip((raw - self.start) / (self.to - self.start))


class Inverse(ModelPart):
    """The less the better: ``best`` or fewer is worth 1, ``worst`` or more 0."""

    best: Number = 0.0
    worst: Number

    @model_validator(mode="after")
    def rise(self) -> Self:
        if not self.best < self.worst:
            raise ValueError(f"best ({self.best:g}) must be below worst ({self.worst:g})")
        return self

    def compute(self, raw: Column) -> Column:
        """The value of each raw figure; NaN stays NaN."""
        return _clip((self.worst - raw) / (self.worst - self.best))


class Trend(ModelPart):
    """A ratio to the period before: 1 is worth ``flat``, ``falling`` or less 0, ``rising`` or more 1."""

    falling: Number = Field(default=0.5, ge=0, lt=1)
    flat: Value = 0.5
    rising: Number = Field(default=1.5, gt=1)

    def compute(self, raw: Column) -> Column:
        """The value of each ratio; NaN stays NaN."""
        return _interpolate(raw, ((self.falling, 0.0), (1.0, self.flat), (self.rising, 1.0)))


class Boolean(ModelPart):
    """1 where the border is met, else 0."""

    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def one_border(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give exactly one of at_least, at_most")
        return self

    def compute(self, raw: Column) -> Column:
        """1 or 0 for each raw figure; NaN stays NaN."""
        met = raw >= self.at_least if self.at_least is not None else raw <= (self.at_most or 0.0)
        return np.where(np.isnan(raw), np.nan, met.astype(np.float64))


class Band(ModelPart):
    """A stretch of raw figures up to a border, worth one number or a range that rises through the stretch."""

    #: The border, the border itself not included.
    below: Number | None = None
    #: The border, included. Neither in the last band of one value: it goes on without end.
    up_to: Number | None = None
    value: Number | tuple[Number, Number]

    @property
    def border(self) -> float | None:
        return self.below if self.below is not None else self.up_to

    @property
    def ends(self) -> tuple[float, float]:
        return self.value if isinstance(self.value, tuple) else (self.value, self.value)


class Bands(ModelPart):
    """Steps as scorecards publish them: "under 20 % 0–3, 20 to 40 % 4–6, above 7–10"."""

    #: Where the first band begins; figures below count as this one.
    start: Number = Field(default=0.0, alias="from")
    #: What the values are out of: 10 for a scorecard of 0–10.
    out_of: Number = Field(default=1.0, gt=0)
    steps: tuple[Band, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def in_order(self) -> Self:
        lower = self.start
        for number, band in enumerate(self.steps, 1):
            last = number == len(self.steps)
            if band.below is not None and band.up_to is not None:
                raise ValueError(f"band {number} has below and up_to; give one")
            if band.border is None and (not last or isinstance(band.value, tuple)):
                raise ValueError(f"band {number} needs a border; give below or up_to")
            if band.border is not None and band.border < lower:
                raise ValueError(f"band {number} ends at {band.border:g}, before it begins at {lower:g}")
            if not all(0 <= end <= self.out_of for end in band.ends):
                raise ValueError(f"band {number} is worth {band.value}; allowed is 0 to {self.out_of:g}")
            lower = lower if band.border is None else band.border
        return self

    def compute(self, raw: Column) -> Column:
        """The value of each raw figure; beyond the last border the last band's end. NaN stays NaN."""
        floored = np.where(raw < self.start, self.start, raw)
        result = np.full_like(floored, self.steps[-1].ends[1])
        lower, taken = self.start, np.zeros(floored.shape, dtype=bool)
        for band in self.steps:
            if band.border is None:
                inside = ~taken
            else:
                before = floored < band.border if band.below is not None else floored <= band.border
                inside = ~taken & before
            result = np.where(inside, _through(floored, lower, band), result)
            taken |= inside
            lower = lower if band.border is None else band.border
        return np.where(np.isnan(raw), np.nan, _clip(result / self.out_of))


def _through(raw: Column, lower: float, band: Band) -> Column:
    first, last = band.ends
    if band.border is None or first == last or band.border == lower:
        return np.full_like(raw, first)
    return first + (last - first) * ((raw - lower) / (band.border - lower))


class Normalise(ModelPart):
    """How a raw figure becomes a value in 0–1: exactly one of the shapes."""

    linear: Linear | None = None
    #: raw / this, at most 1: "12 of 20 expected".
    capped_ratio: Number | None = Field(default=None, gt=0)
    inverse: Inverse | None = None
    #: Points (raw, value), raw rising; straight between them, flat beyond.
    piecewise: tuple[tuple[Number, Value], ...] | None = None
    bands: Bands | None = None
    boolean: Boolean | None = None
    trend: Trend | None = None

    @field_validator("piecewise")
    @classmethod
    def rising(cls, points: tuple[tuple[float, float], ...] | None) -> Any:
        if points is not None:
            raws = [raw for raw, _ in points]
            if len(raws) < 2 or any(low >= high for low, high in pairwise(raws)):
                raise ValueError("give at least two points [raw, value], raw rising")
        return points

    @model_validator(mode="after")
    def one_shape(self) -> Self:
        names = list(type(self).model_fields)
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(names)}; here are {', '.join(given) or 'none'}")
        return self

    @property
    def shape(self) -> Linear | Inverse | Trend | Boolean | Bands | None:
        """The shape that has parameters of its own; None for capped_ratio and piecewise."""
        return self.linear or self.inverse or self.trend or self.boolean or self.bands

    def compute(self, raw: Column) -> Column:
        """The value in 0–1 of each raw figure, float64; NaN (unknown) stays NaN."""
        if self.capped_ratio is not None:
            return _clip(raw / self.capped_ratio)
        if self.piecewise is not None:
            return _interpolate(raw, self.piecewise)
        shape = self.shape
        assert shape is not None  # one_shape
        return shape.compute(raw)


def _clip(values: Column) -> Column:
    """Into 0–1, NaN left alone; −0.0 becomes 0.0 so that equal scores are equal bytes."""
    capped = np.where(values > 1.0, 1.0, values)
    return np.where(capped <= 0.0, 0.0, capped)


def _interpolate(raw: Column, points: Iterable[tuple[float, float]]) -> Column:
    # np.interp promises no order of operations; spelled out, the last bit is the same everywhere.
    (left, value), *rest = points
    result = np.where(np.isnan(raw), np.nan, value)
    for right, target in rest:
        slope = value + (target - value) * ((raw - left) / (right - left))
        result = np.where(raw > left, np.where(raw >= right, target, slope), result)
        left, value = right, target
    return _clip(result)
