"""chat.scheduleMessage and its kin. Scheduled messages do not outlive the server."""

import asyncio

from playground.server import posting
from playground.server.api.chat import WRITE, posting_channel
from playground.server.api.content import read_content
from playground.server.api.method import Call, method
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.slack import Slack
from playground.server.state import App, Channel

FURTHEST = 120 * 24 * 3600


@method("chat.scheduleMessage", tier=3, scopes=WRITE)
def schedule_message(slack: Slack, call: Call) -> Json:
    """Posts a message at `post_at`, up to 120 days ahead; raises time_in_past or time_too_far."""
    content, post_at = read_content(call), call.number("post_at", 0)
    if post_at <= slack.clock():
        raise SlackError("time_in_past")
    if post_at > slack.clock() + FURTHEST:
        raise SlackError("time_too_far")
    channel = posting_channel(slack, call)
    entry: Json = {
        "id": slack.ids.next_id("Q"),
        "channel_id": channel.id,
        "post_at": post_at,
        "date_created": int(slack.clock()),
        "text": content.text,
    }
    slack.scheduled[entry["id"]] = entry
    slack.spawn(_post_later(slack, entry, call.caller, channel, content, call.text("thread_ts")))
    return {"channel": channel.id, "scheduled_message_id": entry["id"], "post_at": post_at}


@method("chat.scheduledMessages.list", tier=3)
def scheduled_messages_list(slack: Slack, call: Call) -> Json:
    """Returns what is still to be posted."""
    wanted = call.text("channel")
    entries = [e for e in slack.scheduled.values() if wanted in ("", e["channel_id"])]
    return {"scheduled_messages": entries, "response_metadata": {"next_cursor": ""}}


@method("chat.deleteScheduledMessage", tier=3, scopes=WRITE)
def delete_scheduled_message(slack: Slack, call: Call) -> Json:
    """Takes a scheduled message back."""
    entry = slack.scheduled.get(call.text("scheduled_message_id"))
    if entry is None or entry["channel_id"] != call.text("channel"):
        raise SlackError("invalid_scheduled_message_id")
    del slack.scheduled[entry["id"]]
    return {}


async def _post_later(
    slack: Slack, entry: Json, app: App, channel: Channel, content: posting.Content, thread_ts: str
) -> None:
    while (wait := entry["post_at"] - slack.clock()) > 0:
        # In small steps: the clock may be one that a test moves.
        await asyncio.sleep(min(wait, 0.2))
    if slack.scheduled.pop(entry["id"], None) is not None and not channel.is_archived:
        posting.post(slack, channel, app.bot_user_id, content, app=app, thread_ts=thread_ts)
