"""LocalSlack: a local Slack in a background thread, and a person's hands to use it from a test."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from playground.hands import Hands
from playground.server import events, posting, rooms
from playground.server.errors import SlackError
from playground.server.install import install_app, installed_json
from playground.server.kinds import Clock, Json
from playground.server.settings import Settings
from playground.thread import Started

Result = TypeVar("Result")
ASK_AGAIN = 0.05


@dataclass(frozen=True, slots=True)
class Installed:
    """An installed app's credentials."""

    app_id: str
    bot_id: str
    bot_user_id: str
    bot_token: str
    app_token: str
    signing_secret: str


class LocalSlack(Hands):
    """A running local Slack. Every call is thread-safe and returns when the deed is done."""

    @classmethod
    def start(
        cls,
        workspace: Json | None = None,
        *,
        port: int = 0,
        state_file: Path | None = None,
        settings: Settings | None = None,
        clock: Clock = time.time,
        controls: str = "",
    ) -> Self:
        """Returns a local Slack listening on 127.0.0.1: a context manager, or stopped by hand."""
        return cls(
            Started(
                port=port,
                workspace=workspace,
                state_file=state_file,
                settings=settings or Settings(),
                clock=clock,
                apps=[],
                controls=controls,
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops the server; a second call does nothing."""
        self._started.stop()

    @property
    def url(self) -> str:
        """Returns the page's address."""
        return self.slack.base_url

    @property
    def api_url(self) -> str:
        """Returns what a WebClient takes as base_url."""
        return f"{self.slack.base_url}/api/"

    def install(
        self,
        manifest: Json,
        mode: str = "socket",
        request_url: str = "",
        *,
        channels: Sequence[str] = (),
        **given: str,
    ) -> Installed:
        """Installs an app from its manifest, or updates it; `given` fixes ids and tokens.

        The bot is put into `channels`, without an event, as if it had always been there.
        """
        wanted = {"manifest": manifest, "mode": mode, "request_url": request_url, "channels": [*channels]}
        wanted |= given

        def work() -> Json:
            app = install_app(self.slack.state, self.slack.ids, wanted)
            self.slack.live.send({"type": "app", "app_id": app.id, "connected": app.mode == "http"})
            return installed_json(app)

        shape = self._do(work)
        return Installed(**{name: shape[name] for name in Installed.__slots__})

    def wait_for(self, predicate: Callable[[], Result], timeout: float = 10) -> Result:
        """Returns the first true value of `predicate`, asked again after each change; raises TimeoutError."""
        live = self.slack.live
        deadline = time.monotonic() + timeout
        while True:
            version = live.version
            if found := predicate():
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not within {timeout} s; the last calls: {self.journal()[-5:]}")
            with live.changed:
                # What the predicate looks at may also change outside, where nobody wakes us.
                live.changed.wait_for(partial(live.moved_on, version), min(left, ASK_AGAIN))

    def journal(self, method: str = "", since: int = 0) -> list[Json]:
        """Returns the Web API calls apps made, oldest first; of one method when named."""
        entries = self._do(lambda: self.slack.journal.since(since))
        return [entry for entry in entries if method in ("", entry["method"])]

    def faults(self, kind: str, **details: Any) -> None:
        """Makes coming Web API calls fail; see `Fault` for kinds and details."""
        self._do(lambda: self.slack.faults.add({"kind": kind, **details}))

    def clear_faults(self) -> None:
        """Ends all faults."""
        self._do(self.slack.faults.clear)

    def limits(self, **changed: Any) -> Json:
        """Changes limits and lifetimes (see `Settings`) and returns them all."""

        def work() -> Json:
            self.slack.settings.change(changed)
            return asdict(self.slack.settings)

        return self._do(work)

    def move_clock(self, ahead: float) -> None:
        """Moves the time that messages are dated by to so many seconds ahead of the machine's; never back."""
        self._do(lambda: self.slack.move_clock(ahead))

    def archive(self, channel: str) -> None:
        """Archives a channel."""
        self._do(lambda: rooms.archive(self.slack, self._channel(channel), self._channel(channel).creator))

    def invite(self, channel: str, user: str) -> None:
        """Brings somebody, or an app's bot, into a channel."""
        self._do(lambda: rooms.add_member(self.slack, self._channel(channel), self._user(user)))

    def kick(self, channel: str, user: str) -> None:
        """Takes somebody, or an app's bot, out of a channel."""
        self._do(lambda: rooms.remove_member(self.slack, self._channel(channel), self._user(user)))

    def delete(self, channel: str, ts: str) -> None:
        """Deletes a message, as an administrator may."""

        def work() -> None:
            message = posting.find_message(self._channel(channel), ts)
            if message is None:
                raise SlackError("message_not_found")
            posting.delete(self.slack, message)

        self._do(work)

    def event(self, app_id: str, event: Json) -> Json:
        """Delivers any event to an app, with Slack's retries, and returns the payload."""

        def work() -> Json:
            app = self.slack.state.apps[app_id]
            payload = events.envelope(self.slack, app, event)
            self.slack.spawn(self.slack.dispatch.deliver_event(app, payload))
            return payload

        return self._do(work)

    def connected(self, app_id: str) -> int:
        """Returns how many Socket Mode connections the app has."""
        return self._do(lambda: self.slack.sockets.count(app_id))

    def disconnect(self, app_id: str, reason: str = "refresh_requested") -> None:
        """Makes the app's sockets go: `warning`, `refresh_requested` or `abort`."""
        self._started.call(self.slack.sockets.disconnect(app_id, reason))
