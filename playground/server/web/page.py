"""What the page reads: people, channels, messages, Home tabs and files; and the page itself."""

import asyncio
import base64
import json
from pathlib import Path

from aiohttp import web

from playground.server import rooms
from playground.server.errors import Refused
from playground.server.kinds import Json
from playground.server.live import Page
from playground.server.manifest import section
from playground.server.people.payloads import get_person
from playground.server.posting import thread_root
from playground.server.shapes import page_message, view_json
from playground.server.slack import Slack
from playground.server.state import App, Channel, Message, User

PAGE = Path(__file__).resolve().parents[2] / "page"
# Types a browser may show in place; the rest is downloaded, so that an upload cannot run as a page of ours.
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "application/pdf"})


class PageReads:
    """Routes GET / and GET /_page/…"""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        app.router.add_get("/", self.index)
        app.router.add_static("/static/", PAGE, append_version=False)
        app.on_response_prepare.append(_ask_again)
        app.router.add_get("/archives/{channel}/{message}", self.permalink)
        app.router.add_get("/_page/people", self.people)
        app.router.add_get("/_page/state", self.state)
        app.router.add_get("/_page/messages", self.messages)
        app.router.add_get("/_page/home", self.home)
        app.router.add_get("/_page/views", self.views)
        app.router.add_get("/_page/file/{id}", self.file)
        app.router.add_get("/_page/live", self.live)

    async def index(self, request: web.Request) -> web.StreamResponse:
        """Returns the page."""
        index = PAGE / "index.html"
        if not index.exists():
            return web.Response(text="The local Slack is running; it has no page here.\n")
        return web.FileResponse(index, headers={"Cache-Control": "no-cache"})

    async def permalink(self, request: web.Request) -> web.StreamResponse:
        """Leads from a message's permalink to the page; who reads it picks themselves there."""
        channel, message = request.match_info["channel"], request.match_info["message"].removeprefix("p")
        raise web.HTTPFound(f"/#/-/{channel}/{message[:-6]}.{message[-6:]}")

    async def people(self, request: web.Request) -> web.Response:
        """Returns the team and everybody in it."""
        users = [person_json(user) for user in self.slack.state.users.values() if not user.deleted]
        return web.json_response({"team": self.slack.state.team, "users": users})

    async def state(self, request: web.Request) -> web.Response:
        """Returns what one person's page begins with."""
        slack = self.slack
        me = get_person(slack, request.query.get("as"))
        channels = [
            page_channel(slack, channel, me)
            for channel in slack.state.channels.values()
            if rooms.can_see(slack, channel, me.id) and not channel.is_archived
        ]
        return web.json_response(
            {
                "team": slack.state.team,
                "me": person_json(me),
                "channels": channels,
                "apps": [page_app(slack, app) for app in slack.state.apps.values()],
                "users": {user.id: person_json(user) for user in slack.state.users.values()},
                "send_escaped": True,
                "now": slack.clock(),
                "controls": slack.controls.shown,
            }
        )

    async def messages(self, request: web.Request) -> web.Response:
        """Returns a channel's messages (or one thread's), oldest first, with the person's ephemerals."""
        slack, query = self.slack, request.query
        me = get_person(slack, query.get("as"))
        channel = seen_channel(slack, query.get("channel"), me)
        return web.json_response(
            {"messages": messages_for(slack, channel, me.id, query.get("thread_ts", ""))}
        )

    async def home(self, request: web.Request) -> web.Response:
        """Returns the person's Home tab of an app."""
        me = get_person(self.slack, request.query.get("as"))
        view = self.slack.state.homes.get(f"{request.query.get('app')} {me.id}")
        return web.json_response({"view": view_json(self.slack.state, view) if view else None})

    async def views(self, request: web.Request) -> web.Response:
        """Returns the modals the person has open, top last, so that a reload shows them again."""
        me = get_person(self.slack, request.query.get("as"))
        stack = self.slack.modals.stack(me.id)
        return web.json_response({"views": [view_json(self.slack.state, view) for view in stack]})

    async def file(self, request: web.Request) -> web.Response:
        """Returns an uploaded file's bytes."""
        file = self.slack.state.files.get(request.match_info["id"])
        if file is None or not file.data:
            raise web.HTTPNotFound(text="There is no such file.\n")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        if file.mimetype not in SHOWN:
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=base64.b64decode(file.data), content_type=file.mimetype, headers=headers)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Sends one person's page each change, as it happens."""
        me = get_person(self.slack, request.query.get("as"))
        ws = web.WebSocketResponse(heartbeat=30)
        page = Page(user=me.id)
        # Listed before the greeting goes out, or a change made right after it could be missed.
        self.slack.live.pages.add(page)
        sender: asyncio.Task[None] | None = None
        try:
            await ws.prepare(request)
            sender = asyncio.create_task(_forward(page, ws))
            # The page says nothing here; reading is how its going is noticed.
            async for _ in ws:
                pass
        finally:
            self.slack.live.pages.discard(page)
            if sender is not None:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
        return ws


async def _ask_again(request: web.Request, response: web.StreamResponse) -> None:
    # Left to itself a browser keeps some files for days and mixes them with those of a newer version.
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-cache"


async def _forward(page: Page, ws: web.WebSocketResponse) -> None:
    while True:
        await ws.send_str(json.dumps(await page.frames.get()))


def person_json(user: User) -> Json:
    """Returns a person as the page draws them."""
    words = [word for word in user.real_name.replace("-", " ").split() if word[0].isalnum()]
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "display_name": user.display_name,
        "title": user.title,
        "tz": user.tz,
        "color": user.color,
        "initials": "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?",
        "is_bot": user.is_bot,
        "is_admin": user.is_admin,
        "is_guest": user.is_restricted or user.is_ultra_restricted,
        "is_external": user.is_stranger,
        "app_id": user.app_id or None,
    }


def page_channel(slack: Slack, channel: Channel, me: User) -> Json:
    """Returns a channel as the page lists it for one person."""
    other = next((m for m in channel.members if m != me.id), me.id) if channel.is_im else None
    is_member = me.id in channel.members
    return {
        "id": channel.id,
        "name": channel.name,
        "is_im": channel.is_im,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private,
        "is_general": channel.is_general,
        "user": other,
        "topic": channel.topic,
        "purpose": channel.purpose,
        "members": channel.members,
        "unread": _unread(channel, me.id) if is_member else 0,
        "last_read": channel.last_read.get(me.id, ""),
        "is_member": is_member,
        "assistant": channel.assistant,
    }


def page_app(slack: Slack, app: App) -> Json:
    """Returns an app as the page lists it."""
    about = section(app.manifest, "display_information")
    return {
        "app_id": app.id,
        "name": app.name,
        "bot_user_id": app.bot_user_id,
        "description": about.get("description", ""),
        "color": about.get("background_color"),
        "connected": app.mode == "http" or slack.sockets.is_connected(app.id),
        "home": app.has_home,
        "commands": [
            {
                "command": command.get("command", ""),
                "description": command.get("description", ""),
                "usage_hint": command.get("usage_hint", ""),
            }
            for command in app.commands
        ],
        "shortcuts": app.shortcuts,
    }


def messages_for(slack: Slack, channel: Channel, reader: str, thread_ts: str) -> list[Json]:
    """Returns a channel's messages (or one thread's), oldest first, with this reader's ephemerals."""
    thread_ts = thread_root(channel, thread_ts)
    found = [m for m in channel.messages.values() if _shown_in(thread_ts, m)]
    mine = (m for m in channel.ephemerals.values() if reader and m.ephemeral_to == reader)
    found += [m for m in mine if m.thread_ts == thread_ts]
    return [page_message(slack.state, message) for message in sorted(found, key=lambda m: m.ts)]


def seen_channel(slack: Slack, channel_id: object, me: User) -> Channel:
    """Returns a channel this person may look at; raises Refused."""
    channel = rooms.find_channel(slack, channel_id)
    if channel is None or not rooms.can_see(slack, channel, me.id):
        raise Refused("You are not in this conversation. Pick one from the list on the left.")
    return channel


def _unread(channel: Channel, user: str) -> int:
    read = channel.last_read.get(user, "")
    messages = (m for m in channel.messages.values() if m.ts > read and m.user != user)
    return sum(1 for m in messages if not m.thread_ts or m.thread_ts == m.ts or m.reply_broadcast)


def _shown_in(thread_ts: str, message: Message) -> bool:
    if thread_ts:
        return message.thread_ts == thread_ts
    return message.thread_ts in ("", message.ts) or message.reply_broadcast
