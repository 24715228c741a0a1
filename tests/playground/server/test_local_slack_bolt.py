"""A Bolt app does everything a Bolt app does, over Socket Mode and over signed HTTP."""

from typing import Any

import pytest
from bolt_apps import BY, client_of
from slack_bolt import App

from playground import LocalSlack
from playground.server.kinds import Json

BUTTON: Json = {
    "type": "actions",
    "elements": [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": "Seen"},
            "action_id": "seen",
            "value": "7",
            "style": "primary",
        }
    ],
}
MODAL: Json = {
    "type": "modal",
    "callback_id": "note",
    "title": {"type": "plain_text", "text": "A note"},
    "submit": {"type": "plain_text", "text": "Save"},
    "private_metadata": "port=7",
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Why"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


@pytest.fixture(params=["socket", "http"])
def by(request: pytest.FixtureRequest) -> Any:
    """Each way an app can listen."""
    return BY[request.param]


def test_a_command_is_answered_to_the_person_alone(slack: LocalSlack, by: Any) -> None:
    seen: list[Json] = []

    def listeners(app: App) -> None:
        @app.command("/tide")
        def tide(ack: Any, command: Json, respond: Any) -> None:
            ack()
            seen.append(command)
            respond(text=f"High water at {command['text']}: 14:02")

    with by(slack, listeners) as installed:
        assert slack.command("U1", "C1", "/tide Oslo") == {"ok": True, "ts": None}
        [answer] = slack.wait_for(lambda: slack.messages("C1", as_="U1"))
    assert answer["text"] == "High water at Oslo: 14:02"
    assert answer["ephemeral"]
    assert answer["user"] == installed.bot_user_id
    assert slack.messages("C1", as_="U2") == []
    assert seen[0]["api_app_id"] == installed.app_id
    assert (seen[0]["user_id"], seen[0]["channel_id"], seen[0]["channel_name"]) == ("U1", "C1", "general")
    assert (seen[0]["team_id"], seen[0]["team_domain"], seen[0]["user_name"]) == ("T1", "harbour", "ada")


def test_a_click_changes_the_message_in_place(slack: LocalSlack, by: Any) -> None:
    clicks: list[Json] = []

    def listeners(app: App) -> None:
        @app.action("seen")
        def seen(ack: Any, body: Json, client: Any) -> None:
            ack()
            clicks.append(body)
            client.chat_update(
                channel=body["channel"]["id"],
                ts=body["message"]["ts"],
                text=f"Seen by <@{body['user']['id']}>",
            )

    with by(slack, listeners) as installed:
        slack.invite("C2", installed.bot_user_id)
        client = client_of(slack, installed)
        ts = client.chat_postMessage(channel="C2", text="Low water", blocks=[BUTTON])["ts"]
        assert slack.click("U2", "C2", ts, "seen") == {"ok": True}
        slack.wait_for(lambda: "Seen by <@U2>" in [m["text"] for m in slack.messages("C2")])
    [message] = slack.messages("C2")
    assert message["ts"] == ts
    assert message["edited"]["user"] == installed.bot_user_id
    [body] = clicks
    [action] = body["actions"]
    assert (action["action_id"], action["value"], action["type"]) == ("seen", "7", "button")
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C2",
        "is_ephemeral": False,
    }
    assert body["message"]["text"] == "Low water"
    assert body["user"] == {"id": "U2", "username": "ben", "name": "ben", "team_id": "T1"}


def test_a_modal_is_opened_corrected_and_submitted(slack: LocalSlack, by: Any) -> None:
    saved: list[str] = []

    def listeners(app: App) -> None:
        @app.command("/tide")
        def tide(ack: Any, body: Json, client: Any) -> None:
            ack()
            client.views_open(trigger_id=body["trigger_id"], view=MODAL)

        @app.view("note")
        def note(ack: Any, view: Json) -> None:
            text = view["state"]["values"]["why"]["text"]["value"]
            if len(text) < 5:
                ack(response_action="errors", errors={"why": "Say more"})
                return
            ack()
            saved.append(f"{view['private_metadata']}: {text}")

    with by(slack, listeners):
        slack.command("ada", "#general", "/tide")
        modal = slack.wait_for(lambda: slack.modal("ada"))
        assert modal["title"]["text"] == "A note"
        assert slack.submit("ada") == {
            "ok": False,
            "errors": {"why": "Please complete this required field."},
        }
        assert slack.submit("ada", _note("hm")) == {"ok": False, "errors": {"why": "Say more"}}
        assert slack.submit("ada", _note("A dead calm")) == {"ok": True}
        slack.wait_for(lambda: saved)
    assert saved == ["port=7: A dead calm"]
    assert slack.modal("ada") is None


def test_a_home_tab_is_published_for_one_person(slack: LocalSlack, by: Any) -> None:
    def listeners(app: App) -> None:
        @app.event("app_home_opened")
        def opened(event: Json, client: Any) -> None:
            text = {"type": "mrkdwn", "text": f"Hello <@{event['user']}>"}
            view = {"type": "home", "blocks": [{"type": "section", "text": text}]}
            client.views_publish(user_id=event["user"], view=view)

    with by(slack, listeners) as installed:
        slack.open_home("U1", installed.app_id)
        home = slack.wait_for(lambda: slack.home("U1", installed.app_id))
    assert home["blocks"][0]["text"]["text"] == "Hello <@U1>"
    assert slack.home("U2", installed.app_id) is None


def _note(text: str) -> Json:
    return {"why": {"text": {"type": "plain_text_input", "value": text}}}
