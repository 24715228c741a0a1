"""Who may act on an alert: those who answer for the account, whatever channel the click comes from."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.people import is_away
from bot.errors import NotAllowed
from bot.models import Account, Alert, AlertEvent, Person

#: Whom an alert that nobody owns concerns: all who look after customers.
_ROLES_WITHOUT_OWNER = frozenset({"csm", "manager", "executive"})


def get_person(session: Session, slack_user_id: str) -> Person:
    """The person of the team with this Slack id. Raises NotAllowed for everybody else: guests of another
    workspace never act."""
    person = session.scalars(select(Person).where(Person.slack_id == slack_user_id)).one_or_none()
    if person is None:
        raise NotAllowed(
            "Only people of the customer-success team can act on alerts. "
            "Ask your admin to add you to people.csv."
        )
    return person


def may_act(session: Session, person: Person, alert: Alert, *, today: date) -> bool:
    """Whether the person may act on the alert.

    The owner and the account's CSM may, all managers above either, whoever was called in, admins, and the
    deputy of each of these who is away today. An alert that nobody owns concerns every CSM and manager.
    """
    if person.role == "admin":
        return True
    answering = set(_find_answering(session, alert))
    if not answering and person.role in _ROLES_WITHOUT_OWNER:
        return True
    answering |= set(_find_called_in(session, alert))
    return bool(answering & {person.id, *_find_represented(session, person, today)})


def require_permission(session: Session, person: Person, alert: Alert, *, today: date) -> None:
    """Raise NotAllowed, saying who may act, where the person may not."""
    if may_act(session, person, alert, today=today):
        return
    account = session.get_one(Account, alert.account_id)
    owner = session.get(Person, alert.owner_id or account.csm_id or 0)
    who = f"{owner.name}, managers above and admins" if owner else "CSMs, managers and admins"
    raise NotAllowed(
        f"You cannot act on the alert about {account.name}: {who} can. "
        "Ask one of them, or have it assigned to you."
    )


def _find_answering(session: Session, alert: Alert) -> Iterator[int]:
    """The owner, the account's CSM and everybody above them."""
    account = session.get_one(Account, alert.account_id)
    seen: set[int] = set()
    for start in (alert.owner_id, account.csm_id):
        above = start
        # Lists of people come from a file: a circle in it must not hang a click.
        while above is not None and above not in seen:
            seen.add(above)
            yield above
            above = session.get_one(Person, above).manager_id


def _find_called_in(session: Session, alert: Alert) -> Iterator[int]:
    called = select(AlertEvent.detail["to_id"].as_integer()).where(
        AlertEvent.alert_id == alert.id, AlertEvent.kind == "escalated"
    )
    yield from (found for found in session.scalars(called) if found is not None)


def _find_represented(session: Session, person: Person, today: date) -> set[int]:
    """Whom the person stands in for today: a deputy who is away hands on to their own deputy."""
    represented: set[int] = set()
    fresh = {person.id}
    while fresh:
        deputised = session.scalars(select(Person).where(Person.deputy_id.in_(fresh)))
        fresh = {away.id for away in deputised if is_away(away, today)} - represented
        represented |= fresh
    return represented
