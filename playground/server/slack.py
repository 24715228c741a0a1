"""The local Slack itself: its state and everything that acts on it, in one event loop and no locks."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any

from playground.server.controls import Controls
from playground.server.deliver.dispatch import Dispatch
from playground.server.deliver.http import SignedHttp
from playground.server.deliver.sockets import Sockets
from playground.server.deliver.tickets import Tickets
from playground.server.faults import Faults
from playground.server.ids import Ids
from playground.server.journal import Journal
from playground.server.kinds import Clock, Json
from playground.server.limits import Limits
from playground.server.live import Live
from playground.server.modals import Modals
from playground.server.seed import load_workspace
from playground.server.settings import Settings
from playground.server.state import App, State

log = logging.getLogger("playground")


class Slack:
    """One workspace and the apps in it. Not thread-safe: everything runs in the server's event loop."""

    def __init__(self, state: State, settings: Settings | None = None, clock: Clock = time.time) -> None:
        self.settings = settings or Settings()
        # Lifetimes and limits are counted on the clock given, which nobody moves: a trigger_id does not
        # expire because it is tomorrow all at once.
        self.steady = clock
        self.ahead: float | None = None
        self.base_url = "http://127.0.0.1"
        self.live = Live()
        self.faults = Faults()
        self.journal = Journal()
        self.tasks: set[asyncio.Task[None]] = set()
        self.sockets = Sockets(self.settings, clock)
        # Apps compare the time of a signature with their own.
        self.http = SignedHttp(self.settings, clock)
        self.controls = Controls(self.live)
        self.dispatch = Dispatch(self.sockets, self.http, self.settings)
        self.use(state)

    def use(self, state: State) -> None:
        """Replaces the whole state, forgetting open modals, trigger ids and counted calls."""
        self.state = state
        self.ids = Ids(state, self.clock)
        self.tickets = Tickets(self.ids, self.settings, self.steady)
        self.limits = Limits(self.settings, self.steady)
        self.modals = Modals()
        # Messages still to be posted, by id.
        self.scheduled: dict[str, Json] = {}

    def clock(self) -> float:
        """Returns what time it is in this Slack: messages and events are dated by it."""
        return self.steady() + (self.ahead or 0.0)

    def move_clock(self, ahead: float) -> None:
        """Sets by how many seconds this Slack is ahead of the machine, or behind below zero; never back."""
        self.ahead = ahead if self.ahead is None else max(self.ahead, ahead)
        self.live.send({"type": "clock", "now": self.clock()})

    def reset(self, workspace: Json) -> None:
        """Starts over from a workspace file, without apps, faults or journal."""
        self.use(load_workspace(workspace))
        self.faults.clear()
        self.journal = Journal()
        self.live.send({"type": "reload"})

    def spawn(self, work: Coroutine[Any, Any, object]) -> None:
        """Runs `work` in the background until it ends or the server stops."""

        async def run() -> None:
            try:
                await work
            except Exception:
                log.exception("background work failed")

        task = asyncio.get_running_loop().create_task(run())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def close(self) -> None:
        """Ends background work and every connection."""
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.controls.close()
        await self.sockets.close()
        await self.http.close()

    def app_by_token(self, token: str) -> App | None:
        """Returns the app a bot token or app-level token belongs to."""
        for app in self.state.apps.values():
            if token in (app.bot_token, app.app_token):
                return app
        return None

    def app_by_bot_user(self, user: str) -> App | None:
        """Returns the app whose bot user this is."""
        return next((app for app in self.state.apps.values() if app.bot_user_id == user), None)
