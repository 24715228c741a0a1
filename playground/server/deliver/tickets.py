"""Trigger ids and response URLs: rights an interaction gives an app, for a short time."""

from dataclasses import dataclass

from playground.server.errors import SlackError
from playground.server.ids import Ids, derived
from playground.server.kinds import Clock
from playground.server.settings import Settings


@dataclass(slots=True)
class Trigger:
    """The right to open one modal for `user`. `view_id` is the modal it came from, if any."""

    app: str
    user: str
    at: float
    view_id: str = ""
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """The right to answer an interaction; `source_ts` is the message it came from, if any."""

    app: str
    user: str
    channel: str
    at: float
    source_ts: str = ""
    source_ephemeral: bool = False
    thread_ts: str = ""
    uses: int = 0


class Tickets:
    """Issues both kinds and checks them when they come back."""

    def __init__(self, ids: Ids, settings: Settings, clock: Clock) -> None:
        self.ids = ids
        self.settings = settings
        self.clock = clock
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}

    def new_trigger(self, app: str, user: str, view_id: str = "") -> str:
        """Returns a trigger_id, valid for 3 s (Settings.trigger_seconds) and one use."""
        self._forget_old()
        number = self.ids.next_number("trigger")
        trigger_id = f"{int(self.clock() * 1000)}.{number}.{derived('trigger', str(number), 32)}"
        self.triggers[trigger_id] = Trigger(app=app, user=user, at=self.clock(), view_id=view_id)
        return trigger_id

    def use_trigger(self, app: str, trigger_id: object) -> Trigger:
        """Returns the trigger and spends it.

        Raises invalid_trigger_id (never issued to this app), expired_trigger_id, exchanged_trigger_id.
        """
        trigger = self.triggers.get(trigger_id) if isinstance(trigger_id, str) else None
        if trigger is None or trigger.app != app:
            raise SlackError("invalid_trigger_id")
        if self.clock() - trigger.at > self.settings.trigger_seconds:
            raise SlackError("expired_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, right: ResponseUrl) -> str:
        """Returns the path part of a response_url that grants `right`."""
        number = self.ids.next_number("response")
        key = derived("response", f"{number} {self.clock()}", 24)
        self.response_urls[key] = right
        return f"/response/{right.app}/{number}/{key}"

    def use_response_url(self, key: str) -> ResponseUrl:
        """Returns the right behind a response_url and counts the use; raises expired_url or used_url."""
        right = self.response_urls.get(key)
        if right is None or self.clock() - right.at > self.settings.response_url_seconds:
            raise SlackError("expired_url")
        if right.uses >= self.settings.response_url_uses:
            raise SlackError("used_url")
        right.uses += 1
        return right

    def _forget_old(self) -> None:
        # A minute past its end an id still answers "expired" rather than "invalid", as Slack's do.
        limit = self.clock() - self.settings.trigger_seconds - 60
        for key in [key for key, trigger in self.triggers.items() if trigger.at < limit]:
            del self.triggers[key]
        stale = self.clock() - self.settings.response_url_seconds
        for key in [key for key, right in self.response_urls.items() if right.at < stale]:
            del self.response_urls[key]
