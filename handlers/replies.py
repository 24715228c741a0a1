"""A reply as Bolt's `ack` and `respond` take it."""

from typing import Any

from blocks.elements import Reply


def to_asker(reply: Reply) -> dict[str, Any]:
    """For the eyes of the one who asked."""
    return {"text": reply.text, "blocks": list(reply.blocks), "response_type": "ephemeral"}


def in_place(reply: Reply) -> dict[str, Any]:
    """Instead of the private message that was clicked."""
    return {**to_asker(reply), "replace_original": True}


def beside(reply: Reply) -> dict[str, Any]:
    """Below the private message that was clicked, which stays."""
    return {**to_asker(reply), "replace_original": False}


def in_channel(reply: Reply) -> dict[str, Any]:
    """For everyone in the channel."""
    return {
        "text": reply.text,
        "blocks": list(reply.blocks),
        "response_type": "in_channel",
        "replace_original": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
