"""The whole application on a real database, in a local Slack it is connected to over either transport."""

import csv
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from blocks.moments import spell_out
from bot.app import Parts, build_parts, build_slack_app
from bot.config import Settings, TeamConfig
from bot.contents import build_builders
from bot.courier.runner import Courier
from bot.daily import run_daily
from bot.generator import generate
from bot.generator.troubles import Trouble
from bot.manifest import build_manifest
from bot.models import Account
from bot.socket import Socket
from bot.sources.importing import import_path
from bot.web import Door
from playground import Installed, LocalSlack
from playground.server.settings import Settings as SlackSettings
from tests.blocks.checks import find_elements

END = date(2026, 11, 21)
#: The morning after the last day of data, in winter: 06:00 in London.
MORNING = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
TEAM = TeamConfig(timezone="Europe/London")
#: Enough courage for a name: it calls everybody, formats, ends a tag, and is far too long.
HOSTILE = {
    "A00005": "<!channel> & *Bold* <b>Söhne</b> :tada: 🚢",
    "A00008": "<@U0KW7CRSRMA> " + "Endless " * 60,
}
TROUBLED = (1, 4, 7, 9)


def make_company(folder: Path) -> Path:
    """Forty accounts of which four collapse on the last day; two of those have names from hell."""
    troubles = [Trouble(number, "collapse", END) for number in TROUBLED]
    generate(folder, accounts=40, weeks=16, seed=3, end=END, troubles=troubles)
    path = folder / "accounts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["name"] = HOSTILE.get(row["id"], row["name"])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def read_people(folder: Path) -> list[dict[str, str]]:
    with (folder / "people.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Stage:
    """A local Slack, the application in it, and its database."""

    slack: LocalSlack
    app: Installed
    parts: Parts
    #: The Slack id of somebody of each role, and of a stranger.
    people: dict[str, str]

    @property
    def sessions(self) -> sessionmaker[Session]:
        return self.parts.sessions

    def import_company(self, folder: Path) -> None:
        with self.sessions.begin() as session:
            report = import_path(session, folder, recorded_on=END, now=MORNING, zone=TEAM.zone)
            assert not report.stopped, report.problems
            # Longer than the importer lets in: a name another source wrote.
            session.execute(
                update(Account).values(name=Account.name + "!" * 4000).where(Account.external_id == "A00008")
            )

    def run_daily(self) -> int:
        """The morning's run with the rules about scores, so that tests count what they mean to."""
        parts = self.parts
        rules = tuple(rule for rule in parts.rules if rule.name in ("fell_below_level", "score_drop"))
        return run_daily(parts.sessions, team=TEAM, models=parts.models, rules=rules, now=MORNING)

    def ask(self, user: str, text: str, channel: str = "cs-team") -> dict[str, Any]:
        """The private answer to a command."""
        before = len(self.slack.messages(channel, user))
        done = self.slack.command(user, channel, text)
        assert done["ok"], done
        return self.slack.wait_for(lambda: self.slack.messages(channel, user)[before:])[-1]

    def press(self, user: str, message: dict[str, Any], action_id: str) -> dict[str, Any]:
        """Click the button of a message, with the value it holds; the local Slack's verdict."""
        blocks = [
            *message.get("blocks", []),
            *(b for a in message.get("attachments", []) for b in a["blocks"]),
        ]
        button = next(found for found in find_elements(blocks) if found["action_id"] == action_id)
        return self.slack.click(user, message["channel"], message["ts"], action_id, value=button["value"])

    def alerts(self) -> list[dict[str, Any]]:
        """The alert messages in #cs-alerts."""
        return [m for m in self.slack.messages("cs-alerts") if m.get("attachments")]


def text_of(message: dict[str, Any]) -> str:
    """All the words of a message's blocks."""
    return spell_out("\n".join(_words(blocks_of(message))))


def blocks_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """A message's blocks, behind a bar of colour or not."""
    framed = (block for frame in message.get("attachments", []) for block in frame["blocks"])
    return [*message.get("blocks", []), *framed]


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value["text"]
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


@contextmanager
def open_stage(
    database_url: str, people: list[dict[str, str]], transport: str, *, now: Callable[[], datetime]
) -> Iterator[Stage]:
    """The application connected over ``socket`` or ``http``, its courier running."""
    users = [{"id": p["slack_id"], "name": p["email"].split("@")[0], "email": p["email"]} for p in people]
    users.append({"id": "USTRANGER", "name": "bob", "real_name": "Bob", "email": "bob@else.example"})
    members = [user["id"] for user in users]
    channels = [
        {"id": f"C{number}", "name": name, "members": members}
        for number, name in enumerate(("cs-alerts", "cs-team"), 1)
    ]
    quick = SlackSettings(posts_per_second=1000.0, posts_burst=1000, tier_factor=100.0)
    with ExitStack() as stack:
        slack = stack.enter_context(LocalSlack.start({"users": users, "channels": channels}, settings=quick))
        app = slack.install(build_manifest(), channels=["cs-alerts", "cs-team"])
        settings = Settings(
            slack_bot_token=SecretStr(app.bot_token),
            slack_signing_secret=SecretStr(app.signing_secret),
            slack_api_base_url=slack.api_url,
        )
        parts = build_parts(settings, TEAM, database_url, now=now)
        stack.callback(parts.engine.dispose)
        stack.enter_context(CONNECT[transport](slack, app, parts))
        courier = Courier(
            client=parts.client,
            sessions=parts.sessions,
            builders=build_builders(TEAM),
            listen_url=database_url,
            pace=0.02,
        )
        courier.start()
        stack.callback(courier.stop)
        roles = {person["role"]: person["slack_id"] for person in people}
        yield Stage(slack, app, parts, {**roles, "stranger": "USTRANGER"})


@contextmanager
def _over_socket(slack: LocalSlack, app: Installed, parts: Parts) -> Iterator[None]:
    bolt = build_slack_app(parts)
    socket = Socket(bolt, app.app_token)
    socket.connect()
    slack.wait_for(lambda: slack.connected(app.app_id))
    try:
        yield
    finally:
        # The client's reader sleeps for up to three seconds; a broken connection wakes it.
        socket.client.auto_reconnect_enabled = False
        slack.disconnect(app.app_id, "abort")
        socket.stop()
        bolt.listener_runner.listener_executor.shutdown()


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 256


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def _over_http(slack: LocalSlack, app: Installed, parts: Parts) -> Iterator[None]:
    bolt = build_slack_app(parts)
    door = Door(parts.engine, bolt, app.signing_secret)
    with make_server("127.0.0.1", 0, door, server_class=_Threaded, handler_class=_Quiet) as server:
        url = f"http://127.0.0.1:{server.server_port}/slack/events"
        kept = {"app_id": app.app_id, "bot_token": app.bot_token, "signing_secret": app.signing_secret}
        slack.install(build_manifest(request_url=url), mode="http", request_url=url, **kept)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            bolt.listener_runner.listener_executor.shutdown()


CONNECT = {"socket": _over_socket, "http": _over_http}
