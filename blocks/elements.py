"""The few blocks everything is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from blocks.ids import Action
from blocks.text import BUTTON_LIMIT, CONFIRM_LIMIT, HEADER_LIMIT, OPTION_LIMIT, SECTION_LIMIT, cut, plain

Block = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """A message: its blocks, and the text that notifications and screen readers use.

    ``color`` is that of the bar beside it, where it has one.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    color: str | None = None


def section(text: str) -> Block:
    """A paragraph of mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, SECTION_LIMIT)}}


def header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": {"type": "plain_text", "text": plain(text, HEADER_LIMIT)}}


def context(*lines: str) -> Block:
    """Small grey lines, at most ten."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": cut(line, SECTION_LIMIT)} for line in lines[:10]],
    }


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def actions(*elements: Block, block_id: str | None = None) -> Block:
    """A row of buttons and menus, at most 25.

    Slack keeps what was chosen in a menu as long as ``block_id`` stays the same, whatever is edited.
    """
    named = {"block_id": block_id} if block_id else {}
    return {"type": "actions", **named, "elements": list(elements[:25])}


def button(action: Action, label: str, value: str, *, style: str | None = None, describe: str = "") -> Block:
    """A button. ``value`` is an opaque id; ``describe`` is what a screen reader says instead of the label."""
    element: Block = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": plain(label, BUTTON_LIMIT)},
        "value": value,
    }
    if style:
        element["style"] = style
    if describe:
        element["accessibility_label"] = plain(describe, BUTTON_LIMIT)
    return element


def confirmed(element: Block, question: str, yes: str) -> Block:
    """The button, which first asks whether it is meant."""
    return {
        **element,
        "confirm": {
            "title": {"type": "plain_text", "text": "Are you sure?"},
            "text": {"type": "plain_text", "text": plain(question, CONFIRM_LIMIT)},
            "confirm": {"type": "plain_text", "text": plain(yes, 30)},
            "deny": {"type": "plain_text", "text": "Cancel"},
        },
    }


def menu(action: Action, placeholder: str, options: Iterable[tuple[str, str]]) -> Block:
    """A menu of (label, value), at most 100."""
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": {"type": "plain_text", "text": plain(placeholder, 150)},
        "options": _options(options, 100),
    }


def overflow(action: Action, options: Iterable[tuple[str, str]]) -> Block:
    """The button with three dots, which opens a menu of (label, value), at most five."""
    return {"type": "overflow", "action_id": action, "options": _options(options, 5)}


def _options(options: Iterable[tuple[str, str]], limit: int) -> list[Block]:
    return [
        {"text": {"type": "plain_text", "text": plain(label, OPTION_LIMIT)}, "value": value}
        for label, value in list(options)[:limit]
    ]


def bullets(lines: Sequence[str]) -> str:
    """The lines with a dot before each."""
    return "\n".join(f"• {line}" for line in lines)
