"""What an app says through a response_url, or in its acknowledgement of a command."""

from playground.server import posting
from playground.server.api.content import read_content
from playground.server.api.method import Call
from playground.server.deliver.tickets import ResponseUrl
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.slack import Slack


def respond(slack: Slack, right: ResponseUrl, body: Json) -> None:
    """Shows the answer: to the person alone unless `response_type` is in_channel.

    `replace_original` and `delete_original` act on the message the interaction came from; a command has
    none, and Slack then ignores them. Raises no_text, invalid_blocks and the like, or app_not_found.
    """
    app = slack.state.apps.get(right.app)
    channel = slack.state.channels.get(right.channel)
    if app is None or channel is None:
        raise SlackError("app_not_found")
    call = Call(app=app, args=body)
    source = posting.find_message(channel, right.source_ts)
    if call.flag("delete_original"):
        if source is not None:
            posting.delete(slack, source)
        return
    # Only chat.* refuse a long sum of block text; response URLs take it.
    content = read_content(call, enforce_text_sum=False)
    if call.flag("replace_original") and source is not None:
        posting.change(slack, source, content, app.bot_user_id)
        return
    thread_ts = call.text("thread_ts")
    if call.text("response_type") == "in_channel":
        posting.post(slack, channel, app.bot_user_id, content, app=app, thread_ts=thread_ts)
        return
    posting.post_ephemeral(slack, channel, right.user, content, app=app, thread_ts=thread_ts)


def answer_of(payload: Json | str | None) -> Json | None:
    """Returns the answer in an acknowledgement, text as an answer of that text; None when there is none."""
    if isinstance(payload, str):
        return {"text": payload} if payload.strip() else None
    return payload or None
