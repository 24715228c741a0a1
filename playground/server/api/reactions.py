"""reactions.*."""

from playground.server import rooms
from playground.server.api.method import Call, method
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.people.reactions import react
from playground.server.shapes import message_json
from playground.server.slack import Slack
from playground.server.state import Message


@method("reactions.add", tier=3, scopes=("reactions:write",))
def reactions_add(slack: Slack, call: Call) -> Json:
    """Adds a reaction."""
    react(slack, _message(slack, call), call.caller.bot_user_id, _name(call), add=True)
    return {}


@method("reactions.remove", tier=2, scopes=("reactions:write",))
def reactions_remove(slack: Slack, call: Call) -> Json:
    """Takes the bot's reaction back."""
    react(slack, _message(slack, call), call.caller.bot_user_id, _name(call), add=False)
    return {}


@method("reactions.get", tier=3, scopes=("reactions:read",))
def reactions_get(slack: Slack, call: Call) -> Json:
    """Returns a message with its reactions."""
    message = _message(slack, call)
    return {
        "type": "message",
        "channel": message.channel,
        "message": message_json(slack.state, message, metadata=False),
    }


def _name(call: Call) -> str:
    return call.text("name").strip(":")


def _message(slack: Slack, call: Call) -> Message:
    if not call.text("channel") or not call.text("timestamp"):
        raise SlackError("no_item_specified")
    channel = rooms.get_joined(slack, call.text("channel"), call.caller.bot_user_id)
    message = channel.messages.get(call.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    return message
