"""The `state.values` of a message or view: what every input holds, touched or not."""

from typing import Any

from playground.server.kinds import Json

# Per element: the field its value travels in, and the field an app sets it with beforehand.
VALUE_FIELDS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "files"),
}
LISTS = frozenset(
    {"selected_options", "selected_users", "selected_conversations", "selected_channels", "files"}
)


def all_values(blocks: list[Json], given: Json) -> Json:
    """Returns `{block_id: {action_id: {"type", <value>}}}` for every input in the blocks.

    `given` is what a person's page sent, in the same shape; the rest comes from the blocks' initial values.
    """
    values: Json = {}
    for block in blocks:
        block_id = block.get("block_id", "")
        for element in _inputs(block):
            chosen = given.get(block_id, {}).get(element["action_id"])
            values.setdefault(block_id, {})[element["action_id"]] = chosen or initial_value(element)
    return values


def initial_value(element: Json) -> Json:
    """Returns what an untouched input holds."""
    name, source = VALUE_FIELDS[element["type"]]
    empty: Any = [] if name in LISTS else None
    return {"type": element["type"], name: element.get(source, empty)}


def missing_inputs(blocks: list[Json], values: Json) -> dict[str, str]:
    """Returns, by block_id, Slack's word about each required input that is empty."""
    missing = {}
    for block in blocks:
        element = block.get("element")
        if block.get("type") != "input" or block.get("optional") or not isinstance(element, dict):
            continue
        block_id = block.get("block_id", "")
        held = values.get(block_id, {}).get(element.get("action_id"), {})
        name, _ = VALUE_FIELDS.get(element.get("type", ""), ("value", ""))
        if not held.get(name):
            missing[block_id] = "Please complete this required field."
    return missing


def _inputs(block: Json) -> list[Json]:
    found: list[Json] = []
    for name in ("element", "accessory", "elements", "child_blocks"):
        inner = block.get(name)
        for item in inner if isinstance(inner, list) else [inner]:
            if not isinstance(item, dict):
                continue
            if item.get("type") in VALUE_FIELDS and item.get("action_id"):
                found.append(item)
            elif name == "child_blocks":
                found += _inputs(item)
    return found
