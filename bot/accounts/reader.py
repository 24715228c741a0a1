"""Who reads an answer: someone of the team, or a stranger, who sees no money."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.models import Person

#: Roles whose book is the whole team's.
LEADING_ROLES = frozenset({"manager", "executive", "admin"})


@dataclass(frozen=True)
class SlackProfile:
    """What Slack says of a user. ``problem`` is why it could say nothing, in words for the user."""

    slack_id: str
    email: str | None = None
    name: str | None = None
    timezone: str | None = None
    #: Of another workspace (Slack Connect), whose word for an e-mail address proves nothing here.
    is_outsider: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class Reader:
    """Who asks. ``no_money_reason`` says why money is left out of answers; None for who may see it."""

    slack_id: str
    person_id: int | None
    name: str
    role: str | None
    timezone: str
    no_money_reason: str | None = None

    @property
    def sees_money(self) -> bool:
        return self.no_money_reason is None

    @property
    def leads(self) -> bool:
        """Whether the reader looks after the whole team's accounts rather than a book of their own."""
        return self.role in LEADING_ROLES

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def find_reader(session: Session, slack_id: str, *, default_timezone: str) -> Reader | None:
    """The person of the team with this Slack id; None when nobody is known to have it."""
    statement = select(Person.id, Person.name, Person.role, Person.timezone).where(
        Person.slack_id == slack_id
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    return Reader(slack_id, row.id, row.name, row.role, _timezone(row.timezone, default_timezone))


def get_introduced(session: Session, profile: SlackProfile, *, default_timezone: str) -> Reader:
    """The reader with this profile: from now on known by it if their e-mail is one of the team's, else a
    stranger who is told why they see no money."""
    if profile.email and not profile.is_outsider:
        session.execute(
            update(Person)
            .where(func.lower(Person.email) == profile.email.lower(), Person.slack_id.is_(None))
            .values(
                slack_id=profile.slack_id,
                timezone=func.coalesce(Person.timezone, _known(profile.timezone)),
            )
        )
    known = find_reader(session, profile.slack_id, default_timezone=default_timezone)
    if known is not None:
        return known
    return Reader(
        slack_id=profile.slack_id,
        person_id=None,
        name=profile.name or "you",
        role=None,
        timezone=_timezone(profile.timezone, default_timezone),
        no_money_reason=_explain_stranger(profile),
    )


def _explain_stranger(profile: SlackProfile) -> str:
    left_out = "Figures in money are left out"
    if profile.problem:
        return f"{left_out}: {profile.problem}"
    if profile.is_outsider:
        return f"{left_out}: you belong to another workspace."
    who = f"you ({profile.email}) are" if profile.email else "you are"
    return f"{left_out}: {who} not on the team's list of people. Ask an admin to add you to people.csv."


def _known(timezone: str | None) -> str | None:
    if not timezone:
        return None
    try:
        # Kept by the library; asking for all names instead reads the whole folder of zones each time.
        return ZoneInfo(timezone).key
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _timezone(timezone: str | None, default: str) -> str:
    return _known(timezone) or default
