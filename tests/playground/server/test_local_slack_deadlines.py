"""Slack's clock: three seconds to acknowledge, retries of events, and ids and URLs that expire."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from bolt_apps import client_of, manifest, over_http, over_socket
from slack_bolt import App
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from playground import LocalSlack
from playground.server.kinds import Json
from playground.server.settings import Settings

# A local Slack and the time it believes it is.
Moving = tuple[LocalSlack, list[float]]
MODAL: Json = {"type": "modal", "title": {"type": "plain_text", "text": "A"}, "blocks": []}


@pytest.fixture
def hasty() -> Iterator[LocalSlack]:
    """A local Slack that gives up after a fifth of a second and retries events at once."""
    with LocalSlack.start(settings=Settings(ack_seconds=0.2, event_retry_factor=0.0)) as running:
        yield running


@pytest.mark.parametrize("by", [over_socket, over_http])
def test_a_command_that_is_not_acknowledged_fails_in_slacks_words(hasty: LocalSlack, by: Any) -> None:
    release = threading.Event()

    def listeners(app: App) -> None:
        @app.command("/tide")
        def tide(ack: Any) -> None:
            release.wait(10)
            ack()

    with by(hasty, listeners):
        answer = hasty.command("ada", "general", "/tide")
        release.set()
    assert answer["ok"] is False
    assert answer["error"].startswith('/tide failed with the error "operation_timeout"')


def test_an_app_that_is_not_there_fails_a_command(hasty: LocalSlack) -> None:
    hasty.install(manifest())
    absent = hasty.command("ada", "general", "/tide")
    hasty.install(manifest(), mode="http", request_url="http://127.0.0.1:9/")
    unreachable = hasty.command("ada", "general", "/tide")
    assert "dispatch_failed" in absent["error"]
    assert "dispatch_failed" in unreachable["error"]


def test_an_event_is_delivered_again_until_it_is_acknowledged(slack: LocalSlack) -> None:
    headers: list[tuple[str | None, str | None]] = []
    ids: list[str] = []

    def listeners(app: App) -> None:
        @app.middleware
        def count(req: Any, resp: Any, next: Any) -> Any:
            headers.append(tuple(req.headers.get(f"x-slack-retry-{n}", [None])[0] for n in ("num", "reason")))
            ids.append(req.body["event_id"])
            return next() if len(headers) > 2 else _refusal()

        app.event("app_home_opened")(lambda: None)

    with over_http(slack, listeners) as installed:
        slack.open_home("ada", installed.app_id)
        slack.wait_for(lambda: len(headers) == 3)
    assert headers == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len(set(ids)) == 1


def test_over_a_socket_an_event_comes_again_with_its_attempt(hasty: LocalSlack) -> None:
    seen: list[tuple[str, str]] = []
    release = threading.Event()

    def listeners(app: App) -> None:
        @app.middleware
        def hold(req: Any, next: Any) -> Any:
            seen.append((req.headers["x-slack-retry-num"][0], req.headers["x-slack-retry-reason"][0]))
            if len(seen) == 1:
                release.wait(10)
            return next()

        app.event("app_home_opened")(lambda: None)

    with over_socket(hasty, listeners) as installed:
        hasty.open_home("ada", installed.app_id)
        hasty.wait_for(lambda: len(seen) >= 2)
        release.set()
    assert [num for num, _ in seen[:2]] == ["0", "1"]
    assert seen[1][1] == "timeout"


class NoRetry(BaseHTTPRequestHandler):
    """An app that fails every request and asks for no more of them."""

    requests: list[bytes]

    def do_POST(self) -> None:
        self.requests.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(500)
        self.send_header("X-Slack-No-Retry", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_an_app_can_decline_retries(slack: LocalSlack) -> None:
    NoRetry.requests = []
    with HTTPServer(("127.0.0.1", 0), NoRetry) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        app = slack.install(manifest(), mode="http", request_url=url)
        slack.open_home("ada", app.app_id)
        slack.wait_for(lambda: NoRetry.requests)
        # A second event proves that the first was given up: nothing more came in between.
        slack.open_home("ben", app.app_id)
        slack.wait_for(lambda: len(NoRetry.requests) == 2)
        slack.wait_for(lambda: not slack.slack.tasks)
        server.shutdown()
    assert len(NoRetry.requests) == 2


def test_a_trigger_opens_one_modal_and_not_after_three_seconds(
    moving: Moving,
) -> None:
    slack, now = moving
    triggers: list[str] = []

    def listeners(app: App) -> None:
        @app.command("/tide")
        def tide(ack: Any, body: Json) -> None:
            ack()
            triggers.append(body["trigger_id"])

    with over_http(slack, listeners) as installed:
        client = client_of(slack, installed)
        slack.command("ada", "general", "/tide")
        slack.command("ada", "general", "/tide")
        now[0] += 2.9
        client.views_open(trigger_id=triggers[0], view=MODAL)
        codes = [_code(client.views_open, trigger_id=triggers[0], view=MODAL)]
        now[0] += 0.2
        codes += [_code(client.views_open, trigger_id=t, view=MODAL) for t in (triggers[1], "1.2.abc")]
    assert codes == ["exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id"]


def test_a_response_url_works_five_times_within_half_an_hour(moving: Moving) -> None:
    slack, now = moving
    urls: list[str] = []

    def listeners(app: App) -> None:
        @app.command("/tide")
        def tide(ack: Any, body: Json) -> None:
            ack()
            urls.append(body["response_url"])

    with over_http(slack, listeners):
        slack.command("ada", "general", "/tide")
        slack.command("ada", "general", "/tide")
        used = [WebhookClient(urls[0]).send(text="tick") for _ in range(6)]
        bad = WebhookClient(urls[1]).send(blocks=[{"type": "header"}])
        now[0] += 1801
        late = WebhookClient(urls[1]).send(text="tock")
    assert [answer.status_code for answer in used] == [200] * 5 + [404]
    assert used[0].body == "ok"
    assert "used_url" in used[5].body
    assert (bad.status_code, late.status_code) == (400, 404)
    assert "invalid_blocks" in bad.body
    assert "expired_url" in late.body
    assert len(slack.messages("general", as_="ada")) == 5


def test_a_stream_dies_after_five_minutes(moving: Moving) -> None:
    slack, now = moving
    installed = slack.install(manifest(), channels=["general"])
    client = client_of(slack, installed)
    assert _code(client.chat_startStream, channel="C0GENERAL1", thread_ts="") == "missing_recipient_user_id"
    who = {"recipient_user_id": "U0ADA00001", "recipient_team_id": "T0LOCAL0001"}
    root = client.chat_postMessage(channel="C0GENERAL1", text="root")["ts"]
    ts = client.chat_startStream(channel="C0GENERAL1", thread_ts=root, markdown_text="So ", **who)["ts"]
    where = {"channel": "C0GENERAL1", "ts": ts}
    now[0] += 299
    client.chat_appendStream(**where, markdown_text="far.")
    assert _code(client.chat_update, **where, text="Replaced") == "streaming_state_conflict"
    now[0] += 2
    assert _code(client.chat_appendStream, **where, markdown_text="?") == "message_not_in_streaming_state"
    assert _code(client.chat_stopStream, **where) == "message_not_in_streaming_state"
    client.chat_update(**where, text="Replaced", blocks=[])
    [_, message] = slack.messages("general", thread_ts=root)
    assert (message["text"], message.get("streaming_state")) == ("Replaced", None)


def test_a_socket_that_is_refreshed_comes_back_and_one_that_is_cut_fails(slack: LocalSlack) -> None:
    asked: list[str] = []

    def listeners(app: App) -> None:
        @app.command("/tide")
        def tide(ack: Any, command: Json) -> None:
            ack()
            asked.append(command["text"])

    with over_socket(slack, listeners) as installed:
        opened = len(slack.journal("apps.connections.open"))
        slack.disconnect(installed.app_id, "refresh_requested")
        slack.wait_for(lambda: len(slack.journal("apps.connections.open")) > opened)
        # What is sent while the client changes connections is lost, as it is in Slack.
        slack.wait_for(lambda: slack.command("ada", "general", "/tide again")["ok"])
        slack.disconnect(installed.app_id, "abort")
        assert "dispatch_failed" in slack.command("ada", "general", "/tide lost")["error"]
    assert set(asked) == {"again"}


def _refusal() -> Any:
    from slack_bolt import BoltResponse

    return BoltResponse(status=500)


def _code(call: Any, **args: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        call(**args)
    return str(refused.value.response["error"])
