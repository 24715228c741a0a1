"""Conditions of a model's file: which accounts a part, a cap, a season or a set of weights is for."""

from collections.abc import Iterator, Mapping
from typing import Literal, Self

from pydantic import model_validator

from scoring.catalogue import SignalKey
from scoring.fields import ModelPart, Number, Signal

Segment = Literal["enterprise", "mid_market", "smb", "self_serve"]


class SignalTest(ModelPart):
    """A test of a signal's raw figure; every border given must hold."""

    signal: Signal
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None
    equals: Number | None = None
    #: True: there is data; false: there is none.
    known: bool | None = None

    @property
    def borders(self) -> dict[str, float]:
        """The borders given, by operator."""
        operators = ("above", "at_least", "below", "at_most", "equals")
        return {name: value for name in operators if (value := getattr(self, name)) is not None}

    @model_validator(mode="after")
    def some_border(self) -> Self:
        if not self.borders and self.known is None:
            raise ValueError("give one of above, at_least, below, at_most, equals, known")
        return self


class Where(ModelPart):
    """Accounts by what is written about them. Everything given must hold."""

    segments: tuple[Segment, ...] = ()
    stages: tuple[str, ...] = ()
    #: Any other text column of an account, the team's own included: the values that match.
    columns: Mapping[str, tuple[str, ...]] = {}

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """Column name → the values of which one must be there."""
        wanted: dict[str, tuple[str, ...]] = dict(self.columns)
        if self.segments:
            wanted["segment"] = self.segments
        if self.stages:
            wanted["stage"] = self.stages
        return wanted


class When(Where):
    """Accounts by what is written about them and by their signals. Everything given must hold."""

    signals: tuple[SignalTest, ...] = ()

    @property
    def keys(self) -> Iterator[SignalKey]:
        return (test.signal for test in self.signals)

    @property
    def is_empty(self) -> bool:
        return not self.signals and not self.texts
