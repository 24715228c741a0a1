"""Installing an app from its manifest: the ids, the tokens and the bot user it gets."""

from playground.server.errors import SlackError
from playground.server.ids import Ids, derived
from playground.server.kinds import Json
from playground.server.manifest import section
from playground.server.state import App, Channel, State, User

MODES = ("socket", "http")
GIVEN = ("app_id", "bot_id", "bot_user_id", "bot_token", "app_token", "signing_secret")


def install_app(state: State, ids: Ids, wanted: Json) -> App:
    """Installs (or updates) the app described by `wanted`, as POST /_control/apps takes it, and returns it.

    An app of the same id, or without an id of the same name, keeps its ids, its messages and (unless
    others are given) its tokens, and gets the new manifest. The app installed last answers a command that
    two apps claim. Raises invalid_arguments when the manifest has no name, the mode is unknown, or a token
    is another app's; channel_not_found for a channel it cannot be put into.
    """
    manifest, name = _read_manifest(wanted)
    mode = wanted.get("mode") or _declared_mode(manifest)
    if mode not in MODES:
        raise SlackError("invalid_arguments", detail=f"mode must be one of {list(MODES)}")
    _check_given(state, wanted)
    channels = _named_channels(state, wanted.get("channels") or [])
    app = _existing(state, wanted, name) or _new_app(state, ids, wanted, name)
    app.name, app.manifest, app.mode = name, manifest, mode
    app.request_url = wanted.get("request_url") or app.request_url
    for secret in ("bot_token", "app_token", "signing_secret"):
        setattr(app, secret, wanted.get(secret) or getattr(app, secret))
    # Last in the table means asked first for a command.
    state.apps.pop(app.id, None)
    state.apps[app.id] = app
    _bot_user(state, app)
    for channel in channels:
        # As if somebody had invited it long ago: without an event.
        if app.bot_user_id not in channel.members:
            channel.members.append(app.bot_user_id)
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
    return "socket" if section(manifest, "settings").get("socket_mode_enabled", True) else "http"


def _existing(state: State, wanted: Json, name: str) -> App | None:
    if wanted.get("app_id"):
        return state.apps.get(wanted["app_id"])
    return next((app for app in state.apps.values() if app.name == name), None)


def _read_manifest(wanted: Json) -> tuple[Json, str]:
    manifest = wanted.get("manifest")
    if not isinstance(manifest, dict):
        raise SlackError("invalid_arguments", detail="manifest must be an object, as in Slack's app settings")
    name = _name(wanted)
    if not isinstance(name, str) or not name:
        raise SlackError("invalid_arguments", detail="the manifest needs display_information.name")
    return manifest, name


def _check_given(state: State, wanted: Json) -> None:
    for key in GIVEN:
        if wanted.get(key) is not None and not isinstance(wanted[key], str):
            raise SlackError("invalid_arguments", detail=f"{key} must be a string")
    for app in state.apps.values():
        # An app that is known by name alone may be given its own tokens again.
        same = app.id == wanted.get("app_id") or app.name == _name(wanted)
        if not same and {wanted.get("bot_token"), wanted.get("app_token")} & {app.bot_token, app.app_token}:
            raise SlackError("invalid_arguments", detail=f"{app.name} ({app.id}) has this token already")


def _name(wanted: Json) -> object:
    return section(wanted, "manifest", "display_information").get("name")


def _new_app(state: State, ids: Ids, wanted: Json, name: str) -> App:
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


def _named_channels(state: State, names: object) -> list[Channel]:
    found = []
    for name in names if isinstance(names, list) else [names]:
        channel = next((c for c in state.channels.values() if name in (c.id, c.name, f"#{c.name}")), None)
        if channel is None:
            raise SlackError("channel_not_found", detail=f"channels: there is no {name!r}")
        found.append(channel)
    return found


def _bot_user(state: State, app: App) -> None:
    display = str(section(app.manifest, "features", "bot_user").get("display_name") or app.name)
    state.users[app.bot_user_id] = User(
        id=app.bot_user_id,
        name=display.lower().replace(" ", "_"),
        real_name=display,
        display_name=display,
        title=str(section(app.manifest, "display_information").get("description") or ""),
        team_id=state.team["id"],
        is_bot=True,
        bot_id=app.bot_id,
        app_id=app.id,
    )
