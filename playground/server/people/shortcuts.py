"""Global shortcuts and message shortcuts."""

from playground.server.errors import Refused
from playground.server.kinds import Json
from playground.server.people.acting import get_message
from playground.server.people.payloads import failure, get_app, get_person, interaction, response_url
from playground.server.shapes import message_json
from playground.server.slack import Slack
from playground.server.state import App, User


async def use_shortcut(
    slack: Slack, user: str, app_id: str, callback_id: str, channel: str = "", message_ts: str = ""
) -> None:
    """Delivers a shortcut, with the message it was used on; raises Refused when the app has none such."""
    person = get_person(slack, user)
    app = get_app(slack, app_id)
    declared = next((s for s in app.shortcuts if s.get("callback_id") == callback_id), None)
    if declared is None:
        raise Refused(f"{app.name} has no shortcut {callback_id!r}.")
    if declared.get("type") == "message":
        payload = _on_message(slack, app, person, channel, message_ts)
    else:
        payload = interaction(slack, app, person, "shortcut")
    payload["callback_id"] = callback_id
    answer = await slack.dispatch.deliver(app, "interactive", payload)
    if not answer.acked:
        raise failure(str(declared.get("name", "This shortcut")), answer.error)


def _on_message(slack: Slack, app: App, person: User, channel_id: str, message_ts: str) -> Json:
    channel, message = get_message(slack, person, {"channel": channel_id, "message_ts": message_ts})
    payload = interaction(slack, app, person, "message_action")
    return payload | {
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": message_json(slack.state, message),
        "response_url": response_url(slack, app, person, channel),
    }
