"""conversations.history and conversations.replies: reading messages back."""

from playground.server import rooms
from playground.server.api.method import Call, method
from playground.server.api.paging import page_of
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.shapes import message_json
from playground.server.slack import Slack
from playground.server.state import Channel, Message

HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")


@method("conversations.history", tier=3, scopes=HISTORY)
def conversations_history(slack: Slack, call: Call) -> Json:
    """Returns messages between `oldest` and `latest`, newest first, without replies in threads."""
    channel = _readable(slack, call)
    in_channel = (m for m in channel.messages.values() if m.thread_ts in ("", m.ts) or m.reply_broadcast)
    found = [m for m in in_channel if _between(call, m)]
    page, cursor = page_of(call, list(reversed(found)))
    return _answer(slack, call, page, cursor) | {"pin_count": 0}


@method("conversations.replies", tier=3, scopes=HISTORY)
def conversations_replies(slack: Slack, call: Call) -> Json:
    """Returns a thread, oldest first; its first message comes on every page."""
    channel = _readable(slack, call)
    asked = channel.messages.get(call.text("ts"))
    if asked is None:
        raise SlackError("thread_not_found")
    root = channel.messages.get(asked.thread_ts or asked.ts, asked)
    replies = [m for m in channel.replies(root.ts) if _between(call, m)]
    page, cursor = page_of(call, replies)
    return _answer(slack, call, [root, *page], cursor)


def _readable(slack: Slack, call: Call) -> Channel:
    wanted = call.text("channel")
    if wanted not in slack.state.channels:
        raise SlackError("channel_not_found")
    return rooms.get_joined(slack, wanted, call.caller.bot_user_id)


def _between(call: Call, message: Message) -> bool:
    oldest, latest = _time(call, "oldest", 0.0), _time(call, "latest", float("inf"))
    at = float(message.ts)
    if call.flag("inclusive"):
        return oldest <= at <= latest
    return oldest < at < latest


def _time(call: Call, name: str, default: float) -> float:
    text = call.text(name)
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _answer(slack: Slack, call: Call, page: list[Message], cursor: str) -> Json:
    metadata = call.flag("include_all_metadata")
    answer: Json = {
        "messages": [message_json(slack.state, m, metadata=metadata) for m in page],
        "has_more": bool(cursor),
    }
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer
