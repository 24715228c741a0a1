"""Slack delivers at least once, a deed is done once: commands, clicks, forms and events."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from bot import delivery
from bot.answering import answer_delivery
from bot.app import build_parts
from bot.config import Settings, TeamConfig
from bot.delivery import KEPT, DuplicateDelivery, find_delivery_key, once, prune_delivery_keys
from bot.models import DeliveryKey
from tests.runtime.deeds import COUNT, DEED, build_deed_app

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
USER = {"id": "UMARIA"}


@pytest.fixture(scope="module")
def app(database_url: str) -> Iterator[App]:
    settings = Settings(slack_bot_token="xoxb-1", slack_api_base_url="http://127.0.0.1:9/api/")
    parts = build_parts(settings, TeamConfig(), database_url, pool_size=10, now=lambda: NOW)
    app = build_deed_app(parts)
    yield app
    app.listener_runner.listener_executor.shutdown()
    parts.engine.dispose()


def command(name: str, how: str = "", trigger: str = "1.1") -> dict[str, Any]:
    return {"command": "/deed", "text": f"{name} {how}".strip(), "trigger_id": trigger, "user_id": "UMARIA"}


def click(name: str, at: str = "5.5") -> dict[str, Any]:
    action = {"type": "button", "action_id": "press", "block_id": "b", "value": name, "action_ts": at}
    place = {"type": "message", "message_ts": "3.3", "channel_id": "C1"}
    return {"type": "block_actions", "user": USER, "container": place, "actions": [action], "trigger_id": at}


def submission(name: str, entered: str = "x", mark: str = "h1") -> dict[str, Any]:
    state = {"values": {"b": {"a": {"type": "plain_text_input", "value": entered}}}}
    view = {"id": "V1", "hash": mark, "callback_id": "form", "private_metadata": name, "state": state}
    return {"type": "view_submission", "user": USER, "view": view | {"type": "modal"}}


def event(name: str, number: str = "Ev1") -> dict[str, Any]:
    said = {"type": "app_mention", "user": "UMARIA", "text": name, "channel": "C1", "ts": "1.1"}
    return {"type": "event_callback", "event_id": number, "team_id": "T1", "event": said}


DELIVERIES: dict[str, Callable[[str], dict[str, Any]]] = {
    "command": command,
    "click": click,
    "form": submission,
    "event": event,
}


def deliver(app: App, body: dict[str, Any]) -> BoltResponse:
    return answer_delivery(app, BoltRequest(mode="socket_mode", body=body))


def count(sessions: sessionmaker[Session], name: str) -> int:
    with sessions() as session:
        return int(session.execute(COUNT, {"what": name}).scalar_one())


@pytest.mark.parametrize("kind", DELIVERIES)
def test_a_second_delivery_does_nothing_and_is_answered(
    app: App, sessions: sessionmaker[Session], kind: str
) -> None:
    body = DELIVERIES[kind]("deed")
    first, second = deliver(app, body), deliver(app, body)
    assert (first.status, second.status) == (200, 200)
    assert count(sessions, "deed") == 1
    if kind == "command":
        assert "did deed" in first.body
        assert not second.body


@pytest.mark.parametrize("kind", DELIVERIES)
def test_ten_at_once_do_it_once(app: App, sessions: sessionmaker[Session], kind: str) -> None:
    body = DELIVERIES[kind]("deed")
    together = Barrier(10)

    def one(_: int) -> int:
        together.wait()
        return deliver(app, json.loads(json.dumps(body))).status

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(one, range(10))) == {200}
    assert count(sessions, "deed") == 1


def test_what_failed_leaves_no_key_so_that_its_repetition_works(
    app: App, sessions: sessionmaker[Session]
) -> None:
    failed = deliver(app, command("deed", "fail"))
    assert failed.status == 200
    assert "Something went wrong" in failed.body
    assert count(sessions, "deed") == 0
    assert "did deed" in deliver(app, command("deed")).body
    assert count(sessions, "deed") == 1


def test_a_repetition_does_what_the_one_it_waited_for_failed_to(
    app: App, sessions: sessionmaker[Session]
) -> None:
    with sessions() as first, ThreadPoolExecutor(1) as pool:
        first.begin()
        once(lambda: first, "command:1.1", lambda: NOW)()
        first.execute(DEED, {"what": "deed"})
        second = pool.submit(deliver, app, command("deed"))
        _wait_for_a_waiter(sessions)
        first.rollback()
        assert "did deed" in second.result().body
    assert count(sessions, "deed") == 1


def test_a_repetition_does_not_wait_longer_than_slack(
    app: App, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LONGEST_WAIT", "50ms")
    with sessions.begin() as first:
        once(lambda: first, "command:1.1", lambda: NOW)().execute(DEED, {"what": "deed"})
        answer = deliver(app, command("deed"))
        assert (answer.status, answer.body) == (200, "")
    assert count(sessions, "deed") == 1


def test_one_delivery_may_use_several_transactions(sessions: sessionmaker[Session]) -> None:
    open_session = once(sessions, "key", lambda: NOW)
    with open_session() as lost, lost.begin():
        lost.execute(DEED, {"what": "lost"})
        lost.rollback()
    for _ in range(2):
        with open_session() as session, session.begin(), session.begin_nested():
            session.execute(DEED, {"what": "kept"})
    assert count(sessions, "kept") == 2
    with once(sessions, "key", lambda: NOW)() as other, pytest.raises(DuplicateDelivery):
        other.execute(DEED, {"what": "kept"})


def test_what_differs_is_told_apart() -> None:
    bodies = [
        command("a", trigger="1"),
        command("a", trigger="2"),
        click("a", at="1"),
        click("a", at="2"),
        submission("a"),
        submission("a", entered="corrected"),
        submission("a", mark="h2"),
        event("a", "Ev1"),
        event("a", "Ev2"),
        {"type": "shortcut", "trigger_id": "1"},
        {"type": "message_action", "trigger_id": "2"},
    ]
    keys = [find_delivery_key(body) for body in bodies]
    assert None not in keys
    assert len(set(keys)) == len(bodies)
    assert all(len(key or "") <= 200 for key in keys)


def test_what_lacks_a_mark_of_its_own_is_never_taken_for_a_repetition() -> None:
    nameless = click("a")
    del nameless["actions"][0]["action_ts"]
    for body in (
        {"command": "/cs"},
        nameless,
        {"type": "block_actions", "actions": []},
        {"type": "view_submission"},
        {"type": "block_suggestion", "value": "ac"},
        {"type": "event_callback", "event_id": ""},
        {},
    ):
        assert find_delivery_key(body) is None


def test_old_keys_are_dropped_and_young_ones_kept(session: Session) -> None:
    for key, age in {"young": timedelta(hours=25), "old": KEPT + timedelta(seconds=1)}.items():
        session.add(DeliveryKey(key=key, seen_at=NOW - age))
    session.flush()
    assert prune_delivery_keys(session, now=NOW) == 1
    assert session.scalars(select(DeliveryKey.key)).all() == ["young"]
    assert session.scalar(select(func.count()).select_from(DeliveryKey)) == 1


def _wait_for_a_waiter(sessions: sessionmaker[Session]) -> None:
    waiting = text(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    with sessions() as session:
        while session.execute(waiting).first() is None:
            session.rollback()
