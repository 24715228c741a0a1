"""Uploading files: ask for an address, send the bytes there, complete."""

from typing import Any

from playground.server import posting
from playground.server.api.chat import posting_channel
from playground.server.api.content import read_blocks
from playground.server.api.method import Call, invalid_arguments, method
from playground.server.errors import SlackError
from playground.server.files import announce
from playground.server.ids import derived
from playground.server.kinds import Json
from playground.server.shapes import file_json
from playground.server.slack import Slack
from playground.server.state import File

WRITE = ("files:write",)
MOST_CHANNELS = 100


@method("files.getUploadURLExternal", tier=4, scopes=WRITE)
def files_get_upload_url_external(slack: Slack, call: Call) -> Json:
    """Returns where to send the bytes of one file."""
    name, length = call.required("filename"), call.number("length", 0)
    if length <= 0:
        raise invalid_arguments("length must be greater than 0")
    file = announce(slack, name, length, call.caller.bot_user_id, call.caller)
    file.alt_txt = call.text("alt_txt")
    url = f"{slack.base_url}/upload/{file.id}-{derived('upload', file.id, 16)}"
    return {"upload_url": url, "file_id": file.id}


@method("files.completeUploadExternal", tier=4, scopes=WRITE)
def files_complete_upload_external(slack: Slack, call: Call) -> Json:
    """Shares uploaded files in channels, as one message each, or leaves them private when none are named."""
    files = _uploaded(slack, call)
    # Both of these exist; the older one takes a single channel.
    wanted = call.names("channels") or call.names("channel_id")
    if len(wanted) > MOST_CHANNELS:
        raise invalid_arguments(f"no more than {MOST_CHANNELS} channels allowed")
    if call.text("thread_ts") and len(wanted) > 1:
        raise invalid_arguments("thread_ts needs exactly one channel")
    calls = [Call(app=call.app, args={**call.args, "channel": channel}) for channel in wanted]
    channels = [posting_channel(slack, one) for one in calls]
    content = posting.Content(
        text=call.text("initial_comment"),
        blocks=read_blocks(call.structure("blocks", wrong="invalid_blocks_format")),
        files=[file.id for file in files],
        subtype="file_share",
    )
    for channel in channels:
        thread_ts = posting.thread_root(channel, call.text("thread_ts"))
        posting.post(slack, channel, call.caller.bot_user_id, content, app=call.caller, thread_ts=thread_ts)
    for file in files:
        file.shared = True
        file.channels = [channel.id for channel in channels]
    return {"files": [_answer(slack, file) for file in files]}


@method("files.info", tier=4, scopes=("files:read",))
def files_info(slack: Slack, call: Call) -> Json:
    """Returns one file."""
    file = slack.state.files.get(call.text("file"))
    if file is None:
        raise SlackError("file_not_found")
    return {"file": _answer(slack, file)}


def _answer(slack: Slack, file: File) -> Json:
    shape = file_json(file)
    links = ("url_private", "url_private_download", "permalink")
    return shape | {name: slack.base_url + shape[name] for name in links}


def _uploaded(slack: Slack, call: Call) -> list[File]:
    wanted: Any = call.structure("files")
    if not isinstance(wanted, list) or not wanted:
        raise invalid_arguments("missing required field: files")
    files = []
    for entry in wanted:
        file = slack.state.files.get(str(entry.get("id"))) if isinstance(entry, dict) else None
        if file is None or file.app_id != call.caller.id or not file.data or file.shared:
            raise SlackError("file_not_found")
        file.title = str(entry.get("title") or file.name)
        files.append(file)
    return files
