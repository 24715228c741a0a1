"""Installing an app from its manifest: the ids, the tokens and the bot user it gets."""

from playground.server.errors import SlackError
from playground.server.ids import Ids, derived
from playground.server.kinds import Json
from playground.server.state import App, State, User

MODES = ("socket", "http")
GIVEN = ("app_id", "bot_id", "bot_user_id", "bot_token", "app_token", "signing_secret")


def install_app(state: State, ids: Ids, wanted: Json) -> App:
    """Installs (or updates) the app described by `wanted`, as POST /_control/apps takes it, and returns it.

    An app of the same id, or without an id of the same name, keeps its ids and tokens and gets the new
    manifest. Raises invalid_arguments when the manifest has no name or the mode is unknown, and
    slash_command_taken-like clashes never: the app installed last answers a command two apps claim.
    """
    manifest = wanted.get("manifest")
    if not isinstance(manifest, dict):
        raise SlackError("invalid_arguments", detail="manifest must be an object, as in Slack's app settings")
    name = manifest.get("display_information", {}).get("name")
    if not isinstance(name, str) or not name:
        raise SlackError("invalid_arguments", detail="the manifest needs display_information.name")
    mode = wanted.get("mode") or _declared_mode(manifest)
    if mode not in MODES:
        raise SlackError("invalid_arguments", detail=f"mode must be one of {list(MODES)}")
    app = _existing(state, wanted, name) or _new_app(state, ids, wanted, name)
    app.name, app.manifest, app.mode = name, manifest, mode
    app.request_url = wanted.get("request_url") or app.request_url
    # Last in the table means asked first for a command.
    state.apps.pop(app.id, None)
    state.apps[app.id] = app
    _bot_user(state, app)
    _join(state, app, wanted.get("channels") or [])
    return app


def installed_json(app: App) -> Json:
    """Returns what whoever runs the app needs to know, tokens included."""
    return {
        "ok": True,
        "app_id": app.id,
        "name": app.name,
        "mode": app.mode,
        "request_url": app.request_url,
        "bot_user_id": app.bot_user_id,
        "bot_id": app.bot_id,
        "bot_token": app.bot_token,
        "app_token": app.app_token,
        "signing_secret": app.signing_secret,
    }


def _declared_mode(manifest: Json) -> str:
    return "socket" if manifest.get("settings", {}).get("socket_mode_enabled", True) else "http"


def _existing(state: State, wanted: Json, name: str) -> App | None:
    if wanted.get("app_id"):
        return state.apps.get(wanted["app_id"])
    return next((app for app in state.apps.values() if app.name == name), None)


def _new_app(state: State, ids: Ids, wanted: Json, name: str) -> App:
    for key in GIVEN:
        if key in wanted and not isinstance(wanted[key], str):
            raise SlackError("invalid_arguments", detail=f"{key} must be a string")
    app_id = wanted.get("app_id") or ids.next_id("A")
    seed = f"{state.team['id']} {app_id}"
    return App(
        id=app_id,
        name=name,
        manifest={},
        mode="socket",
        request_url="",
        bot_id=wanted.get("bot_id") or ids.next_id("B"),
        bot_user_id=wanted.get("bot_user_id") or ids.next_id("U"),
        bot_token=wanted.get("bot_token") or f"xoxb-local-{derived('bot', seed, 24)}",
        app_token=wanted.get("app_token") or f"xapp-1-{app_id}-{derived('app', seed, 32)}",
        signing_secret=wanted.get("signing_secret") or derived("signing", seed, 32),
        verification_token=derived("verification", seed, 24),
    )


def _join(state: State, app: App, channels: object) -> None:
    """Puts the bot into channels named by id or name, as if somebody had invited it long ago."""
    for name in channels if isinstance(channels, list) else [channels]:
        found = [c for c in state.channels.values() if name in (c.id, c.name, f"#{c.name}")]
        if not found:
            raise SlackError("channel_not_found", detail=f"channels: there is no {name!r}")
        if app.bot_user_id not in found[0].members:
            found[0].members.append(app.bot_user_id)


def _bot_user(state: State, app: App) -> None:
    features = app.manifest.get("features", {})
    display = features.get("bot_user", {}).get("display_name") or app.name
    state.users[app.bot_user_id] = User(
        id=app.bot_user_id,
        name=display.lower().replace(" ", "_"),
        real_name=display,
        display_name=display,
        title=app.manifest.get("display_information", {}).get("description", ""),
        team_id=state.team["id"],
        is_bot=True,
        bot_id=app.bot_id,
        app_id=app.id,
    )
