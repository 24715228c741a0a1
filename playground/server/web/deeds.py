"""What the page does for a person: POST /_page/…"""

from aiohttp import web

from playground.server import files, posting, rooms
from playground.server.errors import Refused
from playground.server.kinds import Json
from playground.server.people import acting, modals, shortcuts, writing
from playground.server.people.payloads import get_person
from playground.server.people.reactions import react
from playground.server.shapes import file_json
from playground.server.slack import Slack
from playground.server.web.answers import body_of, done
from playground.server.web.page import seen_channel


class PageDeeds:
    """Routes POST /_page/…; each answers `{"ok": true}` or `{"ok": false, "error": sentence}`."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        for name in (
            "send",
            "action",
            "options",
            "view_submit",
            "view_close",
            "home_opened",
            "shortcut",
            "reaction",
            "read",
            "open_dm",
            "join",
            "dismiss",
            "upload",
            "control",
        ):
            app.router.add_post(f"/_page/{name}", getattr(self, name))

    async def control(self, request: web.Request) -> web.Response:
        """Presses a button of the control bar."""
        await self.slack.controls.press(_text(await body_of(request), "button"))
        return done()

    async def send(self, request: web.Request) -> web.Response:
        """Posts a message or runs a command."""
        body = await body_of(request)
        message = await writing.send(
            self.slack,
            _text(body, "as"),
            _text(body, "channel"),
            _text(body, "text"),
            _text(body, "thread_ts"),
            is_escaped=body.get("escaped") is True,
        )
        return done(ts=message.ts if message else None)

    async def action(self, request: web.Request) -> web.Response:
        """Clicks or chooses."""
        body = await body_of(request)
        await acting.act(
            self.slack,
            _text(body, "as"),
            _object(body, "container"),
            _text(body, "block_id"),
            _object(body, "action"),
            _object(body, "state"),
        )
        return done()

    async def options(self, request: web.Request) -> web.Response:
        """Returns an external select's suggestions."""
        body = await body_of(request)
        found = await acting.options(
            self.slack,
            _text(body, "as"),
            _object(body, "container"),
            _text(body, "block_id"),
            _text(body, "action_id"),
            _text(body, "value"),
        )
        return done(**found)

    async def view_submit(self, request: web.Request) -> web.Response:
        """Submits a modal."""
        body = await body_of(request)
        values = _object(body, "state").get("values") or {}
        errors = await modals.submit(self.slack, _text(body, "as"), _text(body, "view_id"), values)
        return web.json_response({"ok": False, "errors": errors}) if errors else done()

    async def view_close(self, request: web.Request) -> web.Response:
        """Closes a modal, or all of them."""
        body = await body_of(request)
        await modals.close(
            self.slack, _text(body, "as"), _text(body, "view_id"), everything=bool(body.get("all"))
        )
        return done()

    async def home_opened(self, request: web.Request) -> web.Response:
        """Tells the app its Home or Messages tab was opened."""
        body = await body_of(request)
        modals.open_home(
            self.slack,
            _text(body, "as"),
            _text(body, "app"),
            "messages" if body.get("tab") == "messages" else "home",
        )
        return done()

    async def shortcut(self, request: web.Request) -> web.Response:
        """Uses a shortcut."""
        body = await body_of(request)
        await shortcuts.use_shortcut(
            self.slack,
            _text(body, "as"),
            _text(body, "app"),
            _text(body, "callback_id"),
            _text(body, "channel"),
            _text(body, "message_ts"),
        )
        return done()

    async def reaction(self, request: web.Request) -> web.Response:
        """Adds or takes back a reaction."""
        body = await body_of(request)
        me = get_person(self.slack, body.get("as"))
        channel = seen_channel(self.slack, body.get("channel"), me)
        message = channel.messages.get(_text(body, "ts"))
        if message is None:
            raise Refused("This message is not there any more. Reload the page.")
        react(self.slack, message, me.id, _text(body, "name").strip(":"), add=bool(body.get("add", True)))
        return done()

    async def read(self, request: web.Request) -> web.Response:
        """Notes how far a person has read."""
        body = await body_of(request)
        me = get_person(self.slack, body.get("as"))
        channel = seen_channel(self.slack, body.get("channel"), me)
        channel.last_read[me.id] = max(channel.last_read.get(me.id, ""), _text(body, "ts"))
        self.slack.live.touch()
        return done()

    async def open_dm(self, request: web.Request) -> web.Response:
        """Returns the direct message with somebody, opened when there was none."""
        body = await body_of(request)
        me = get_person(self.slack, body.get("as"))
        other = self.slack.state.users.get(_text(body, "user"))
        if other is None:
            raise Refused("There is no such person in this workspace.")
        return done(channel=rooms.open_dm(self.slack, [me.id, other.id]).id)

    async def join(self, request: web.Request) -> web.Response:
        """Joins a public channel."""
        body = await body_of(request)
        me = get_person(self.slack, body.get("as"))
        rooms.add_member(self.slack, seen_channel(self.slack, body.get("channel"), me), me.id)
        return done()

    async def dismiss(self, request: web.Request) -> web.Response:
        """Dismisses an ephemeral message, as "Dismiss message" does."""
        body = await body_of(request)
        me = get_person(self.slack, body.get("as"))
        channel = seen_channel(self.slack, body.get("channel"), me)
        message = channel.ephemerals.get(_text(body, "ts"))
        if message is not None and message.ephemeral_to == me.id:
            posting.delete(self.slack, message)
        return done()

    async def upload(self, request: web.Request) -> web.Response:
        """Takes a file a person put into a modal's file input and returns it as Slack describes files."""
        me = get_person(self.slack, request.query.get("as"))
        name = request.query.get("name") or "file"
        file = files.keep(self.slack, name, me.id, await request.read())
        return done(file=file_json(file))


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _object(body: Json, name: str) -> Json:
    value = body.get(name)
    return value if isinstance(value, dict) else {}
