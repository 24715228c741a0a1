"""conversations.*: which channels there are, who is in them, coming and going."""

from playground.server import rooms
from playground.server.api.method import Call, invalid_arguments, method
from playground.server.api.paging import page_of
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.shapes import channel_json
from playground.server.slack import Slack
from playground.server.state import Channel

READ = ("channels:read", "groups:read", "im:read", "mpim:read")
MANAGE = ("channels:manage", "groups:write", "im:write", "mpim:write", "channels:write")
KINDS = ("public_channel", "private_channel", "mpim", "im")


def kind_of(channel: Channel) -> str:
    """Returns the channel's kind as the `types` argument names it."""
    if channel.is_im:
        return "im"
    if channel.is_mpim:
        return "mpim"
    return "private_channel" if channel.is_private else "public_channel"


def wanted_kinds(call: Call) -> list[str]:
    """Returns the kinds asked for, public channels when none are; raises invalid_types."""
    kinds = call.names("types") or ["public_channel"]
    if any(kind not in KINDS for kind in kinds):
        raise SlackError("invalid_types")
    return kinds


def page_of_channels(slack: Slack, call: Call, channels: list[Channel]) -> Json:
    """Returns the page of these channels the call asks for."""
    kinds = wanted_kinds(call)
    found = [c for c in channels if kind_of(c) in kinds]
    if call.flag("exclude_archived"):
        found = [c for c in found if not c.is_archived]
    page, cursor = page_of(call, found)
    return {
        "channels": [channel_json(slack.state, channel, call.caller.bot_user_id) for channel in page],
        "response_metadata": {"next_cursor": cursor},
    }


@method("conversations.list", tier=2, scopes=READ)
def conversations_list(slack: Slack, call: Call) -> Json:
    """Returns the channels the bot may know of."""
    me = call.caller.bot_user_id
    return page_of_channels(
        slack, call, [c for c in slack.state.channels.values() if rooms.can_see(slack, c, me)]
    )


@method("users.conversations", tier=3, scopes=READ)
def users_conversations(slack: Slack, call: Call) -> Json:
    """Returns the channels a user (the bot itself by default) is in, as far as the bot may know."""
    me = call.caller.bot_user_id
    user = rooms.get_user(slack, call.text("user") or me).id
    channels = slack.state.channels.values()
    return page_of_channels(
        slack, call, [c for c in channels if user in c.members and rooms.can_see(slack, c, me)]
    )


@method("conversations.info", tier=3, scopes=READ)
def conversations_info(slack: Slack, call: Call) -> Json:
    """Returns one channel."""
    channel = _channel(slack, call)
    shape = channel_json(slack.state, channel, call.caller.bot_user_id)
    if not call.flag("include_num_members"):
        shape.pop("num_members", None)
    return {"channel": shape}


@method("conversations.members", tier=4, scopes=READ)
def conversations_members(slack: Slack, call: Call) -> Json:
    """Returns who is in a channel."""
    page, cursor = page_of(call, _channel(slack, call).members)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


@method("conversations.open", tier=3, scopes=("im:write", "mpim:write"))
def conversations_open(slack: Slack, call: Call) -> Json:
    """Opens (or finds) a direct message with one to eight users, or returns the one with this id."""
    me = call.caller.bot_user_id
    if call.text("channel"):
        channel = _channel(slack, call)
        return {"channel": _opened(slack, call, channel), "no_op": True, "already_open": True}
    users = call.names("users")
    if not users:
        raise invalid_arguments("missing required field: users")
    if len(users) > 8:
        raise SlackError("too_many_users")
    if any(user not in slack.state.users for user in users):
        raise SlackError("user_not_found")
    known = len(slack.state.channels)
    channel = rooms.open_dm(slack, [*users, me])
    was_there = len(slack.state.channels) == known
    return {"channel": _opened(slack, call, channel), "no_op": was_there, "already_open": was_there}


@method("conversations.join", tier=3, scopes=("channels:join", *MANAGE))
def conversations_join(slack: Slack, call: Call) -> Json:
    """Lets the bot join a public channel."""
    channel, me = _channel(slack, call), call.caller.bot_user_id
    _changeable(channel)
    if channel.is_private:
        raise SlackError("method_not_supported_for_channel_type")
    answer: Json = {}
    if me in channel.members:
        answer = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    rooms.add_member(slack, channel, me)
    return {"channel": channel_json(slack.state, channel, me), **answer}


@method("conversations.invite", tier=3, scopes=MANAGE)
def conversations_invite(slack: Slack, call: Call) -> Json:
    """Brings users into a channel the bot is in."""
    channel, me = _channel(slack, call), call.caller.bot_user_id
    _changeable(channel)
    if me not in channel.members:
        raise SlackError("not_in_channel")
    users = call.names("users")
    if not users:
        raise SlackError("no_user")
    for user in users:
        _invitable(slack, channel, user, me)
    for user in users:
        rooms.add_member(slack, channel, user, inviter=me)
    return {"channel": channel_json(slack.state, channel, me)}


@method("conversations.kick", tier=3, scopes=MANAGE)
def conversations_kick(slack: Slack, call: Call) -> Json:
    """Takes a user out of a channel the bot is in."""
    channel, user = _channel(slack, call), rooms.get_user(slack, call.text("user")).id
    if call.caller.bot_user_id not in channel.members or user not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_general:
        raise SlackError("cant_kick_from_general")
    rooms.remove_member(slack, channel, user)
    return {"errors": {}}


@method("conversations.leave", tier=3, scopes=MANAGE)
def conversations_leave(slack: Slack, call: Call) -> Json:
    """Takes the bot out of a channel."""
    channel, me = _channel(slack, call), call.caller.bot_user_id
    if channel.is_general:
        raise SlackError("cant_leave_general")
    if me not in channel.members:
        return {"not_in_channel": True}
    rooms.remove_member(slack, channel, me)
    return {}


@method("conversations.create", tier=2, scopes=MANAGE)
def conversations_create(slack: Slack, call: Call) -> Json:
    """Creates a channel with the bot in it."""
    me = call.caller.bot_user_id
    channel = rooms.create_channel(slack, call.text("name"), me, is_private=call.flag("is_private"))
    return {"channel": channel_json(slack.state, channel, me)}


@method("conversations.archive", tier=2, scopes=MANAGE)
def conversations_archive(slack: Slack, call: Call) -> Json:
    """Archives a channel."""
    channel = _channel(slack, call)
    if channel.is_archived:
        raise SlackError("already_archived")
    if channel.is_general:
        raise SlackError("cant_archive_general")
    if call.caller.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    rooms.archive(slack, channel, call.caller.bot_user_id)
    return {}


@method("conversations.setTopic", tier=2, scopes=MANAGE)
def conversations_set_topic(slack: Slack, call: Call) -> Json:
    """Sets a channel's topic."""
    channel = rooms.get_joined(slack, call.text("channel"), call.caller.bot_user_id)
    if len(call.text("topic")) > 250:
        raise SlackError("too_long")
    channel.topic = call.text("topic")
    rooms.announce(slack, channel)
    return {"channel": channel_json(slack.state, channel, call.caller.bot_user_id)}


def _channel(slack: Slack, call: Call) -> Channel:
    # By id only: names are for posting.
    wanted = call.text("channel")
    if wanted not in slack.state.channels:
        raise SlackError("channel_not_found")
    return rooms.get_visible(slack, wanted, call.caller.bot_user_id)


def _opened(slack: Slack, call: Call, channel: Channel) -> Json:
    if call.flag("return_im"):
        return channel_json(slack.state, channel, call.caller.bot_user_id)
    return {"id": channel.id}


def _changeable(channel: Channel) -> None:
    if channel.is_im or channel.is_mpim:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")


def _invitable(slack: Slack, channel: Channel, user: str, me: str) -> None:
    if rooms.get_user(slack, user).id == me:
        raise SlackError("cant_invite_self")
    if user in channel.members:
        raise SlackError("already_in_channel")
