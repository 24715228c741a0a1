"""Reactions, by people and by apps."""

from playground.server import events
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.rooms import readers
from playground.server.shapes import page_message
from playground.server.slack import Slack
from playground.server.state import Message

MOST_KINDS = 50


def react(slack: Slack, message: Message, user: str, name: str, *, add: bool) -> None:
    """Adds or takes back a reaction; raises already_reacted, no_reaction, too_many_emoji, invalid_name."""
    if not name or not all(c.isalnum() or c in "_-+':" for c in name):
        raise SlackError("invalid_name")
    users = message.reactions.get(name, [])
    if add:
        if user in users:
            raise SlackError("already_reacted")
        if name not in message.reactions and len(message.reactions) >= MOST_KINDS:
            raise SlackError("too_many_emoji")
        message.reactions[name] = [*users, user]
    else:
        if user not in users:
            raise SlackError("no_reaction")
        message.reactions[name] = [u for u in users if u != user]
        if not message.reactions[name]:
            del message.reactions[name]
    _tell(slack, message, user, name, add=add)


def _tell(slack: Slack, message: Message, user: str, name: str, *, add: bool) -> None:
    channel = slack.state.channels[message.channel]
    shape = page_message(slack.state, message)
    frame: Json = {"type": "reaction", "channel": channel.id, "ts": message.ts, "message": shape}
    slack.live.send(frame | {"reactions": shape.get("reactions", [])}, readers(slack, channel))
    event: Json = {
        "type": "reaction_added" if add else "reaction_removed",
        "user": user,
        "reaction": name,
        "item_user": message.user,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
    }
    events.emit(slack, event, members_of=channel)
