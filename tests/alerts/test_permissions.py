"""Who may act on Maria's alert: who answers for the account, and whoever stands in for them."""

from datetime import date

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.alerts.permissions import may_act
from bot.errors import NotAllowed
from bot.models import Account, Person
from tests.alerts.office import (
    ADA,
    DAN,
    EVE,
    MARIA,
    MAX,
    OTTO,
    ROLF,
    STRANGER,
    VERA,
    Office,
)

TODAY = date(2026, 11, 24)


@pytest.fixture
def office(session: Session) -> Office:
    office = Office(session)
    office.hire()
    office.add_account()
    office.open()
    return office


def away(office: Office, who: int, deputy: int | None, first: date | None, last: date | None) -> None:
    values = {"deputy_id": deputy, "away_from": first, "away_until": last}
    office.session.execute(update(Person).where(Person.id == who).values(values))
    office.session.expire_all()


def allowed(office: Office) -> set[str]:
    """The Slack ids of all who may act."""
    people = office.session.query(Person).all()
    return {
        person.slack_id or ""
        for person in people
        if may_act(office.session, person, office.alert, today=TODAY)
    }


def test_the_owner_the_managers_above_and_admins_may_act(office: Office) -> None:
    assert allowed(office) == {MARIA, VERA, EVE, ADA}


@pytest.mark.parametrize(
    "deed", ["acknowledge", "snooze", "assign", "escalate", "resolve", "dismiss", "start_play"]
)
def test_nobody_else_may_whatever_the_act(office: Office, deed: str) -> None:
    for who in (OTTO, MAX, DAN, ROLF):
        with pytest.raises(
            NotAllowed, match=r"You cannot act on the alert about Acme 1: Maria Lopez, managers above"
        ):
            office.act(deed, who)
    with pytest.raises(NotAllowed, match="Only people of the customer-success team"):
        office.act(deed, STRANGER)
    assert office.kinds() == ["opened"]
    assert office.audited() == []


def test_a_new_owner_and_the_accounts_csm_may_both_act_with_their_managers(office: Office) -> None:
    office.act("assign", to_person_id=4)
    assert allowed(office) == {MARIA, VERA, EVE, ADA, OTTO, MAX}


def test_whoever_was_called_in_may_act(office: Office) -> None:
    away(office, 2, 5, TODAY, TODAY)
    assert office.act("escalate").to == "Dan Deputy"
    away(office, 2, None, None, None)
    assert allowed(office) == {MARIA, VERA, EVE, ADA, DAN}


@pytest.mark.parametrize(
    ("first", "last", "stands_in"),
    [
        (TODAY, TODAY, True),
        (None, TODAY, True),
        (TODAY, None, True),
        (date(2026, 11, 25), date(2026, 12, 1), False),
        (date(2026, 11, 1), date(2026, 11, 23), False),
        (None, None, False),
    ],
)
def test_a_deputy_stands_in_while_the_owner_is_away(
    office: Office, first: date | None, last: date | None, stands_in: bool
) -> None:
    away(office, 3, 5, first, last)
    assert (DAN in allowed(office)) is stands_in


def test_a_deputy_who_is_away_too_hands_on_and_a_circle_ends(office: Office) -> None:
    away(office, 3, 5, TODAY, TODAY)
    away(office, 5, 4, TODAY, TODAY)
    assert {DAN, OTTO} <= allowed(office)
    away(office, 4, 3, TODAY, TODAY)
    assert {DAN, OTTO, MARIA} <= allowed(office)


def test_a_circle_of_managers_ends(office: Office) -> None:
    office.session.execute(update(Person).where(Person.id == 1).values(manager_id=3))
    office.session.expire_all()
    assert allowed(office) == {MARIA, VERA, EVE, ADA}


def test_what_nobody_owns_concerns_all_who_look_after_customers(office: Office) -> None:
    office.session.execute(update(Account).values(csm_id=None))
    office.alert.owner_id = None
    office.session.flush()
    office.session.expire_all()
    assert allowed(office) == {EVE, VERA, MARIA, OTTO, DAN, MAX, ADA}
    with pytest.raises(NotAllowed, match="CSMs, managers and admins can"):
        office.act("acknowledge", ROLF)
