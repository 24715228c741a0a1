"""chat.*: posting, changing and deleting messages."""

from playground.server import posting, rooms
from playground.server.api.content import read_content
from playground.server.api.method import Call, method
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.shapes import message_json
from playground.server.slack import Slack
from playground.server.state import Channel, Message

WRITE = ("chat:write", "chat:write:bot")
LONGEST_UPDATE = 4_000


def posting_channel(slack: Slack, call: Call) -> Channel:
    """Returns the channel to post to, a direct message when given a user's id; raises Slack's codes."""
    app, wanted = call.caller, call.text("channel")
    if wanted in slack.state.users:
        if slack.state.users[wanted].is_bot:
            raise SlackError("channel_not_found")
        return rooms.open_dm(slack, [wanted, app.bot_user_id])
    channel = rooms.get_visible(slack, wanted, app.bot_user_id)
    rooms.may_post(slack, channel, app)
    return channel


def get_own(slack: Slack, call: Call, refusal: str) -> Message:
    """Returns the caller's own message; raises channel_not_found, message_not_found or `refusal`."""
    channel = rooms.get_visible(slack, call.text("channel"), call.caller.bot_user_id)
    message = channel.messages.get(call.text("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.app_id != call.caller.id:
        raise SlackError(refusal)
    return message


@method("chat.postMessage", tier=4, scopes=WRITE)
def post_message(slack: Slack, call: Call) -> Json:
    """Posts a message."""
    content = read_content(call)
    channel = posting_channel(slack, call)
    app = call.caller
    if app.scopes is not None and "chat:write.customize" not in app.scopes:
        # Slack posts all the same, under the app's own name.
        content.username, content.icons = "", {}
    message = posting.post(
        slack, channel, app.bot_user_id, content, app=app, thread_ts=call.text("thread_ts")
    )
    return {"channel": channel.id, "ts": message.ts, "message": message_json(slack.state, message)}


@method("chat.meMessage", tier=3, scopes=WRITE)
def me_message(slack: Slack, call: Call) -> Json:
    """Posts a /me message."""
    channel = posting_channel(slack, call)
    if not call.text("text"):
        raise SlackError("no_text")
    content = posting.Content(text=call.text("text"), subtype="me_message")
    message = posting.post(slack, channel, call.caller.bot_user_id, content, app=call.caller)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", tier=4, scopes=WRITE)
def post_ephemeral(slack: Slack, call: Call) -> Json:
    """Shows a message to one member of a channel."""
    content = read_content(call)
    channel = rooms.get_visible(slack, call.text("channel"), call.caller.bot_user_id)
    rooms.may_post(slack, channel, call.caller)
    if call.text("user") not in channel.members:
        raise SlackError("user_not_in_channel")
    message = posting.post_ephemeral(
        slack, channel, call.text("user"), content, app=call.caller, thread_ts=call.text("thread_ts")
    )
    return {"message_ts": message.ts}


@method("chat.update", tier=3, scopes=WRITE)
def update(slack: Slack, call: Call) -> Json:
    """Changes a message of the caller's.

    Blocks and attachments that are left out stay as they are, so text alone changes what notifications
    say and nothing on the screen; an empty list removes them.
    """
    content = read_content(call)
    if len(content.text) > LONGEST_UPDATE:
        raise SlackError("msg_too_long")
    message = get_own(slack, call, "cant_update_message")
    if message.stream and message.stream["state"] == "in_progress":
        raise SlackError("streaming_state_conflict")
    if slack.state.channels[message.channel].is_archived:
        raise SlackError("is_archived")
    if message.subtype == "tombstone":
        raise SlackError("message_not_found")
    message.stream = None
    if call.args.get("blocks") is None and not call.text("markdown_text"):
        content.blocks = message.blocks
    if call.args.get("attachments") is None:
        content.attachments = message.attachments
    posting.change(slack, message, content, call.caller.bot_user_id)
    shape = message_json(slack.state, message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shape}


@method("chat.delete", tier=3, scopes=WRITE)
def delete(slack: Slack, call: Call) -> Json:
    """Deletes a message of the caller's."""
    message = get_own(slack, call, "cant_delete_message")
    posting.delete(slack, message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.getPermalink", tier=4)
def get_permalink(slack: Slack, call: Call) -> Json:
    """Returns the address of a message on the page."""
    channel = rooms.get_visible(slack, call.text("channel"), call.caller.bot_user_id)
    message = channel.messages.get(call.text("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    link = f"{slack.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != message.ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
