"""assistant.threads.* and agents.sessions.setStatus: what an assistant tells the page."""

from playground.server import rooms
from playground.server.api.method import Call, invalid_arguments, method
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.slack import Slack
from playground.server.state import Channel

SCOPES = ("assistant:write", "chat:write")
STATUSES = ("processing", "active", "suspended", "closed")


@method("assistant.threads.setStatus", tier=4, scopes=SCOPES)
def set_status(slack: Slack, call: Call) -> Json:
    """Shows what the assistant is doing; an empty status clears it."""
    messages = call.structure("loading_messages") or []
    if len(messages) > 10:
        raise invalid_arguments("no more than 10 items allowed [json-pointer:/loading_messages]")
    return _tell(slack, call, {"status": call.text("status"), "loading_messages": messages})


@method("assistant.threads.setTitle", tier=4, scopes=SCOPES)
def set_title(slack: Slack, call: Call) -> Json:
    """Names the assistant's thread."""
    return _tell(slack, call, {"title": call.required("title")})


@method("assistant.threads.setSuggestedPrompts", tier=4, scopes=SCOPES)
def set_suggested_prompts(slack: Slack, call: Call) -> Json:
    """Offers up to four prompts."""
    prompts = call.structure("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
        raise invalid_arguments("must provide 1 to 4 prompts [json-pointer:/prompts]")
    for place, prompt in enumerate(prompts):
        for name in ("title", "message"):
            if not isinstance(prompt, dict) or not prompt.get(name):
                raise invalid_arguments(f"missing required field: {name} [json-pointer:/prompts/{place}]")
    return _tell(slack, call, {"prompts": prompts, "prompts_title": call.text("title")})


@method("agents.sessions.setStatus", tier=3, scopes=SCOPES)
def set_session_status(slack: Slack, call: Call) -> Json:
    """Shows an agent's session as processing, active, suspended or closed."""
    status = call.text("status")
    if status not in STATUSES:
        raise invalid_arguments(f"must be a valid enum value: {', '.join(STATUSES)} [json-pointer:/status]")
    return _tell(slack, call, {"session_status": status})


def _tell(slack: Slack, call: Call, told: Json) -> Json:
    channel = _channel(slack, call)
    thread_ts = call.text("thread_ts")
    if thread_ts and thread_ts not in channel.messages:
        raise SlackError("thread_not_found")
    kept = channel.assistant.setdefault(thread_ts, {})
    kept |= told
    frame = {"type": "status", "channel": channel.id, "thread_ts": thread_ts, "user": call.caller.bot_user_id}
    slack.live.send(frame | kept, channel.members)
    return {}


def _channel(slack: Slack, call: Call) -> Channel:
    wanted = call.text("channel_id") or call.text("channel")
    return rooms.get_joined(slack, wanted, call.caller.bot_user_id)
