"""A person's hands: writing, clicking and looking in a local Slack, from any thread."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from playground.server import rooms
from playground.server.errors import Refused
from playground.server.kinds import Json
from playground.server.people import acting, modals, reactions, shortcuts, writing
from playground.server.shapes import view_json
from playground.server.slack import Slack
from playground.server.state import Channel
from playground.server.web.page import messages_for
from playground.thread import Started

Result = TypeVar("Result")


class Hands:
    """What a person can do and see. People and channels are named by id or by name.

    Deeds that Slack can refuse return `{"ok": True, …}` or `{"ok": False, "error": sentence}`, as the page
    gets them.
    """

    def __init__(self, started: Started) -> None:
        self._started = started
        self.slack: Slack = started.running.slack

    def say(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        """Writes a message, or runs a command; returns `{"ok": True, "ts": …}`."""

        async def work() -> Json:
            message = await writing.send(
                self.slack, self._user(user), self._channel(channel).id, text, thread_ts
            )
            return {"ts": message.ts if message else None}

        return self._try(work())

    def command(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        """Runs a slash command, such as `/weather Oslo`, and waits for its acknowledgement."""
        return self.say(user, channel, text, thread_ts)

    def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        block_id: str = "",
        state: Json | None = None,
        **chosen: Any,
    ) -> Json:
        """Clicks a button of a message, or sets a menu or picker: `selected_option={…}`."""

        async def work() -> Json:
            container = {"type": "message", "channel": self._channel(channel).id, "message_ts": ts}
            action = {"action_id": action_id, **chosen}
            await acting.act(self.slack, self._user(user), container, block_id, action, _state(state))
            return {}

        return self._try(work())

    def click_view(
        self,
        user: str,
        action_id: str,
        *,
        view_id: str = "",
        block_id: str = "",
        state: Json | None = None,
        **chosen: Any,
    ) -> Json:
        """Clicks in the person's open modal, or in the view (such as a Home tab) of `view_id`."""

        async def work() -> Json:
            container = {"type": "view", "view_id": view_id or self._top(user)}
            action = {"action_id": action_id, **chosen}
            await acting.act(self.slack, self._user(user), container, block_id, action, _state(state))
            return {}

        return self._try(work())

    def options(self, user: str, container: Json, action_id: str, typed: str, block_id: str = "") -> Json:
        """Returns what an external select suggests for what was typed."""
        return self._try(acting.options(self.slack, self._user(user), container, block_id, action_id, typed))

    def submit(self, user: str, values: Json | None = None, *, view_id: str = "") -> Json:
        """Submits the person's open modal; errors come as `{"ok": False, "errors": {block_id: text}}`."""

        async def work() -> Json:
            view = view_id or self._top(user)
            errors = await modals.submit(self.slack, self._user(user), view, values or {})
            return {"ok": False, "errors": errors} if errors else {}

        return self._try(work())

    def close(self, user: str, *, view_id: str = "", everything: bool = False) -> Json:
        """Closes the person's open modal."""

        async def work() -> Json:
            view = view_id or self._top(user)
            await modals.close(self.slack, self._user(user), view, everything=everything)
            return {}

        return self._try(work())

    def modal(self, user: str) -> Json | None:
        """Returns the modal the person sees."""

        def look() -> Json | None:
            view = self.slack.modals.top(self._user(user))
            return view_json(self.slack.state, view) if view else None

        return self._do(look)

    def open_home(self, user: str, app_id: str, tab: str = "home") -> None:
        """Opens an app's Home (or Messages) tab: the app gets app_home_opened."""
        self._do(lambda: modals.open_home(self.slack, self._user(user), app_id, tab))

    def home(self, user: str, app_id: str) -> Json | None:
        """Returns what the app published on this person's Home tab."""

        def look() -> Json | None:
            view = self.slack.state.homes.get(f"{app_id} {self._user(user)}")
            return view_json(self.slack.state, view) if view else None

        return self._do(look)

    def shortcut(
        self, user: str, app_id: str, callback_id: str, channel: str = "", message_ts: str = ""
    ) -> Json:
        """Uses a global shortcut, or a message shortcut on a message."""

        async def work() -> Json:
            where = self._channel(channel).id if channel else ""
            await shortcuts.use_shortcut(self.slack, self._user(user), app_id, callback_id, where, message_ts)
            return {}

        return self._try(work())

    def react(self, user: str, channel: str, ts: str, name: str, *, add: bool = True) -> None:
        """Adds or takes back a reaction; raises SlackError as the Web API would."""

        def work() -> None:
            message = self._channel(channel).messages[ts]
            reactions.react(self.slack, message, self._user(user), name, add=add)

        self._do(work)

    def messages(self, channel: str, as_: str | None = None, thread_ts: str = "") -> list[Json]:
        """Returns a channel's messages (or a thread's), oldest first; with the ephemerals of `as_`."""
        return self._do(
            lambda: messages_for(
                self.slack, self._channel(channel), self._user(as_) if as_ else "", thread_ts
            )
        )

    def dm(self, user: str, other: str) -> str:
        """Returns the id of the direct message between two users; a bot's is its bot_user_id."""
        return self._do(lambda: rooms.open_dm(self.slack, [self._user(user), self._user(other)]).id)

    def _do(self, work: Callable[[], Result]) -> Result:
        async def run() -> Result:
            return work()

        return self._started.call(run())

    def _try(self, work: Coroutine[Any, Any, Json]) -> Json:
        async def run() -> Json:
            try:
                return {"ok": True, **await work}
            except Refused as refused:
                return {"ok": False, "error": str(refused)}

        return self._started.call(run())

    def _channel(self, name: str) -> Channel:
        channel = rooms.find_channel(self.slack, name)
        if channel is None:
            raise LookupError(f"no channel {name!r}; there are {sorted(self.slack.state.channels)}")
        return channel

    def _user(self, name: str) -> str:
        users = self.slack.state.users
        found = name if name in users else next((u.id for u in users.values() if u.name == name), None)
        if found is None:
            raise LookupError(f"no user {name!r}; there are {sorted(users)}")
        return found

    def _top(self, user: str) -> str:
        view = self.slack.modals.top(self._user(user))
        return view.id if view else ""


def _state(state: Json | None) -> Json:
    return {"values": state} if state else {}
