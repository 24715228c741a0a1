"""chat.startStream, chat.appendStream, chat.stopStream: messages written while they are read."""

from typing import Any

from playground.server import events, posting
from playground.server.api.chat import WRITE, get_own, posting_channel
from playground.server.api.content import read_blocks, read_metadata
from playground.server.api.method import Call, invalid_arguments, method
from playground.server.blocks.ids import with_ids
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.shapes import message_json
from playground.server.slack import Slack
from playground.server.state import Message

LONGEST_CHUNK = 12_000
CHUNKS = ("markdown_text", "task_update", "plan_update", "blocks")
STATUSES = ("pending", "in_progress", "complete", "error")


@method("chat.startStream", tier=2, scopes=WRITE)
def start_stream(slack: Slack, call: Call) -> Json:
    """Starts a message that will be appended to; outside direct messages its reader must be named."""
    channel = posting_channel(slack, call)
    if not channel.is_im:
        for name in ("recipient_user_id", "recipient_team_id"):
            if not call.text(name):
                raise SlackError(f"missing_{name}")
    chunks = _chunks(call)
    content = posting.Content(text="")
    message = posting.post(
        slack, channel, call.caller.bot_user_id, content, app=call.caller, thread_ts=call.text("thread_ts")
    )
    message.stream = {
        "state": "in_progress",
        "started": slack.steady(),
        "mode": call.text("task_display_mode") or "timeline",
        "text": "",
        "plan": "",
        "tasks": {},
        "blocks": [],
    }
    _write(slack, message, chunks)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.appendStream", tier=4, scopes=WRITE)
def append_stream(slack: Slack, call: Call) -> Json:
    """Appends text, task updates or blocks to a stream that is less than five minutes old."""
    message = _streaming(slack, call)
    chunks = _chunks(call)
    if not chunks:
        raise SlackError("no_text")
    _write(slack, message, chunks)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.stopStream", tier=2, scopes=WRITE)
def stop_stream(slack: Slack, call: Call) -> Json:
    """Ends a stream, with last words and blocks; the message then is like any other."""
    message = _streaming(slack, call)
    final = read_blocks(call.structure("blocks", wrong="invalid_blocks_format"))
    metadata = read_metadata(call.structure("metadata", wrong="invalid_metadata_format"))
    _write(slack, message, _chunks(call), final)
    if message.stream is not None:
        message.stream["state"] = "completed"
    message.metadata = metadata or message.metadata
    posting.show_changed(slack, message)
    channel = slack.state.channels[message.channel]
    shape = message_json(slack.state, message)
    events.emit_message(slack, channel, {"subtype": "message_changed", "message": shape, "hidden": True})
    return {"channel": message.channel, "ts": message.ts, "message": shape}


def _streaming(slack: Slack, call: Call) -> Message:
    message = get_own(slack, call, "message_not_owned_by_app")
    stream = message.stream
    if stream is not None and slack.steady() - stream["started"] > slack.settings.stream_seconds:
        stream["state"] = "errored"
        posting.show_changed(slack, message)
    if stream is None or stream["state"] != "in_progress":
        raise SlackError("message_not_in_streaming_state")
    return message


def _chunks(call: Call) -> list[Json]:
    chunks: Any = call.structure("chunks") or []
    text = call.text("markdown_text")
    if not isinstance(chunks, list):
        raise invalid_arguments("must provide an array [json-pointer:/chunks]")
    if text:
        chunks = [{"type": "markdown_text", "text": text}, *chunks]
    for place, chunk in enumerate(chunks):
        _check_chunk(chunk, f"/chunks/{place}")
    return list(chunks)


def _check_chunk(chunk: Any, at: str) -> None:
    kind = chunk.get("type") if isinstance(chunk, dict) else None
    if kind not in CHUNKS:
        raise SlackError("invalid_chunks", response_metadata=_told(f"unsupported type: {kind}", at))
    if kind == "markdown_text" and len(str(chunk.get("text", ""))) > LONGEST_CHUNK:
        raise SlackError("msg_too_long")
    if kind == "task_update":
        for name in ("id", "title"):
            if not chunk.get(name):
                raise SlackError(
                    "invalid_chunks", response_metadata=_told(f"missing required field: {name}", at)
                )
        if chunk.get("status", "pending") not in STATUSES:
            raise SlackError(
                "invalid_chunks", response_metadata=_told("must be a valid enum value", f"{at}/status")
            )
    if kind == "blocks":
        read_blocks(chunk.get("blocks"))


def _told(message: str, at: str) -> Json:
    return {"messages": [f"[ERROR] {message} [json-pointer:{at}]"]}


def _write(slack: Slack, message: Message, chunks: list[Json], final: list[Json] | None = None) -> None:
    stream = message.stream
    if stream is None:
        return
    for chunk in chunks:
        if chunk["type"] == "markdown_text":
            stream["text"] += str(chunk.get("text", ""))
        elif chunk["type"] == "plan_update":
            stream["plan"] = str(chunk.get("title", ""))
        elif chunk["type"] == "blocks":
            stream["blocks"] += with_ids(chunk["blocks"], slack.ids)
        else:
            _update_task(stream["tasks"], chunk)
    message.text = stream["text"]
    message.blocks = _drawn(stream) + with_ids(final or [], slack.ids)
    posting.show_changed(slack, message)


def _update_task(tasks: dict[str, Json], chunk: Json) -> None:
    task = tasks.setdefault(chunk["id"], {"type": "task_card", "task_id": chunk["id"], "status": "pending"})
    for name in ("title", "status", "sources"):
        if chunk.get(name) is not None:
            task[name] = chunk[name]
    # Details and output arrive as plain text and are shown as rich text.
    for name in ("details", "output"):
        if chunk.get(name):
            section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(chunk[name])}]}
            task[name] = {"type": "rich_text", "elements": [section]}


def _drawn(stream: Json) -> list[Json]:
    tasks = list(stream["tasks"].values())
    blocks: list[Json] = []
    if tasks and (stream["plan"] or stream["mode"] == "plan"):
        plan = {"type": "plan", "block_id": "plan", "title": stream["plan"] or "Plan", "tasks": tasks}
        blocks.append(plan)
    else:
        blocks += [{**task, "block_id": f"task-{task['task_id']}"} for task in tasks]
    if stream["text"]:
        blocks.append({"type": "markdown", "block_id": "text", "text": stream["text"]})
    return blocks + list(stream["blocks"])
