"""The form of a playbook's file (docs/playbooks.md). Frozen once read."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from playbooks.conditions import ALWAYS, ChurnReason, Condition
from playbooks.problems import BRANCHES
from playbooks.steps import DATES, AnyStep, Step, walk
from scoring.catalogue import SignalKey
from scoring.fields import ModelPart, Name
from scoring.model.schema import MonthDay

PlayClass = Literal["commercial", "risk", "onboarding", "adoption", "expansion"]
#: Of two plays that want one account, the one whose class comes first has it.
PRECEDENCE: tuple[PlayClass, ...] = ("commercial", "risk", "onboarding", "adoption", "expansion")
#: What keeps a play from writing to a customer for the time being.
Blackout = Literal["urgent_ticket", "negotiation", "incident", "onboarding"]
Moment = Literal["start", "renewal", "churn"]


class Days(ModelPart):
    """Days of each year, both included; they may pass New Year."""

    start: MonthDay = Field(alias="from")
    to: MonthDay

    def includes(self, day: date) -> bool:
        """Whether the day is one of them."""
        today = f"{day:%m-%d}"
        if self.start <= self.to:
            return self.start <= today <= self.to
        return today >= self.start or today <= self.to


class Variant(ModelPart):
    """One of the ways to play it, of which each account is given one at random for good (SPEC P16)."""

    name: Name
    title: str = ""


class Exit(ModelPart):
    """What ends the play before its last step."""

    name: Name
    title: str = Field(min_length=1, max_length=120)
    when: Condition

    @model_validator(mode="after")
    def some_condition(self) -> Self:
        if self.when.is_empty:
            raise ValueError(f"exit {self.name}: when is empty; say what ends the play, or delete it")
        return self


class Starts(ModelPart):
    """When the play starts by itself: so many days from a date of the account, and if a condition holds.

    ``day`` is counted from ``from``: -90 from the renewal, 7 from the churn. With a condition alone it starts
    on the day the condition is met, and again no sooner than ``not_again_for`` days after the last time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    day: int | None = Field(default=None, ge=-400, le=400)
    from_: Moment | None = Field(default=None, alias="from")
    when: Condition = ALWAYS
    not_again_for: int = Field(default=90, ge=1, le=400)

    @model_validator(mode="after")
    def says_when(self) -> Self:
        if (self.day is None) != (self.from_ is None):
            raise ValueError("give day and from together, such as day: -90 with from: renewal")
        if self.day is None and self.when.is_empty:
            raise ValueError("say when it starts: day with from, or when")
        return self


#: What a step does, in a word.
SHORT_ACTIONS = {
    "send_email": "email",
    "create_task": "task",
    "post_message": "message",
    "approval": "approval",
    "wait_for": "wait",
    "crm_update": "crm",
    "start_play": "play",
}


@dataclass(frozen=True)
class OutlineLine:
    """A step in a plan: the day from the play's anchor, what is done in a word, and who does it."""

    day: int
    action: str
    title: str
    owner: str


class Playbook(ModelPart):
    """A play as a file: what is done with an account, on which day, and when it is over."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Name
    title: str = Field(min_length=1, max_length=80)
    description: str = ""
    play_class: PlayClass = Field(alias="class")
    #: Classes that may not start beside it; left out: every one of less precedence.
    holds: tuple[PlayClass, ...] | None = None
    #: Plays of its own class that it takes the place of.
    replaces: tuple[Name, ...] = ()
    #: Plays of its own class may run beside it, and beside whatever runs.
    beside: bool = False
    #: Which accounts it is for at all.
    only_for: Condition = ALWAYS
    #: Whether it is for accounts that have churned; every other play ends when its account does.
    for_churned: bool = False
    #: The reasons to leave that it answers (SPEC P11).
    answers: tuple[ChurnReason, ...] = ()
    starts: Starts | None = None
    #: What the days of the steps are counted from where a step does not say.
    from_: Moment = Field(default="start", alias="from")
    variants: tuple[Variant, ...] = ()
    #: What it is meant to reach: what variants are compared by.
    goal: Literal["recovered", "renewed", "expanded", "adopted"] | None = None
    blackouts: tuple[Blackout, ...] = ()
    not_between: tuple[Days, ...] = ()
    steps: tuple[AnyStep, ...] = Field(min_length=1)
    exits: tuple[Exit, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def repeat_steps(cls, value: Any) -> Any:
        return expand_repeats(value)

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        # Imported here: the checks read the classes above.
        from playbooks.checks import find_problems

        if problems := find_problems(self):
            raise ValueError("\n".join(problems))
        return self

    @cached_property
    def all_steps(self) -> tuple[AnyStep, ...]:
        """Every step, those of branches after the step they belong to: the order in which they happen."""
        return tuple(walk(self.steps))

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Step's name → its place in the order."""
        return {step.name: number for number, step in enumerate(self.all_steps)}

    @cached_property
    def _by_name(self) -> Mapping[str, AnyStep]:
        return {step.name: step for step in self.all_steps}

    @cached_property
    def parents(self) -> Mapping[str, str]:
        """Step of a branch → the step whose outcome leads to it."""
        return {
            child.name: step.name
            for step in self.all_steps
            for branch in step.branches.values()
            for child in branch
        }

    @cached_property
    def outline(self) -> tuple["OutlineLine", ...]:
        """The steps of its main line, as a plan shows them."""
        return tuple(
            OutlineLine(step.day or 0, SHORT_ACTIONS[step.action], step.label, step.owner_role)
            for step in self.steps
        )

    def get_step(self, name: str) -> AnyStep:
        """The step of that name. Raises KeyError."""
        return self._by_name[name]

    def get_anchor(self, step: Step) -> str:
        """What the step's day is counted from."""
        if step.from_ is not None:
            return step.from_
        return "branch" if step.name in self.parents else self.from_

    @cached_property
    def date_anchor(self) -> Literal["renewal", "churn"] | None:
        """The date of the account that it cannot do without; None for one that needs none."""
        found = {self.get_anchor(step) for step in self.all_steps} & DATES
        return next((name for name in ("renewal", "churn") if name in found), None)

    def conditions(self) -> Iterator[Condition]:
        """Every condition in it."""
        yield self.only_for
        if self.starts:
            yield self.starts.when
        yield from (each.when for each in self.exits)
        for step in self.all_steps:
            yield step.only_if
            if step.action == "wait_for":
                yield step.until

    @cached_property
    def signals(self) -> tuple[SignalKey, ...]:
        """Every signal its conditions ask for, each once."""
        keys = (key for condition in self.conditions() for key in condition.all_keys)
        return tuple(dict.fromkeys(keys))

    @cached_property
    def definition(self) -> dict[str, Any]:
        """The playbook as JSON; ``Playbook.model_validate`` of it gives this playbook again."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of what the playbook says."""
        text = json.dumps(self.definition, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def expand_repeats(value: Any) -> Any:
    """The document with every step of several days in a row written out, a step for each day."""
    if isinstance(value, list | tuple):
        return [item for each in value for item in _expand_step(each)]
    if isinstance(value, dict):
        return {
            key: expand_repeats(inner)
            if key in ("steps", *BRANCHES) and isinstance(inner, list | tuple)
            else inner
            for key, inner in value.items()
        }
    return value


def _expand_step(step: Any) -> list[Any]:
    if not isinstance(step, dict):
        return [step]
    step = expand_repeats(step)
    days, first = step.get("daily_for"), step.get("day", 0)
    if not isinstance(days, int) or not isinstance(first, int) or not 1 < days <= 30:
        return [step]
    rest = {key: inner for key, inner in step.items() if key != "daily_for"}
    name = str(step.get("name"))
    return [{**rest, "name": f"{name}_{n + 1}", "repeats": name, "day": first + n} for n in range(days)]
