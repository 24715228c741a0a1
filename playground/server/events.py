"""Events API: which app hears of what, and the envelope it comes in."""

from collections.abc import Iterable

from playground.server.ids import derived
from playground.server.kinds import Json
from playground.server.slack import Slack
from playground.server.state import App, Channel


def emit(
    slack: Slack,
    event: Json,
    *,
    members_of: Channel | None = None,
    only: Iterable[App] | None = None,
    subscribed_as: str = "",
) -> None:
    """Sends an event, in the background, to each app that subscribed to it.

    `members_of` leaves out apps whose bot is not in that channel, `only` all others than these, and
    `subscribed_as` names the subscription where it differs from the event's type (`message.channels`).
    """
    name = subscribed_as or event["type"]
    apps = list(slack.state.apps.values() if only is None else only)
    for app in apps:
        if name not in app.bot_events:
            continue
        if members_of is not None and app.bot_user_id not in members_of.members:
            continue
        slack.spawn(slack.dispatch.deliver_event(app, envelope(slack, app, event)))


def envelope(slack: Slack, app: App, event: Json) -> Json:
    """Returns the event_callback payload around one event."""
    event = {"event_ts": slack.ids.next_ts(), **event}
    number = slack.ids.next_number("Ev")
    return {
        "token": app.verification_token,
        "team_id": slack.state.team["id"],
        "context_team_id": slack.state.team["id"],
        "context_enterprise_id": None,
        "api_app_id": app.id,
        "event": event,
        "type": "event_callback",
        # Unlike other ids this one must not repeat after a reset: apps remember it for a day.
        "event_id": f"Ev{number:04d}{derived('event', f'{slack.clock()} {number}', 8).upper()}",
        "event_time": int(slack.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": slack.state.team["id"],
                "user_id": app.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{derived('context', str(number), 16)}",
    }


def channel_type(channel: Channel) -> str:
    """Returns a message event's channel_type: im, mpim, group or channel."""
    if channel.is_im:
        return "im"
    if channel.is_mpim:
        return "mpim"
    return "group" if channel.is_private else "channel"


def emit_message(slack: Slack, channel: Channel, event: Json) -> None:
    """Sends a message event to the apps in the channel that read this kind of channel."""
    kind = channel_type(channel)
    name = f"message.{'im' if kind == 'im' else kind if kind == 'mpim' else kind + 's'}"
    event = {**event, "type": "message", "channel": channel.id, "channel_type": kind}
    emit(slack, event, members_of=channel, subscribed_as=name)
