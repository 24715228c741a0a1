"""POST /api/<method>: reads the arguments, then faults, token, scope and limits, then the method itself."""

import asyncio
import json
import socket
import struct

from aiohttp import web

from playground.server.api.method import METHODS, Call, Method
from playground.server.errors import SlackError
from playground.server.faults import Fault
from playground.server.kinds import Json
from playground.server.slack import Slack
from playground.server.state import App

BOT_SCOPES_HEADER = "X-OAuth-Scopes"


class ApiRoute:
    """Answers Web API calls for one local Slack."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Returns Slack's answer, or breaks the connection when a fault says so."""
        name = request.match_info["method"]
        args = await read_arguments(request)
        fault = self.slack.faults.take(name, args)
        if fault is None:
            return self._respond(request, name, args)
        return await self._suffer(request, name, args, fault)

    async def _suffer(self, request: web.Request, name: str, args: Json, fault: Fault) -> web.StreamResponse:
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return self._respond(request, name, args)
        app = self._app(request, args)
        if fault.kind == "lost_answer":
            self._respond(request, name, args)
            return _hang_up(request)
        status = {"reset_before": 0, "ratelimited": 429}.get(fault.kind, fault.status)
        error = {"reset_before": "connection_reset", "ratelimited": "ratelimited"}.get(
            fault.kind, "internal_error"
        )
        self._record(app, name, args, status, error)
        if fault.kind == "reset_before":
            return _reset(request)
        headers = {"Retry-After": str(fault.retry_after)} if fault.kind == "ratelimited" else {}
        return web.json_response({"ok": False, "error": error}, status=status, headers=headers)

    def _respond(self, request: web.Request, name: str, args: Json) -> web.Response:
        app = self._app(request, args)
        headers: dict[str, str] = {}
        status = 200
        try:
            body = self._run(request, name, args, app)
        except SlackError as error:
            body = error.body()
            if wait := body.pop("retry_after", 0):
                status, headers["Retry-After"] = 429, str(wait)
        self._record(app, name, args, status, "" if body["ok"] else body["error"])
        if app is not None and app.scopes is not None:
            headers[BOT_SCOPES_HEADER] = ",".join(app.scopes)
        return web.json_response(body, status=status, headers=headers)

    def _run(self, request: web.Request, name: str, args: Json, app: App | None) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        if method.token != "none":
            self._authorize(request, args, method, app)
        wait = self.slack.limits.wait_for(app.id if app else "", name, method.tier, args)
        if wait:
            raise SlackError("ratelimited", retry_after=wait)
        if app is not None and method.scopes:
            _check_scope(app, method)
        return {"ok": True, **method.run(self.slack, Call(app=app, args=args))}

    def _authorize(self, request: web.Request, args: Json, method: Method, app: App | None) -> None:
        token = _token(request, args)
        if not token:
            raise SlackError("not_authed")
        if app is None:
            raise SlackError("invalid_auth")
        wanted = app.app_token if method.token == "app" else app.bot_token
        if token != wanted:
            raise SlackError("not_allowed_token_type")

    def _app(self, request: web.Request, args: Json) -> App | None:
        return self.slack.app_by_token(_token(request, args))

    def _record(self, app: App | None, name: str, args: Json, status: int, error: str) -> None:
        self.slack.journal.record(
            at=self.slack.clock(),
            app=app.id if app else "",
            method=name,
            args=args,
            status=status,
            error=error,
        )
        self.slack.live.wake()


async def read_arguments(request: web.Request) -> Json:
    """Returns the call's arguments from the query and from a JSON or form body, the body's winning."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        raw = await request.read()
        try:
            # Clients send a JSON content type with nothing in the body when there is nothing to say.
            body = json.loads(raw) if raw.strip() else {}
        except ValueError:
            body = {}
        if isinstance(body, dict):
            args |= body
    elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return args


def _check_scope(app: App, method: Method) -> None:
    if app.scopes is not None and not set(method.scopes) & set(app.scopes):
        raise SlackError("missing_scope", needed=",".join(method.scopes), provided=",".join(app.scopes))


def _token(request: web.Request, args: Json) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else str(args.get("token") or "")


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _reset(request: web.Request) -> web.StreamResponse:
    # With linger at zero the kernel sends a reset rather than a polite end.
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()
