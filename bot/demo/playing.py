"""A prepared demo at work: the local Slack, the bot in it, and the database, until told to stop."""

import json
import secrets
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import date
from typing import Any

from bot.cli.opening import Opened
from bot.db.embedded import EmbeddedPostgres
from bot.db.revival import kept_running
from bot.demo.children import STOP_SECONDS, Child, ChildFailed, watch
from bot.demo.place import Place, Ready
from bot.errors import UserError
from bot.manifest import build_manifest
from bot.messages import revive_dead_messages
from bot.stopping import Stop

APP_ID = "A0STAYSAIL"
HOST = "127.0.0.1"
#: A demo that was killed needs a moment to let go of its port.
PORT_PATIENCE = 3.0
START_PATIENCE = 20.0


class Playground:
    """The processes of a demo. ``say`` shows a line to the person who started it."""

    def __init__(
        self,
        opened: Opened,
        server: EmbeddedPostgres,
        place: Place,
        ready: Ready,
        port: int,
        say: Callable[[str], None],
    ) -> None:
        self._opened = opened
        self._server = server
        self._place = place
        self._ready = ready
        self._address = f"http://{HOST}:{port}"
        self._say = say
        self._stop = Stop(STOP_SECONDS)
        self._tokens = {
            "app_id": APP_ID,
            "bot_token": f"xoxb-playground-{secrets.token_hex(12)}",
            "app_token": f"xapp-1-{APP_ID}-{secrets.token_hex(16)}",
            "signing_secret": secrets.token_hex(16),
        }
        files = ["--workspace", str(place.workspace), "--state", str(place.conversation)]
        self._slack = Child(
            "The local Slack",
            ["-m", "playground", "--port", str(port), *files],
            place.folder / "slack.log",
        )
        self._bot = Child("The bot", ["-m", "bot", "run"], place.folder / "bot.log", self._environment())

    def run(self) -> None:
        """Run until SIGTERM or SIGINT. Raises UserError when a process of the demo cannot be kept alive."""
        self._stop.listen()
        with self._opened.sessions.begin() as session:
            # What could not be shown in the last session's Slack may be shown in this one's.
            revive_dead_messages(session)
        try:
            with kept_running(self._server, self._stop):
                self._start_slack()
                self._start_bot()
                self._greet()
                watch({self._slack: self._start_slack, self._bot: self._bot.start}, self._stop, self._say)
        except ChildFailed as error:
            raise UserError(str(error)) from error
        finally:
            self._say("Stopping…")
            self._bot.stop()
            self._slack.stop()
        if self._stop.problem is not None:
            raise UserError(self._stop.problem)

    def _start_slack(self) -> None:
        """Start the local Slack and install the app in it, with the tokens that the bot was given."""
        self._slack.start()
        deadline = time.monotonic() + START_PATIENCE
        # Its own word, since whoever answers at the address may be another.
        while f"at {self._address}" not in self._slack.said:
            if self._slack.has_ended:
                raise ChildFailed(f"The local Slack did not start: {self._slack.said.strip()[-300:]}")
            if time.monotonic() > deadline:
                raise ChildFailed(f"The local Slack does not start; its log says why: {self._slack.log}")
            if self._stop.wait(0.05):
                return
        self._install()

    def _start_bot(self) -> None:
        """Start the bot, and return when it is connected: whoever follows the greeting asks it at once."""
        self._bot.start()
        deadline = time.monotonic() + START_PATIENCE
        while not self._is_connected() and time.monotonic() < deadline:
            if self._bot.has_ended or self._stop.wait(0.05):
                return

    def _is_connected(self) -> bool:
        reader = json.loads(self._place.workspace.read_text(encoding="utf-8"))["users"][0]["id"]
        with urllib.request.urlopen(f"{self._address}/_page/state?as={reader}", timeout=10) as answer:
            apps = json.load(answer)["apps"]
        return any(app["app_id"] == APP_ID and app["connected"] for app in apps)

    def _install(self) -> None:
        body = json.dumps({"manifest": build_manifest(), "mode": "socket", **self._tokens}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._address}/_control/apps", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=10):
                return
        except urllib.error.HTTPError as error:
            raise ChildFailed(f"The local Slack refused the app: {error.read().decode()[:300]}") from error
        except OSError as error:
            raise ChildFailed(f"The local Slack did not take the app: {error}") from error

    def _environment(self) -> dict[str, Any]:
        return {
            "DATABASE_URL": self._server.url_of(self._place.database),
            "SLACK_API_BASE_URL": f"{self._address}/api/",
            "SLACK_BOT_TOKEN": self._tokens["bot_token"],
            "SLACK_APP_TOKEN": self._tokens["app_token"],
            "SLACK_SIGNING_SECRET": self._tokens["signing_secret"],
            "STAYSAIL_DAYS_BACK": str(self._ready.compute_days_back(self._opened.today())),
        }

    def _greet(self) -> None:
        last = date.fromisoformat(self._ready.ends_on)
        self._say(
            f"\n[bold green]Staysail is at work:[/] [bold]{self._address}[/]  (data up to {last:%d %b %Y})"
        )
        channel = self._opened.team.alerts_channel
        self._say(
            f"Choose who you are, look into {channel}, type [bold]/cs score[/] and a name, open the App Home."
        )
        self._say(f"Logs are in {self._place.folder}. Ctrl-C stops everything.\n")


def choose_port(port: int) -> int:
    """The port to listen on; any free one for 0. Raises UserError when it is taken."""
    deadline = time.monotonic() + PORT_PATIENCE
    while True:
        with socket.socket() as probe:
            # As the server will ask for it: a connection of the last demo that is closing is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
                chosen: int = probe.getsockname()[1]
                return chosen
            except OSError as error:
                if time.monotonic() > deadline:
                    raise UserError(
                        f"Port {port} is taken, perhaps by another demo (http://{HOST}:{port}). "
                        f"Choose another: staysail demo --port {port + 1 if port < 65535 else 0}"
                    ) from error
        time.sleep(0.1)
