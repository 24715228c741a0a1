"""What Slack would refuse, checked for every message and view there is."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

import handlers
from blocks.elements import Reply
from blocks.moments import spell_out
from playground.server.blocks.check import check_message_blocks
from playground.server.blocks.check import check_view as find_view_problems

#: Newer blocks than slack_sdk knows; their limits are checked by hand.
UNKNOWN_TO_SDK = {"data_visualization"}
TEXT_LIMIT = 10_000


def check_reply(reply: Reply) -> str:
    """All the text of a message that Slack would take; fails where it would not."""
    assert reply.text.strip()
    assert len(reply.text) <= 4000
    assert 1 <= len(reply.blocks) <= 50
    assert check_message_blocks(list(reply.blocks)) == []
    return check_blocks(reply.blocks)


def check_view(view: dict[str, Any]) -> str:
    """All the text of a modal or Home tab that Slack would take; fails where it would not."""
    assert 1 <= len(view["blocks"]) <= 100
    # The local Slack refuses what the real one refuses, and knows its newer blocks.
    assert find_view_problems(view) == []
    if view["type"] == "modal":
        assert 1 <= len(view["title"]["text"]) <= 24
    known = {**view, "blocks": [block for block in view["blocks"] if block["type"] not in UNKNOWN_TO_SDK]}
    View(**known).to_dict()
    assert len(json.dumps(view)) < 250_000
    return check_blocks(view["blocks"], text_limit=100_000)


def check_blocks(blocks: Sequence[dict[str, Any]], text_limit: int = TEXT_LIMIT) -> str:
    json.loads(json.dumps(blocks))
    for block in blocks:
        if block["type"] == "data_visualization":
            check_chart(block)
        elif block["type"] not in UNKNOWN_TO_SDK:
            parsed = Block.parse(block)
            assert parsed is not None, f"Slack's library knows no block {block['type']}"
            parsed.to_dict()
        for field in block.get("fields", []):
            assert len(field["text"]) <= 2000
    for element in find_elements(blocks):
        assert element["action_id"] in registered_actions()
        for option in element.get("options", []):
            assert 1 <= len(option["text"]["text"]) <= 75
            assert 1 <= len(option["value"]) <= 150
    per_block = [[e["action_id"] for e in block.get("elements", []) if "action_id" in e] for block in blocks]
    for ids in per_block:
        assert len(set(ids)) == len(ids)
    texts = list(find_texts(blocks))
    assert all(text.strip() for text in texts)
    whole = spell_out("\n".join(texts))
    assert len(whole) <= text_limit
    return whole


def check_chart(block: dict[str, Any]) -> None:
    """The limits of a line chart as Slack states them."""
    assert len(block["title"]) <= 50
    chart = block["chart"]
    categories = chart["axis_config"]["categories"]
    assert 2 <= len(categories) <= 20
    assert len(set(categories)) == len(categories)
    for series in chart["series"]:
        assert [point["label"] for point in series["data"]] == categories
        assert all(len(point["label"]) <= 20 for point in series["data"])


def find_elements(blocks: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every button and menu."""
    for block in blocks:
        yield from (each for each in block.get("elements", []) if "action_id" in each)
        if "action_id" in block.get("accessory", {}):
            yield block["accessory"]


def find_texts(node: Any) -> Iterator[str]:
    """Every text that is shown."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("text", "title") and isinstance(value, str):
                yield value
            else:
                yield from find_texts(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from find_texts(each)


def find_marked(node: Any) -> Iterator[str]:
    """Every text in which Slack looks for mark-up; plain and rich text are literal."""
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield node["text"]
        for value in node.values():
            yield from find_marked(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from find_marked(each)


def assert_no_markup(*messages: Reply | dict[str, Any]) -> None:
    """Nothing in these calls anyone, links anywhere, or turns a line around; dates are Slack's own."""
    for message in messages:
        texts = [message.text] if isinstance(message, Reply) else []
        texts += find_marked(message.blocks if isinstance(message, Reply) else message)
        for text in map(spell_out, texts):
            assert "<" not in text
            assert ">" not in text
            assert "\u202e" not in text


_registered: set[str] = set()


def registered_actions() -> set[str]:
    """The ids of all actions that the app has a listener for."""
    if not _registered:
        app = _RecordingApp(
            authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-t"),
            signing_secret="test",
        )
        handlers.register(app)
        _registered.update(app.actions)
    return _registered


class _RecordingApp(App):
    """An app that remembers which actions were registered."""

    def __init__(self, **settings: Any) -> None:
        self.actions: set[str] = set()
        super().__init__(**settings)

    def action(self, constraints: Any, *args: Any, **kwargs: Any) -> Any:
        self.actions.add(str(constraints))
        return super().action(constraints, *args, **kwargs)
