"""A small Bolt app that does, over Socket Mode, all that the page must show."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gallery
from gallery import mrkdwn, plain
from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from playground import Installed, LocalSlack

Json = dict[str, Any]

WORKSPACE: Json = {
    "team": {"id": "T1", "name": "Harbour", "domain": "harbour"},
    "users": [
        {
            "id": "U1",
            "name": "ada",
            "real_name": "Ada Okafor",
            "title": "Harbour master",
            "tz": "Europe/Oslo",
        },
        {"id": "U2", "name": "ben", "real_name": "Ben Sørensen", "title": "Pilot", "tz": "America/New_York"},
        {"id": "U3", "name": "cleo", "real_name": "Cleo Marsh", "title": "Crane operator", "tz": "UTC"},
    ],
    "channels": [
        {"id": "C1", "name": "general", "topic": "Everything and the weather"},
        {"id": "C2", "name": "alerts", "topic": "What needs a look"},
        {"id": "C3", "name": "board", "is_private": True, "members": ["U1"]},
    ],
}
MANIFEST: Json = {
    "display_information": {"name": "Tide", "description": "Keeps the harbour running"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "tide"},
        "slash_commands": [
            {
                "command": "/tide",
                "description": "Ask the harbour",
                "usage_hint": "[desk | note | gallery | …]",
            },
            {"command": "/tidy", "description": "Clean the quay"},
        ],
        "shortcuts": [
            {"name": "Log a call", "type": "global", "callback_id": "log", "description": "Opens the log"},
            {"name": "Pin to rota", "type": "message", "callback_id": "pin", "description": "Pins it"},
        ],
    },
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened", "message.channels", "message.im"]},
        "interactivity": {"is_enabled": True},
    },
}
SHIPS = ["Aurora", "Borealis", "Castor", "Pollux"]


def desk(line: str) -> list[Json]:
    """Returns a message's blocks with a button, a select and a suggestion list."""
    return [
        {"type": "section", "block_id": "line", "text": mrkdwn(line)},
        {
            "type": "actions",
            "block_id": "deeds",
            "elements": [
                {
                    "type": "button",
                    "action_id": "take",
                    "text": plain("Acknowledge"),
                    "style": "primary",
                    "value": "7",
                },
                {"type": "button", "action_id": "fail", "text": plain("Fail")},
                {
                    "type": "static_select",
                    "action_id": "port",
                    "placeholder": plain("Choose a port"),
                    "options": gallery.PORTS,
                },
                {
                    "type": "external_select",
                    "action_id": "ship",
                    "placeholder": plain("Find a ship"),
                    "min_query_length": 1,
                },
            ],
        },
    ]


NOTE: Json = {
    "type": "modal",
    "callback_id": "note",
    "title": plain("A note"),
    "submit": plain("Save"),
    "blocks": [gallery.field("name", "Ship", {"type": "plain_text_input"})],
}
FORM: Json = NOTE | {"callback_id": "form", "title": plain("Register a ship"), "blocks": gallery.FORM}


def level(number: int, title: str = "") -> Json:
    """Returns a modal that opens the next one on top of itself, or changes its own title."""
    buttons = [
        {"type": "button", "action_id": "deeper", "text": plain("Deeper"), "value": str(number + 1)},
        {"type": "button", "action_id": "rename", "text": plain("Rename"), "value": str(number)},
    ]
    return {
        "type": "modal",
        "title": plain(title or f"Level {number}"),
        "blocks": [{"type": "actions", "block_id": "ways", "elements": buttons}],
    }


def on_deeper(ack: Ack, body: Json, action: Json, client: WebClient) -> None:
    """Opens the next modal on top."""
    ack()
    client.views_push(trigger_id=body["trigger_id"], view=level(int(action["value"])))


def on_rename(ack: Ack, body: Json, action: Json, client: WebClient) -> None:
    """Changes the modal in place."""
    ack()
    client.views_update(view_id=body["view"]["id"], view=level(int(action["value"]), "Renamed"))


def on_command(ack: Ack, body: Json, client: WebClient, say: Any, respond: Any) -> None:
    """Does what the word after the command names."""
    ack()
    verb, _, rest = body["text"].partition(" ")
    if verb == "desk":
        say(text="Berth 7 is taken", blocks=desk("Berth *7* is taken"))
    elif verb == "note":
        client.views_open(trigger_id=body["trigger_id"], view=NOTE)
    elif verb == "deep":
        client.views_open(trigger_id=body["trigger_id"], view=level(1))
    elif verb == "form":
        client.views_open(trigger_id=body["trigger_id"], view=FORM)
    elif verb == "gallery":
        for number, blocks in enumerate(gallery.MESSAGES):
            client.chat_postMessage(channel=body["channel_id"], text=f"Gallery {number}", blocks=blocks)
    elif verb == "think":
        channel = body["channel_id"]
        client.assistant_threads_setStatus(channel_id=channel, thread_ts="", status="is reading the tables…")
        prompts = [{"title": "And tomorrow?", "message": "What about tomorrow?"}]
        client.assistant_threads_setSuggestedPrompts(channel_id=channel, thread_ts="", prompts=prompts)
    elif verb == "danger":
        say(text="Danger ahead", blocks=gallery.ELEMENTS[:1])
    elif verb == "bar":
        bars = [{"color": "#c0143c", "blocks": [{"type": "section", "text": mrkdwn("Behind a *bar*")}]}]
        say(text="With a bar", attachments=bars)
    else:
        respond(f"Low tide at noon. You said: {rest or verb}")


def on_take(ack: Ack, body: Json, client: WebClient) -> None:
    """Edits the message in place and tells the clicker."""
    ack()
    channel, ts, user = body["channel"]["id"], body["message"]["ts"], body["user"]["id"]
    done = [{"type": "section", "block_id": "line", "text": mrkdwn(f"Acknowledged by <@{user}>")}]
    client.chat_update(channel=channel, ts=ts, text="Acknowledged", blocks=done)
    client.chat_postEphemeral(channel=channel, user=user, text="Thank you, it is yours now.")


def on_choice(ack: Ack, body: Json, client: WebClient) -> None:
    """Writes down, in the message's thread, what was chosen and what the message's state says."""
    ack()
    action = body["actions"][0]
    chosen = action.get("selected_option", {}).get("value")
    held = body["state"]["values"]["deeds"][action["action_id"]]["selected_option"]["value"]
    client.chat_postMessage(
        channel=body["channel"]["id"], thread_ts=body["message"]["ts"], text=f"Chosen {chosen}, held {held}"
    )


def on_sink(ack: Ack, body: Json, client: WebClient) -> None:
    """Says what was confirmed, or chosen from the menu."""
    ack()
    action = body["actions"][0]
    said = f"More: {action['selected_option']['value']}" if action["type"] == "overflow" else "Sunk"
    client.chat_postMessage(channel=body["channel"]["id"], text=said)


def on_save(ack: Ack, view: Json, body: Json, client: WebClient) -> None:
    """Refuses a name without a capital, else saves."""
    name = view["state"]["values"]["name"]["name"]["value"]
    if not name[0].isupper():
        ack(response_action="errors", errors={"name": "Ships have a capital letter."})
        return
    ack()
    client.chat_postMessage(channel="C1", text=f"{name} is in the book, says <@{body['user']['id']}>")


def on_home(event: Json, client: WebClient) -> None:
    """Publishes the reader's Home tab."""
    if event["tab"] == "home":
        client.views_publish(user_id=event["user"], view=home(f"Good day, <@{event['user']}>"))


def home(line: str) -> Json:
    """Returns a Home tab with a button that changes its first line."""
    button = {"type": "button", "action_id": "again", "text": plain("Look again")}
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": plain("Your watch")},
            {"type": "section", "block_id": "hello", "text": mrkdwn(line), "accessory": button},
            *gallery.ELEMENTS[1:],
        ],
    }


def on_again(ack: Ack, body: Json, client: WebClient) -> None:
    """Publishes the Home tab anew."""
    ack()
    client.views_publish(user_id=body["user"]["id"], view=home("All is calm"))


@dataclass(slots=True)
class Running:
    """The app while it runs: who it is, and the form it was sent last."""

    installed: Installed
    forms: list[Json] = field(default_factory=list)


def build_app(client: WebClient, forms: list[Json]) -> App:
    """Returns the app with its listeners; what its form is sent is appended to `forms`."""
    app = App(client=client, signing_secret="unused")
    app.command("/tide")(on_command)
    app.action("take")(on_take)
    app.action("port")(on_choice)
    app.action("ship")(on_choice)
    app.action("again")(on_again)
    app.action("danger")(on_sink)
    app.action("more")(on_sink)
    app.action("deeper")(on_deeper)
    app.action("rename")(on_rename)
    app.view("note")(on_save)
    app.event("app_home_opened")(on_home)

    @app.options("ship")
    def suggest(ack: Ack, body: Json) -> None:
        typed = body["value"].lower()
        found = [gallery.option(s.lower(), s) for s in SHIPS if typed in s.lower()]
        ack(options=found)

    @app.view("form")
    def keep(ack: Ack, view: Json) -> None:
        forms.append(view["state"]["values"])
        ack()

    @app.shortcut("log")
    def log(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=NOTE)

    @app.shortcut("pin")
    def pin(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel=body["channel"]["id"], thread_ts=body["message"]["ts"], text="Pinned")

    @app.event("message")
    def quiet() -> None:
        """Messages are acknowledged, so that they are not delivered again."""

    return app


@contextmanager
def running(slack: LocalSlack, closing: Executor) -> Iterator[Running]:
    """Runs the app over Socket Mode, connected before the block begins and closed by `closing` after it."""
    installed = slack.install(MANIFEST)
    client = WebClient(token=installed.bot_token, base_url=slack.api_url, retry_handlers=[])
    app = Running(installed)
    handler = SocketModeHandler(build_app(client, app.forms), installed.app_token)
    handler.connect()
    try:
        slack.wait_for(lambda: slack.connected(installed.app_id))
        for channel in ("C1", "C2"):
            slack.invite(channel, installed.bot_user_id)
        yield app
    finally:
        # The client takes a second to close even when its connection is gone: no test needs to wait for it.
        handler.client.auto_reconnect_enabled = False
        slack.disconnect(installed.app_id, "abort")
        closing.submit(handler.close)
