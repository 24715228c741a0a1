"""What a text of a play may say: every name is always there, and None where something is not known."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date


@dataclass(frozen=True)
class AccountWords:
    """The customer."""

    name: str
    plan: str | None = None
    seats: int | None = None
    started_on: str | None = None
    churn_reason: str | None = None


@dataclass(frozen=True)
class PersonWords:
    """Somebody who may not be known: then every name is None."""

    name: str | None = None
    first_name: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class LetterContext:
    """What is known when a text is written. Dates, money and figures are written out already.

    ``greeting`` and ``signature`` are whole whoever is known. ``drivers`` are for the team's own eyes.
    """

    account: AccountWords
    greeting: str
    signature: str
    contact: PersonWords = PersonWords()
    sender: PersonWords = PersonWords()
    csm: PersonWords = PersonWords()
    manager: PersonWords = PersonWords()
    product: str = "the product"
    today: str = ""
    renewal_on: str | None = None
    days_to_renewal: int | None = None
    opt_out_on: str | None = None
    arr: str | None = None
    score: int | None = None
    level: str | None = None
    drivers: tuple[str, ...] = ()
    #: Of the last 30 days.
    logins: int | None = None
    active_users: int | None = None
    features_used: int | None = None
    usage_change_percent: int | None = None
    seats_used: int | None = None
    seats_used_percent: int | None = None
    nps: int | None = None
    open_tickets: int | None = None
    #: The customer's own objectives.
    goal: str | None = None
    goals_met: tuple[str, ...] = field(default=())

    def as_dict(self) -> Mapping[str, object]:
        """The names a template sees."""
        return asdict(self)


NAMES = tuple(each.name for each in fields(LetterContext))


def write_greeting(first_name: str | None) -> str:
    """The first line of an e-mail, whoever it is to."""
    return f"Hi {first_name}," if first_name else "Hello,"


def write_signature(name: str | None, product: str) -> str:
    """The last lines of an e-mail."""
    return f"Best,\n{name}" if name else "Best,\nYour customer success team"


def find_first_name(name: str | None) -> str | None:
    """The name somebody is greeted by; None where the name tells none."""
    first = (name or "").split()
    return first[0] if first and "@" not in first[0] else None


def write_date(day: date | None) -> str | None:
    """A date as an e-mail says it: 3 March 2027."""
    return None if day is None else f"{day.day} {day:%B %Y}"
