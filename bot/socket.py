"""Slack over Socket Mode: no public address, the same listeners."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.request import BoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin import SocketModeClient, connection
from slack_sdk.socket_mode.builtin import client as builtin_client
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.answering import answer_delivery
from bot.app import LISTENER_THREADS
from bot.config import ConfigError

log = structlog.get_logger(__name__)

PING_SECONDS = 5.0
#: Slack is asked again for so long at the start: a machine that boots may not have its network yet.
PATIENCE_SECONDS, TRY_AGAIN_SECONDS = 5.0, 0.1
#: Silent for this many pings, the connection is replaced; for GIVE_UP_PINGS, the process had better end.
SILENT_PINGS = 6
GIVE_UP_PINGS = 120


class _Ears:
    """A socket that says so when the other side has hung up: slack_sdk takes an endless end for silence."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.closing = False

    def recv(self, size: int) -> bytes:
        data = self._sock.recv(size)
        if not data and not self.closing:
            raise ConnectionResetError("Slack hung up")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _Connection(connection.Connection):
    """A connection that notices its end, and ends at once."""

    def connect(self) -> None:
        super().connect()
        if self.sock is not None:
            self.sock = _Ears(self.sock)  # type: ignore[assignment]

    def disconnect(self) -> None:
        # slack_sdk waits up to three seconds for the reader, and hears nothing on the next connection
        # meanwhile; here the reader is woken.
        with contextlib.suppress(OSError, AttributeError):
            self.sock.closing = True  # type: ignore[union-attr]
            self.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
        # The reader may close the socket in the same instant, and slack_sdk then closes None.
        with contextlib.suppress(AttributeError):
            super().disconnect()


# The client makes its connections by this name and can be given no other.
builtin_client.Connection = _Connection  # type: ignore[attr-defined]


class Gate:
    """Counts deliveries under way, so that a stop can wait for them and refuse new ones."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._closed = False

    def enter(self) -> bool:
        """Whether one more may begin; `leave` must follow when it may."""
        with self._changed:
            if self._closed:
                return False
            self._running += 1
            return True

    def leave(self) -> None:
        """One has ended."""
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def close(self, timeout: float) -> bool:
        """Let no more in and wait for those inside. False when some were still running."""
        with self._changed:
            self._closed = True
            return self._changed.wait_for(lambda: self._running == 0, timeout)


class Socket(SocketModeHandler):
    """A connection to Slack that can be stopped without losing what it was given, and that does not stay
    silently dead: `on_dead` is called when Slack could not be reached for ten minutes."""

    def __init__(
        self,
        app: App,
        app_token: str,
        *,
        on_dead: Callable[[], None] | None = None,
        ping_seconds: float = PING_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        super().__init__(app, app_token, concurrency=LISTENER_THREADS, ping_interval=ping_seconds)
        self._gate = Gate()
        self._ping_seconds = ping_seconds
        self._patience = patience
        self._on_dead = on_dead
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="socket-watch", daemon=True)

    def connect(self) -> None:
        """Connect, and stay connected from now on. Raises ConfigError when Slack refuses, or is not there
        for some seconds."""
        deadline = time.monotonic() + self._patience
        while not self._try_to_connect(deadline):
            time.sleep(TRY_AGAIN_SECONDS)
        self._watcher.start()

    def _try_to_connect(self, deadline: float) -> bool:
        try:
            super().connect()  # type: ignore[no-untyped-call]
        except SlackApiError as error:
            raise ConfigError(
                f"Slack refuses SLACK_APP_TOKEN ({error.response.get('error')}): make an app-level token "
                "with the scope connections:write on the app's Basic Information page; it begins with xapp-"
            ) from error
        except OSError as error:
            if time.monotonic() < deadline:
                return False
            raise ConfigError(f"Slack cannot be reached ({error}): check the network") from error
        return True

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Answer one delivery. While stopping, none is taken: Slack gives it to another connection or
        sends it again."""
        if not self._gate.enter():
            return
        try:
            request = BoltRequest(mode="socket_mode", body=req.payload, headers=build_headers(req))
            answer = answer_delivery(self.app, request)
            payload = _payload_of(answer.body, answer.headers)
            client.send_socket_mode_response(SocketModeResponse(req.envelope_id, payload))
        except Exception:
            log.exception("socket.fault", kind=req.type)
        finally:
            self._gate.leave()

    def stop(self, timeout: float = 8.0) -> bool:
        """Take nothing more, finish what runs and what it still has to send, hang up. False when something
        was still running; it is then left to itself."""
        deadline = time.monotonic() + timeout
        self._stopping.set()
        finished = self._gate.close(timeout)
        later = self.app.listener_runner.listener_executor
        finished = _within(deadline, later.shutdown) and finished
        self._hang_up(deadline)
        return finished

    def _hang_up(self, deadline: float) -> None:
        self.client.auto_reconnect_enabled = False
        self.client.closed = True
        # Wakes the thread that reads the queue, which would otherwise notice the end a second later.
        self.client.message_queue.put(None)
        _within(deadline, self._close_client)

    def _close_client(self) -> None:
        # Right after a forced reconnect this can raise inside slack_sdk; nothing is left to lose then.
        with contextlib.suppress(Exception):
            self.client.close()

    def _watch(self) -> None:
        """Replace a connection that has fallen silent. slack_sdk notices most of them itself; not one that
        never answered a ping, nor the death of its own threads."""
        heard, due, last = time.time(), float(SILENT_PINGS), None
        while not self._stopping.wait(self._ping_seconds):
            session = self.client.current_session
            if session is not None and session.is_active() and session.last_ping_pong_time is not None:
                heard = max(heard, session.last_ping_pong_time)
            missed = (time.time() - heard) / self._ping_seconds
            if missed >= GIVE_UP_PINGS and self._on_dead is not None:
                self._on_dead()
                return
            if missed < SILENT_PINGS or session is not last:
                # A connection that has just been made gets the same time to be heard of.
                due, last = missed + SILENT_PINGS, session
            elif missed >= due:
                due = missed + SILENT_PINGS
                log.warning("socket.silent", seconds=round(time.time() - heard))
                self._reconnect()

    def _reconnect(self) -> None:
        try:
            self.client.connect_to_new_endpoint(force=True)
        except Exception as error:
            log.warning("socket.unreachable", problem=type(error).__name__)


def _within(deadline: float, work: Callable[[], object]) -> bool:
    """Whether the work ended before the deadline; it goes on in a thread of its own if not."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    return not thread.is_alive()


def _payload_of(body: str | None, headers: Mapping[str, Sequence[str]]) -> dict[str, object] | None:
    if not body:
        return None
    if headers.get("content-type", [""])[0].startswith("application/json"):
        document: dict[str, object] = json.loads(body)
        return document
    return {"text": body}
