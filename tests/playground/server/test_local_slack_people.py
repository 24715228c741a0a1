"""What people do reaches a real Bolt app with the payload Slack would send, and its answers are shown."""

from typing import Any

import pytest
from bolt_apps import client_of, manifest, over_http, over_socket
from slack_bolt import App

from playground import LocalSlack
from playground.server.kinds import Json

PLAIN = {"type": "plain_text", "text": "Go"}


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def modal(title: str, *blocks: Json, **more: Any) -> Json:
    view = {"type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": [*blocks]}
    return {**view, "submit": PLAIN, **more}


def test_a_mention_reaches_the_app_once_it_is_in_the_channel(slack: LocalSlack) -> None:
    heard: list[Json] = []

    def listeners(app: App) -> None:
        app.event("app_mention")(lambda event: heard.append(event))
        app.event("message")(lambda event: heard.append(event))
        app.event("member_joined_channel")(lambda event: heard.append(event))

    with over_socket(slack, listeners) as installed:
        slack.say("ada", "alerts", "@tide are you there?")
        slack.invite("alerts", installed.bot_user_id)
        said = slack.say("ada", "alerts", "@tide how is the water?")
        slack.wait_for(lambda: "app_mention" in [event["type"] for event in heard])
        slack.wait_for(lambda: len(heard) >= 2)
    by_type = {event["type"]: event for event in heard}
    mention = by_type["app_mention"]
    assert mention["text"] == f"<@{installed.bot_user_id}> how is the water?"
    assert (mention["user"], mention["channel"], mention["ts"]) == ("U1", "C2", said["ts"])
    assert [event["text"] for event in heard if event["type"] == "app_mention"] == [mention["text"]]


def test_messages_come_with_their_channel_type_and_the_bots_own_are_recognised(slack: LocalSlack) -> None:
    heard: list[Json] = []

    def listeners(app: App) -> None:
        @app.event("message")
        def message(event: Json, say: Any) -> None:
            heard.append(event)
            if event["text"] == "high or low?":
                say("low", thread_ts=event["ts"])

    with over_socket(slack, listeners) as installed:
        dm = slack.dm("ben", installed.bot_user_id)
        asked = slack.say("ben", dm, "high or low?")["ts"]
        answer = slack.wait_for(lambda: slack.messages(dm, thread_ts=asked)[1:])
        slack.say("ben", dm, "thanks", thread_ts=asked)
        slack.wait_for(lambda: len(heard) == 2)
    assert [event["channel_type"] for event in heard] == ["im", "im"]
    assert heard[1]["thread_ts"] == asked
    assert answer[0]["thread_ts"] == asked
    assert answer[0]["bot_id"] == installed.bot_id


def test_shortcuts_carry_what_they_were_used_on(slack: LocalSlack) -> None:
    used: list[Json] = []

    def listeners(app: App) -> None:
        @app.shortcut("log")
        def log(ack: Any, body: Json, client: Any) -> None:
            ack()
            used.append(body)
            client.views_open(trigger_id=body["trigger_id"], view=modal("Log", section("ok")))

        @app.shortcut("pin")
        def pin(ack: Any, body: Json, respond: Any) -> None:
            ack()
            used.append(body)
            respond(f"Pinned: {body['message']['text']}")

    with over_http(slack, listeners) as installed:
        assert slack.shortcut("ada", installed.app_id, "log") == {"ok": True}
        assert slack.wait_for(lambda: slack.modal("ada"))["title"]["text"] == "Log"
        ts = slack.say("ada", "general", "remember this")["ts"]
        slack.shortcut("ben", installed.app_id, "pin", "general", ts)
        shown = slack.wait_for(lambda: slack.messages("general", as_="ben")[1:])
        assert not slack.shortcut("ada", installed.app_id, "none")["ok"]
    assert shown[0]["text"] == "Pinned: remember this"
    assert [body["type"] for body in used] == ["shortcut", "message_action"]
    assert used[1]["message_ts"] == ts


def test_an_external_menu_asks_the_app_for_its_options(slack: LocalSlack) -> None:
    def listeners(app: App) -> None:
        @app.options("port")
        def ports(ack: Any, payload: Json) -> None:
            names = [name for name in ("Oslo", "Odense", "Bergen") if name.startswith(payload["value"])]
            ack(options=[{"text": {"type": "plain_text", "text": n}, "value": n} for n in names])

    menu = {"type": "external_select", "action_id": "port", "min_query_length": 1}
    with over_socket(slack, listeners) as installed:
        client = client_of(slack, installed)
        dm = slack.dm("ada", installed.bot_user_id)
        blocks = [{"type": "actions", "block_id": "where", "elements": [menu]}]
        ts = client.chat_postMessage(channel=dm, text="Which port?", blocks=blocks)["ts"]
        container = {"type": "message", "channel": dm, "message_ts": ts}
        found = slack.options("ada", container, "port", "O")
    assert [option["value"] for option in found["options"]] == ["Oslo", "Odense"]


def test_modals_stack_three_high_and_are_told_when_they_close(slack: LocalSlack) -> None:
    closed: list[Json] = []
    refused: list[str] = []

    def listeners(app: App) -> None:
        @app.command("/tide")
        def tide(ack: Any, body: Json, client: Any) -> None:
            ack()
            view = modal("First", {"type": "actions", "elements": [button("deeper")]}, notify_on_close=True)
            client.views_open(trigger_id=body["trigger_id"], view={**view, "callback_id": "first"})

        @app.action("deeper")
        def deeper(ack: Any, body: Json, client: Any) -> None:
            ack()
            view = modal("Deeper", {"type": "actions", "elements": [button("deeper")]})
            try:
                client.views_push(trigger_id=body["trigger_id"], view=view)
            except Exception as error:
                refused.append(str(error.response["error"]))  # type: ignore[attr-defined]

        @app.view_closed("first")
        def gone(ack: Any, body: Json) -> None:
            ack()
            closed.append(body)

    with over_socket(slack, listeners):
        slack.command("ada", "general", "/tide")
        first = slack.wait_for(lambda: slack.modal("ada"))
        second = _go_deeper(slack, first)
        third = _go_deeper(slack, second)
        slack.click_view("ada", "deeper")
        slack.wait_for(lambda: refused)
        assert third["previous_view_id"] == second["id"]
        assert third["root_view_id"] == first["id"]
        slack.close("ada")
        now = slack.modal("ada")
        slack.close("ada", everything=True)
        slack.wait_for(lambda: closed)
    assert refused == ["push_limit_reached"]
    assert now is not None
    assert now["id"] == second["id"]
    assert closed[0]["is_cleared"] is True
    assert slack.modal("ada") is None


def button(action_id: str) -> Json:
    return {"type": "button", "text": PLAIN, "action_id": action_id}


def _go_deeper(slack: LocalSlack, view: Json) -> Json:
    assert slack.click_view("ada", "deeper") == {"ok": True}

    def higher() -> Json | None:
        top = slack.modal("ada")
        return top if top and top["id"] != view["id"] else None

    found = slack.wait_for(higher)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("answer", "titles"),
    [
        ({"response_action": "update", "view": modal("Second", section("ok"))}, ["Second"]),
        ({"response_action": "push", "view": modal("Second", section("ok"))}, ["First", "Second"]),
        ({"response_action": "clear"}, []),
        ({}, []),
    ],
)
def test_a_submission_is_followed_as_the_app_answers(
    slack: LocalSlack, answer: Json, titles: list[str]
) -> None:
    def listeners(app: App) -> None:
        @app.command("/tide")
        def tide(ack: Any, body: Json, client: Any) -> None:
            ack()
            client.views_open(
                trigger_id=body["trigger_id"], view=modal("First", section("?"), callback_id="first")
            )

        app.view("first")(lambda ack: ack(**answer))

    with over_http(slack, listeners):
        slack.command("ada", "general", "/tide")
        slack.wait_for(lambda: slack.modal("ada"))
        assert slack.submit("ada") == {"ok": True}
        stack = slack.slack.modals.stack("U1")
    assert [view.body["title"]["text"] for view in stack] == titles


def test_a_view_slack_would_not_take_is_refused_in_an_answer_too(slack: LocalSlack) -> None:
    def listeners(app: App) -> None:
        @app.command("/tide")
        def tide(ack: Any, body: Json, client: Any) -> None:
            ack()
            client.views_open(trigger_id=body["trigger_id"], view=modal("A", section("?"), callback_id="a"))

        app.view("a")(lambda ack: ack(response_action="update", view=modal("A" * 25, section("?"))))

    with over_http(slack, listeners):
        slack.command("ada", "general", "/tide")
        slack.wait_for(lambda: slack.modal("ada"))
        answer = slack.submit("ada")
    assert not answer["ok"]
    assert "must be less than 25 characters [json-pointer:/view/title/text]" in answer["error"]


def test_an_answer_can_be_shared_replaced_and_deleted(slack: LocalSlack) -> None:
    def listeners(app: App) -> None:
        @app.command("/tide")
        def tide(ack: Any) -> None:
            ack(text="14:02", blocks=[section("14:02"), {"type": "actions", "elements": [button("share")]}])

        @app.action("share")
        def share(ack: Any, body: Json, respond: Any) -> None:
            ack()
            assert "message" not in body
            assert body["container"]["is_ephemeral"] is True
            respond(text="High water 14:02", response_type="in_channel")
            respond(text="Shared", replace_original=True)
            respond(delete_original=True)
            respond(text="Only for you")

    with over_http(slack, listeners):
        slack.command("ada", "general", "/tide")
        [shown] = slack.messages("general", as_="ada")
        slack.click("ada", "general", shown["ts"], "share")
        slack.wait_for(lambda: slack.messages("general", as_="ada")[-1]["text"] == "Only for you")
        assert slack.click("ada", "general", shown["ts"], "share")["ok"] is False
    texts = [message["text"] for message in slack.messages("general", as_="ada")]
    assert texts == ["High water 14:02", "Only for you"]
    assert [m["text"] for m in slack.messages("general", as_="ben")] == ["High water 14:02"]


def test_what_a_command_gets_is_escaped_when_its_manifest_asks(slack: LocalSlack) -> None:
    texts: list[str] = []

    def listeners(app: App) -> None:
        for name in ("/tide", "/escape"):

            @app.command(name)
            def heard(ack: Any, command: Json) -> None:
                ack()
                texts.append(command["text"])

    with over_http(slack, listeners):
        for name in ("/tide", "/escape"):
            slack.command("ada", "general", f"{name} @ben & #alerts")
    assert texts == ["@ben & #alerts", "<@U2|ben> &amp; <#C2|alerts>"]


def test_commands_slack_does_not_run_are_explained(slack: LocalSlack) -> None:
    def listeners(app: App) -> None:
        app.command("/tide")(lambda ack: ack())

    with over_http(slack, listeners):
        ts = slack.say("ada", "general", "a root")["ts"]
        in_thread = slack.command("ada", "general", "/tide", thread_ts=ts)
        unknown = slack.command("ada", "general", "/nope")
        outside = slack.say("ben", "board", "hello")
        unjoined = slack.say("gus", "general", "hello")
    assert in_thread == {"ok": False, "error": "/tide is not supported in threads. Sorry!"}
    assert unknown["error"].startswith("/nope is not a valid command.")
    assert "not in this conversation" in outside["error"]
    assert "not in this conversation" in unjoined["error"]


def test_slacks_own_commands_change_who_and_what_is_there(slack: LocalSlack) -> None:
    installed = slack.install(manifest())
    assert slack.command("ada", "alerts", "/invite @tide") == {"ok": True, "ts": None}
    assert installed.bot_user_id in slack.slack.state.channels["C2"].members
    assert "already" in slack.command("ada", "alerts", "/invite @tide")["error"]
    assert slack.command("ada", "alerts", "/remove @tide")["ok"]
    assert "is not in #alerts" in slack.command("ada", "alerts", "/remove @tide")["error"]
    assert "nobody called nemo" in slack.command("ada", "alerts", "/invite @nemo")["error"]
    slack.command("ada", "alerts", "/topic High water")
    slack.command("ada", "alerts", "/me waves")
    slack.command("gus", "alerts", "/leave")
    channel = slack.slack.state.channels["C2"]
    assert (channel.topic, channel.members) == ("High water", ["U1", "U2"])
    assert [(m["text"], m["subtype"]) for m in slack.messages("alerts")] == [("waves", "me_message")]
    slack.command("ada", "alerts", "/archive")
    assert "archived" in slack.say("ada", "alerts", "hello?")["error"]
    dm = slack.dm("ada", "ben")
    assert slack.command("ada", dm, "/leave")["error"] == "/leave works in channels only."


def test_the_app_installed_last_answers_a_command_two_apps_claim(slack: LocalSlack) -> None:
    other = manifest()
    other["display_information"] = {"name": "Other"}
    asked: list[str] = []

    def listeners(name: str) -> Any:
        def register(app: App) -> None:
            @app.command("/tide")
            def tide(ack: Any) -> None:
                asked.append(name)
                ack()

        return register

    with over_http(slack, listeners("Tide")), over_http(slack, listeners("Other"), other):
        slack.command("ada", "general", "/tide")
    assert asked == ["Other"]


def test_a_person_and_an_app_react(slack: LocalSlack) -> None:
    heard: list[Json] = []

    def listeners(app: App) -> None:
        @app.event("reaction_added")
        def reaction(event: Json) -> None:
            heard.append(event)

    with over_http(slack, listeners) as installed:
        slack.invite("alerts", installed.bot_user_id)
        ts = slack.say("ada", "alerts", "done")["ts"]
        slack.react("ben", "alerts", ts, "eyes")
        client = client_of(slack, installed)
        client.reactions_add(channel="C2", timestamp=ts, name="eyes")
        slack.wait_for(lambda: len(heard) == 1)
        [message] = slack.messages("alerts")
        client.reactions_remove(channel="C2", timestamp=ts, name="eyes")
        got = client.reactions_get(channel="C2", timestamp=ts)["message"]["reactions"]
    assert message["reactions"] == [{"name": "eyes", "users": ["U2", installed.bot_user_id], "count": 2}]
    assert got == [{"name": "eyes", "users": ["U2"], "count": 1}]
    assert (heard[0]["user"], heard[0]["item"]["ts"]) == ("U2", ts)


def test_a_stream_is_written_stopped_and_survives(slack: LocalSlack) -> None:
    def listeners(app: App) -> None:
        @app.event("app_mention")
        def mention(event: Json, say_stream: Any) -> None:
            stream = say_stream(buffer_size=1)
            stream.append(markdown_text="The water ")
            stream.append(markdown_text="is **low**.")
            stream.stop(blocks=[section("Sources: the harbour master")])

    with over_socket(slack, listeners) as installed:
        slack.invite("alerts", installed.bot_user_id)
        ts = slack.say("ada", "alerts", "@tide how is it?")["ts"]

        def answered() -> list[Json]:
            replies = slack.messages("alerts", thread_ts=ts)[1:]
            return [m for m in replies if m.get("streaming_state") == "completed"]

        [answer] = slack.wait_for(answered)
    assert answer["text"] == "The water is **low**."
    assert [block["type"] for block in answer["blocks"]] == ["markdown", "section"]
    methods = [entry["method"] for entry in slack.journal() if "Stream" in entry["method"]]
    assert methods == ["chat.startStream", "chat.appendStream", "chat.stopStream"]


def test_a_file_is_uploaded_and_shared(slack: LocalSlack) -> None:
    with over_http(slack, lambda app: None) as installed:
        slack.invite("alerts", installed.bot_user_id)
        client = client_of(slack, installed)
        client.files_upload_v2(
            channel="C2", content="tide,time\nhigh,14:02\n", filename="tides.csv", initial_comment="Today"
        )
    [message] = slack.messages("alerts")
    [file] = message["files"]
    assert (message["text"], file["name"], file["size"]) == ("Today", "tides.csv", 21)
