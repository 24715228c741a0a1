"""Promises are kept once: by several workers, after a crash, beside one that fails, after an outage."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts.escalation import take_step
from bot.alerts.keeping import Keeper, keep_due_promises
from bot.app import build_parts
from bot.config import Settings
from bot.db.engine import create_engine, create_sessions
from bot.models import Alert, AlertEvent, AlertPromise, SlackMessage
from bot.processes import working
from bot.stopping import Stop
from tests.alerts.office import TEAM
from tests.time.days import Days, utc

WEDNESDAY = utc("25 12:00")
PATIENCE = 30.0


def fill(sessions: sessionmaker[Session], alerts: int) -> None:
    """A team with so many accounts, each with an alert opened on Tuesday at 9:00."""
    with sessions() as session, session.begin():
        days = Days(session)
        days.hire()
        for number in range(1, alerts + 1):
            days.add_account(number)
            days.open(number)


def count(sessions: sessionmaker[Session], kind: str) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).where(AlertEvent.kind == kind)) or 0


@contextmanager
def keepers(
    sessions: sessionmaker[Session], number: int, now: Callable[[], datetime] = lambda: WEDNESDAY
) -> Iterator[None]:
    running = [Keeper(sessions, TEAM, now, poll_seconds=0.02) for _ in range(number)]
    for keeper in running:
        keeper.start()
    try:
        yield
    finally:
        for keeper in running:
            assert keeper.stop()


def wait_for(holds: Callable[[], bool]) -> None:
    """Look again and again until something holds; a test that waits in vain fails."""
    ended, wait = threading.Event(), 0.02
    for _ in range(int(PATIENCE / wait)):
        if holds():
            return
        ended.wait(wait)
    raise AssertionError("what was waited for has not come")


def test_two_keepers_call_everybody_in_once(sessions: sessionmaker[Session]) -> None:
    fill(sessions, 20)
    with keepers(sessions, 2):
        wait_for(lambda: count(sessions, "escalated") >= 20)
    with sessions() as session:
        by_alert = select(func.count()).where(AlertEvent.kind == "escalated").group_by(AlertEvent.alert_id)
        assert session.scalars(by_alert).all() == [1] * 20, "the executive is due a day later"
        assert set(session.scalars(select(Alert.escalated))) == {1}
        nudges = select(func.count()).where(SlackMessage.kind == "alert_nudge")
        assert session.scalar(nudges) == 20
        pending = select(AlertPromise.due_at).where(AlertPromise.ended_at.is_(None))
        assert all(due is not None and due > WEDNESDAY for due in session.scalars(pending))


def test_keepers_leave_alone_what_a_click_is_changing(sessions: sessionmaker[Session]) -> None:
    fill(sessions, 2)
    with sessions() as clicking, clicking.begin():
        days = Days(clicking, now=WEDNESDAY)
        days.act("acknowledge", alert_id=1)
        with keepers(sessions, 2):
            wait_for(lambda: count(sessions, "escalated") == 1)
    with keepers(sessions, 2):
        pass
    with sessions() as session:
        assert keep_due_promises(session, now=WEDNESDAY, team=TEAM) == 0
        escalated = session.scalars(select(AlertEvent.alert_id).where(AlertEvent.kind == "escalated"))
        assert escalated.all() == [2], "whoever acknowledged in time is not overtaken"


def test_a_crash_half_way_leaves_nothing_and_the_step_is_taken_once(
    sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sessions, 1)

    def crash(*given: object, **named: object) -> None:
        take_step(*given, **named)  # type: ignore[arg-type]
        raise SystemExit

    monkeypatch.setattr("bot.alerts.keeping.take_step", crash)
    with pytest.raises(SystemExit):
        Keeper(sessions, TEAM, lambda: WEDNESDAY).keep_one()
    assert count(sessions, "escalated") == 0
    monkeypatch.undo()
    keeper = Keeper(sessions, TEAM, lambda: WEDNESDAY)
    assert [keeper.keep_one(), keeper.keep_one()] == [True, False]
    assert count(sessions, "escalated") == 1


def test_one_that_fails_stands_in_no_others_way(sessions: sessionmaker[Session]) -> None:
    fill(sessions, 3)
    with sessions() as session, session.begin():
        broken = {"escalation": {"manager": "soon"}}
        session.execute(update(Alert).where(Alert.id == 1).values(facts=broken))
    keeper = Keeper(sessions, TEAM, lambda: WEDNESDAY)
    assert [keeper.keep_one() for _ in range(4)] == [True, True, True, False]
    assert count(sessions, "escalated") == 2
    with sessions() as session, session.begin():
        session.execute(update(Alert).where(Alert.id == 1).values(facts={}))
    assert Keeper(sessions, TEAM, lambda: WEDNESDAY).keep_one(), "it is tried again"
    assert count(sessions, "escalated") == 3


def test_what_one_session_keeps_fails_one_by_one(session: Session, days: Days) -> None:
    days.add_account(2)
    days.open()
    days.open(2)
    session.execute(
        update(Alert).where(Alert.account_id == 1).values(facts={"escalation": {"manager": "soon"}})
    )
    session.expire_all()
    assert keep_due_promises(session, now=WEDNESDAY, team=TEAM) == 1
    assert days.told("escalated") == ["Wed 12:00 escalated Vera Manager"]


def test_a_keeper_outlives_the_connections_it_loses(fresh_database: str) -> None:
    engine = create_engine(fresh_database, application_name="staysail keeper test")
    sessions = create_sessions(engine)
    now = [WEDNESDAY]
    try:
        fill(sessions, 1)
        with keepers(sessions, 1, lambda: now[0]):
            wait_for(lambda: count(sessions, "escalated") == 1)
            with sessions() as session:
                session.execute(
                    text(
                        "select pg_terminate_backend(pid) from pg_stat_activity "
                        "where datname = current_database() and pid <> pg_backend_pid()"
                    )
                )
            now[0] += timedelta(days=1)
            wait_for(lambda: count(sessions, "escalated") == 2)
    finally:
        engine.dispose()


def test_a_worker_keeps_promises(sessions: sessionmaker[Session], database_url: str) -> None:
    fill(sessions, 1)
    settings = Settings(slack_bot_token=SecretStr("xoxb-1"), slack_api_base_url="http://127.0.0.1:9/")
    parts = build_parts(settings, TEAM, database_url, pool_size=9, now=lambda: WEDNESDAY)
    try:
        with working(parts, Stop(10)):
            wait_for(lambda: count(sessions, "escalated") == 1)
    finally:
        parts.engine.dispose()


def test_promises_of_one_alert_are_kept_in_order(sessions: sessionmaker[Session]) -> None:
    fill(sessions, 5)
    late = utc("30 12:00")
    with keepers(sessions, 2, lambda: late):
        wait_for(lambda: count(sessions, "escalated") >= 5)
    with sessions() as session:
        steps = session.scalars(
            select(AlertEvent.detail["step"].as_integer()).where(AlertEvent.kind == "escalated")
        )
        assert steps.all() == [1] * 5, "both steps were overdue, and the manager gets a day"
