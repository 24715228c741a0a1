"""One delivery to one app, by whichever way the app listens; and the retries of an event."""

import asyncio

from playground.server.deliver.answer import Answer
from playground.server.deliver.http import SignedHttp
from playground.server.deliver.sockets import Sockets
from playground.server.kinds import Json
from playground.server.settings import Settings
from playground.server.state import App

# Slack tries again at once, after a minute and after five, then gives the event up.
RETRY_WAITS = (0.0, 60.0, 300.0)


class Dispatch:
    """Chooses between Socket Mode and HTTP."""

    def __init__(self, sockets: Sockets, http: SignedHttp, settings: Settings) -> None:
        self.sockets = sockets
        self.http = http
        self.settings = settings

    async def deliver(self, app: App, kind: str, payload: Json) -> Answer:
        """Delivers a command (`slash_commands`) or an `interactive` payload, once, as Slack does."""
        if app.mode == "http":
            return await self.http.deliver(app, kind, payload, {})
        return await self.sockets.deliver(app, kind, payload, {"accepts_response_payload": True})

    async def deliver_event(self, app: App, payload: Json) -> Answer:
        """Delivers an event, up to four times, until the app acknowledges it or asks for no retry."""
        answer = await self._event(app, payload, 0, "")
        for attempt, wait in enumerate(RETRY_WAITS, start=1):
            if answer.acked or answer.final:
                break
            await asyncio.sleep(wait * self.settings.event_retry_factor)
            answer = await self._event(app, payload, attempt, answer.reason)
        return answer

    async def _event(self, app: App, payload: Json, attempt: int, reason: str) -> Answer:
        if app.mode == "http":
            headers = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason} if attempt else {}
            return await self.http.deliver(app, "events_api", payload, headers)
        extra = {"accepts_response_payload": False, "retry_attempt": attempt, "retry_reason": reason}
        return await self.sockets.deliver(app, "events_api", payload, extra)
