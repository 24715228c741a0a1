"""api.test, auth.test, apps.connections.open, bots.info and team.info."""

from playground.server.api.method import Call, method
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.shapes import bot_json
from playground.server.slack import Slack


@method("api.test", tier=4, token="none")
def api_test(slack: Slack, call: Call) -> Json:
    """Returns the arguments, or the error they ask for."""
    if call.text("error"):
        raise SlackError(call.text("error"), args=call.args)
    return {"args": {name: value for name, value in call.args.items() if name != "token"}}


@method("auth.test", tier=4)
def auth_test(slack: Slack, call: Call) -> Json:
    """Returns who the token is."""
    app, team = call.caller, slack.state.team
    return {
        "url": f"{slack.base_url}/",
        "team": team["name"],
        "user": slack.state.users[app.bot_user_id].name,
        "team_id": team["id"],
        "user_id": app.bot_user_id,
        "bot_id": app.bot_id,
        "app_id": app.id,
        "is_enterprise_install": False,
    }


# Documented as tier 1 (one a minute and more); Slack lets ten connections be opened in a row.
@method("apps.connections.open", tier=2, token="app")
def apps_connections_open(slack: Slack, call: Call) -> Json:
    """Returns a WebSocket URL good for one connection."""
    app = call.caller
    if app.mode != "socket":
        raise SlackError("socket_mode_not_enabled")
    ticket = slack.sockets.new_ticket(app.id)
    host = slack.base_url.removeprefix("http://")
    return {"url": f"ws://{host}/link/?ticket={ticket}&app_id={app.id}"}


@method("bots.info", tier=3, scopes=("users:read",))
def bots_info(slack: Slack, call: Call) -> Json:
    """Returns the bot with this id, or the caller's own."""
    wanted = call.text("bot") or call.caller.bot_id
    app = next((app for app in slack.state.apps.values() if app.bot_id == wanted), None)
    if app is None:
        raise SlackError("bot_not_found")
    return {"bot": bot_json(app, slack.state.team["id"])}


@method("team.info", tier=3, scopes=("team:read",))
def team_info(slack: Slack, call: Call) -> Json:
    """Returns the workspace."""
    team = slack.state.team
    shape = {"id": team["id"], "name": team["name"], "domain": team["domain"], "email_domain": ""}
    return {"team": shape | {"icon": {}, "url": f"{slack.base_url}/", "is_verified": False}}
