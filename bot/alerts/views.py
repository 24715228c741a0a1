"""What the rest of Staysail sees of alerts: frozen, with nothing left to look up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

LiveState = Literal["open", "acknowledged", "snoozed"]
EndState = Literal["resolved", "dismissed"]
AlertState = LiveState | EndState
#: An alert in one of these is over.
ENDED = ("resolved", "dismissed")
#: Back where it fell from, no customer any more, at a worse level that has an alert of its own, or because
#: somebody said so.
Ending = Literal["recovered", "churned", "fell_further", "by_hand"]
WakeReason = Literal["time", "score", "commercial", "by_hand"]
ReopenReason = Literal["by_hand", "unanswered"]
#: What an alert does by itself: calls the next person in, asks its owner whether they are still on it, opens
#: again when nobody answers, ends a snooze, ends the alert, or tells somebody whose quiet hours are over.
PromiseKind = Literal["escalate", "confirm", "unanswered", "wake", "close", "tell"]
#: Why an alert was not worth the interruption (SPEC A7).
FeedbackReason = Literal["known_already", "wrong_data", "duplicate", "too_late", "not_my_account"]
DismissReason = Literal["known_already", "wrong_data", "duplicate", "expected", "not_worth_it", "other"]


@dataclass(frozen=True)
class LevelMark:
    """A level as a message shows it: its title and its colour (red, orange, yellow or green)."""

    title: str
    color: str


@dataclass(frozen=True)
class End:
    """Why an alert ended, and the title of the account's level and its score in whole points then.

    ``by`` is who ended it, where a person did.
    """

    why: Ending
    level: str | None = None
    score: int | None = None
    by: str | None = None


@dataclass(frozen=True)
class TimelineLine:
    """Something that happened to an alert. ``detail`` by kind: docs/alerts.md, "The timeline"."""

    kind: str
    at: datetime
    #: Who did it; None where Staysail did.
    by: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class AheadLine:
    """Something an alert will do by itself. ``at`` is None while its clock is paused."""

    kind: PromiseKind
    at: datetime | None
    #: Who it will reach, by name.
    to: str | None = None
    #: Of an escalation: 1 the manager, 2 the executive.
    step: int = 0


@dataclass(frozen=True)
class AlertTimeline:
    """What happened to an alert, the oldest first, and what comes next, the soonest first."""

    alert_id: int
    account_name: str
    past: tuple[TimelineLine, ...]
    ahead: tuple[AheadLine, ...]
    zone: ZoneInfo


@dataclass(frozen=True)
class Snooze:
    """Until when an alert is silent, None for until the score changes; by whom and why."""

    until: datetime | None
    by: str | None
    reason: str | None


@dataclass(frozen=True)
class Dismissal:
    """Why an alert was dismissed and by whom; ``words`` are the person's own."""

    reason: DismissReason
    by: str
    at: datetime
    words: str | None = None


@dataclass(frozen=True)
class AlertCard:
    """An alert as its message shows it. Scores are whole points, money cents.

    ``reasons`` are at most three phrases with figures, the weightiest first: parts of the fall or, where
    ``reasons_are`` "weight", what costs the score most as it stands. ``next_step`` is the one thing to do
    about the first of them. ``score`` and ``score_before`` are None where the account had none. ``owner`` is
    whose alert it is now. ``zone`` is the time zone of whoever reads the channel.
    """

    alert_id: int
    state: AlertState
    severity: str
    rule: str
    rule_title: str
    account_name: str
    segment: str | None
    level_before: LevelMark | None
    level: LevelMark | None
    score_before: int | None
    score: int | None
    over_days: int
    arr_cents: int
    arr_at_risk_cents: int
    currency: str
    renewal_on: date | None
    opt_out_on: date | None
    owner: str | None
    reasons: tuple[str, ...]
    next_step: str
    as_of: date
    coverage: float
    model: str
    version: str
    opened_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    #: Titles of other rules that fired for the account while this alert was open.
    also: tuple[str, ...]
    zone: ZoneInfo
    reasons_are: Literal["fall", "weight"] = "fall"
    #: None until it is resolved.
    end: End | None = None
    account_id: int = 0
    #: Why the rule exists, and what it is about: risk, billing, commercial, adoption or support.
    rule_why: str | None = None
    rule_class: str = "risk"
    #: Set while it is snoozed, and once it is dismissed.
    snooze: Snooze | None = None
    dismissal: Dismissal | None = None
    #: Who was called in last, by name.
    escalated_to: str | None = None
    #: The next thing it does by itself.
    ahead: AheadLine | None = None
    #: The owner is being asked whether they are still on it; people are being asked whether it is over.
    asks_confirmation: bool = False
    proposes_end: bool = False
    #: The suggested play and the one that was started, by title.
    play: str | None = None
    play_started: str | None = None
    #: Answers to "was this useful?".
    useful: int = 0
    not_useful: int = 0
    #: Why it stands in this channel and not where it was meant to, as a sentence.
    rerouted: str | None = None

    @property
    def delta(self) -> int | None:
        """By how much the score moved; None where one of the two is not known."""
        if self.score is None or self.score_before is None:
            return None
        return self.score - self.score_before


@dataclass(frozen=True)
class FloodCard:
    """Alerts held back because so many accounts moved together that the data is to blame."""

    as_of: date
    direction: Literal["down", "up"]
    moved: int
    scored: int
    #: Signals that moved most of a sample of those accounts, with the number of accounts.
    suspects: tuple[tuple[str, int], ...]
    sample: int
    model: str


@dataclass(frozen=True)
class Acknowledgement:
    """What came of a click on Acknowledge: ``first`` is False where somebody had done it before."""

    account_name: str
    first: bool
    by: str
    at: datetime


@dataclass(frozen=True)
class Acted:
    """An act that was carried out. ``to`` is whom it reached, by name: the new owner, who was called in."""

    account_name: str
    at: datetime
    to: str | None = None
