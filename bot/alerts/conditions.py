"""What a rule's ``when`` may say: a small tree of comparisons over scores, signals, events and other rules.

Every comparison has one leading key, which says what it is about, and at most one figure. A figure may have a
looser one beside it, ``clears_at``: once met, the comparison counts as met until that is passed, so that an
account at the border does not come and go.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from bot.config import Strict
from scoring.catalogue import SignalKey, parse_signal
from scoring.fields import Number, Signal

OverDays = Literal[1, 7, 30]
#: Events a rule can wait for, and the signal that tells of them; ``{}`` is the window in days.
EVENTS = {
    "payment_failed": "failed_payments(days={})",
    "urgent_ticket": "tickets(days={}, severity=urgent)",
}
#: Words for levels whatever a model calls them.
RANK_WORDS = {"worst": 0, "second_worst": 1}


class Level(Strict):
    """``level: worse``: the level is worse than at the last look, normally yesterday's. Else: it is this one,
    or one of these, by a model's own names or as ``worst`` and ``second_worst``."""

    level: str | tuple[str, ...]

    @field_validator("level")
    @classmethod
    def says_something(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not value or (not isinstance(value, str) and "worse" in value):
            raise ValueError("write worse alone, or levels such as worst or [worst, second_worst]")
        return value

    @property
    def is_fall(self) -> bool:
        """Whether it is about crossing into a level rather than being in it."""
        return self.level == "worse"

    @property
    def names(self) -> tuple[str, ...]:
        """The levels named."""
        return (self.level,) if isinstance(self.level, str) else self.level


class ScoreBelow(Strict):
    """The score, in whole points as people see them, is under the figure."""

    score_below: Number = Field(gt=0, le=100)
    clears_at: Number | None = None

    @model_validator(mode="after")
    def clears_later(self) -> Self:
        _check_clears(self.clears_at, self.score_below, above=True)
        return self


class ScoreFell(Strict):
    """The score lies more than so many whole points below what it was ``over_days`` ago."""

    score_fell: Number = Field(gt=0, le=100)
    over_days: OverDays = 7
    clears_at: Number | None = None

    @model_validator(mode="after")
    def clears_later(self) -> Self:
        _check_clears(self.clears_at, self.score_fell, above=False)
        return self


class TrendIs(Strict):
    """The score moved against that of ``over_days`` ago by the model's own measure (SPEC H7)."""

    trend: Literal["declining", "stable", "improving"]
    over_days: OverDays = 1


#: The ways to hold a signal against a figure. ``fell`` and ``rose`` compare with ``over_days`` before.
COMPARISONS = ("above", "below", "at_least", "at_most", "fell", "rose")


class SignalIs(Strict):
    """A signal of the catalogue, as model files write it, against one figure. Unknown meets nothing."""

    signal: Signal
    above: Number | None = None
    below: Number | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    #: Lower, or higher, by at least so much than ``over_days`` before.
    fell: Number | None = Field(default=None, gt=0)
    rose: Number | None = Field(default=None, gt=0)
    over_days: int = Field(default=7, ge=1, le=90)
    clears_at: Number | None = None

    @model_validator(mode="after")
    def one_figure(self) -> Self:
        given = [name for name in COMPARISONS if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"a signal needs one of {', '.join(COMPARISONS)} (found {found})")
        if "over_days" in self.model_fields_set and not self.is_change:
            raise ValueError(
                "`over_days` belongs to `fell` and `rose`; remove it, or put the days in the signal"
            )
        _check_clears(self.clears_at, self.figure, above=self.comparison in ("below", "at_most"))
        return self

    @property
    def comparison(self) -> str:
        """Which of ``COMPARISONS`` the file has."""
        return next(name for name in COMPARISONS if getattr(self, name) is not None)

    @property
    def is_change(self) -> bool:
        """Whether it compares with an earlier day."""
        return self.comparison in ("fell", "rose")

    @property
    def figure(self) -> float:
        """The limit."""
        return float(getattr(self, self.comparison))


class EventIs(Strict):
    """Something happened in the last ``within_days`` days, the day itself included."""

    event: Literal["payment_failed", "urgent_ticket"]
    within_days: int = Field(default=7, ge=1, le=90)

    @property
    def signal(self) -> SignalKey:
        """The signal that counts these events."""
        return parse_signal(EVENTS[self.event].format(self.within_days))


class RuleMet(Strict):
    """The condition of another rule, by its name, whatever that rule's state is."""

    rule: str


class All(Strict):
    """Every one of them."""

    all: tuple["Condition", ...] = Field(min_length=1)


class AnyOf(Strict):
    """One of them or more."""

    any: tuple["Condition", ...] = Field(min_length=1)


class Counted(Strict):
    """So many of these."""

    count: int = Field(ge=1)
    of: tuple["Condition", ...] = Field(min_length=1)

    @model_validator(mode="after")
    def can_be_met(self) -> Self:
        if self.count > len(self.of):
            raise ValueError(f"count is {self.count}, but `of` has only {len(self.of)}; lower it")
        return self


class AtLeast(Strict):
    """``at_least: {count: 2, of: [...]}``."""

    at_least: Counted


KINDS: dict[str, type[Strict]] = {
    "level": Level,
    "score_below": ScoreBelow,
    "score_fell": ScoreFell,
    "trend": TrendIs,
    "signal": SignalIs,
    "event": EventIs,
    "rule": RuleMet,
    "all": All,
    "any": AnyOf,
    "at_least": AtLeast,
}
#: What pydantic puts into the place of a problem, to be taken out again before people see it.
TAG = "@"


def _find_kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((TAG + kind for kind in KINDS if kind in value), None)
    return next((TAG + kind for kind, model in KINDS.items() if isinstance(value, model)), None)


Condition = Annotated[
    Annotated[Level, Tag("@level")]
    | Annotated[ScoreBelow, Tag("@score_below")]
    | Annotated[ScoreFell, Tag("@score_fell")]
    | Annotated[TrendIs, Tag("@trend")]
    | Annotated[SignalIs, Tag("@signal")]
    | Annotated[EventIs, Tag("@event")]
    | Annotated[RuleMet, Tag("@rule")]
    | Annotated[All, Tag("@all")]
    | Annotated[AnyOf, Tag("@any")]
    | Annotated[AtLeast, Tag("@at_least")],
    Discriminator(
        _find_kind,
        custom_error_type="no_condition",
        custom_error_message="no condition begins so",
    ),
]

for _model in (All, AnyOf, Counted, AtLeast):
    _model.model_rebuild()


def _check_clears(clears_at: float | None, figure: float, *, above: bool) -> None:
    if clears_at is None:
        return
    if (clears_at < figure) if above else (clears_at > figure):
        where = "above" if above else "below"
        raise ValueError(
            f"clears_at is {clears_at:g}, which is stricter than {figure:g}; it must lie {where} it, "
            "or be left out"
        )


def find_parts(condition: Any) -> tuple[Any, ...]:
    """The conditions directly inside a group; none for a comparison."""
    if isinstance(condition, All):
        return condition.all
    if isinstance(condition, AnyOf):
        return condition.any
    if isinstance(condition, AtLeast):
        return condition.at_least.of
    return ()


def find_leaves(condition: Any) -> Iterator[Any]:
    """Every comparison of the tree, left to right."""
    parts = find_parts(condition)
    if not parts:
        yield condition
    for part in parts:
        yield from find_leaves(part)
