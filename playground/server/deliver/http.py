"""Signed HTTP: the requests Slack makes to an app's request URLs."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import aiohttp

from playground.server.deliver.answer import Answer
from playground.server.kinds import Clock, Json
from playground.server.manifest import section
from playground.server.settings import Settings
from playground.server.state import App

USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
# Failures as X-Slack-Retry-Reason names them.
REASONS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "http_timeout"),
    (aiohttp.ClientConnectorSSLError, "ssl_error"),
    (aiohttp.TooManyRedirects, "too_many_redirects"),
    (aiohttp.ClientConnectionError, "connection_failed"),
)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Returns Slack's v0 signature of a request body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def request_url(app: App, kind: str, payload: Json) -> str:
    """Returns where Slack sends `kind` for this app; empty when the manifest has no URL for it."""
    if app.request_url:
        return app.request_url
    interactivity = section(app.manifest, "settings", "interactivity")
    if kind == "events_api":
        return str(section(app.manifest, "settings", "event_subscriptions").get("request_url") or "")
    if kind == "slash_commands":
        urls = (c.get("url") for c in app.commands if c.get("command") == payload.get("command"))
        return str(next(urls, "") or "")
    if payload.get("type") == "block_suggestion":
        return str(interactivity.get("message_menu_options_url") or interactivity.get("request_url") or "")
    return str(interactivity.get("request_url") or "")


class SignedHttp:
    """Makes the requests. One connection pool, closed with the server."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.session: aiohttp.ClientSession | None = None

    async def deliver(self, app: App, kind: str, payload: Json, headers: dict[str, str]) -> Answer:
        """Sends one request and waits for its answer, 3 s at most."""
        url = request_url(app, kind, payload)
        if not url:
            return Answer(error="dispatch_failed", reason="connection_failed")
        body, content_type = _encode(kind, payload)
        timestamp = str(int(self.clock()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": USER_AGENT,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(app.signing_secret, timestamp, body),
            **headers,
        }
        try:
            return await self._post(url, body, headers)
        except (aiohttp.ClientError, TimeoutError, ValueError) as failure:
            reason = next((word for kind_, word in REASONS if isinstance(failure, kind_)), "unknown_error")
            error = "operation_timeout" if reason == "http_timeout" else "dispatch_failed"
            return Answer(error=error, reason=reason)

    async def close(self) -> None:
        """Closes the connection pool."""
        if self.session is not None:
            await self.session.close()

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self.session is None:
            self.session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=self.settings.ack_seconds)
        async with self.session.post(url, data=body, headers=headers, timeout=timeout) as response:
            text = await response.text()
            if not 200 <= response.status < 300:
                final = response.headers.get("X-Slack-No-Retry") == "1"
                return Answer(error="dispatch_failed", reason="http_error", final=final)
            return Answer(payload=_decode(response.content_type, text))


def _encode(kind: str, payload: Json) -> tuple[bytes, str]:
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _decode(content_type: str, text: str) -> Any:
    if not text:
        return None
    if content_type == "application/json":
        return json.loads(text)
    return text
