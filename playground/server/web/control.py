"""What tests and tools do to the local Slack: POST /_control/…"""

from dataclasses import asdict

from aiohttp import web

from playground.server import events, rooms
from playground.server.errors import SlackError
from playground.server.install import install_app, installed_json
from playground.server.kinds import Json
from playground.server.seed import DEFAULT_WORKSPACE
from playground.server.slack import Slack
from playground.server.state import App, Channel
from playground.server.web.answers import body_of, done

# A clock further off than this (ten years) is a mistake.
FURTHEST = 10 * 366 * 86400


class Control:
    """Routes /_control/…; a refusal is HTTP 400 with `{"ok": false, "error": code, "detail": …}`."""

    def __init__(self, slack: Slack, workspace: Json) -> None:
        self.slack = slack
        self.workspace = workspace

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        add = app.router.add_post
        add("/_control/workspace", self.load)
        add("/_control/reset", self.reset)
        add("/_control/apps", self.install)
        app.router.add_get("/_control/apps", self.apps)
        app.router.add_delete("/_control/apps/{app}", self.uninstall)
        add("/_control/fault", self.fault)
        app.router.add_delete("/_control/fault", self.clear_faults)
        app.router.add_get("/_control/journal", self.journal)
        add("/_control/archive", self.archive)
        add("/_control/kick", self.kick)
        add("/_control/invite", self.invite)
        add("/_control/event", self.event)
        add("/_control/limits", self.limits)
        add("/_control/disconnect", self.disconnect)
        add("/_control/clock", self.clock)

    async def load(self, request: web.Request) -> web.Response:
        """Starts over with another workspace."""
        workspace = await body_of(request)
        self.slack.reset(workspace)
        self.workspace = workspace
        return done(team=self.slack.state.team)

    async def reset(self, request: web.Request) -> web.Response:
        """Starts over with the workspace the server began with."""
        self.slack.reset(self.workspace or DEFAULT_WORKSPACE)
        return done()

    async def install(self, request: web.Request) -> web.Response:
        """Installs an app, or updates an installed one."""
        app = install_app(self.slack.state, self.slack.ids, await body_of(request))
        self.slack.live.send({"type": "app", "app_id": app.id, "connected": app.mode == "http"})
        return web.json_response(installed_json(app))

    async def apps(self, request: web.Request) -> web.Response:
        """Returns the installed apps with their tokens: whoever can ask this is on this machine."""
        return done(apps=[installed_json(app) for app in self.slack.state.apps.values()])

    async def uninstall(self, request: web.Request) -> web.Response:
        """Removes an app; its tokens stop working and its messages stay."""
        app = self._app(request.match_info["app"])
        del self.slack.state.apps[app.id]
        self.slack.state.users[app.bot_user_id].deleted = True
        await self.slack.sockets.disconnect(app.id, "link_disabled")
        self.slack.live.send({"type": "app", "app_id": app.id, "connected": False})
        return done()

    async def fault(self, request: web.Request) -> web.Response:
        """Makes coming calls fail."""
        return done(fault=asdict(self.slack.faults.add(await body_of(request))))

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Ends all faults."""
        self.slack.faults.clear()
        return done()

    async def journal(self, request: web.Request) -> web.Response:
        """Returns the calls apps made."""
        since = request.query.get("since", "0")
        if not since.isdigit():
            raise SlackError("invalid_arguments", detail="since must be a number")
        return done(entries=self.slack.journal.since(int(since)), last=self.slack.journal.count)

    async def archive(self, request: web.Request) -> web.Response:
        """Archives a channel."""
        channel = self._channel(await body_of(request))
        rooms.archive(self.slack, channel, channel.creator)
        return done()

    async def kick(self, request: web.Request) -> web.Response:
        """Takes somebody, or an app's bot, out of a channel."""
        body = await body_of(request)
        rooms.remove_member(self.slack, self._channel(body), self._user(body))
        return done()

    async def invite(self, request: web.Request) -> web.Response:
        """Brings somebody, or an app's bot, into a channel."""
        body = await body_of(request)
        rooms.add_member(self.slack, self._channel(body), self._user(body))
        return done()

    async def event(self, request: web.Request) -> web.Response:
        """Delivers any event to an app, whether it subscribed or not, and returns the payload sent."""
        body = await body_of(request)
        app = self._app(body.get("app"))
        if not isinstance(body.get("event"), dict) or "type" not in body["event"]:
            raise SlackError("invalid_arguments", detail="event must be an object with a type")
        payload = events.envelope(self.slack, app, body["event"])
        self.slack.spawn(self.slack.dispatch.deliver_event(app, payload))
        return done(payload=payload)

    async def limits(self, request: web.Request) -> web.Response:
        """Changes limits and lifetimes, and returns them all."""
        self.slack.settings.change(await body_of(request))
        return done(limits=asdict(self.slack.settings))

    async def disconnect(self, request: web.Request) -> web.Response:
        """Makes an app's sockets go: `{"app", "reason": "warning" | "refresh_requested" | "abort"}`."""
        body = await body_of(request)
        app = self._app(body.get("app"))
        reason = body.get("reason", "refresh_requested")
        if reason not in ("warning", "refresh_requested", "abort"):
            raise SlackError("invalid_arguments", detail="reason: warning, refresh_requested or abort")
        await self.slack.sockets.disconnect(app.id, reason)
        return done()

    async def clock(self, request: web.Request) -> web.Response:
        """Moves this Slack's clock: `{"ahead": seconds}`, forward only; answers with what it is now."""
        ahead = (await body_of(request)).get("ahead")
        if isinstance(ahead, bool) or not isinstance(ahead, (int, float)) or abs(ahead) > FURTHEST:
            raise SlackError("invalid_arguments", detail="ahead must be a number of seconds")
        self.slack.move_clock(float(ahead))
        return done(ahead=self.slack.ahead, now=self.slack.clock())

    def _app(self, app_id: object) -> App:
        app = self.slack.state.apps.get(app_id) if isinstance(app_id, str) else None
        if app is None:
            raise SlackError("app_not_found", detail=f"installed: {sorted(self.slack.state.apps)}")
        return app

    def _channel(self, body: Json) -> Channel:
        channel = rooms.find_channel(self.slack, body.get("channel"))
        if channel is None:
            raise SlackError("channel_not_found", detail=f"no channel {body.get('channel')!r}")
        return channel

    def _user(self, body: Json) -> str:
        return rooms.get_user(self.slack, body.get("user")).id
