"""Who does a step, by their place: found anew each time, since people leave and go on holiday."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.people import compute_today, find_stand_in, is_away, load_owing_week
from bot.config import TeamConfig
from bot.models import Account, Person
from bot.working_time import WorkingWeek

EXECUTIVE = "executive"


def find_doer(
    session: Session, account: Account, role: str, *, now: datetime, team: TeamConfig
) -> Person | None:
    """Who does what falls to this role for the account today, or stands in for them; None for nobody.

    A place that nobody has falls to the next above: without a manager to the executive, without a CSM to the
    account executive.
    """
    person = _find_by_role(session, account, role)
    return person and find_stand_in(session, person, compute_today(person, team, now))


def load_account_week(session: Session, account: Account, team: TeamConfig, now: datetime) -> WorkingWeek:
    """The week by which the account's plays go: that of its CSM or whoever stands in."""
    csm = session.get(Person, account.csm_id) if account.csm_id else None
    return load_owing_week(session, csm, team, now)


def find_above(session: Session, person: Person) -> Iterator[Person]:
    """The managers above somebody, the nearest first."""
    # People come from a file: a circle in it must not hang anything.
    seen, found = {person.id}, person
    while found.manager_id is not None and found.manager_id not in seen:
        seen.add(found.manager_id)
        found = session.get_one(Person, found.manager_id)
        yield found


def find_represented(session: Session, person: Person, today: date) -> set[int]:
    """Whom the person stands in for today: a deputy who is away hands on to their own deputy."""
    represented: set[int] = set()
    fresh = {person.id}
    while fresh:
        deputised = session.scalars(select(Person).where(Person.deputy_id.in_(fresh)))
        fresh = {away.id for away in deputised if is_away(away, today)} - represented
        represented |= fresh
    return represented


def _find_by_role(session: Session, account: Account, role: str) -> Person | None:
    csm = session.get(Person, account.csm_id) if account.csm_id else None
    ae = session.get(Person, account.ae_id) if account.ae_id else None
    above = list(find_above(session, csm)) if csm else []
    executive = next((each for each in above if each.role == EXECUTIVE), None)
    match role:
        case "account_executive":
            return ae or csm
        case "manager":
            return above[0] if above else _find_any(session, "manager") or _find_any(session, EXECUTIVE)
        case "executive":
            return executive or _find_any(session, EXECUTIVE) or (above[-1] if above else None)
    return csm or ae or _find_any(session, "manager")


def _find_any(session: Session, role: str) -> Person | None:
    """Somebody of that role where there is only one: of several, none is the right one."""
    found = session.scalars(select(Person).where(Person.role == role).order_by(Person.id).limit(2)).all()
    return found[0] if len(found) == 1 else None
