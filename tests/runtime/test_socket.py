"""Socket Mode: nothing acknowledged is lost, and a dead connection is noticed."""

import select
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from bot import socket as connecting
from bot.app import build_parts
from bot.config import ConfigError, Settings, TeamConfig
from bot.manifest import build_manifest
from bot.socket import Socket
from playground import Installed, LocalSlack
from tests.runtime.deeds import COUNT, build_deed_app

WORKSPACE = {
    "users": [{"id": "UMARIA", "name": "maria"}],
    "channels": [{"id": "C1", "name": "talk", "members": ["UMARIA"]}],
}
PING = 0.05


@dataclass
class Scene:
    """A local Slack and the application, to be connected by the test."""

    slack: LocalSlack
    app: Installed
    socket: Socket
    sessions: sessionmaker[Session]
    dead: threading.Event

    def connect(self) -> None:
        self.socket.connect()
        self.slack.wait_for(lambda: self.slack.connected(self.app.app_id) == 1)

    def do(self, name: str) -> None:
        assert self.slack.command("maria", "talk", f"/deed {name}")["ok"]

    def count(self, name: str) -> int:
        with self.sessions() as session:
            return int(session.execute(COUNT, {"what": name}).scalar_one())


@pytest.fixture
def scene(database_url: str, sessions: sessionmaker[Session]) -> Iterator[Scene]:
    manifest = build_manifest()
    manifest["features"]["slash_commands"] += [
        {"command": "/deed", "description": "d"},
        {"command": "/nobody", "description": "d"},
    ]
    manifest["settings"]["event_subscriptions"]["bot_events"].append("app_mention")
    with LocalSlack.start(WORKSPACE) as slack:
        app = slack.install(manifest, channels=["talk"])
        settings = Settings(slack_bot_token=app.bot_token, slack_api_base_url=slack.api_url)
        parts = build_parts(settings, TeamConfig(), database_url)
        dead = threading.Event()
        connection = Socket(build_deed_app(parts), app.app_token, ping_seconds=PING, on_dead=dead.set)
        yield Scene(slack, app, connection, sessions, dead)
        connection.stop()
        parts.engine.dispose()


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "abort"])
def test_after_a_disconnect_it_comes_back_and_what_was_acked_is_done(scene: Scene, reason: str) -> None:
    scene.connect()
    scene.do("before")
    scene.slack.disconnect(scene.app.app_id, reason)
    scene.slack.wait_for(lambda: scene.slack.connected(scene.app.app_id) == 1)
    scene.do("after")
    assert (scene.count("before"), scene.count("after")) == (1, 1)


def test_an_event_under_way_when_the_connection_goes_is_done_once(scene: Scene) -> None:
    scene.connect()
    scene.slack.limits(event_retry_factor=0.001)
    for number in range(5):
        scene.slack.event(
            scene.app.app_id, {"type": "app_mention", "user": "UMARIA", "text": f"event{number}"}
        )
        scene.slack.disconnect(scene.app.app_id, "abort" if number % 2 else "refresh_requested")
    scene.slack.wait_for(lambda: all(scene.count(f"event{number}") == 1 for number in range(5)))


def test_what_nobody_listens_to_is_acknowledged(scene: Scene) -> None:
    scene.connect()
    assert scene.slack.command("maria", "talk", "/nobody")["ok"]
    said = scene.slack.wait_for(lambda: scene.slack.messages("talk", "maria"))
    assert "I do not know /nobody" in said[-1]["text"]


def test_sixteen_slow_deeds_run_at_once(scene: Scene) -> None:
    scene.connect()
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda n: scene.slack.command("maria", "talk", f"/deed d{n} 1"), range(16)))
    # One after the other, or in a pool of five, most would miss Slack's three seconds.
    assert [result for result in results if not result["ok"]] == []


def test_a_stop_waits_for_what_runs_and_takes_nothing_more(scene: Scene) -> None:
    scene.connect()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(scene.slack.command, "maria", "talk", "/deed slow 0.7")
        _wait_until_under_way(scene.sessions)
        stopping = pool.submit(scene.socket.stop)
        assert stopping.result(8) is True
        assert slow.result(8)["ok"]
    assert scene.count("slow") == 1
    assert scene.slack.command("maria", "talk", "/deed late")["ok"] is False
    assert scene.count("late") == 0


def test_a_stop_does_not_wait_for_ever(scene: Scene) -> None:
    scene.connect()
    with ThreadPoolExecutor(1) as pool:
        endless = pool.submit(scene.slack.command, "maria", "talk", "/deed endless 2")
        _wait_until_under_way(scene.sessions)
        assert scene.socket.stop(timeout=0.2) is False
        endless.result(8)


# slack_sdk leaves the socket of a handshake that timed out to be collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_connection_that_falls_silent_is_replaced(scene: Scene) -> None:
    with Cable(scene.socket) as cable:
        scene.connect()
        scene.do("before")
        cable.cut.set()
        # Slack still believes in the old connection; only the bot can notice.
        scene.slack.wait_for(lambda: cable.connections >= 2, timeout=20)
        cable.cut.clear()
        scene.slack.wait_for(lambda: scene.socket.client.is_connected())
        scene.slack.disconnect(scene.app.app_id, "abort")
        scene.slack.wait_for(lambda: scene.slack.connected(scene.app.app_id) == 1, timeout=20)
        scene.do("after")
    assert scene.count("after") == 1


def test_when_slack_stays_away_the_process_is_told_to_end(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "GIVE_UP_PINGS", 20)
    scene.connect()
    scene.slack.stop()
    assert scene.dead.wait(30)


def test_a_refused_token_is_explained(scene: Scene) -> None:
    scene.socket.client.app_token = "xapp-wrong"
    with pytest.raises(ConfigError, match="refuses SLACK_APP_TOKEN"):
        scene.socket.connect()
    scene.slack.stop()
    with pytest.raises(ConfigError, match="cannot be reached"):
        scene.socket.connect()


class Cable:
    """Lies between the bot and Slack; once `cut` is set nothing passes, and nobody is told."""

    def __init__(self, bot: Socket) -> None:
        self.cut = threading.Event()
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        issue = bot.client.issue_new_wss_url

        def through_here() -> str:
            address = urlsplit(issue())
            self._target = (address.hostname or "", address.port or 80)
            port = self._listener.getsockname()[1]
            return address._replace(netloc=f"127.0.0.1:{port}").geturl()

        bot.client.issue_new_wss_url = through_here  # type: ignore[method-assign]

    def __enter__(self) -> "Cable":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._carry, args=[near], daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._target) as far:
            while not self._ended.is_set():
                for ready in select.select([near, far], [], [], 0.05)[0]:
                    try:
                        data = ready.recv(65_536)
                        if not data:
                            return
                        if not self.cut.is_set():
                            (far if ready is near else near).sendall(data)
                    except OSError:
                        return


def _wait_until_under_way(sessions: sessionmaker[Session]) -> None:
    """Return when a deed's transaction is open."""
    idle = text(
        "select 1 from pg_stat_activity where datname = current_database() "
        "and state = 'idle in transaction' and query like 'insert into import_run%'"
    )
    with sessions() as session:
        while session.execute(idle).first() is None:
            session.rollback()
