import threading
from collections.abc import Callable

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session, sessionmaker

from bot.accounts import names as module
from bot.accounts.names import AccountNames
from bot.models import Account, ImportRun

Sessions = sessionmaker[Session]


@pytest.fixture
def find(sessions: Sessions) -> Callable[[str], list[str]]:
    names = AccountNames(sessions)

    def look_up(called: str) -> list[str]:
        names._looked_at = float("-inf")
        with sessions() as session:
            return [match.name for match in names.find(session, called).fits]

    return look_up


def add(sessions: Sessions, name: str, **values: object) -> None:
    with sessions.begin() as session:
        session.execute(insert(Account).values(external_id=f"id of {name}", name=name, **values))


def test_a_new_account_is_known_at_once(sessions: Sessions, find: Callable[[str], list[str]]) -> None:
    add(sessions, "Acme")
    assert find("acme") == ["Acme"]
    add(sessions, "Globex", custom={"aliases": ["Glo Labs"]})
    assert find("glo labs") == ["Globex"]


def test_a_renamed_account_is_known_after_the_import(
    sessions: Sessions, find: Callable[[str], list[str]]
) -> None:
    add(sessions, "Acme", custom={"aliases": "Old One; Older One"})
    assert find("older one") == ["Acme"]
    with sessions.begin() as session:
        session.execute(update(Account).values(name="Zebra", custom={}))
        session.execute(
            insert(ImportRun).values(source="x", recorded_on="2026-11-22", at="2026-11-22T00:00:00Z")
        )
    assert find("zebra") == ["Zebra"]
    assert find("older one") == []


def test_many_names_are_read_in_the_background(
    sessions: Sessions, find: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[threading.Thread] = []
    monkeypatch.setattr(module, "MADE_AT_ONCE", 0)
    # The thread is kept and run by hand, where a request would go on without it.
    monkeypatch.setattr(module.threading.Thread, "start", lambda thread: made.append(thread))
    add(sessions, "Acme Corp")
    add(sessions, "50% Off Ltd")

    assert find("acme") == ["Acme Corp"]
    assert find("50%") == ["50% Off Ltd"]
    assert find("corp") == []
    made[0].run()
    assert find("corp") == ["Acme Corp"]

    add(sessions, "Globex")
    assert find("globex") == []
    made[-1].run()
    assert find("globex") == ["Globex"]


def test_between_looks_no_query_is_made(sessions: Sessions) -> None:
    names = AccountNames(sessions)
    names.refresh()
    with sessions() as session:
        names.find(session, "acme")
        assert not session.in_transaction() or names._looked_at > 0
    with sessions() as session:
        names.find(session, "acme")
        assert not session.in_transaction()
