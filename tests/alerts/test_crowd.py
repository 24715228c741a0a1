"""Two hundred people press the same button at once, each over a connection: one of them acts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts.views import Acknowledgement
from bot.db.engine import create_engine, create_sessions
from bot.errors import UserError
from bot.models import Alert, AlertEvent, AuditEntry, Person
from tests.alerts.office import NOW, Office

CROWD = [f"UCROWD{number}" for number in range(200)]
CONNECTIONS = 24


@pytest.fixture
def crowded(sessions: sessionmaker[Session], database_url: str) -> Iterator[sessionmaker[Session]]:
    """Sessions on many connections, and the team with two hundred admins."""
    with sessions.begin() as session:
        Office(session).hire()
        people = [
            {
                "id": number,
                "email": f"{user}@crowd.example",
                "name": user,
                "role": "admin",
                "slack_id": user,
            }
            for number, user in enumerate(CROWD, 100)
        ]
        session.execute(insert(Person), people)
    engine = create_engine(database_url, pool_size=CONNECTIONS, application_name="crowd")
    yield create_sessions(engine)
    engine.dispose()


@pytest.mark.parametrize(
    ("deed", "state", "event", "given"),
    [
        ("acknowledge", "open", "acknowledged", {}),
        ("resolve", "open", "resolved", {}),
        ("reopen", "resolved", "reopened", {}),
        ("escalate", "open", "escalated", {}),
        ("start_play", "open", "play_started", {}),
        ("snooze", "open", "snoozed", {"until": NOW + timedelta(days=1)}),
        ("dismiss", "acknowledged", "dismissed", {}),
        ("wake", "snoozed", "woke", {}),
        ("assign", "open", "assigned", {}),
    ],
)
def test_of_many_who_press_the_same_button_one_acts(
    crowded: sessionmaker[Session], deed: str, state: str, event: str, given: dict[str, Any]
) -> None:
    with crowded.begin() as session:
        office = Office(session)
        office.add_account()
        alert_id = office.open()
        office.bring(state)
        before = len(office.audited())

    def press(user: str) -> str:
        with crowded() as session:
            try:
                with session.begin():
                    done = Office(session, alerts=[alert_id]).act(deed, user, **given)
            except UserError as refused:
                return str(refused)
        return "" if not isinstance(done, Acknowledgement) or done.first else f"{done.by} was first"

    people = CROWD if deed in ("acknowledge", "escalate") else CROWD[:40]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        answers = list(pool.map(press, people))
    assert answers.count("") == 1, "one click acts"
    winner = people[answers.index("")]
    assert all(winner in answer for answer in answers if answer), "and all others hear whose it was"
    with crowded() as session:
        events = session.scalars(
            select(AlertEvent.kind).where(AlertEvent.alert_id == alert_id, AlertEvent.kind == event)
        ).all()
        acts = session.scalars(select(AuditEntry.actor).order_by(AuditEntry.id)).all()
        assert session.get_one(Alert, alert_id).state
    assert len(events) == 1
    assert len(acts) == before + 1
    assert acts[-1].startswith(winner)


def test_two_old_alerts_of_an_account_are_not_both_reopened(crowded: sessionmaker[Session]) -> None:
    with crowded.begin() as session:
        office = Office(session)
        office.add_account()
        for rule in ("fell_below_level", "score_drop") * 6:
            office.open(rule=rule)
            office.act("resolve")

    def reopen(alert_id: int) -> str:
        try:
            with crowded.begin() as session:
                Office(session, alerts=[alert_id]).act("reopen")
        except UserError as refused:
            return str(refused)
        return ""

    with ThreadPoolExecutor(12) as pool:
        answers = sorted(pool.map(reopen, office.alerts))
    assert answers[0] == ""
    assert all("has another alert that is open" in answer for answer in answers[1:])
