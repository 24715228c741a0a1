"""Submitting and closing modals, and opening an app's Home tab."""

from typing import Any

from playground.server import events, rooms
from playground.server.api.views import new_view, read_view, replace
from playground.server.deliver.tickets import ResponseUrl
from playground.server.errors import Refused, SlackError
from playground.server.kinds import Json
from playground.server.people.acting import get_view
from playground.server.people.payloads import failure, get_app, get_person, interaction
from playground.server.people.values import all_values, missing_inputs
from playground.server.shapes import view_json
from playground.server.slack import Slack
from playground.server.state import App, User, View

TROUBLE = "We had some trouble connecting. Try again?"


async def submit(slack: Slack, user: str, view_id: str, values: Json) -> dict[str, str]:
    """Delivers a view_submission and does what the app answers; returns its errors by block_id.

    Raises Refused when the app does not answer in time or answers with a view Slack would not take.
    """
    person = get_person(slack, user)
    view = get_view(slack, person, {"view_id": view_id})
    if view.type != "modal":
        raise Refused("Only a modal can be submitted.")
    app = get_app(slack, view.app_id)
    blocks = view.body["blocks"]
    view.values = all_values(blocks, values or view.values)
    if missing := missing_inputs(blocks, view.values):
        return missing
    payload = interaction(slack, app, person, "view_submission", view_id=view.id)
    payload |= {
        "view": view_json(slack.state, view),
        "response_urls": _response_urls(slack, app, person, view),
    }
    answer = await slack.dispatch.deliver(app, "interactive", payload)
    if not answer.acked:
        raise failure("Submitting this", answer.error)
    try:
        return _follow(slack, app, view, answer.payload)
    except SlackError as error:
        raise Refused(f"{TROUBLE} (the app's answer was refused: {_told(error)})") from error


async def close(slack: Slack, user: str, view_id: str, *, everything: bool) -> None:
    """Closes the top modal (or all), and tells the app when the view asked for that."""
    person = get_person(slack, user)
    view = get_view(slack, person, {"view_id": view_id})
    everything = everything or bool(view.body.get("clear_on_close"))
    closed = slack.modals.clear(person.id) if everything else [view]
    if everything:
        slack.live.send({"type": "views_clear"}, [person.id])
    else:
        slack.modals.close(view)
        slack.live.send({"type": "view_close", "view_id": view.id}, [person.id])
    for gone in closed:
        app = slack.state.apps.get(gone.app_id)
        if app is None or not gone.body.get("notify_on_close"):
            continue
        payload = interaction(slack, app, person, "view_closed")
        payload.pop("trigger_id")
        payload |= {"view": view_json(slack.state, gone), "is_cleared": everything}
        # Nobody waits for the answer: the person's window is closed already.
        slack.spawn(slack.dispatch.deliver(app, "interactive", payload))


def open_home(slack: Slack, user: str, app_id: str, tab: str) -> None:
    """Tells the app that a person looks at its Home or Messages tab."""
    person = get_person(slack, user)
    app = get_app(slack, app_id)
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": rooms.open_dm(slack, [person.id, app.bot_user_id]).id,
        "tab": tab,
    }
    home = slack.state.homes.get(f"{app.id} {person.id}")
    if home is not None and tab == "home":
        event["view"] = view_json(slack.state, home)
    events.emit(slack, event, only=[app])


def _follow(slack: Slack, app: App, view: View, payload: Any) -> dict[str, str]:
    answer = payload if isinstance(payload, dict) else {}
    action = answer.get("response_action")
    if action == "errors":
        errors = answer.get("errors")
        if not isinstance(errors, dict) or not errors:
            raise SlackError("invalid_arguments", detail="errors must name block_ids")
        return {str(block): str(text) for block, text in errors.items()}
    if action == "clear":
        slack.modals.clear(view.user)
        slack.live.send({"type": "views_clear"}, [view.user])
    elif action == "update":
        replace(slack, view, _modal_body(slack, answer))
        slack.live.send({"type": "view_update", "view": view_json(slack.state, view)}, [view.user])
    elif action == "push":
        pushed = new_view(slack, app, view.user, _modal_body(slack, answer))
        slack.modals.push(pushed)
        slack.live.send({"type": "view_push", "view": view_json(slack.state, pushed)}, [view.user])
    else:
        slack.modals.close(view)
        slack.live.send({"type": "view_close", "view_id": view.id}, [view.user])
    return {}


def _modal_body(slack: Slack, answer: Json) -> Json:
    body = read_view(slack, answer.get("view"))
    if body["type"] != "modal":
        raise SlackError("invalid_arguments", detail="the view must be a modal")
    return body


def _response_urls(slack: Slack, app: App, person: User, view: View) -> list[Json]:
    urls = []
    for block in view.body["blocks"]:
        element = block.get("element") or {}
        if not element.get("response_url_enabled"):
            continue
        held = view.values.get(block["block_id"], {}).get(element["action_id"], {})
        channel = held.get("selected_conversation") or held.get("selected_channel")
        if not channel:
            continue
        right = ResponseUrl(app=app.id, user=person.id, channel=channel, at=slack.steady())
        urls.append(
            {
                "block_id": block["block_id"],
                "action_id": element["action_id"],
                "channel_id": channel,
                "response_url": slack.base_url + slack.tickets.new_response_url(right),
            }
        )
    return urls


def _told(error: SlackError) -> str:
    messages = error.details.get("response_metadata")
    if isinstance(messages, dict):
        return "; ".join(messages["messages"])
    return f"{error.code} {error.details.get('detail', '')}".strip()
