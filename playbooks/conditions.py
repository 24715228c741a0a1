"""Conditions of a playbook: what must hold of an account for a step, a start or an end."""

from collections.abc import Iterator, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from playbooks.facts import PlayFacts
from scoring.catalogue import SignalKey
from scoring.fields import ModelPart, Name, Number
from scoring.model.conditions import SignalTest, When

Color = Literal["red", "orange", "yellow", "green"]
#: What a team may mark an account with, and what that changes (SPEC L9).
Flag = Literal["merger", "champion_burnout", "low_touch", "seasonal", "negotiation", "incident"]
FLAGS: tuple[Flag, ...] = (
    "merger",
    "champion_burnout",
    "low_touch",
    "seasonal",
    "negotiation",
    "incident",
)
ChurnReason = Literal["product", "value", "relationship", "financial", "competition", "strategic"]
#: States and outcomes of another step that a condition may ask for.
StepWord = Literal[
    "open",
    "done",
    "skipped",
    "approved",
    "declined",
    "expired",
    "met",
    "timed_out",
    "lapsed",
    "sent",
    "not_needed",
    "late",
]


class Between(ModelPart):
    """Borders of a number; every one given must hold."""

    at_least: Number | None = None
    above: Number | None = None
    at_most: Number | None = None
    below: Number | None = None

    @model_validator(mode="after")
    def some_border(self) -> Self:
        if self.at_least is self.above is self.at_most is self.below is None:
            raise ValueError("give one of at_least, above, at_most, below")
        return self

    def holds(self, value: float | None) -> bool:
        """Whether a known value lies within; an unknown one never does."""
        return value is not None and all(
            (
                self.at_least is None or value >= self.at_least,
                self.above is None or value > self.above,
                self.at_most is None or value <= self.at_most,
                self.below is None or value < self.below,
            )
        )


class Condition(When):
    """What must hold of an account. Everything given must hold; nothing unknown ever does."""

    #: The colour of the account's level, which every scoring model has, and the level's own name.
    colors: tuple[Color, ...] = ()
    levels: tuple[str, ...] = ()
    score: Between | None = None
    arr: Between | None = None
    flags: tuple[Flag, ...] = ()
    without_flags: tuple[Flag, ...] = ()
    churn_reasons: tuple[ChurnReason, ...] = ()
    #: Whether anybody has had contact with the account since the play began.
    touched: bool | None = None
    #: Whether the renewal has moved past the date it had when the play began.
    renewed: bool | None = None
    #: Whether the account is healthy, and better off than when the play began.
    recovered: bool | None = None
    #: What became of other steps of the same run.
    steps: Mapping[Name, StepWord] = Field(default_factory=dict)
    #: At least one of these must hold.
    any: tuple["Condition", ...] = ()
    unless: "Condition | None" = None

    @property
    def is_empty(self) -> bool:
        return self == Condition()

    @property
    def all_parts(self) -> Iterator["Condition"]:
        """The condition and those within it."""
        yield self
        for part in (*self.any, *((self.unless,) if self.unless else ())):
            yield from part.all_parts

    @property
    def all_keys(self) -> Iterator[SignalKey]:
        """Every signal it asks for."""
        for part in self.all_parts:
            yield from part.keys

    def holds(self, facts: PlayFacts, steps: Mapping[str, frozenset[str]]) -> bool:
        """Whether it holds; ``steps`` gives the words that are true of each step that has a row."""
        return all(
            (
                self._holds_of_account(facts),
                all(_meets(test, facts.signals.get(test.signal)) for test in self.signals),
                all(word in steps.get(name, frozenset()) for name, word in self.steps.items()),
                not self.any or any(part.holds(facts, steps) for part in self.any),
                self.unless is None or not self.unless.holds(facts, steps),
            )
        )

    def _holds_of_account(self, facts: PlayFacts) -> bool:
        texts = {**facts.columns, "segment": facts.segment, "stage": facts.stage, "plan": facts.plan}
        arr = None if facts.arr_cents is None else facts.arr_cents / 100
        return all(
            (
                all(texts.get(column) in values for column, values in self.texts.items()),
                not self.colors or facts.color in self.colors,
                not self.levels or facts.level in self.levels,
                self.score is None or self.score.holds(facts.score),
                self.arr is None or self.arr.holds(arr),
                facts.flags.issuperset(self.flags),
                not facts.flags.intersection(self.without_flags),
                not self.churn_reasons or facts.churn_reason in self.churn_reasons,
                self.touched is None or self.touched == facts.touched,
                self.renewed is None or self.renewed == facts.renewed,
                self.recovered is None or self.recovered == facts.recovered,
            )
        )


#: The condition that always holds.
ALWAYS = Condition()


def _meets(test: SignalTest, value: float | None) -> bool:
    if test.known is not None and test.known != (value is not None):
        return False
    if not test.borders:
        return True
    if value is None:
        return False
    compare = {
        "above": lambda border: value > border,
        "at_least": lambda border: value >= border,
        "below": lambda border: value < border,
        "at_most": lambda border: value <= border,
        "equals": lambda border: value == border,
    }
    return all(compare[name](border) for name, border in test.borders.items())
