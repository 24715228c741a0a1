"""What apps reach by address rather than by method: their WebSocket, response URLs and uploads."""

from aiohttp import web

from playground.server.api.route import read_arguments
from playground.server.errors import SlackError
from playground.server.files import fill
from playground.server.people.respond import respond
from playground.server.slack import Slack


class Links:
    """Routes /link, /response and /upload."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        app.router.add_get("/link/", self.link)
        app.router.add_post("/response/{app}/{number}/{key}", self.response)
        app.router.add_post("/upload/{key}", self.upload)

    async def link(self, request: web.Request) -> web.StreamResponse:
        """Serves an app's Socket Mode connection, given a fresh ticket."""
        app_id = self.slack.sockets.use_ticket(request.query.get("ticket", ""))
        if app_id is None:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=403)
        ws = web.WebSocketResponse(heartbeat=30)
        await ws.prepare(request)
        self.slack.spawn(self._announce(app_id))
        try:
            await self.slack.sockets.serve(app_id, ws, request.transport)
        finally:
            connected = self.slack.sockets.is_connected(app_id)
            self.slack.live.send({"type": "app", "app_id": app_id, "connected": connected})
        return ws

    async def _announce(self, app_id: str) -> None:
        self.slack.live.send({"type": "app", "app_id": app_id, "connected": True})

    async def response(self, request: web.Request) -> web.Response:
        """Takes an app's answer to an interaction."""
        args = await read_arguments(request)
        if isinstance(args.get("payload"), str):
            args = {"blocks": args["payload"]} if args["payload"].startswith("[") else args
        error, status = "", 200
        try:
            respond(self.slack, self.slack.tickets.use_response_url(request.match_info["key"]), args)
        except SlackError as refused:
            error = refused.code
            status = 404 if error in ("expired_url", "used_url", "app_not_found") else 400
        self.slack.journal.record(
            at=self.slack.clock(),
            app=request.match_info["app"],
            method="response_url",
            args=args,
            status=status,
            error=error,
        )
        self.slack.live.wake()
        if error:
            return web.json_response({"ok": False, "error": error}, status=status)
        return web.Response(text="ok")

    async def upload(self, request: web.Request) -> web.Response:
        """Takes a file's bytes, raw or as a form's first file."""
        file = self.slack.state.files.get(request.match_info["key"].partition("-")[0])
        if file is None or file.data:
            return web.Response(status=404, text="no such upload\n")
        if request.content_type == "multipart/form-data":
            part = next((p for p in (await request.post()).values() if isinstance(p, web.FileField)), None)
            data = part.file.read() if part else b""
        else:
            data = await request.read()
        if len(data) != file.length:
            return web.Response(status=400, text=f"length mismatch: told {file.length}, got {len(data)}\n")
        fill(self.slack, file, data)
        return web.Response(text=f"OK - {len(data)}")
