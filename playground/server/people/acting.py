"""Clicking and choosing in a message, a modal or a Home tab."""

from typing import Any

from playground.server import posting, rooms
from playground.server.blocks.ids import find_element
from playground.server.errors import Refused
from playground.server.kinds import Json
from playground.server.people.payloads import failure, get_app, get_person, interaction, response_url
from playground.server.people.values import VALUE_FIELDS, all_values
from playground.server.shapes import message_json, view_json
from playground.server.slack import Slack
from playground.server.state import App, Channel, Message, User, View

# Fields of an element that its action repeats.
REPEATED = ("text", "value", "style", "placeholder", "initial_option", "confirm")


async def act(slack: Slack, user: str, container: Json, block_id: str, action: Json, state: Json) -> None:
    """Delivers a block_actions payload for what a person clicked or chose; raises Refused when it fails."""
    person = get_person(slack, user)
    app, payload = source_of(slack, person, container, state)
    block, element = _find(slack, container, block_id, str(action.get("action_id", "")), person)
    payload["actions"] = [action_json(slack, block, element, action)]
    answer = await slack.dispatch.deliver(app, "interactive", payload)
    if not answer.acked:
        raise failure("This action", answer.error)


async def options(
    slack: Slack, user: str, container: Json, block_id: str, action_id: str, typed: str
) -> Json:
    """Returns an external select's suggestions: `{"options": […]}` or `{"option_groups": […]}`."""
    person = get_person(slack, user)
    app, payload = source_of(slack, person, container, {}, kind="block_suggestion")
    block, _ = _find(slack, container, block_id, action_id, person)
    for name in ("trigger_id", "response_url", "state"):
        payload.pop(name, None)
    payload |= {"action_id": action_id, "block_id": block["block_id"], "value": typed}
    answer = await slack.dispatch.deliver(app, "interactive", payload)
    if not answer.acked:
        raise failure("Loading the options", answer.error)
    given = answer.payload if isinstance(answer.payload, dict) else {}
    return {name: given[name] for name in ("options", "option_groups") if isinstance(given.get(name), list)}


def source_of(
    slack: Slack, person: User, container: Json, state: Json, kind: str = "block_actions"
) -> tuple[App, Json]:
    """Returns the app behind a message or view, and its payload up to the actions."""
    if container.get("type") == "view":
        return _in_view(slack, person, get_view(slack, person, container), state, kind)
    channel, message = get_message(slack, person, container)
    return _in_message(slack, person, channel, message, state, kind)


def get_message(slack: Slack, person: User, container: Json) -> tuple[Channel, Message]:
    """Returns the message a person acts on; raises Refused when they cannot see it."""
    channel = rooms.find_channel(slack, container.get("channel"))
    message = posting.find_message(channel, container.get("message_ts")) if channel else None
    seen = channel is not None and rooms.can_see(slack, channel, person.id)
    if channel is None or message is None or not seen or message.ephemeral_to not in ("", person.id):
        raise Refused("This message is not there any more. Reload the page.")
    return channel, message


def get_view(slack: Slack, person: User, container: Json) -> View:
    """Returns the person's open modal or Home tab; raises Refused when it is closed."""
    view_id = str(container.get("view_id", ""))
    homes = slack.state.homes.values()
    view = slack.modals.find(view_id) or next((v for v in homes if v.id == view_id), None)
    if view is None or view.user != person.id:
        raise Refused("This window is not open any more.")
    return view


def action_json(slack: Slack, block: Json, element: Json, action: Json) -> Json:
    """Returns one entry of `actions`: the element's own fields and what the person chose."""
    kind = element.get("type", "button")
    shape: Json = {name: element[name] for name in REPEATED if name in element}
    chosen: set[str] = {"selected_option"} if kind == "overflow" else set()
    if kind in VALUE_FIELDS:
        chosen = {VALUE_FIELDS[kind][0]}
    if kind == "feedback_buttons":
        chosen = {"value", "text"}
    shape |= {name: value for name, value in action.items() if name in chosen}
    return {
        "type": kind,
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        **shape,
        "action_ts": slack.ids.next_ts(),
    }


def _in_message(
    slack: Slack, person: User, channel: Channel, message: Message, state: Json, kind: str
) -> tuple[App, Json]:
    app = get_app(slack, message.app_id)
    ephemeral = bool(message.ephemeral_to)
    payload = interaction(slack, app, person, kind)
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload |= {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "state": {"values": all_values(message.blocks, _values(state))},
        "response_url": response_url(
            slack,
            app,
            person,
            channel,
            source_ts=message.ts,
            ephemeral=ephemeral,
            thread_ts=message.thread_ts,
        ),
    }
    # Slack leaves an ephemeral message itself out.
    if not ephemeral:
        payload["message"] = message_json(slack.state, message)
    return app, payload


def _in_view(slack: Slack, person: User, view: View, state: Json, kind: str) -> tuple[App, Json]:
    app = get_app(slack, view.app_id)
    view.values = all_values(view.body["blocks"], _values(state) or view.values)
    payload = interaction(slack, app, person, kind, view_id=view.id)
    payload |= {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(slack.state, view),
        "state": {"values": view.values},
    }
    return app, payload


def _find(slack: Slack, container: Json, block_id: str, action_id: str, person: User) -> tuple[Json, Json]:
    if container.get("type") == "view":
        blocks = get_view(slack, person, container).body["blocks"]
    else:
        message = get_message(slack, person, container)[1]
        blocks = message.blocks + [b for a in message.attachments for b in a.get("blocks", [])]
    found = find_element(blocks, action_id, block_id)
    if found is None:
        raise Refused("This button is not there any more: the message has changed.")
    audience = found[1].get("visible_to_user_ids")
    if audience and person.id not in audience:
        raise Refused("This button is not shown to you.")
    return found


def _values(state: Json) -> Any:
    values = state.get("values") if isinstance(state, dict) else None
    return values if isinstance(values, dict) else {}
