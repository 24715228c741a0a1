"""A digest as it is written down and shown: frozen, complete, and with nothing left to look up."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from pydantic import TypeAdapter

#: Of each list at most so many are named; the rest is counted.
MOST = 5

#: What happened to an alert, what it waits for, or what it will do by itself today.
Happening = Literal[
    "opened",
    "escalated",
    "reopened",
    "woke",
    "resolved",
    "dismissed",
    "unacknowledged",
    "asked",
    "proposed",
    "held",
    "escalate",
    "confirm",
    "unanswered",
    "wake",
    "close",
]


@dataclass(frozen=True)
class AlertLine:
    """An alert in a digest: what happened or will happen, when, and to whom (``who``) or why."""

    alert_id: int
    account_name: str
    rule_title: str
    what: Happening
    at: datetime
    color: str | None = None
    score: int | None = None
    at_risk_cents: int | None = None
    currency: str = "USD"
    owner: str | None = None
    who: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class AlertList:
    """The weightiest alerts of one kind, and how many there are in all."""

    lines: tuple[AlertLine, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        return self.total - len(self.lines)


@dataclass(frozen=True)
class AccountLine:
    """An account in a digest; what does not matter to its list is None. ``delta`` is in whole points."""

    account_id: int
    name: str
    color: str | None = None
    level: str | None = None
    level_before: str | None = None
    score: int | None = None
    delta: int | None = None
    arr_cents: int | None = None
    at_risk_cents: int | None = None
    renewal_on: date | None = None
    opt_out_on: date | None = None
    owner: str | None = None


@dataclass(frozen=True)
class AccountList:
    """The weightiest accounts of one kind, and how many there are in all."""

    lines: tuple[AccountLine, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        return self.total - len(self.lines)


@dataclass(frozen=True)
class RenewalBucket:
    """Accounts that renew within so many days and later than the bucket before, and their ARR."""

    days: int
    accounts: int
    arr_cents: int | None


@dataclass(frozen=True)
class ProposedChange:
    """A change of a rule that waits for a leader's verdict."""

    change_id: int
    rule_title: str
    before: float
    after: float
    unit: str


@dataclass(frozen=True)
class Problem:
    """Something about the data or the messages that makes a digest, or what it tells of, incomplete.

    feed: ``name`` has delivered nothing since ``day``. scores: none since ``day``. flood: the alerts of
    ``day`` were held back as ``count`` accounts moved together. messages: ``count`` could not be shown in the
    channel ``name``. mail: ``count`` e-mails failed.
    """

    kind: Literal["feed", "scores", "flood", "messages", "mail"]
    name: str = ""
    day: date | None = None
    count: int = 0

    @property
    def key(self) -> str:
        """The same for the same problem on the next morning."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Digest:
    """What changed for a team or one book between two moments, and what stands at the second (SPEC C7).

    ``scored_for`` is the day of the scores that are shown; ``money`` says whether its reader may see money:
    without it no line holds any. ``is_news`` is False where nothing changed and nothing is due.
    """

    #: Whose book it is by name; None for the whole team's.
    book: str | None
    day: date
    zone: str
    since: datetime
    at: datetime
    scored_for: date | None
    money_symbol: str
    money: bool = True
    is_news: bool = True
    opened: AlertList = AlertList()
    escalated: AlertList = AlertList()
    woken: AlertList = AlertList()
    ended: AlertList = AlertList()
    fell: AccountList = AccountList()
    rose: AccountList = AccountList()
    due: AlertList = AlertList()
    opt_outs_today: AccountList = AccountList()
    unacknowledged: AlertList = AlertList()
    asked: AlertList = AlertList()
    proposed: AlertList = AlertList()
    held: AlertList = AlertList()
    changes: tuple[ProposedChange, ...] = ()
    renewals: tuple[RenewalBucket, ...] = ()
    opt_outs: AccountList = AccountList()
    risks: tuple[AccountLine, ...] = ()
    improvers: tuple[AccountLine, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: Keys of the problems the last digest told of too.
    known_problems: tuple[str, ...] = field(default=())

    @property
    def alert_lines(self) -> tuple[AlertLine, ...]:
        """Every alert that is named, each once."""
        lists = (
            self.opened,
            self.escalated,
            self.woken,
            self.due,
            self.unacknowledged,
            self.asked,
            self.proposed,
            self.held,
            self.ended,
        )
        by_id = {line.alert_id: line for each in reversed(lists) for line in each.lines}
        return tuple(by_id.values())


_DIGEST = TypeAdapter(Digest)


def write_digest(digest: Digest) -> dict[str, Any]:
    """The digest as JSON; `read_digest` is its inverse."""
    written: dict[str, Any] = _DIGEST.dump_python(digest, mode="json")
    return written


def read_digest(written: dict[str, Any]) -> Digest:
    """The digest that `write_digest` wrote. Raises ValueError for anything else."""
    return _DIGEST.validate_python(written)


def leave_money_out(digest: Digest) -> Digest:
    """The digest as somebody may read it who may not see money: no line holds any."""

    def plain_alerts(listed: AlertList) -> AlertList:
        return replace(listed, lines=tuple(replace(line, at_risk_cents=None) for line in listed.lines))

    def plain(lines: tuple[AccountLine, ...]) -> tuple[AccountLine, ...]:
        return tuple(replace(line, arr_cents=None, at_risk_cents=None) for line in lines)

    changed: dict[str, Any] = {"money": False}
    for name, value in vars(digest).items():
        if isinstance(value, AlertList):
            changed[name] = plain_alerts(value)
        elif isinstance(value, AccountList):
            changed[name] = replace(value, lines=plain(value.lines))
    renewals = tuple(replace(bucket, arr_cents=None) for bucket in digest.renewals)
    return replace(
        digest,
        **changed,
        renewals=renewals,
        risks=plain(digest.risks),
        improvers=plain(digest.improvers),
    )
