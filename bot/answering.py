"""One delivery of Slack's through Bolt, over HTTP and Socket Mode alike."""

import json

import structlog
from slack_bolt import App
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

log = structlog.get_logger(__name__)


def answer_delivery(app: App, request: BoltRequest) -> BoltResponse:
    """What Slack is told. What no listener wants is taken as well: refused, Slack would show a click as
    failed, and deliver an event three times more."""
    answer = app.dispatch(request)
    if answer.status != 404:
        return answer
    command = request.body.get("command")
    log.info("slack.unmatched", kind=request.body.get("type"), command=command)
    if command is None:
        return BoltResponse(status=200, body="")
    text = f"I do not know {command}. Type `/cs help` for what I can do."
    said = json.dumps({"response_type": "ephemeral", "text": text})
    return BoltResponse(status=200, body=said, headers={"content-type": "application/json"})
