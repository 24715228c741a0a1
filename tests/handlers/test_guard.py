"""The guard around listeners, through Bolt itself."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from structlog.testing import capture_logs

from bot.delivery import DuplicateDelivery
from bot.errors import UserError
from handlers.desk import NotIntroduced
from handlers.entries import WrongEntry
from handlers.errors import Guard
from playground import LocalSlack


class AtOnce(Executor):
    """Does the work in the caller's thread, so that it is done when the request is."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        fn(*args, **kwargs)
        return Future()


@pytest.fixture(scope="module")
def slack() -> Iterator[LocalSlack]:
    with LocalSlack.start(
        {"users": [{"id": "U1", "name": "maria"}], "channels": [{"id": "C1", "name": "talk"}]}
    ) as slack:
        yield slack


@pytest.fixture
def app() -> App:
    app = App(
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-t"),
        signing_secret="test",
        process_before_response=True,
        raise_error_for_unhandled_request=False,
        request_verification_enabled=False,
    )

    @app.use
    def provide(context: dict[str, Any], next: Callable[[], None]) -> None:
        for name in ("sessions", "now", "team", "models", "names", "rules"):
            context[name] = f"the {name}"
        next()

    return app


def command(app: App, text: str = "", **more: str) -> BoltResponse:
    body = {"command": "/do", "text": text, "user_id": "U1", "channel_id": "C1", "team_id": "T1", **more}
    headers = {"content-type": ["application/x-www-form-urlencoded"]}
    return app.dispatch(BoltRequest(body=urlencode(body), headers=headers))


def click(app: App, **more: Any) -> BoltResponse:
    body = {
        "type": "block_actions",
        "user": {"id": "U1"},
        "team": {"id": "T1"},
        "actions": [{"action_id": "do", "block_id": "b", "type": "button", "value": "1"}],
        **more,
    }
    headers = {"content-type": ["application/x-www-form-urlencoded"]}
    return app.dispatch(BoltRequest(body=urlencode({"payload": json.dumps(body)}), headers=headers))


def submit(app: App, **more: Any) -> BoltResponse:
    body = {
        "type": "view_submission",
        "user": {"id": "U1"},
        "team": {"id": "T1"},
        "view": {"id": "V1", "type": "modal", "callback_id": "form", "state": {"values": {}}},
        **more,
    }
    headers = {"content-type": ["application/x-www-form-urlencoded"]}
    return app.dispatch(BoltRequest(body=urlencode({"payload": json.dumps(body)}), headers=headers))


def test_a_listener_is_given_what_it_names(app: App) -> None:
    given: dict[str, Any] = {}

    def listener(ack: Any, command: Any, desk: Any) -> None:
        given.update(command=command["text"], names=desk.names, slack_id=desk.slack_id)
        ack(text="done", response_type="ephemeral")

    app.command("/do")(Guard(AtOnce())(listener))

    assert json.loads(command(app, "it").body)["text"] == "done"
    assert given == {"command": "it", "names": "the names", "slack_id": "U1"}


def test_a_name_that_does_not_exist_is_a_fault_and_not_none(app: App) -> None:
    app.command("/do")(Guard(AtOnce())(lambda ack, sesions: ack()))
    with capture_logs() as logs:
        assert "Something went wrong" in command(app).body
    assert logs[0]["event"] == "slack.failed"


def test_a_refusal_is_a_private_sentence(app: App) -> None:
    def refuse(ack: Any) -> None:
        raise UserError("No <!channel> here. Try `/do that`.")

    app.command("/do")(Guard(AtOnce())(refuse))

    assert json.loads(command(app).body) == {
        "text": "No &lt;!channel&gt; here. Try `/do that`.",
        "response_type": "ephemeral",
    }


def test_a_fault_is_an_apology_with_the_reference_that_is_logged(app: App) -> None:
    def fail(ack: Any) -> None:
        raise ZeroDivisionError("secret figure 42")

    app.command("/do")(Guard(AtOnce())(fail))
    with capture_logs() as logs:
        answer = command(app)

    assert answer.status == 200
    (line,) = logs
    assert line["reference"] in answer.body
    assert isinstance(line["exc_info"], ZeroDivisionError)
    assert "secret figure" not in answer.body


def test_what_was_handled_before_is_acknowledged_and_nothing_more(app: App) -> None:
    def again(ack: Any) -> None:
        raise DuplicateDelivery("command:1")

    app.command("/do")(Guard(AtOnce())(again))

    answer = command(app)
    assert (answer.status, answer.body) == (200, "")


def test_a_listener_that_forgets_to_acknowledge_does_not_time_out(app: App) -> None:
    app.command("/do")(Guard(AtOnce())(lambda command: None))
    assert command(app).status == 200


def test_a_refused_click_is_told_beside_the_message(app: App, slack: LocalSlack) -> None:
    def refuse(ack: Any) -> None:
        ack()
        raise UserError("Too late.")

    app.action("do")(Guard(AtOnce())(refuse))
    with capture_logs() as logs:
        # Nobody listens at this address: the sentence is lost, the click is still taken.
        answer = click(app, response_url=f"{slack.url}/nobody-listens-here")

    assert answer.status == 200
    assert [line["event"] for line in logs] == ["slack.refused", "slack.respond_refused"]


def test_where_no_message_can_be_sent_a_modal_says_it(app: App, slack: LocalSlack) -> None:
    def refuse(ack: Any) -> None:
        raise UserError("Too late.")

    app.action("do")(Guard(AtOnce())(refuse))
    app.client.base_url = slack.api_url
    with capture_logs() as logs:
        answer = click(app, trigger_id="1.2.3", view={"id": "V1"})

    # The trigger is none of this Slack's, so the modal is refused there; that too is only logged.
    assert answer.status == 200
    assert [line["event"] for line in logs] == ["slack.refused", "slack.not_told"]


def test_a_wrong_entry_is_said_at_the_entry_and_the_form_stays(app: App) -> None:
    def refuse(view: Any) -> None:
        raise WrongEntry("until", "That day has passed.")

    app.view("form")(Guard(AtOnce())(refuse))
    answer = json.loads(submit(app).body)
    assert answer == {"response_action": "errors", "errors": {"until": "That day has passed."}}


def test_a_refused_form_gives_way_to_the_sentence(app: App) -> None:
    def refuse(view: Any) -> None:
        raise UserError("Maria <b> resolved it.")

    app.view("form")(Guard(AtOnce())(refuse))
    answer = json.loads(submit(app).body)
    assert answer["response_action"] == "update"
    assert "Maria &lt;b&gt; resolved it." in json.dumps(answer["view"])


def test_a_form_that_fails_apologises_in_its_place(app: App) -> None:
    def fail(view: Any) -> None:
        raise ZeroDivisionError

    app.view("form")(Guard(AtOnce())(fail))
    with capture_logs() as logs:
        answer = json.loads(submit(app).body)
    assert logs[0]["reference"] in json.dumps(answer["view"])


@pytest.mark.parametrize("error", [None, DuplicateDelivery("view:1")])
def test_a_form_that_is_done_or_was_done_before_closes(app: App, error: Exception | None) -> None:
    def listen(view: Any) -> None:
        if error:
            raise error

    app.view("form")(Guard(AtOnce())(listen))
    answer = submit(app)
    assert (answer.status, answer.body) == (200, "")


def test_a_form_of_somebody_seen_for_the_first_time_is_done_after_it_closed(
    app: App, slack: LocalSlack
) -> None:
    tries: list[str] = []

    def listen(desk: Any) -> None:
        tries.append(desk.slack_id)
        if len(tries) == 1:
            raise NotIntroduced(desk.slack_id)
        raise WrongEntry("until", "That day has passed.")

    app.view("form")(Guard(AtOnce())(listen))
    app.client.base_url = slack.api_url
    with capture_logs() as logs:
        # The form has closed, so its refusal would need a modal, whose trigger is none of this Slack's.
        answer = submit(app, trigger_id="1.2.3")
    assert (answer.status, answer.body, tries) == (200, "", ["U1", "U1"])
    assert [line["event"] for line in logs] == ["slack.unknown_user", "slack.refused", "slack.not_told"]


def test_a_page_that_cannot_be_published_is_only_logged(app: App, slack: LocalSlack) -> None:
    app.action("do")(Guard(AtOnce())(lambda ack, publish: publish(user_id="U1", view={"type": "home"})))
    app.client.base_url = slack.api_url
    with capture_logs() as logs:
        assert click(app).status == 200
    assert [line["event"] for line in logs] == ["slack.publish_failed"]
