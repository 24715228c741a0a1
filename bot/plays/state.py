"""A run as the engine sees it: frozen values in, frozen values out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

StepStatus = Literal["pending", "open", "done", "skipped", "cancelled"]
RunStatus = Literal["active", "paused", "completed", "cancelled"]
WaitsFor = Literal["person", "verdict", "condition"]
Verdict = Literal["approved", "declined", "expired"]
#: Runs that still go on, or will.
LIVING = ("active", "paused")


@dataclass(frozen=True)
class StepState:
    """Where a step stands. ``acts_at``: while open, when it does something by itself next."""

    name: str
    position: int
    action: str
    state: StepStatus = "pending"
    waits_for: WaitsFor | None = None
    outcome: str | None = None
    due_at: datetime | None = None
    began_at: datetime | None = None
    held_until: datetime | None = None
    deadline_at: datetime | None = None
    acts_at: datetime | None = None
    reminded: int = 0
    done_at: datetime | None = None

    @property
    def words(self) -> frozenset[str]:
        """What conditions may ask of it."""
        return frozenset({self.state, self.outcome or self.state})

    def end(self, state: StepStatus, outcome: str, now: datetime) -> "StepState":
        """The step as it is over."""
        return replace(self, state=state, outcome=outcome, waits_for=None, acts_at=None, done_at=now)


@dataclass(frozen=True)
class RunState:
    """A run with its steps in order. While active, ``next_at`` says when something is to be done."""

    started_at: datetime
    steps: tuple[StepState, ...]
    state: RunStatus = "active"
    variant: str | None = None
    #: The date of the account that days are counted from.
    anchor_on: date | None = None
    shifted: timedelta = timedelta(0)
    paused_at: datetime | None = None
    resumed_at: datetime | None = None
    next_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    reason: str | None = None

    @property
    def words(self) -> Mapping[str, frozenset[str]]:
        """What is true of each step."""
        return {step.name: step.words for step in self.steps}

    @property
    def next_step(self) -> StepState | None:
        """The first step that has not begun."""
        return next((step for step in self.steps if step.state == "pending"), None)

    @property
    def open_steps(self) -> tuple[StepState, ...]:
        """Steps that wait for somebody or something."""
        return tuple(step for step in self.steps if step.state == "open")

    def get(self, name: str) -> StepState:
        """The step of that name. Raises KeyError."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def put(self, *changed: StepState) -> "RunState":
        """The run with these steps changed or added."""
        by_name = {step.name: step for step in (*self.steps, *changed)}
        return replace(self, steps=tuple(sorted(by_name.values(), key=lambda step: step.position)))


@dataclass(frozen=True)
class Deed:
    """Something that came of a move: the kind of event, the step it is about, and what is to be written.

    ``sent``, ``asked``, ``crm`` and ``play`` leave rows besides the event; the others are told only.
    """

    kind: str
    step: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
