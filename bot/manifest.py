"""The Slack app's manifest: what a workspace admin pastes to create the app."""

from typing import Any

NAME = "Staysail"
COMMANDS = (
    ("/cs", "Ask about your accounts", "score <account> | portfolio | help"),
    ("/score", "Show an account's health score and why", "<account>"),
    ("/portfolio", "Show a book of business by ARR at risk", "[csm|segment|level …]"),
)
#: Scope by scope, what would not work without it.
SCOPES = {
    "commands": "slash commands",
    "chat:write": "alerts and their edits",
    "channels:join": "joining the public channels named in staysail.yaml",
    "im:write": "alerts by direct message",
    "channels:read": "finding a public channel by its name",
    "groups:read": "finding a private channel by its name",
    "channels:history": "finding an alert whose confirmation was lost, so that it is not posted twice",
    "groups:history": "the same in private channels",
    "im:history": "the same in direct messages",
    "users:read": "names and time zones",
    "users:read.email": "knowing who of people.csv is asking",
}
EVENTS = ("app_home_opened",)


def build_manifest(*, request_url: str | None = None) -> dict[str, Any]:
    """The manifest, for Socket Mode, or for HTTP when Slack is to deliver to ``request_url``."""
    commands = [
        {"command": command, "description": text, "usage_hint": hint, "should_escape": False}
        for command, text, hint in COMMANDS
    ]
    settings: dict[str, Any] = {
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {"bot_events": list(EVENTS)},
        "socket_mode_enabled": request_url is None,
        "org_deploy_enabled": False,
        "token_rotation_enabled": False,
    }
    if request_url is not None:
        settings["interactivity"]["request_url"] = request_url
        settings["event_subscriptions"]["request_url"] = request_url
        for command in commands:
            command["url"] = request_url
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": NAME,
            "description": "Health scores that explain themselves, and alerts to act on",
            "background_color": "#12343b",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": commands,
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": settings,
    }
