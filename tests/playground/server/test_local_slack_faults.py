"""Rate limits hold as Slack's do, and failures can be had on purpose."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from bolt_apps import client_of, manifest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from playground import LocalSlack
from playground.server.kinds import Json

Moving = tuple[LocalSlack, list[float]]


@pytest.fixture
def client(slack: LocalSlack) -> WebClient:
    """The client of an app whose bot is in #alerts."""
    return client_of(slack, slack.install(manifest(), channels=["alerts"]))


def refusal(call: Any, **args: Any) -> Any:
    """Returns the answer a call is refused with."""
    with pytest.raises(SlackApiError) as refused:
        call(**args)
    return refused.value.response


def test_a_channel_takes_a_short_burst_then_one_message_a_second(moving: Moving) -> None:
    slack, now = moving
    client = client_of(slack, slack.install(manifest(), channels=["general", "random"]))
    for _ in range(3):
        client.chat_postMessage(channel="C0GENERAL1", text="x")
    limited = refusal(client.chat_postMessage, channel="C0GENERAL1", text="x")
    assert (limited.status_code, limited["error"], limited.headers["Retry-After"]) == (
        429,
        "ratelimited",
        "1",
    )
    client.chat_postMessage(channel="C0RANDOM01", text="another channel has its own allowance")
    now[0] += 1
    client.chat_postMessage(channel="C0GENERAL1", text="x")
    assert refusal(client.chat_postMessage, channel="C0GENERAL1", text="x")["error"] == "ratelimited"
    assert len(slack.messages("general")) == 4


def test_each_method_has_its_tier_a_minute(moving: Moving) -> None:
    slack, now = moving
    client = client_of(slack, slack.install(manifest()))
    for _ in range(20):
        client.users_list()
    limited = refusal(client.users_list)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "3")
    client.users_info(user="U0ADA00001")
    now[0] += 3
    client.users_list()
    slack.limits(enforce=False)
    for _ in range(21):
        client.users_list()


def test_limits_are_changed_by_name_only(slack: LocalSlack) -> None:
    assert _control(slack, "limits", {"posts_per_second": 5, "enforce": False})["limits"]["enforce"] is False
    with pytest.raises(HTTPError) as unknown:
        _control(slack, "limits", {"speed": 5})
    assert unknown.value.code == 400
    assert "no setting 'speed'" in json.load(unknown.value)["detail"]
    with pytest.raises(HTTPError):
        _control(slack, "limits", {"posts_per_second": "fast"})


def test_a_lost_answer_did_its_deed(slack: LocalSlack, client: WebClient) -> None:
    slack.faults("lost_answer", method="chat.postMessage")
    with pytest.raises(OSError):  # noqa: PT011 the kind of connection error is the platform's business
        client.chat_postMessage(channel="C2", text="once")
    assert [m["text"] for m in slack.messages("alerts")] == ["once"]
    client.chat_postMessage(channel="C2", text="twice")
    assert len(slack.messages("alerts")) == 2


def test_a_reset_before_did_nothing(slack: LocalSlack, client: WebClient) -> None:
    slack.faults("reset_before", method="chat.postMessage", channel="C2")
    with pytest.raises(OSError):  # noqa: PT011 the kind of connection error is the platform's business
        client.chat_postMessage(channel="C2", text="once")
    assert slack.messages("alerts") == []
    [entry] = slack.journal("chat.postMessage")
    assert (entry["ok"], entry["status"]) == (False, 0)


def test_statuses_limits_and_delays_come_as_often_as_asked(slack: LocalSlack, client: WebClient) -> None:
    slack.faults("status", status=503, times=2)
    for _ in range(2):
        assert refusal(client.auth_test).status_code == 503
    slack.faults("ratelimited", method="auth.test", retry_after=7)
    limited = refusal(client.auth_test)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    slack.faults("slow", seconds=0.05)
    assert client.auth_test()["ok"]
    slack.faults("status", method="chat.update", times=5)
    assert client.auth_test()["ok"]
    slack.clear_faults()
    assert [e["status"] for e in slack.journal("auth.test")] == [503, 503, 429, 200, 200]


def test_a_fault_that_means_nothing_is_refused(slack: LocalSlack) -> None:
    for wanted in ({"kind": "meteor"}, {"kind": "slow", "second": 1}):
        with pytest.raises(HTTPError) as refused:
            _control(slack, "fault", wanted)
        assert json.load(refused.value)["error"] == "invalid_arguments"


def _control(slack: LocalSlack, name: str, body: Json) -> Json:
    request = Request(f"{slack.url}/_control/{name}", data=json.dumps(body).encode())
    with urlopen(request) as answer:
        return dict(json.load(answer))
