"""Messages coming, changing and going, whoever writes them; pages and apps are told of each."""

from dataclasses import dataclass, field

from playground.server import events, rooms
from playground.server.blocks.ids import with_ids
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.shapes import message_json, page_message
from playground.server.slack import Slack
from playground.server.state import App, Channel, Message

LONGEST_TEXT = 40_000


@dataclass(slots=True)
class Content:
    """What a message shows, checked already."""

    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    username: str = ""
    icons: Json = field(default_factory=dict)
    subtype: str = ""
    files: list[str] = field(default_factory=list)
    client_msg_id: str = ""
    reply_broadcast: bool = False


def post(
    slack: Slack,
    channel: Channel,
    user: str,
    content: Content,
    *,
    app: App | None = None,
    thread_ts: str = "",
) -> Message:
    """Adds a message and returns it; pages see it, subscribed apps get their message event."""
    thread_ts = thread_root(channel, thread_ts)
    message = _new(slack, channel, user, content, app)
    message.thread_ts = thread_ts
    channel.messages[message.ts] = message
    if thread_ts:
        root = channel.messages[thread_ts]
        root.thread_ts = root.ts
        _show(slack, channel, root, "message_changed")
    channel.last_read[user] = message.ts
    _show(slack, channel, message, "message")
    events.emit_message(slack, channel, {**message_json(slack.state, message), "event_ts": message.ts})
    _emit_mentions(slack, channel, message)
    return message


def post_ephemeral(
    slack: Slack, channel: Channel, reader: str, content: Content, *, app: App, thread_ts: str = ""
) -> Message:
    """Shows a message to one person only and returns it; apps hear nothing of it."""
    message = _new(slack, channel, app.bot_user_id, content, app)
    message.ephemeral_to = reader
    message.thread_ts = thread_ts
    channel.ephemerals[message.ts] = message
    _show(slack, channel, message, "ephemeral")
    return message


def change(slack: Slack, message: Message, content: Content, editor: str) -> None:
    """Replaces what a message shows; `edited` appears unless it is ephemeral."""
    channel = slack.state.channels[message.channel]
    before = message_json(slack.state, message)
    message.text, message.blocks = content.text, with_ids(content.blocks, slack.ids)
    message.attachments = _with_ids_inside(slack, content.attachments)
    if content.metadata is not None:
        message.metadata = content.metadata or None
    if content.files:
        message.files = content.files
    if message.ephemeral_to:
        _show(slack, channel, message, "ephemeral_changed")
        return
    message.edited = {"user": editor, "ts": slack.ids.next_ts()}
    changed(slack, message, before)


def changed(slack: Slack, message: Message, before: Json) -> None:
    """Tells pages and apps that a message is no longer what it was."""
    channel = slack.state.channels[message.channel]
    _show(slack, channel, message, "message_changed")
    event = {
        "subtype": "message_changed",
        "message": message_json(slack.state, message),
        "previous_message": before,
        "hidden": True,
        "ts": slack.ids.next_ts(),
    }
    events.emit_message(slack, channel, event)


def show_changed(slack: Slack, message: Message) -> None:
    """Tells pages alone, as for a stream that is still being written."""
    _show(slack, slack.state.channels[message.channel], message, "message_changed")


def delete(slack: Slack, message: Message) -> None:
    """Removes a message; a thread's root stays as a tombstone while it has replies."""
    channel = slack.state.channels[message.channel]
    if message.ephemeral_to:
        channel.ephemerals.pop(message.ts, None)
        frame = {"type": "ephemeral_deleted", "channel": channel.id, "ts": message.ts}
        slack.live.send(frame, [message.ephemeral_to])
        return
    before = message_json(slack.state, message)
    if channel.replies(message.ts):
        _bury(message)
        _show(slack, channel, message, "message_changed")
    else:
        channel.messages.pop(message.ts, None)
        frame = {"type": "message_deleted", "channel": channel.id, "ts": message.ts}
        slack.live.send(frame, rooms.readers(slack, channel))
        _leave_thread(slack, channel, message)
    event = {
        "subtype": "message_deleted",
        "deleted_ts": message.ts,
        "previous_message": before,
        "hidden": True,
        "ts": slack.ids.next_ts(),
    }
    events.emit_message(slack, channel, event)


def find_message(channel: Channel, ts: object) -> Message | None:
    """Returns the message or ephemeral of this ts."""
    if not isinstance(ts, str):
        return None
    return channel.messages.get(ts) or channel.ephemerals.get(ts)


def thread_root(channel: Channel, thread_ts: str) -> str:
    """Returns the ts of the thread's first message, also when given a reply's; raises thread_not_found."""
    if not thread_ts:
        return ""
    message = channel.messages.get(thread_ts)
    if message is None:
        raise SlackError("thread_not_found")
    return message.thread_ts or message.ts


def _new(slack: Slack, channel: Channel, user: str, content: Content, app: App | None) -> Message:
    return Message(
        ts=slack.ids.next_ts(),
        channel=channel.id,
        user=user,
        text=content.text[:LONGEST_TEXT],
        app_id=app.id if app else "",
        bot_id=app.bot_id if app else "",
        username=content.username,
        icons=content.icons,
        subtype=content.subtype,
        blocks=with_ids(content.blocks, slack.ids),
        attachments=_with_ids_inside(slack, content.attachments),
        metadata=content.metadata or None,
        files=content.files,
        client_msg_id=content.client_msg_id,
        reply_broadcast=content.reply_broadcast,
    )


def _with_ids_inside(slack: Slack, attachments: list[Json]) -> list[Json]:
    return [{**a, "blocks": with_ids(a["blocks"], slack.ids)} if a.get("blocks") else a for a in attachments]


def _show(slack: Slack, channel: Channel, message: Message, kind: str) -> None:
    frame = {"type": kind, "channel": channel.id, "message": page_message(slack.state, message)}
    slack.live.send(frame, [message.ephemeral_to] if message.ephemeral_to else rooms.readers(slack, channel))


def _emit_mentions(slack: Slack, channel: Channel, message: Message) -> None:
    # Slack sends no app_mention in direct messages, nor for what the app itself wrote.
    if channel.is_im:
        return
    for app in slack.state.apps.values():
        if f"<@{app.bot_user_id}>" not in message.text or app.id == message.app_id:
            continue
        event = message_json(slack.state, message)
        event |= {"type": "app_mention", "channel": channel.id, "event_ts": message.ts}
        events.emit(slack, event, members_of=channel, only=[app])


def _bury(message: Message) -> None:
    message.subtype, message.text = "tombstone", "This message was deleted."
    message.blocks, message.attachments, message.files = [], [], []
    message.metadata, message.user = None, "USLACKBOT"
    message.app_id = message.bot_id = message.username = ""
    message.icons, message.reactions = {}, {}


def _leave_thread(slack: Slack, channel: Channel, message: Message) -> None:
    root = channel.messages.get(message.thread_ts)
    if root is None or root is message:
        return
    if not channel.replies(root.ts):
        root.thread_ts = ""
        if root.subtype == "tombstone":
            channel.messages.pop(root.ts)
            return
    _show(slack, channel, root, "message_changed")
