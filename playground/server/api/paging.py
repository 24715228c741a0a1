"""Cursors: opaque text that says where the next page begins."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from playground.server.api.method import Call
from playground.server.errors import SlackError

Item = TypeVar("Item")


def page_of(
    call: Call, items: Sequence[Item], *, default: int = 100, most: int = 999
) -> tuple[list[Item], str]:
    """Returns the page the call asks for and the cursor of the next, empty on the last.

    Raises invalid_cursor for text that is no cursor of ours, invalid_limit for a limit out of range.
    """
    limit = call.number("limit", default)
    if not 0 < limit <= 1000:
        raise SlackError("invalid_limit")
    limit = min(limit, most)
    start = _offset(call.text("cursor"))
    following = start + limit
    cursor = base64.b64encode(f"next:{following}".encode()).decode() if following < len(items) else ""
    return list(items[start:following]), cursor


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise SlackError("invalid_cursor")
