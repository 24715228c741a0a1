"""Slack over HTTP: a door in front of Bolt that turns away what is not Slack's before it costs work."""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.app import Parts
from bot.db.migrate import is_current

log = structlog.get_logger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

#: Slack's own payloads stay far below; anything larger is not Slack.
LARGEST_BODY = 1_000_000
#: A request older than this may be a replay (Slack's own rule).
OLDEST_SECONDS = 300
SLACK_PATH = "/slack/events"
STATUS = {
    200: "200 OK",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    411: "411 Length Required",
    413: "413 Content Too Large",
    503: "503 Service Unavailable",
}


class Refused(Exception):
    """A request that gets this status and costs no more work."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Door:
    """The WSGI application: health, readiness, and Slack's deliveries to Bolt."""

    def __init__(self, parts: Parts, slack: App | None) -> None:
        self._parts = parts
        self._slack = SlackRequestHandler(slack, path=SLACK_PATH) if slack else None
        secret = parts.settings.slack_signing_secret
        self._verifier = SignatureVerifier(secret.get_secret_value()) if secret else None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/healthz":
            return _answer(start_response, 200, {"ok": True})
        if path == "/readyz":
            return self._readiness(start_response)
        if path != SLACK_PATH or self._slack is None:
            return _answer(
                start_response, 404, {"error": f"nothing here; Slack's deliveries go to {SLACK_PATH}"}
            )
        try:
            self._admit(environ)
        except Refused as refusal:
            log.info("web.refused", status=refusal.status, why=str(refusal))
            return _answer(start_response, refusal.status, {"error": str(refusal)})
        return self._slack(environ, start_response)

    def _admit(self, environ: Environ) -> None:
        """Read and verify a delivery; its body is then in memory for Bolt. Raises Refused."""
        if environ.get("REQUEST_METHOD") != "POST":
            raise Refused(405, "Slack delivers with POST")
        body = _read_body(environ)
        if self._verifier is None:
            raise Refused(401, "SLACK_SIGNING_SECRET is not set, so no delivery can be trusted")
        stamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
        signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            raise Refused(401, "the request has no usable timestamp")
        if abs(time.time() - int(stamp)) > OLDEST_SECONDS:
            raise Refused(401, "the request is older than five minutes")
        if not self._verifier.is_valid(body=body, timestamp=stamp, signature=signature):
            raise Refused(401, "the signature does not fit the request")

    def _readiness(self, start_response: StartResponse) -> Iterable[bytes]:
        try:
            with self._parts.engine.connect() as connection:
                connection.execute(text("select 1"))
            ready = is_current(self._parts.url)
        except SQLAlchemyError:
            return _answer(start_response, 503, {"ok": False, "error": "the database cannot be reached"})
        if not ready:
            return _answer(start_response, 503, {"ok": False, "error": "run `staysail migrate`"})
        return _answer(start_response, 200, {"ok": True})


def _read_body(environ: Environ) -> bytes:
    """The body, at most LARGEST_BODY bytes; put back for whoever reads it next. Raises Refused."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not length.isdigit():
        raise Refused(400, "the Content-Length header is not a number")
    if length and int(length) > LARGEST_BODY:
        raise Refused(413, "the body is larger than 1 MB")
    # Without a length the body is read up to the limit and no further.
    wanted = int(length) if length else LARGEST_BODY + 1
    body: bytes = environ["wsgi.input"].read(wanted)
    if len(body) > LARGEST_BODY:
        raise Refused(413, "the body is larger than 1 MB")
    environ["wsgi.input"] = _Kept(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return body


class _Kept:
    """A body already read, as Bolt's adapter reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def read(self, size: int = -1) -> bytes:
        return self._body if size < 0 else self._body[:size]


def _answer(start_response: StartResponse, status: int, document: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(document).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(STATUS[status], headers)
    return [body]
