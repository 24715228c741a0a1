"""The steps of a playbook: what is done, on which day, by whom, and what follows from it (SPEC P)."""

from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from bot.spans import DAY, HOUR, Span
from playbooks.conditions import ALWAYS, Condition
from scoring.fields import ModelPart, Name

#: Who does a step, by their place: found anew when the step begins.
Role = Literal["csm", "manager", "executive", "account_executive"]
ContactRole = Literal["champion", "exec_sponsor", "admin", "technical_lead", "user"]
#: What a step's day is counted from.
Anchor = Literal["start", "renewal", "churn", "previous", "branch"]
#: Anchors that are dates of the account and can lie ahead or in the past.
DATES = frozenset({"renewal", "churn"})


class Step(ModelPart):
    """What every step has.

    ``day`` counts whole days and ``after`` a span of working time, from the play's start unless ``from`` says
    otherwise: back from a date such as the renewal (``day: -90``), from the step before (``previous``) or, in
    a branch, from the moment it was taken. A step begins in working hours, unless ``any_hour`` is true.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Name
    title: str = Field(default="", max_length=150)
    day: int | None = Field(default=None, ge=-400, le=400)
    after: Span | None = None
    from_: Anchor | None = Field(default=None, alias="from")
    #: The time of day, in the owner's time zone; the start of work by default.
    at: time | None = None
    any_hour: bool = False
    only_if: Condition = ALWAYS
    #: The variant of the playbook this step belongs to; left out: all.
    variant: Name | None = None
    #: On how many days in a row it is done.
    daily_for: int = Field(default=1, ge=1, le=30)
    #: Of a step written out for several days: the name it has in the file. Of these one a day is enough.
    repeats: Name | None = None
    #: What becomes of it where its day was over before the play began or went on.
    late: Literal["do", "skip"] | None = None

    @model_validator(mode="after")
    def one_time(self) -> Self:
        if self.day is not None and self.after is not None:
            raise ValueError(f"{self.name}: give day or after, and not both")
        if self.after is not None and self.at is not None:
            raise ValueError(f"{self.name}: at belongs to day; after counts from the moment itself")
        if self.after is not None and self.from_ in DATES:
            raise ValueError(f"{self.name}: from {self.from_} is counted in days; write day: -30")
        return self

    @property
    def label(self) -> str:
        return self.title or self.name.replace("_", " ").capitalize()

    @property
    def owner_role(self) -> Role:
        """Whose step it is."""
        return "csm"

    @property
    def is_outreach(self) -> bool:
        """Whether the customer hears from us by it."""
        return False

    @property
    def blocks(self) -> bool:
        """Whether the steps after it wait until it is decided."""
        return False

    @property
    def skips_when_late(self) -> bool:
        return (self.late or "do") == "skip"

    @property
    def branches(self) -> dict[str, tuple["AnyStep", ...]]:
        """The steps that follow from each outcome."""
        return {}


class TaskStep(Step):
    """Something a person does and ticks off. Nobody doing it reminds, calls the manager in, and ends it."""

    action: Literal["create_task"]
    owner: Role = "csm"
    #: How long the owner has, and what follows when that is over.
    due: Span = Span(3 * DAY)
    escalate_after: Span = Span(24 * HOUR)
    lapse_after: Span = Span(30 * DAY)
    #: What to do, as a jinja2 text.
    details: str = ""
    #: Whether the steps after it wait until it is done or skipped.
    holds: bool = False

    @property
    def owner_role(self) -> Role:
        return self.owner

    @property
    def blocks(self) -> bool:
        return self.holds


class EmailStep(Step):
    """An e-mail to the customer; from a template marked so, it waits for a manager's yes (SPEC C8)."""

    action: Literal["send_email"]
    template: Name
    to: tuple[ContactRole, ...] = ("champion", "admin", "exec_sponsor")
    #: In whose name it is sent.
    sender: Role = "csm"
    #: Set by the template's own mark too.
    needs_yes: bool = False
    #: How long a manager has to say yes.
    answer_within: Span = Span(3 * DAY)
    declined: tuple["AnyStep", ...] = ()

    @property
    def owner_role(self) -> Role:
        return self.sender

    @property
    def is_outreach(self) -> bool:
        return True

    @property
    def blocks(self) -> bool:
        return self.needs_yes

    @property
    def skips_when_late(self) -> bool:
        return (self.late or "skip") == "skip"

    @property
    def branches(self) -> dict[str, tuple["AnyStep", ...]]:
        return {"declined": self.declined, "expired": self.declined}


class MessageStep(Step):
    """A message inside the team, as a jinja2 text."""

    action: Literal["post_message"]
    text: str = Field(min_length=1)
    to: Literal["thread", "csm", "manager", "executive", "account_executive", "team"] = "thread"
    urgent: bool = False

    @property
    def skips_when_late(self) -> bool:
        return (self.late or "skip") == "skip"


class ApprovalStep(Step):
    """A manager's yes or no to an offer or a plan; it never comes by itself (SPEC C8)."""

    action: Literal["approval"]
    #: What is asked for, exactly: a template, or a jinja2 text.
    template: Name | None = None
    text: str = ""
    owner: Role = "csm"
    answer_within: Span = Span(3 * DAY)
    approved: tuple["AnyStep", ...] = ()
    declined: tuple["AnyStep", ...] = ()
    #: Where nobody answers in time; as declined where it is left out.
    expired: tuple["AnyStep", ...] | None = None

    @property
    def owner_role(self) -> Role:
        return self.owner

    @model_validator(mode="after")
    def says_what(self) -> Self:
        if (self.template is None) == (not self.text):
            raise ValueError(f"{self.name}: give template or text, and not both: the manager must read it")
        return self

    @property
    def blocks(self) -> bool:
        return True

    @property
    def branches(self) -> dict[str, tuple["AnyStep", ...]]:
        expired = self.declined if self.expired is None else self.expired
        return {"approved": self.approved, "declined": self.declined, "expired": expired}


class WaitStep(Step):
    """Waits until something holds of the account, and no longer than ``at_most``."""

    action: Literal["wait_for"]
    until: Condition
    at_most: Span
    met: tuple["AnyStep", ...] = ()
    timed_out: tuple["AnyStep", ...] = ()

    @field_validator("until")
    @classmethod
    def some_condition(cls, value: Condition) -> Condition:
        if value.is_empty:
            raise ValueError("until is empty; say what to wait for, such as until: {touched: true}")
        return value

    @property
    def blocks(self) -> bool:
        return True

    @property
    def branches(self) -> dict[str, tuple["AnyStep", ...]]:
        return {"met": self.met, "timed_out": self.timed_out}


class CrmStep(Step):
    """A change for the CRM, recorded and queued until a connector takes it."""

    action: Literal["crm_update"]
    object: Literal["account", "renewal_deal", "expansion_deal"]
    #: Field → value, each a jinja2 text.
    set: dict[str, str] = Field(min_length=1)


class StartStep(Step):
    """Starts another playbook for the account, by the rules of precedence."""

    action: Literal["start_play"]
    play: Name


AnyStep = Annotated[
    TaskStep | EmailStep | MessageStep | ApprovalStep | WaitStep | CrmStep | StartStep,
    Field(discriminator="action"),
]
for _model in (EmailStep, ApprovalStep, WaitStep):
    _model.model_rebuild()


def walk(steps: tuple[Any, ...]) -> Iterator[Any]:
    """Every step in order, those of its branches after each."""
    for step in steps:
        yield step
        seen: list[tuple[Any, ...]] = []
        for branch in step.branches.values():
            # What expires without a branch of its own goes the declined one's way.
            if not any(branch is other for other in seen):
                seen.append(branch)
                yield from walk(branch)
