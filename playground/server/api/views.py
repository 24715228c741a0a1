"""views.open, views.push, views.update and views.publish."""

import json
from typing import Any

from playground.server.api.method import Call, invalid_arguments, method
from playground.server.blocks.check import check_view
from playground.server.blocks.ids import with_ids
from playground.server.deliver.tickets import Trigger
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.rooms import get_user
from playground.server.shapes import view_json
from playground.server.slack import Slack
from playground.server.state import App, View

MOST_VIEW_BYTES = 250_000
KEPT = (
    "type",
    "title",
    "submit",
    "close",
    "blocks",
    "private_metadata",
    "callback_id",
    "clear_on_close",
    "notify_on_close",
    "external_id",
    "submit_disabled",
)


def read_view(slack: Slack, view: Any) -> Json:
    """Returns the view's body, checked and with ids filled in.

    Raises invalid_arguments with Slack's messages, or view_too_large.
    """
    if not isinstance(view, dict):
        raise invalid_arguments("missing required field: view")
    if len(json.dumps(view).encode()) > MOST_VIEW_BYTES:
        raise SlackError("view_too_large")
    if errors := check_view(view):
        raise invalid_arguments(*errors)
    body = {name: view[name] for name in KEPT if view.get(name) is not None}
    body["blocks"] = with_ids(body["blocks"], slack.ids)
    return body


def new_view(slack: Slack, app: App, user: str, body: Json) -> View:
    """Returns a view that is not shown yet; raises duplicate_external_id."""
    external_id = body.get("external_id", "")
    if slack.modals.find_external(app.id, external_id):
        raise SlackError("duplicate_external_id")
    return View(
        id=slack.ids.next_id("V"),
        app_id=app.id,
        user=user,
        type=body["type"],
        body=body,
        hash=slack.ids.next_hash(),
    )


def replace(slack: Slack, view: View, body: Json) -> None:
    """Puts a new body into a view; values of inputs that stay (same block_id and action_id) are kept."""
    kept = {block.get("block_id") for block in body["blocks"]}
    view.values = {block: values for block, values in view.values.items() if block in kept}
    view.body, view.hash = body, slack.ids.next_hash()


@method("views.open", tier=4)
def views_open(slack: Slack, call: Call) -> Json:
    """Opens a modal for the person the trigger_id belongs to."""
    body, trigger = _modal(slack, call)
    view = new_view(slack, call.caller, trigger.user, body)
    slack.modals.open(view)
    return _shown(slack, view, "view_open")


@method("views.push", tier=4)
def views_push(slack: Slack, call: Call) -> Json:
    """Puts a modal on top of the one the trigger_id came from."""
    body, trigger = _modal(slack, call)
    if not slack.modals.stack(trigger.user):
        raise SlackError("not_found")
    view = new_view(slack, call.caller, trigger.user, body)
    slack.modals.push(view)
    return _shown(slack, view, "view_push")


@method("views.update", tier=4)
def views_update(slack: Slack, call: Call) -> Json:
    """Changes an open modal, found by view_id or external_id; a stale hash is refused."""
    app = call.caller
    body = read_view(slack, call.structure("view"))
    if call.text("view_id"):
        view = slack.modals.find(call.text("view_id"))
    else:
        view = slack.modals.find_external(app.id, call.text("external_id"))
    if view is None or view.app_id != app.id:
        raise SlackError("not_found")
    if call.text("hash") and call.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    replace(slack, view, body)
    return _shown(slack, view, "view_update")


@method("views.publish", tier=4)
def views_publish(slack: Slack, call: Call) -> Json:
    """Replaces one person's Home tab; a stale hash is refused."""
    app = call.caller
    user = get_user(slack, call.text("user_id"))
    if not app.has_home:
        raise SlackError("not_enabled")
    body = read_view(slack, call.structure("view"))
    if body["type"] != "home":
        raise invalid_arguments("must be a valid view type: home [json-pointer:/view/type]")
    key = f"{app.id} {user.id}"
    view = slack.state.homes.get(key)
    if view is not None:
        if call.text("hash") and call.text("hash") != view.hash:
            raise SlackError("hash_conflict")
        replace(slack, view, body)
    else:
        view = slack.state.homes[key] = new_view(slack, app, user.id, body)
    shape = view_json(slack.state, view)
    slack.live.send({"type": "home", "app": app.id, "view": shape}, [user.id])
    return {"view": shape}


def _modal(slack: Slack, call: Call) -> tuple[Json, Trigger]:
    body = read_view(slack, call.structure("view"))
    if body["type"] != "modal":
        raise invalid_arguments("must be a valid view type: modal [json-pointer:/view/type]")
    return body, slack.tickets.use_trigger(call.caller.id, call.text("trigger_id"))


def _shown(slack: Slack, view: View, frame: str) -> Json:
    shape = view_json(slack.state, view)
    slack.live.send({"type": frame, "view": shape}, [view.user])
    return {"view": shape}
