"""A clock that is moved: messages are dated by it, and rights last as long as they always do."""

import json
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from bolt_apps import client_of, manifest

from playground import LocalSlack

DAY = 86_400


def test_messages_are_dated_by_the_moved_clock_which_never_goes_back(slack: LocalSlack) -> None:
    client = client_of(slack, slack.install(manifest(), channels=["alerts"]))

    def post() -> float:
        return float(client.chat_postMessage(channel="C2", text="ahoy")["ts"])

    today = post()
    slack.move_clock(DAY)
    tomorrow = post()
    slack.move_clock(-DAY)
    later = post()
    assert 0 <= tomorrow - today - DAY < 60
    assert 0 < later - tomorrow < 60


def test_a_clock_may_begin_behind(slack: LocalSlack) -> None:
    slack.move_clock(-3 * DAY)
    ts = float(slack.say("ada", "alerts", "hello")["ts"])
    assert -60 < ts - (time.time() - 3 * DAY) < 60


def test_what_was_granted_before_a_move_is_still_granted(slack: LocalSlack) -> None:
    installed = slack.install(manifest(), channels=["alerts"])
    client = client_of(slack, installed)
    trigger = slack._do(lambda: slack.slack.tickets.new_trigger(installed.app_id, "U1"))
    stream = client.chat_startStream(
        channel="C2",
        thread_ts=slack.say("ada", "alerts", "?")["ts"],
        recipient_user_id="U1",
        recipient_team_id="T1",
    )
    slack.move_clock(30 * DAY)
    title = {"type": "plain_text", "text": "Tide"}
    assert client.views_open(trigger_id=trigger, view={"type": "modal", "title": title, "blocks": []})["ok"]
    assert client.chat_appendStream(channel="C2", ts=stream["ts"], markdown_text="rising")["ok"]


def test_it_is_moved_over_http_and_nonsense_is_refused(slack: LocalSlack) -> None:
    def move(**body: object) -> dict[str, object]:
        request = Request(f"{slack.url}/_control/clock", json.dumps(body).encode())
        with urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))

    assert move(ahead=DAY)["ahead"] == DAY
    assert move(ahead=5)["ahead"] == DAY
    for wrong in ("soon", True, None, 10**12):
        with pytest.raises(HTTPError) as refused:
            move(ahead=wrong)
        assert json.load(refused.value)["error"] == "invalid_arguments"
