"""Slack over Socket Mode: no public address, the same listeners."""

import contextlib
import json

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.app import LISTENER_THREADS, Gate

log = structlog.get_logger(__name__)


class Socket(SocketModeHandler):
    """A connection to Slack that can be stopped without losing what it was given."""

    def __init__(self, app: App, app_token: str) -> None:
        super().__init__(app, app_token, concurrency=LISTENER_THREADS)
        self._gate = Gate()

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Answer one delivery. While stopping, none is taken: Slack gives it to another connection or
        sends it again."""
        if not self._gate.enter():
            return
        try:
            answer = run_bolt_app(self.app, req)
            payload = _payload_of(answer.body, answer.headers)
            # What no listener wants is answered too: without an answer the person sees a time-out.
            client.send_socket_mode_response(SocketModeResponse(req.envelope_id, payload))
        except Exception:
            log.exception("socket.fault", kind=req.type)
        finally:
            self._gate.leave()

    def stop(self, timeout: float = 8.0) -> bool:
        """Take nothing more, finish what runs, close. False when something was still running."""
        finished = self._gate.close(timeout)
        # Closing right after a forced reconnect can raise inside slack_sdk; nothing is left to lose then.
        with contextlib.suppress(Exception):
            self.client.close()
        return finished


def _payload_of(body: str | None, headers: dict[str, list[str]]) -> dict[str, object] | None:
    if not body:
        return None
    if headers.get("content-type", [""])[0].startswith("application/json"):
        document: dict[str, object] = json.loads(body)
        return document
    return {"text": body}
