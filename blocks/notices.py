"""A sentence where no message can be sent: a small modal."""

from blocks.elements import Block, section
from blocks.ids import Callback
from blocks.text import sentence


def build_notice_modal(text: str) -> Block:
    """A view that says one thing."""
    return {
        "type": "modal",
        "callback_id": Callback.NOTICE,
        "title": {"type": "plain_text", "text": "Staysail"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [section(sentence(text))],
    }
