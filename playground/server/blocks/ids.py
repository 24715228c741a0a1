"""The ids Slack fills in where an app left them out."""

import copy

from playground.server.ids import Ids
from playground.server.kinds import Json

# Where blocks and elements hide inside blocks.
NESTED = ("elements", "accessory", "element", "child_blocks", "actions", "cards", "fallback")
INTERACTIVE = frozenset(
    {
        "button",
        "icon_button",
        "feedback_buttons",
        "overflow",
        "static_select",
        "external_select",
        "users_select",
        "conversations_select",
        "channels_select",
        "multi_static_select",
        "multi_external_select",
        "multi_users_select",
        "multi_conversations_select",
        "multi_channels_select",
        "checkboxes",
        "radio_buttons",
        "datepicker",
        "timepicker",
        "datetimepicker",
        "plain_text_input",
        "rich_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "file_input",
        "workflow_button",
    }
)


def with_ids(blocks: list[Json], ids: Ids) -> list[Json]:
    """Returns a copy of the blocks in which every block has a block_id and every element an action_id."""
    filled = copy.deepcopy(blocks)
    for block in filled:
        block.setdefault("block_id", "")
        block["block_id"] = block["block_id"] or ids.next_block_id()
        _fill_elements(block, ids)
    return filled


def _fill_elements(part: Json, ids: Ids) -> None:
    for name in NESTED:
        inner = part.get(name)
        for item in inner if isinstance(inner, list) else [inner]:
            if not isinstance(item, dict):
                continue
            if item.get("type") in INTERACTIVE and not item.get("action_id"):
                item["action_id"] = ids.next_block_id()
            _fill_elements(item, ids)


def find_element(blocks: list[Json], action_id: str, block_id: str = "") -> tuple[Json, Json] | None:
    """Returns the block and the element with this action_id (in this block, when named); None when absent."""
    for block in blocks:
        if block_id and block.get("block_id") != block_id:
            continue
        element = _search(block, action_id)
        if element is not None:
            return block, element
    return None


def _search(part: Json, action_id: str) -> Json | None:
    for name in NESTED:
        inner = part.get(name)
        for item in inner if isinstance(inner, list) else [inner]:
            if not isinstance(item, dict):
                continue
            if item.get("action_id") == action_id:
                return item
            found = _search(item, action_id)
            if found is not None:
                return found
    return None
