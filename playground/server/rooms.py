"""Channels and direct messages: finding them, who reads them, and coming and going."""

from collections.abc import Iterable

from playground.server import events
from playground.server.errors import SlackError
from playground.server.slack import Slack
from playground.server.state import App, Channel, User


def find_channel(slack: Slack, wanted: object) -> Channel | None:
    """Returns the channel of this id, or of this name with or without `#`."""
    if not isinstance(wanted, str):
        return None
    channels = slack.state.channels
    if wanted in channels:
        return channels[wanted]
    name = wanted.lstrip("#")
    return next((c for c in channels.values() if c.name == name and name), None)


def get_user(slack: Slack, wanted: object) -> User:
    """Returns the user of this id; raises user_not_found."""
    user = slack.state.users.get(wanted) if isinstance(wanted, str) else None
    if user is None:
        raise SlackError("user_not_found")
    return user


def get_visible(slack: Slack, wanted: object, viewer: str) -> Channel:
    """Returns a channel `viewer` may know of; raises channel_not_found (private ones hide from outsiders)."""
    channel = find_channel(slack, wanted)
    if channel is None or not can_see(slack, channel, viewer):
        raise SlackError("channel_not_found")
    return channel


def get_joined(slack: Slack, wanted: object, viewer: str) -> Channel:
    """Returns a channel `viewer` is in; raises channel_not_found or not_in_channel."""
    channel = get_visible(slack, wanted, viewer)
    if viewer not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def can_see(slack: Slack, channel: Channel, viewer: str) -> bool:
    """Returns whether the channel is listed for `viewer`: theirs, or public and they are no guest."""
    if viewer in channel.members:
        return True
    user = slack.state.users.get(viewer)
    guest = user is None or user.is_restricted or user.is_ultra_restricted or user.is_stranger
    return not (channel.is_private or channel.is_im or channel.is_mpim or guest)


def readers(slack: Slack, channel: Channel) -> list[str]:
    """Returns everybody whose page shows this channel."""
    return [user.id for user in slack.state.users.values() if can_see(slack, channel, user.id)]


def open_dm(slack: Slack, users: Iterable[str]) -> Channel:
    """Returns the direct message between these users, made when there is none."""
    members = list(dict.fromkeys(users))
    for channel in slack.state.channels.values():
        if (channel.is_im or channel.is_mpim) and set(channel.members) == set(members):
            return channel
    group = len(members) > 2
    names = "--".join(slack.state.users[m].name for m in members)
    channel = Channel(
        id=slack.ids.next_id("G" if group else "D"),
        name=f"mpdm-{names}-1" if group else "",
        is_im=not group,
        is_mpim=group,
        is_private=group,
        created=int(slack.clock()),
        members=members,
    )
    slack.state.channels[channel.id] = channel
    announce(slack, channel)
    return channel


def create_channel(slack: Slack, name: str, creator: str, *, is_private: bool = False) -> Channel:
    """Returns a new channel with its creator in it; raises name_taken or an invalid_name code."""
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > 80:
        raise SlackError("invalid_name_maxlength")
    if any(c.isupper() or not (c.isalnum() or c in "-_") for c in name):
        raise SlackError("invalid_name_specials")
    if any(c.name == name for c in slack.state.channels.values()):
        raise SlackError("name_taken")
    channel = Channel(
        id=slack.ids.next_id("C"),
        name=name,
        is_private=is_private,
        creator=creator,
        created=int(slack.clock()),
        members=[creator],
    )
    slack.state.channels[channel.id] = channel
    announce(slack, channel)
    body = {"id": channel.id, "name": name, "created": channel.created, "creator": creator}
    events.emit(slack, {"type": "channel_created", "channel": body})
    return channel


def add_member(slack: Slack, channel: Channel, user: str, inviter: str = "") -> None:
    """Adds someone to a channel and tells subscribed apps; nothing happens when they are in it already."""
    if user in channel.members:
        return
    channel.members.append(user)
    event = {
        "type": "member_joined_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": slack.state.team["id"],
    }
    if inviter:
        event["inviter"] = inviter
    events.emit(slack, event, members_of=channel)
    announce(slack, channel)


def remove_member(slack: Slack, channel: Channel, user: str) -> None:
    """Takes someone out of a channel and tells subscribed apps."""
    if user not in channel.members:
        return
    channel.members.remove(user)
    kind = {"channel_type": "G" if channel.is_private else "C", "team": slack.state.team["id"]}
    events.emit(
        slack,
        {"type": "member_left_channel", "user": user, "channel": channel.id, **kind},
        members_of=channel,
    )
    app = slack.app_by_bot_user(user)
    if app is not None:
        left = "group_left" if channel.is_private else "channel_left"
        events.emit(slack, {"type": left, "channel": channel.id}, only=[app])
    announce(slack, channel)


def archive(slack: Slack, channel: Channel, user: str) -> None:
    """Archives a channel and tells subscribed apps."""
    channel.is_archived = True
    kind = "group_archive" if channel.is_private else "channel_archive"
    events.emit(slack, {"type": kind, "channel": channel.id, "user": user}, members_of=channel)
    announce(slack, channel)


def may_post(slack: Slack, channel: Channel, app: App) -> None:
    """Raises is_archived or not_in_channel when the app cannot post here."""
    if channel.is_archived:
        raise SlackError("is_archived")
    public = "chat:write.public" in (app.scopes or []) and not channel.is_private and not channel.is_im
    if app.bot_user_id not in channel.members and not public:
        raise SlackError("not_in_channel")


def announce(slack: Slack, channel: Channel) -> None:
    """Tells pages to look at the channel again."""
    # A person who was just removed must learn it too, so this goes to everybody who could see it before.
    slack.live.send({"type": "channel", "channel": channel.id})
