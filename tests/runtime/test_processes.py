"""The processes of the Procfile end well, and come back from what ends badly around them."""

import contextlib
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from bot.manifest import build_manifest
from bot.models import Person
from playground import Installed, LocalSlack
from tests.runtime.conftest import (
    TOKENS,
    Start,
    command_body,
    find_process,
    get,
    is_healthy,
    post,
    processes_on,
)
from tests.runtime.deeds import COUNT

BOTH = (signal.SIGTERM, signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    workspace = {
        "users": [{"id": "UMARIA", "name": "maria", "email": "maria@corp.example"}],
        "channels": [{"id": "C1", "name": "talk", "members": ["UMARIA"]}],
    }
    with LocalSlack.start(workspace) as slack:
        yield slack


def environment(slack: LocalSlack, app: Installed) -> dict[str, str]:
    tokens = {"SLACK_BOT_TOKEN": app.bot_token, "SLACK_APP_TOKEN": app.app_token}
    return tokens | {"SLACK_API_BASE_URL": slack.api_url}


def test_web_finishes_what_it_began_and_takes_nothing_more(
    start: Start, port: int, database_url: str, sessions: sessionmaker[Session]
) -> None:
    with sessions.begin() as session:
        session.add(Person(email="maria@corp.example", name="Maria", role="csm", slack_id="UMARIA"))
    env = TOKENS | {"DATABASE_URL": database_url, "PORT": str(port)}
    web = start("tests.runtime.deeds", env=env)
    web.wait_for(lambda: is_healthy(port))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(post, port, command_body("/deed", "slow 2", "1.1"))
        wait_until_under_way(sessions)
        assert web.stop(*BOTH) == 0
        assert slow.result() == (200, b"did slow")
    with sessions() as session:
        assert session.execute(COUNT, {"what": "slow"}).scalar_one() == 1
    with pytest.raises(ConnectionRefusedError):
        get(port, "/healthz")


@pytest.mark.parametrize("name", ["worker", "clock"])
def test_a_process_that_is_told_to_end_does(
    start: Start, database_url: str, name: str, slack: LocalSlack
) -> None:
    app = slack.install(build_manifest())
    process = start("bot", name, env=environment(slack, app) | {"DATABASE_URL": database_url})
    process.wait_for_words("started")
    assert process.stop(*BOTH) == 0
    assert "Traceback" not in process.said


def test_run_over_http_ends_with_its_web_server(start: Start, port: int, fresh_database: str) -> None:
    env = TOKENS | {"DATABASE_URL": fresh_database, "PORT": str(port)}
    run = start("bot", "run", env=env)
    run.wait_for(lambda: is_healthy(port))
    below = run.descendants()
    assert run.stop(signal.SIGINT) == 0
    assert psutil.wait_procs(below, timeout=10)[1] == []

    again = start("bot", "run", env=env)
    again.wait_for(lambda: is_healthy(port))
    below = again.descendants()
    web = next(process for process in below if "web" in process.cmdline())
    web.send_signal(signal.SIGKILL)
    assert again.process.wait(20) == 1
    assert "the web server ended by itself" in again.said
    assert psutil.wait_procs(below, timeout=10)[1] == []


def test_run_outlives_its_killed_database(start: Start, home: Path, slack: LocalSlack) -> None:
    app = slack.install(build_manifest(), channels=["talk"])
    run = start("bot", "run", env=environment(slack, app) | {"STAYSAIL_HOME": str(home)})
    slack.wait_for(lambda: slack.connected(app.app_id), timeout=60)
    run.wait_for_words("started")
    for victims in ([find_process(home, "postgres", "-D")], postgres_of(home)):
        for process in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(victims, timeout=10)
        slack.wait_for(lambda: answers(slack), timeout=30)
    assert run.stop(*BOTH) == 0
    assert processes_on(home) == []


def postgres_of(home: Path) -> list[psutil.Process]:
    server = find_process(home, "postgres", "-D")
    return [server, *server.children(recursive=True)]


def answers(slack: LocalSlack) -> bool:
    """Whether the bot answers a command typed now."""
    before = len(slack.messages("talk", "maria"))
    sent = slack.command("maria", "talk", "/cs help")
    said = slack.messages("talk", "maria")[before:]
    return bool(sent["ok"] and said and "Something went wrong" not in str(said))


def wait_until_under_way(sessions: sessionmaker[Session]) -> None:
    """Return when a deed's transaction is open."""
    idle = text(
        "select 1 from pg_stat_activity where datname = current_database() "
        "and state = 'idle in transaction' and query like 'insert into import_run%'"
    )
    with sessions() as session:
        while session.execute(idle).first() is None:
            session.rollback()
