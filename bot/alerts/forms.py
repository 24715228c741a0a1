"""What the forms of an alert show before anything is changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.accounts.asking import Asking
from bot.alerts.cards import load_alert_card
from bot.alerts.permissions import get_person, require_permission
from bot.alerts.views import ENDED, AlertCard
from bot.config import TeamConfig
from bot.errors import NotAllowed, NotFound
from bot.models import Account, Alert, Person

_ROLES = {"csm": "CSM"}
_GONE = "This alert no longer exists; it was removed with its account."


@dataclass(frozen=True)
class AlertForm:
    """The alert a form is about. ``owner`` is who is to act, by name."""

    alert_id: int
    account_name: str
    owner_id: int | None
    owner: str | None


@dataclass(frozen=True)
class Assignee:
    """Somebody of the team an alert can be given to; ``role`` in words."""

    person_id: int
    name: str
    role: str


def get_alert_form(
    session: Session, *, alert_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> AlertForm:
    """The alert that somebody wants to act on by a form.

    Nothing is locked: whether they may is asked again when the form is submitted. Raises NotFound for an
    alert that is gone, and NotAllowed, so that nobody fills in a form in vain.
    """
    person = get_person(session, slack_user_id)
    alert = session.get(Alert, alert_id)
    if alert is None:
        raise NotFound(_GONE)
    require_permission(session, person, alert, today=now.astimezone(team.zone).date())
    account = session.get_one(Account, alert.account_id)
    if alert.state in ENDED:
        raise NotAllowed(f"The alert about {account.name} is over. Reopen it first if it needs attention.")
    owner = session.get(Person, alert.owner_id) if alert.owner_id else None
    return AlertForm(alert.id, account.name, alert.owner_id, owner.name if owner else None)


def load_assignees(session: Session) -> tuple[Assignee, ...]:
    """Everybody of the team by name, at most 101: more than a menu holds."""
    people = select(Person.id, Person.name, Person.role).order_by(Person.name, Person.id)
    rows = session.execute(people.limit(101)).all()
    return tuple(
        Assignee(row.id, row.name, _ROLES.get(row.role) or row.role.replace("_", " ")) for row in rows
    )


def find_person_id(session: Session, slack_id: str) -> int | None:
    """Who of the team has this Slack id; None for anybody else."""
    return session.scalars(select(Person.id).where(Person.slack_id == slack_id)).one_or_none()


def get_alert_card(session: Session, alert_id: int, asking: Asking) -> AlertCard:
    """The alert for one reader of the team, in their own time zone.

    Raises NotAllowed for anybody else, as alerts speak of money, and NotFound for an alert that is gone.
    """
    if not asking.reader.sees_money:
        raise NotAllowed("Alerts are for the customer-success team. Ask your admin to add you to people.csv.")
    card = load_alert_card(session, alert_id, zone=asking.reader.zone)
    if card is None:
        raise NotFound(_GONE)
    return card
