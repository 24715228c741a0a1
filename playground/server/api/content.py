"""The content arguments that chat.* methods and response URLs share, checked as Slack checks them."""

import json
from typing import Any

from playground.server.api.method import Call
from playground.server.blocks.check import check_message_blocks
from playground.server.blocks.sums import MOST_BLOCK_TEXT, sum_of_text
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.posting import Content

MOST_METADATA = 8_000
MOST_ATTACHMENTS = 100


def read_content(call: Call, *, enforce_text_sum: bool = True) -> Content:
    """Returns the content of a message.

    Raises no_text, invalid_blocks_format, invalid_blocks (with response_metadata.messages),
    msg_blocks_too_long, too_many_attachments or an invalid_metadata code.
    """
    text = call.text("text")
    blocks = read_blocks(
        call.structure("blocks", wrong="invalid_blocks_format"), enforce_text_sum=enforce_text_sum
    )
    attachments = _read_attachments(call.structure("attachments", wrong="invalid_attachments"))
    if call.text("markdown_text"):
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        blocks = read_blocks([{"type": "markdown", "text": call.text("markdown_text")}])
    if not (text or blocks or attachments):
        raise SlackError("no_text")
    return Content(
        text=text,
        blocks=blocks,
        attachments=attachments,
        metadata=read_metadata(call.structure("metadata", wrong="invalid_metadata_format")),
        username=call.text("username"),
        icons=_read_icons(call),
        client_msg_id=call.text("client_msg_id"),
        reply_broadcast=call.flag("reply_broadcast"),
    )


def read_blocks(blocks: Any, *, enforce_text_sum: bool = True) -> list[Json]:
    """Returns blocks that passed Slack's checks; raises as read_content does."""
    if blocks is None:
        return []
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackError("invalid_blocks_format")
    errors = check_message_blocks(blocks)
    if errors:
        raise SlackError(
            "invalid_blocks",
            errors=errors,
            response_metadata={"messages": [f"[ERROR] {error}" for error in errors]},
        )
    if enforce_text_sum and sum_of_text(blocks) > MOST_BLOCK_TEXT:
        raise SlackError("msg_blocks_too_long")
    return blocks


def _read_attachments(attachments: Any) -> list[Json]:
    if attachments is None:
        return []
    if not isinstance(attachments, list) or not all(isinstance(item, dict) for item in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    for attachment in attachments:
        read_blocks(attachment.get("blocks"))
    return [{"id": number, **item} for number, item in enumerate(attachments, start=1)]


def read_metadata(metadata: Any) -> Json | None:
    """Returns message metadata, None for none; raises invalid_metadata_schema or metadata_too_large."""
    if metadata is None or metadata == {}:
        return None
    shaped = (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), dict)
    )
    if not shaped:
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > MOST_METADATA:
        raise SlackError("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": metadata["event_payload"]}


def _read_icons(call: Call) -> Json:
    if call.text("icon_emoji"):
        return {"emoji": call.text("icon_emoji")}
    if call.text("icon_url"):
        return {"image_48": call.text("icon_url")}
    return {}
