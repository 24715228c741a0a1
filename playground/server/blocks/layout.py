"""Layout blocks: their fields and limits, and which surfaces take them."""

from typing import Any

from playground.server.blocks.data import DATA_TABLE, DATA_VISUALIZATION, TABLE
from playground.server.blocks.elements import IN_ACTIONS, IN_INPUT, IN_SECTION, elements
from playground.server.blocks.parts import (
    BLOCK_ID,
    SLACK_FILE,
    URL,
    image_element,
    mrkdwn_or_image,
    plain,
    text,
)
from playground.server.blocks.rich_text import RICH_TEXT
from playground.server.blocks.schema import (
    Check,
    Problem,
    Problems,
    any_one,
    anything,
    by_type,
    flag,
    items,
    of_type,
    one_of,
    only_one,
    record,
    string,
)

NAMED = {"block_id": BLOCK_ID}


def _not_collapsible_with_divider(value: Any, at: str) -> Problems:
    if value.get("is_collapsible") and value.get("has_header_divider"):
        yield Problem(at, "has_header_divider cannot be set when is_collapsible is true")
    if value.get("default_collapsed") and not value.get("is_collapsible"):
        yield Problem(at, "default_collapsed requires is_collapsible")


CARD = record(
    of_type("card"),
    {
        **NAMED,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "subtext": text(200),
        "hero_image": image_element(),
        "icon": image_element(),
        "actions": items(by_type(elements("button")), 3),
    },
    any_one("hero_image", "title", "actions", "body"),
)
TASK_CARD = record(
    {**of_type("task_card"), "task_id": string(255), "title": string(3000)},
    {
        **NAMED,
        "status": one_of("pending", "in_progress", "complete", "error"),
        "details": RICH_TEXT,
        "output": RICH_TEXT,
        "sources": items(
            by_type({"url": record({**of_type("url"), "url": URL, "text": string(3000)})}), 100, least=0
        ),
    },
)
BLOCKS: dict[str, Check] = {
    "section": record(
        of_type("section"),
        {
            **NAMED,
            "text": text(3000),
            "fields": items(text(2000), 10),
            "accessory": by_type(IN_SECTION),
            "expand": flag(),
        },
        any_one("text", "fields"),
    ),
    "header": record({**of_type("header"), "text": plain(150)}, NAMED),
    "divider": record(of_type("divider"), NAMED),
    "context": record({**of_type("context"), "elements": items(mrkdwn_or_image(3000), 10)}, NAMED),
    "actions": record({**of_type("actions"), "elements": items(by_type(IN_ACTIONS), 25)}, NAMED),
    "input": record(
        {**of_type("input"), "label": plain(2000), "element": by_type(IN_INPUT)},
        {**NAMED, "hint": plain(2000), "optional": flag(), "dispatch_action": flag()},
    ),
    "image": record(
        {**of_type("image"), "alt_text": string(2000)},
        {**NAMED, "image_url": URL, "slack_file": SLACK_FILE, "title": plain(2000)},
        any_one("image_url", "slack_file"),
        only_one("image_url", "slack_file"),
    ),
    "rich_text": RICH_TEXT,
    "markdown": record({**of_type("markdown"), "text": string(12_000)}, NAMED),
    "video": record(
        {
            **of_type("video"),
            "title": plain(199),
            "alt_text": string(2000),
            "video_url": URL,
            "thumbnail_url": URL,
        },
        {
            **NAMED,
            "title_url": URL,
            "description": plain(200),
            "author_name": string(49),
            "provider_name": string(255),
            "provider_icon_url": URL,
        },
    ),
    "file": record(
        {**of_type("file"), "external_id": string(255), "source": one_of("remote")}, NAMED, open_=True
    ),
    "call": record({**of_type("call"), "call_id": string(255)}, NAMED, open_=True),
    "table": TABLE,
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "card": CARD,
    "carousel": record({**of_type("carousel"), "elements": items(by_type({"card": CARD}), 10)}, NAMED),
    "alert": record(
        {**of_type("alert"), "text": text(200)},
        {**NAMED, "level": one_of("default", "info", "warning", "error", "success")},
    ),
    "task_card": TASK_CARD,
    "plan": record(
        {**of_type("plan"), "title": string(3000)},
        {**NAMED, "tasks": items(by_type({"task_card": TASK_CARD}), 50, least=0)},
    ),
    "context_actions": record(
        {
            **of_type("context_actions"),
            "elements": items(by_type(elements("feedback_buttons", "icon_button")), 5),
        },
        NAMED,
    ),
    "auth_provider": record(
        {**of_type("auth_provider"), "value": string(150), "name": plain(75), "is_connected": flag()},
        {
            **NAMED,
            "description": plain(150),
            "icon_url": URL,
            "auth_url": URL,
            "disconnect_url": URL,
            "connected_identity": plain(75),
            "connected_context": plain(75),
            "accessory": by_type(elements("overflow")),
            "fallback": anything(),
        },
    ),
}
# What a container holds: everything but another container and what only some surfaces take.
IN_CONTAINER = {
    name: check for name, check in BLOCKS.items() if name not in ("input", "alert", "call", "file")
}
BLOCKS["container"] = record(
    {**of_type("container"), "child_blocks": items(by_type(IN_CONTAINER), 10)},
    {
        **NAMED,
        "title": plain(150),
        "rich_text_title": RICH_TEXT,
        "subtitle": text(150),
        "icon": image_element(),
        "width": one_of("narrow", "standard", "wide", "full"),
        "is_collapsible": flag(),
        "default_collapsed": flag(),
        "has_header_divider": flag(),
    },
    any_one("title", "rich_text_title"),
    _not_collapsible_with_divider,
)
ONLY_MESSAGES = frozenset(
    {
        "markdown",
        "file",
        "call",
        "table",
        "data_table",
        "data_visualization",
        "card",
        "carousel",
        "task_card",
        "plan",
        "context_actions",
    }
)
IN_MESSAGE = {name: check for name, check in BLOCKS.items() if name != "alert"}
IN_MODAL = {name: check for name, check in BLOCKS.items() if name not in ONLY_MESSAGES}
IN_HOME = {name: check for name, check in IN_MODAL.items() if name != "alert"}
