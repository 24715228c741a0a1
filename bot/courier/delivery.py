"""One errand: look where it goes, build what it shows, and make Slack show it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from sqlalchemy.orm import Session, sessionmaker

from bot.courier.guests import Guests
from bot.courier.lanes import Errand
from bot.courier.outcomes import LAYOUT_ERRORS, Fate, Outcome, compute_backoff, compute_refusal

#: Marks our messages in their metadata; the payload is one opaque key, since every member can read it.
EVENT_TYPE = "staysail_message"
#: Slack may still be storing a post whose answer was lost.
SETTLE_SECONDS = 2.0
#: Metadata is looked for from a little before the attempt: our clock and Slack's are not one.
LOOK_BACK_SECONDS = 60.0


@dataclass(frozen=True)
class Content:
    """What a message shows: ``text`` is the fallback that notifications and screen readers give.

    ``for_guests`` is what stands in its place in a channel that is shared with another company (Slack
    Connect), where nobody may read of money. None: it speaks of none.
    """

    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    color: str | None = None
    for_guests: "Content | None" = None


#: Loads a subject's present state and builds what to show; None when there is nothing to show any more.
Builder = Callable[[Session, int], Content | None]


class Delivery:
    """Carries errands out over one Slack client, whose own retries are off: a repeated post is a double."""

    def __init__(
        self, client: WebClient, sessions: sessionmaker[Session], builders: Mapping[str, Builder]
    ) -> None:
        self.client = client
        self.sessions = sessions
        self.builders = builders
        self._channel_ids: dict[str, str] = {}
        self._guests = Guests(client)

    def carry_out(self, errand: Errand) -> Outcome:
        """What came of making Slack show the errand's subject as it is now. Raises nothing of Slack's."""
        with self.sessions() as session:
            content = self.builders[errand.kind](session, errand.subject_id)
        if content is None:
            return Outcome("shown", pause=0.0, version=errand.wanted_version)
        try:
            return self._show_as_member(errand, content)
        except SlackApiError as error:
            return self._judge(errand, error)
        except (OSError, HTTPException, SlackRequestError, json.JSONDecodeError) as error:
            return self._unknown(errand, f"no answer from Slack ({type(error).__name__})")

    def _show_as_member(self, errand: Errand, content: Content) -> Outcome:
        try:
            return self._show(errand, content)
        except SlackApiError as error:
            if error.response.get("error") != "not_in_channel" or not self._join(errand):
                raise
        return self._show(errand, content)

    def _show(self, errand: Errand, content: Content) -> Outcome:
        channel_id = errand.channel_id or self._find_channel_id(errand.channel)
        if channel_id is None:
            return compute_refusal(errand, "channel_not_found")
        if content.for_guests is not None and self._guests.may_read(channel_id):
            content = content.for_guests
        if errand.ts is not None:
            return self._edit(errand, channel_id, content)
        if errand.ambiguous:
            ts = self._find_posted(errand, channel_id)
            if ts is not None:
                # Which version that post showed is not known: it is edited next, a second later.
                return Outcome("again", ts=ts, channel_id=channel_id, counted=False)
        return self._post(errand, channel_id, content)

    def _post(self, errand: Errand, channel_id: str, content: Content) -> Outcome:
        answer = self._with_layout(
            content,
            lambda layout: self.client.chat_postMessage(
                channel=channel_id,
                text=content.text,
                thread_ts=errand.thread_ts,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": EVENT_TYPE, "event_payload": {"key": str(errand.key)}},
                client_msg_id=str(uuid5(NAMESPACE_URL, str(errand.key))),
                **layout,
            ),
        )
        return Outcome("shown", ts=answer["ts"], channel_id=answer["channel"], version=errand.wanted_version)

    def _edit(self, errand: Errand, channel_id: str, content: Content) -> Outcome:
        ts = errand.ts or ""
        self._with_layout(
            content,
            lambda layout: self.client.chat_update(channel=channel_id, ts=ts, text=content.text, **layout),
        )
        return Outcome("shown", channel_id=channel_id, version=errand.wanted_version)

    def _with_layout(self, content: Content, send: Callable[[dict[str, Any]], Any]) -> Any:
        try:
            return send(compute_layout(content))
        except SlackApiError as error:
            if error.response.get("error") not in LAYOUT_ERRORS:
                raise
            return send({"blocks": [], "attachments": []})

    def _find_posted(self, errand: Errand, channel_id: str) -> str | None:
        """The ts of a post whose answer was lost, found by its key."""
        oldest = errand.attempted_at.timestamp() - LOOK_BACK_SECONDS if errand.attempted_at else 0.0
        cursor = ""
        while True:
            page = self._read_page(errand, channel_id, f"{oldest:.6f}", cursor)
            for message in page["messages"]:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("key") == str(errand.key):
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None

    def _read_page(self, errand: Errand, channel_id: str, oldest: str, cursor: str) -> Any:
        asked: dict[str, Any] = {
            "channel": channel_id,
            "oldest": oldest,
            "limit": 200,
            "include_all_metadata": True,
        }
        if cursor:
            asked["cursor"] = cursor
        if errand.thread_ts is not None:
            return self.client.conversations_replies(ts=errand.thread_ts, **asked)
        return self.client.conversations_history(**asked)

    def _find_channel_id(self, channel: str) -> str | None:
        """The id behind a channel's name or a person's; None when Slack knows no such channel."""
        if channel in self._channel_ids:
            return self._channel_ids[channel]
        if channel.startswith("#"):
            found = self._find_named(channel.removeprefix("#"))
        elif channel.startswith(("U", "W")):
            found = str(self.client.conversations_open(users=[channel])["channel"]["id"])
        else:
            found = channel
        if found is not None:
            self._channel_ids[channel] = found
        return found

    def _join(self, errand: Errand) -> bool:
        """Whether the bot has come into the channel: a public one needs no invitation."""
        channel_id = errand.channel_id or self._channel_ids.get(errand.channel, errand.channel)
        try:
            self.client.conversations_join(channel=channel_id)
        except (SlackApiError, OSError, HTTPException):
            return False
        return True

    def _find_named(self, name: str) -> str | None:
        cursor = ""
        while True:
            page: Any = self.client.conversations_list(
                types="public_channel,private_channel", limit=1000, cursor=cursor or None
            )
            for each in page["channels"]:
                if each["name"] == name:
                    return str(each["id"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None

    def _judge(self, errand: Errand, error: SlackApiError) -> Outcome:
        answer = error.response
        if answer.status_code == 429:
            pause = float(answer.headers.get("Retry-After", 1))
            return self._not_sent(
                errand, Outcome("again", pause=pause, counted=False, problem="paced by Slack")
            )
        if answer.status_code >= 500:
            return self._unknown(errand, f"Slack failed with status {answer.status_code}")
        self._channel_ids.pop(errand.channel, None)
        detail = "; ".join((answer.get("response_metadata") or {}).get("messages") or ())
        return self._not_sent(errand, compute_refusal(errand, str(answer.get("error")), detail=detail))

    def _not_sent(self, errand: Errand, outcome: Outcome) -> Outcome:
        # A refusal says that this try left nothing behind; an earlier one that was lost may still have.
        if errand.ambiguous and outcome.fate == "again":
            return Outcome("ambiguous", pause=outcome.pause, problem=outcome.problem, counted=outcome.counted)
        return outcome

    def _unknown(self, errand: Errand, problem: str) -> Outcome:
        pause = max(SETTLE_SECONDS, compute_backoff(errand.attempts))
        fate: Fate = "again" if errand.ts is not None else "ambiguous"
        return Outcome(fate, pause=pause, problem=problem)


def compute_layout(content: Content) -> dict[str, Any]:
    """The blocks as arguments of a post: behind a bar of colour when there is one."""
    if content.color is None:
        return {"blocks": content.blocks, "attachments": []}
    return {"blocks": [], "attachments": [{"color": content.color, "blocks": content.blocks}]}
