"""What the rest of Staysail sees of alerts: frozen, with nothing left to look up."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

AlertState = Literal["open", "acknowledged", "resolved"]
#: Back where it fell from, no customer any more, or at a worse level that has an alert of its own.
Ending = Literal["recovered", "churned", "fell_further"]


@dataclass(frozen=True)
class LevelMark:
    """A level as a message shows it: its title and its colour (red, orange, yellow or green)."""

    title: str
    color: str


@dataclass(frozen=True)
class End:
    """Why an alert ended, and the title of the account's level and its score in whole points then."""

    why: Ending
    level: str | None = None
    score: int | None = None


@dataclass(frozen=True)
class AlertCard:
    """An alert as its message shows it. Scores are whole points, money cents.

    ``reasons`` are at most three phrases with figures, the weightiest first: parts of the fall or, where
    ``reasons_are`` "weight", what costs the score most as it stands. ``next_step`` is the one thing to do
    about the first of them. ``zone`` is the time zone of whoever reads the channel.
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
    score_before: int
    score: int
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

    @property
    def delta(self) -> int:
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
