"""A prepared demo at work: the local Slack, the bot in it, and the database, until told to stop."""

import contextlib
import json
import secrets
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from bot.cli.opening import Opened
from bot.db.embedded import EmbeddedPostgres
from bot.db.revival import kept_running
from bot.demo.children import STOP_SECONDS, Child, ChildFailed, watch
from bot.demo.company import Company
from bot.demo.controls import offered
from bot.demo.demo_clock import DemoClock
from bot.demo.place import Place, Ready
from bot.demo.turning import Turning
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
    """The processes of a demo. ``say`` shows a line to the person who started it. A made-up company's days
    can be turned; a team's own data have none to come."""

    def __init__(
        self,
        opened: Opened,
        server: EmbeddedPostgres,
        place: Place,
        ready: Ready,
        company: Company | None,
        port: int,
        say: Callable[[str], None],
    ) -> None:
        self._opened = opened
        self._server = server
        self._place = place
        self._ready = ready
        self._company = company
        self._port = port
        self._address = f"http://{HOST}:{port}"
        self._say = say
        self._stop = Stop(STOP_SECONDS)
        self._tokens = {
            "app_id": APP_ID,
            "bot_token": f"xoxb-playground-{secrets.token_hex(12)}",
            "app_token": f"xapp-1-{APP_ID}-{secrets.token_hex(16)}",
            "signing_secret": secrets.token_hex(16),
        }
        self._clock = DemoClock(place.folder, opened.team.zone, self._move_slack)
        self._slack = Child("The local Slack", [], place.folder / "slack.log")
        self._bot = Child("The bot", ["-m", "bot", "run"], place.folder / "bot.log", self._environment())
        self._turning: Turning | None = None
        if company:
            self._turning = Turning(
                sessions=opened.sessions,
                team=opened.team,
                place=place,
                ready=ready,
                company=company,
                clock=self._clock,
                is_at_work=self._is_connected,
            )

    def run(self) -> None:
        """Run until SIGTERM or SIGINT. Raises UserError when a process of the demo cannot be kept alive."""
        self._stop.listen()
        half_turned = self._place.find_turning() is not None
        self._clock.begin(
            None if half_turned else date.fromisoformat(self._ready.ends_on) + timedelta(days=1)
        )
        with self._opened.sessions.begin() as session:
            # What could not be shown in the last session's Slack may be shown in this one's.
            revive_dead_messages(session)
        try:
            with kept_running(self._server, self._stop), self._offering() as controls:
                self._run(controls)
        except ChildFailed as error:
            raise UserError(str(error)) from error
        finally:
            self._say("Stopping…")
            if self._turning:
                self._turning.stop()
            self._clock.remember()
            self._bot.stop()
            self._slack.stop()
        if self._stop.problem is not None:
            raise UserError(self._stop.problem)

    def _run(self, controls: str) -> None:
        def start_slack() -> None:
            self._slack.command = self._build_slack_command(controls)
            self._slack.start()

        start_slack()
        # At the same time: it asks for Slack again until it is there.
        self._bot.start()
        self._wait_for_slack()
        self._wait_for_bot()
        if self._turning:
            self._turning.resume()
        self._greet()
        watch({self._slack: start_slack, self._bot: self._bot.start}, self._stop, self._say, self._look)

    def _look(self) -> None:
        self._clock.remember()
        if self._turning:
            self._turning.follow()

    @contextmanager
    def _offering(self) -> Iterator[str]:
        """Inside the block the days can be turned from the local Slack; yields where, empty when none can."""
        if self._turning is None:
            yield ""
            return
        with offered(self._turning.describe, self._turning.press) as controls:
            yield controls

    def _build_slack_command(self, controls: str) -> list[str]:
        app = {"manifest": build_manifest(), "mode": "socket", **self._tokens}
        self._place.app.touch(mode=0o600)
        self._place.app.write_text(json.dumps(app), encoding="utf-8")
        place = self._place
        options = {
            "--port": str(self._port),
            "--workspace": str(place.workspace),
            "--state": str(place.conversation),
            "--app": str(place.app),
            "--ahead": str(self._clock.ahead.total_seconds()),
            "--controls": controls,
        }
        return ["-m", "playground", *(f"{name}={value}" for name, value in options.items() if value)]

    def _wait_for_slack(self) -> None:
        """Return when the local Slack listens. Raises ChildFailed when it does not."""
        deadline = time.monotonic() + START_PATIENCE
        # Its own word, since whoever answers at the address may be another.
        while f"at {self._address}" not in self._slack.said:
            if self._slack.has_ended:
                raise ChildFailed(f"The local Slack did not start: {self._slack.said.strip()[-300:]}")
            if time.monotonic() > deadline:
                raise ChildFailed(f"The local Slack does not start; its log says why: {self._slack.log}")
            if self._stop.wait(0.05):
                return

    def _wait_for_bot(self) -> None:
        """Return when the bot is connected: whoever follows the greeting asks it at once."""
        deadline = time.monotonic() + START_PATIENCE
        while not self._is_connected() and time.monotonic() < deadline:
            if self._bot.has_ended or self._stop.wait(0.05):
                return

    def _is_connected(self) -> bool:
        reader = json.loads(self._place.workspace.read_text(encoding="utf-8"))["users"][0]["id"]
        try:
            with urllib.request.urlopen(f"{self._address}/_page/state?as={reader}", timeout=10) as answer:
                apps = json.load(answer)["apps"]
        except (OSError, ValueError, KeyError):
            return False
        return any(app["app_id"] == APP_ID and app["connected"] for app in apps)

    def _move_slack(self, ahead: timedelta) -> None:
        body = json.dumps({"ahead": ahead.total_seconds()}).encode()
        request = urllib.request.Request(f"{self._address}/_control/clock", body)
        # One that is away just now is told when it is started again.
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=10):
            pass

    def _environment(self) -> dict[str, Any]:
        return {
            "DATABASE_URL": self._server.url_of(self._place.database),
            "SLACK_API_BASE_URL": f"{self._address}/api/",
            "SLACK_BOT_TOKEN": self._tokens["bot_token"],
            "SLACK_APP_TOKEN": self._tokens["app_token"],
            "SLACK_SIGNING_SECRET": self._tokens["signing_secret"],
            "STAYSAIL_CLOCK": str(self._clock.file),
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
        if self._company:
            self._say(STORY)
        self._say(f"Logs are in {self._place.folder}. Ctrl-C stops everything.\n")


#: How to see what happens when nobody acts.
STORY = (
    "[bold]Next day[/] at the top of the page brings the next morning. Acme Robotics, which is well today, "
    "falls at once: acknowledge\nits alert and then do nothing, and see who is asked, and who is told. It "
    "recovers after about ten days."
)


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
