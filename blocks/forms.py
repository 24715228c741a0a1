"""Modals with entries: the frame and the entries they are made of."""

from collections.abc import Iterable, Sequence

from blocks.elements import Block
from blocks.ids import Callback
from blocks.text import MODAL_TITLE_LIMIT, OPTION_LIMIT, plain

Option = tuple[str, str]


def build_form(callback: Callback, title: str, submit: str, blocks: Iterable[Block], *, about: str) -> Block:
    """A modal to submit. ``about`` comes back with what was entered: ids only, since people can read it."""
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": about,
        "title": _text(title, MODAL_TITLE_LIMIT),
        "submit": _text(submit, MODAL_TITLE_LIMIT),
        "close": _text("Cancel", MODAL_TITLE_LIMIT),
        "blocks": list(blocks),
    }


def entry(field: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    """An entry with its label; ``field`` names block and element, ``hint`` is the small line below."""
    block: Block = {
        "type": "input",
        "block_id": field,
        "label": _text(label, 150),
        "optional": optional,
        "element": {**element, "action_id": field},
    }
    return {**block, "hint": _text(hint, 300)} if hint else block


def choice(options: Sequence[Option], chosen: str | None = None, placeholder: str = "Choose…") -> Block:
    """A menu of (label, value), at most 100; ``chosen`` is the value it starts with."""
    made = [_option(label, value) for label, value in options[:100]]
    start = next((option for option in made if option["value"] == chosen), None)
    menu: Block = {"type": "static_select", "placeholder": _text(placeholder, 150), "options": made}
    return {**menu, "initial_option": start} if start else menu


def words(longest: int, placeholder: str = "") -> Block:
    """A few lines of the person's own."""
    element: Block = {"type": "plain_text_input", "multiline": True, "max_length": longest}
    return {**element, "placeholder": _text(placeholder, 150)} if placeholder else element


def _option(label: str, value: str) -> Block:
    return {"text": _text(label, OPTION_LIMIT), "value": value}


def _text(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": plain(text, limit)}
