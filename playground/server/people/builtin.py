"""The commands Slack itself runs: /invite, /remove, /leave, /topic, /archive and /me."""

import re
from collections.abc import Callable

from playground.server import posting, rooms
from playground.server.errors import Refused
from playground.server.slack import Slack
from playground.server.state import Channel, User

Builtin = Callable[[Slack, User, Channel, str], None]
NAMED = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>|@?([\w.-]+)")


def invite(slack: Slack, person: User, channel: Channel, text: str) -> None:
    """Brings somebody, or an app's bot, into the channel."""
    user = _named(slack, text, "/invite @name")
    if user.id in channel.members:
        raise Refused(f"{user.real_name} is in #{channel.name} already.")
    rooms.add_member(slack, channel, user.id, inviter=person.id)


def remove(slack: Slack, person: User, channel: Channel, text: str) -> None:
    """Takes somebody, or an app's bot, out of the channel."""
    user = _named(slack, text, "/remove @name")
    if user.id not in channel.members:
        raise Refused(f"{user.real_name} is not in #{channel.name}.")
    rooms.remove_member(slack, channel, user.id)


def leave(slack: Slack, person: User, channel: Channel, text: str) -> None:
    """Leaves the channel."""
    rooms.remove_member(slack, channel, person.id)


def topic(slack: Slack, person: User, channel: Channel, text: str) -> None:
    """Sets the channel's topic."""
    channel.topic = text[:250]
    rooms.announce(slack, channel)


def archive(slack: Slack, person: User, channel: Channel, text: str) -> None:
    """Archives the channel."""
    rooms.archive(slack, channel, person.id)


def me(slack: Slack, person: User, channel: Channel, text: str) -> None:
    """Says what the person does."""
    if not text:
        raise Refused("Say what you do: /me waves")
    posting.post(slack, channel, person.id, posting.Content(text=text, subtype="me_message"))


BUILTIN: dict[str, Builtin] = {
    "/invite": invite,
    "/remove": remove,
    "/leave": leave,
    "/topic": topic,
    "/archive": archive,
    "/me": me,
}
IN_DIRECT_MESSAGES = frozenset({"/me"})


def run_builtin(slack: Slack, person: User, channel: Channel, command: str, text: str) -> bool:
    """Runs one of Slack's own commands, False when `command` is none; raises Refused as Slack would."""
    run = BUILTIN.get(command)
    if run is None:
        return False
    if (channel.is_im or channel.is_mpim) and command not in IN_DIRECT_MESSAGES:
        raise Refused(f"{command} works in channels only.")
    if person.id not in channel.members:
        raise Refused(f"Join #{channel.name} before you use {command} in it.")
    run(slack, person, channel, text.strip())
    return True


def _named(slack: Slack, text: str, usage: str) -> User:
    found = NAMED.fullmatch(text)
    if found is None:
        raise Refused(f"Say whom: {usage}")
    user_id, name = found.groups()
    users = slack.state.users.values()
    user = next((u for u in users if u.id == user_id or (name and name in (u.name, u.display_name))), None)
    if user is None:
        raise Refused(f"There is nobody called {name or user_id} in this workspace.")
    return user
