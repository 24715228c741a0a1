"""Whom an alert concerns by itself: its owner, those above them, and who stands in for whom."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config import TeamConfig
from bot.holidays import find_holidays
from bot.models import Account, Alert, Person
from bot.working_time import DAY_NAMES, WorkingWeek

EXECUTIVE = "executive"
#: Days of an absence that nobody stands in for and that is still waited for, like a weekend.
SHORT_ABSENCE = 3


def load_team_week(team: TeamConfig, timezone: str | None = None) -> WorkingWeek:
    """The team's working hours in its own time zone or in another, with the holidays kept there."""
    hours, name = team.working_hours, timezone or team.timezone
    days = frozenset(DAY_NAMES.index(day) for day in hours.days)
    return WorkingWeek(ZoneInfo(name), days, hours.starts, hours.ends, find_holidays(team.holidays, name))


def load_week(session: Session, person: Person | None, team: TeamConfig) -> WorkingWeek:
    """When the person works: the team's hours on their own clock, without their absence; of nobody, the
    team's."""
    if person is None:
        return load_team_week(team)
    return replace(load_team_week(team, person.timezone), away=_find_absence(person))


def load_owing_week(session: Session, person: Person | None, team: TeamConfig, now: datetime) -> WorkingWeek:
    """The week in which time runs for whoever owes an act: the person's, or their deputy's while they are
    away.

    An absence that nobody stands in for is waited for while it is no longer than a long weekend; a longer one
    stops nothing, so that the next in the chain hears of the alert.
    """
    if person is None:
        return load_team_week(team)
    stand_in = find_stand_in(session, person, compute_today(person, team, now))
    week = load_week(session, stand_in, team)
    if week.away is None or ((week.away[1] - week.away[0]).days < SHORT_ABSENCE and not stand_in.deputy_id):
        return week
    return replace(week, away=None)


def compute_today(person: Person | None, team: TeamConfig, now: datetime) -> date:
    """The date where the person is."""
    return now.astimezone(ZoneInfo((person and person.timezone) or team.timezone)).date()


def is_away(person: Person, today: date) -> bool:
    """Whether the person is away on this day; without a last day, until further notice."""
    absence = _find_absence(person)
    return absence is not None and absence[0] <= today <= absence[1]


def find_stand_in(session: Session, person: Person, today: date) -> Person:
    """Who acts for the person: themselves, or while they are away their deputy, or that one's.

    The person themselves where everybody in that chain is away, or it leads round in a circle.
    """
    seen, found = {person.id}, person
    while is_away(found, today):
        if found.deputy_id is None or found.deputy_id in seen:
            return person
        seen.add(found.deputy_id)
        found = session.get_one(Person, found.deputy_id)
    return found


def find_owner(session: Session, alert: Alert) -> Person | None:
    """Whose alert it is: its owner, else the account's CSM of today."""
    owner_id = alert.owner_id or session.get_one(Account, alert.account_id).csm_id
    return None if owner_id is None else session.get(Person, owner_id)


def find_chain(session: Session, alert: Alert) -> tuple[Person | None, Person | None]:
    """The owner's manager, and the executive above that one, else the only one of the team (SPEC A5)."""
    owner = find_owner(session, alert)
    above = list(_find_above(session, owner)) if owner else []
    manager = above[0] if above else None
    executive = next((person for person in above[1:] if person.role == EXECUTIVE), None)
    return manager, executive or _find_only_executive(session)


def _find_above(session: Session, person: Person) -> Iterator[Person]:
    # People come from a file: a circle in it must not hang the keeper.
    seen, found = {person.id}, person
    while found.manager_id is not None and found.manager_id not in seen:
        seen.add(found.manager_id)
        found = session.get_one(Person, found.manager_id)
        yield found


def _find_only_executive(session: Session) -> Person | None:
    executives = session.scalars(select(Person).where(Person.role == EXECUTIVE).limit(2)).all()
    return executives[0] if len(executives) == 1 else None


def _find_absence(person: Person) -> tuple[date, date] | None:
    if person.away_from is None and person.away_until is None:
        return None
    return person.away_from or date.min, person.away_until or date.max
