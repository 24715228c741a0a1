"""Slack over HTTP: a door in front of Bolt that turns away what is not Slack's before it costs work."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import structlog
from alembic.runtime.migration import MigrationContext
from slack_bolt import App
from slack_bolt.request import BoltRequest
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.answering import answer_delivery
from bot.db.engine import create_sessions
from bot.db.migrate import head_revision
from bot.mail.unsubscribing import PATH as UNSUBSCRIBE_PATH
from bot.mail.unsubscribing import Unsubscribing

log = structlog.get_logger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

#: Slack's own payloads stay far below; anything larger is not Slack.
LARGEST_BODY = 1_000_000
#: A request older than this may be a replay (Slack's own rule).
OLDEST_SECONDS = 300
SLACK_PATH = "/slack/events"
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
# Bolt has headers of its own that steer it; nobody outside may set them.
_HEADERS = {
    "CONTENT_TYPE": "content-type",
    "HTTP_X_SLACK_REQUEST_TIMESTAMP": "x-slack-request-timestamp",
    "HTTP_X_SLACK_SIGNATURE": "x-slack-signature",
    "HTTP_X_SLACK_RETRY_NUM": "x-slack-retry-num",
    "HTTP_X_SLACK_RETRY_REASON": "x-slack-retry-reason",
}
_NUMBER = re.compile(r"[0-9]{1,12}")


class Refused(Exception):
    """A request that gets this status and costs no more work."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Door:
    """The WSGI application: health, readiness, Slack's deliveries to Bolt, and the links in e-mails."""

    def __init__(self, engine: Engine, slack: App, signing_secret: str) -> None:
        self._engine = engine
        self._slack = slack
        self._secret = signing_secret.encode()
        self._unsubscribing = Unsubscribing(create_sessions(engine), signing_secret)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        try:
            if path == SLACK_PATH:
                return self._deliver(environ, start_response)
            if path == UNSUBSCRIBE_PATH:
                return self._unsubscribing(environ, start_response)
            if path == "/healthz":
                return _answer(start_response, 200, {"ok": True})
            if path == "/readyz":
                self._require_ready()
                return _answer(start_response, 200, {"ok": True})
            raise Refused(404, f"nothing here; Slack's deliveries go to {SLACK_PATH}")
        except Refused as refusal:
            if path == SLACK_PATH:
                log.info("web.refused", status=refusal.status, why=str(refusal))
            return _answer(start_response, refusal.status, {"error": str(refusal)})

    def _deliver(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") != "POST":
            raise Refused(405, "Slack delivers with POST")
        # What can be refused by its headers is refused before its body is waited for.
        stamp, signature = _read_stamp(environ), _read_signature(environ)
        body = _read_body(environ)
        expected = hmac.new(self._secret, b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={expected}", signature):
            raise Refused(401, "the signature does not fit the request")
        answer = answer_delivery(self._slack, _parse(environ, body))
        content = (answer.body or "").encode()
        headers = [(name, value) for name, values in answer.headers.items() for value in values]
        headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(_status_line(answer.status), [*headers, ("content-length", str(len(content)))])
        return [content]

    def _require_ready(self) -> None:
        """Raises Refused when Slack's deliveries could not be carried out."""
        try:
            with self._engine.connect() as connection:
                revision = MigrationContext.configure(connection).get_current_revision()
        except SQLAlchemyError as error:
            raise Refused(503, "the database cannot be reached") from error
        if revision != head_revision():
            raise Refused(503, "the database's schema is not this version's: run `staysail migrate`")


def _read_stamp(environ: Environ) -> str:
    """The time of the delivery as Slack wrote it. Raises Refused when it is none, or not now."""
    stamp: str = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
    if not _NUMBER.fullmatch(stamp):
        raise Refused(401, "the request has no usable timestamp")
    if abs(time.time() - int(stamp)) > OLDEST_SECONDS:
        raise Refused(401, "the request is more than five minutes off; is this machine's clock right?")
    return stamp


def _read_signature(environ: Environ) -> str:
    signature: str = environ.get("HTTP_X_SLACK_SIGNATURE", "")
    if not _SIGNATURE.fullmatch(signature):
        raise Refused(401, "the request has no usable signature")
    return signature


def _read_body(environ: Environ) -> bytes:
    """The whole body. Raises Refused when it is larger than LARGEST_BODY, having read no further."""
    length: str = environ.get("CONTENT_LENGTH") or ""
    if length and not _NUMBER.fullmatch(length):
        raise Refused(413 if length.isascii() and length.isdigit() else 400, "the body's length is unusable")
    if length and int(length) > LARGEST_BODY:
        raise Refused(413, "the body is larger than 1 MB")
    # A chunked body has no length: it is read until it ends or is too much.
    body: bytes = environ["wsgi.input"].read(int(length) if length else LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise Refused(413, "the body is larger than 1 MB")
    return body


def _parse(environ: Environ, body: bytes) -> BoltRequest:
    """The delivery as Bolt takes it. Raises Refused when a signed body is not what Slack sends."""
    headers = {name: environ[key] for key, name in _HEADERS.items() if environ.get(key)}
    try:
        return BoltRequest(body=body.decode(), query=environ.get("QUERY_STRING", ""), headers=headers)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(400, "the body is neither JSON nor a form in UTF-8") from error


def _status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _answer(start_response: StartResponse, status: int, document: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(document).encode()
    headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
    start_response(_status_line(status), headers)
    return [body]
