"""Real Bolt apps for the tests: one set of listeners, served over Socket Mode or over signed HTTP."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk import WebClient

from playground import Installed, LocalSlack
from playground.server.kinds import Json

WORKSPACE: Json = {
    "team": {"id": "T1", "name": "Harbour", "domain": "harbour"},
    "users": [
        {"id": "U1", "name": "ada", "real_name": "Ada Okafor", "email": "ada@example.com", "is_admin": True},
        {"id": "U2", "name": "ben", "real_name": "Ben Sørensen", "tz": "Europe/Copenhagen"},
        {"id": "U3", "name": "gus", "real_name": "Gus Guest", "is_guest": True},
        {"id": "U4", "name": "eve", "real_name": "Eve Elsewhere", "is_external": True, "team_id": "T9"},
    ],
    "channels": [
        {"id": "C1", "name": "general"},
        {"id": "C2", "name": "alerts", "topic": "What needs a look", "members": ["U1", "U2", "U3"]},
        {"id": "C3", "name": "board", "is_private": True, "members": ["U1"]},
    ],
    "usergroups": [{"id": "S1", "handle": "leads", "users": ["U1"]}],
}

Listeners = Callable[[App], None]


def manifest(**features: Any) -> Json:
    """Returns a manifest with one command and every event these tests use."""
    return {
        "display_information": {"name": "Tide", "description": "Tells the tide"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "bot_user": {"display_name": "tide"},
            "slash_commands": [
                {"command": "/tide", "description": "Tells the tide", "usage_hint": "[port]"},
                {"command": "/escape", "description": "Escapes", "should_escape": True},
            ],
            "shortcuts": [
                {"name": "Log", "type": "global", "callback_id": "log", "description": "Logs"},
                {"name": "Pin", "type": "message", "callback_id": "pin", "description": "Pins"},
            ],
            **features,
        },
        "settings": {
            "event_subscriptions": {
                "bot_events": [
                    "app_home_opened",
                    "app_mention",
                    "member_joined_channel",
                    "message.channels",
                    "message.im",
                    "reaction_added",
                ]
            },
            "interactivity": {"is_enabled": True},
        },
    }


def bolt_app(slack: LocalSlack, installed: Installed) -> App:
    """Returns a Bolt app whose client talks to the local Slack."""
    return App(client=client_of(slack, installed), signing_secret=installed.signing_secret)


def client_of(slack: LocalSlack, installed: Installed) -> WebClient:
    """Returns the app's client; it never retries by itself."""
    return WebClient(token=installed.bot_token, base_url=slack.api_url, retry_handlers=[])


@contextmanager
def over_socket(
    slack: LocalSlack, listeners: Listeners, app_manifest: Json | None = None
) -> Iterator[Installed]:
    """Runs the listeners over Socket Mode, connected before the block begins."""
    installed = slack.install(app_manifest or manifest())
    app = bolt_app(slack, installed)
    listeners(app)
    handler = SocketModeHandler(app, installed.app_token)
    handler.connect()
    try:
        slack.wait_for(lambda: slack.connected(installed.app_id))
        yield installed
    finally:
        # The client's reader sleeps in recv for up to 3 s; a broken connection wakes it.
        handler.client.auto_reconnect_enabled = False
        slack.disconnect(installed.app_id, "abort")
        # Where the reader has closed its socket in the same instant, slack_sdk closes None.
        with suppress(AttributeError):
            handler.close()


@contextmanager
def over_http(
    slack: LocalSlack, listeners: Listeners, app_manifest: Json | None = None
) -> Iterator[Installed]:
    """Runs the listeners behind a real HTTP server on a free port."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    installed = slack.install(app_manifest or manifest(), mode="http")
    app = bolt_app(slack, installed)
    listeners(app)
    with make_server("127.0.0.1", 0, SlackRequestHandler(app), handler_class=Quiet) as server:
        url = f"http://127.0.0.1:{server.server_port}/slack/events"
        slack.install(app_manifest or manifest(), mode="http", request_url=url)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield installed
        finally:
            server.shutdown()
            thread.join()


BY = {"socket": over_socket, "http": over_http}
