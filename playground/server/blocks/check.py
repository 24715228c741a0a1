"""Entry points: what Slack refuses in a message's blocks and in a view."""

from collections import Counter
from typing import Any

from playground.server.blocks.layout import IN_HOME, IN_MESSAGE, IN_MODAL
from playground.server.blocks.parts import plain
from playground.server.blocks.schema import (
    Check,
    Problem,
    Problems,
    by_type,
    flag,
    items,
    of_type,
    record,
    string,
)
from playground.server.blocks.sums import MOST_MARKDOWN

MOST_IN_MESSAGE, MOST_IN_VIEW = 50, 100
# How many blocks of a kind one message takes.
AT_MOST = {"table": 1, "data_visualization": 2}


def message_problems(blocks: Any, at: str = "/blocks") -> list[Problem]:
    """Returns what Slack refuses in a message's blocks, in order; empty when it takes them."""
    found = list(items(by_type(IN_MESSAGE), MOST_IN_MESSAGE, least=0)(blocks, at))
    if isinstance(blocks, list):
        found += [*_repeated_ids(blocks, at), *_too_many_of_a_kind(blocks, at), *_markdown_sum(blocks, at)]
    return found


def view_problems(view: Any, at: str = "/view") -> list[Problem]:
    """Returns what Slack refuses in a view, in order; empty when it takes it."""
    found = list(by_type({"modal": MODAL, "home": HOME})(view, at))
    blocks = view.get("blocks") if isinstance(view, dict) else None
    if isinstance(blocks, list):
        found += _repeated_ids(blocks, f"{at}/blocks")
    return found


def check_message_blocks(blocks: Any) -> list[str]:
    """Returns message_problems as Slack words them."""
    return [str(problem) for problem in message_problems(blocks)]


def check_view(view: Any) -> list[str]:
    """Returns view_problems as Slack words them."""
    return [str(problem) for problem in view_problems(view)]


def _submit_for_inputs(view: Any, at: str) -> Problems:
    blocks = view.get("blocks")
    inputs = isinstance(blocks, list) and any(
        isinstance(b, dict) and b.get("type") == "input" for b in blocks
    )
    if inputs and not view.get("submit"):
        yield Problem(at, "missing required field: submit", "missing_field")


def _focus_once(view: Any, at: str) -> Problems:
    blocks = view.get("blocks")
    parts = [b.get("element") for b in blocks if isinstance(b, dict)] if isinstance(blocks, list) else []
    if sum(1 for part in parts if isinstance(part, dict) and part.get("focus_on_load")) > 1:
        yield Problem(f"{at}/blocks", "only one element can set focus_on_load")


COMMON: dict[str, Check] = {
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
}
MODAL = record(
    {**of_type("modal"), "title": plain(24), "blocks": items(by_type(IN_MODAL), MOST_IN_VIEW, least=0)},
    {
        **COMMON,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": flag(),
        "notify_on_close": flag(),
        "submit_disabled": flag(),
    },
    _submit_for_inputs,
    _focus_once,
)
HOME = record(
    {**of_type("home"), "blocks": items(by_type(IN_HOME), MOST_IN_VIEW, least=0)},
    {**COMMON, "title": plain(24), "submit": plain(24), "close": plain(24)},
)


def _repeated_ids(blocks: list[Any], at: str) -> Problems:
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if block_id and str(block_id) in seen:
            yield Problem(f"{at}/{place}/block_id", f"block_id `{block_id}` already exists")
        seen.add(str(block_id))
        yield from _repeated_actions(block, f"{at}/{place}")


def _repeated_actions(block: Any, at: str) -> Problems:
    elements = block.get("elements") if isinstance(block, dict) else None
    if not isinstance(elements, list) or block.get("type") not in ("actions", "context_actions"):
        return
    names = [str(e.get("action_id") or "") if isinstance(e, dict) else "" for e in elements]
    ids = Counter(names)
    for place, name in enumerate(names):
        if name and ids[name] > 1:
            yield Problem(
                f"{at}/elements/{place}/action_id", f"action_id `{name}` already exists in this block"
            )
            ids[name] = 0


def _too_many_of_a_kind(blocks: list[Any], at: str) -> Problems:
    kinds = Counter(str(block.get("type")) for block in blocks if isinstance(block, dict))
    for kind, most in AT_MOST.items():
        if kinds[kind] > most:
            yield Problem(at, f"only {most} {kind} block{'s' if most > 1 else ''} allowed in a message")


def _markdown_sum(blocks: list[Any], at: str) -> Problems:
    texts = (b.get("text") for b in blocks if isinstance(b, dict) and b.get("type") == "markdown")
    if sum(len(text) for text in texts if isinstance(text, str)) > MOST_MARKDOWN:
        yield Problem(at, f"markdown blocks must be less than {MOST_MARKDOWN + 1} characters together")
