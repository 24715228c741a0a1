"""The parts that interaction payloads share."""

from playground.server.deliver.tickets import ResponseUrl
from playground.server.errors import Refused
from playground.server.kinds import Json
from playground.server.slack import Slack
from playground.server.state import App, Channel, User


def get_person(slack: Slack, user: object) -> User:
    """Returns the person acting; raises Refused for an id that is nobody's."""
    person = slack.state.users.get(user) if isinstance(user, str) else None
    if person is None or person.is_bot:
        raise Refused(
            f"There is no person {user!r} in this workspace. Pick one of those in the list of people."
        )
    return person


def get_app(slack: Slack, app_id: object) -> App:
    """Returns an installed app; raises Refused for an id that is no app's."""
    app = slack.state.apps.get(app_id) if isinstance(app_id, str) else None
    if app is None:
        raise Refused("This app is not installed here any more. Reload the page.")
    return app


def interaction(slack: Slack, app: App, person: User, kind: str, *, view_id: str = "") -> Json:
    """Returns what every interaction payload begins with, with a fresh trigger_id."""
    return {
        "type": kind,
        "token": app.verification_token,
        "action_ts": slack.ids.next_ts(),
        "team": {"id": slack.state.team["id"], "domain": slack.state.team["domain"]},
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "api_app_id": app.id,
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": slack.tickets.new_trigger(app.id, person.id, view_id),
    }


def response_url(
    slack: Slack,
    app: App,
    person: User,
    channel: Channel,
    *,
    source_ts: str = "",
    ephemeral: bool = False,
    thread_ts: str = "",
) -> str:
    """Returns an absolute response_url for this person in this channel."""
    right = ResponseUrl(
        app=app.id,
        user=person.id,
        channel=channel.id,
        at=slack.steady(),
        source_ts=source_ts,
        source_ephemeral=ephemeral,
        thread_ts=thread_ts,
    )
    return slack.base_url + slack.tickets.new_response_url(right)


def channel_name(channel: Channel) -> str:
    """Returns the name payloads give: directmessage, privategroup, or the channel's own."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


FAILURES = {
    "operation_timeout": "the app did not answer within 3 seconds",
    "dispatch_failed": "the app could not be reached",
}


def failure(what: str, error: str) -> Refused:
    """Returns the sentence Slack shows when an app does not acknowledge, with the cause in words."""
    return Refused(
        f'{what} failed with the error "{error}" ({FAILURES.get(error, "it answered with an error")}).'
    )
