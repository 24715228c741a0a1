"""Interactive elements, and which of them each place takes."""

from typing import Any

from playground.server.blocks.parts import (
    ACTION_ID,
    CONFIRM,
    CONVERSATION_FILTER,
    COUNT,
    DISPATCH_CONFIG,
    MOST_OPTIONS,
    OPTION_GROUP,
    URL,
    image_element,
    option,
    plain,
)
from playground.server.blocks.rich_text import RICH_TEXT
from playground.server.blocks.schema import (
    Check,
    Problem,
    Problems,
    any_one,
    anything,
    flag,
    items,
    number,
    of_type,
    one_of,
    only_one,
    record,
    string,
)
from playground.server.kinds import Json

ID = string(255)
PLACEHOLDER = {"placeholder": plain(150)}
FOCUS = {"focus_on_load": flag()}
ACTION = {"action_id": ACTION_ID, "confirm": CONFIRM}
CHOICES = items(option(), MOST_OPTIONS)
GROUPS = items(OPTION_GROUP, MOST_OPTIONS)
TEXT_ENTRY = {"action_id": ACTION_ID, "dispatch_action_config": DISPATCH_CONFIG, **PLACEHOLDER, **FOCUS}


def _menu(kind: str, **fields: Check) -> Check:
    return record(of_type(kind), {**ACTION, **PLACEHOLDER, **FOCUS, **fields})


def _multi(kind: str, **fields: Check) -> Check:
    return _menu(kind, max_selected_items=COUNT, **fields)


def _static(kind: str, **fields: Check) -> Check:
    return record(
        of_type(kind),
        {**ACTION, **PLACEHOLDER, **FOCUS, "options": CHOICES, "option_groups": GROUPS, **fields},
        any_one("options", "option_groups"),
        only_one("options", "option_groups"),
        _initial_among_options,
    )


def _initial_among_options(value: Any, at: str) -> Problems:
    groups = _objects(value.get("option_groups"))
    lists = [_objects(value.get("options")), *(_objects(group.get("options")) for group in groups)]
    known = [o.get("value") for options in lists for o in options]
    chosen = value.get("initial_options") or [value.get("initial_option")]
    for name in (o.get("value") for o in _objects(chosen)):
        if name not in known:
            yield Problem(at, "initial option must exactly match one of the options provided")


def _objects(value: Any) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _boxes(kind: str, **fields: Check) -> Check:
    choices = items(option(formatted=True), 10)
    return record(
        {**of_type(kind), "options": choices}, {**ACTION, **FOCUS, **fields}, _initial_among_options
    )


FORMATTED = option(formatted=True)
BUTTON = record(
    {**of_type("button"), "text": plain(75)},
    {
        **ACTION,
        "value": string(2000, least=0),
        "url": URL,
        "style": one_of("primary", "danger"),
        "accessibility_label": string(75),
        "alt_text": string(2000),
        "agent_prompt": string(4000),
        "agent_prompt_display": anything(),
        "visible_to_user_ids": items(ID, 10),
    },
)
FEEDBACK_BUTTON = record({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
ELEMENTS: dict[str, Check] = {
    "button": BUTTON,
    "workflow_button": record(
        {**of_type("workflow_button"), "text": plain(75), "workflow": anything()},
        {
            "action_id": ACTION_ID,
            "style": one_of("primary", "danger"),
            "accessibility_label": string(75),
            "alt_text": string(2000),
        },
    ),
    "icon_button": record(
        {**of_type("icon_button"), "text": plain(75), "icon": ID},
        {
            **ACTION,
            "value": string(2000),
            "accessibility_label": string(75),
            "alt_text": string(2000),
            "visible_to_user_ids": items(ID, 10),
        },
    ),
    "feedback_buttons": record(
        {
            **of_type("feedback_buttons"),
            "positive_button": FEEDBACK_BUTTON,
            "negative_button": FEEDBACK_BUTTON,
        },
        {"action_id": ACTION_ID, "alt_text": string(2000)},
    ),
    "overflow": record(
        {**of_type("overflow"), "options": items(option(url=True), 5)}, {**ACTION, "alt_text": string(2000)}
    ),
    "static_select": _static("static_select", initial_option=option()),
    "multi_static_select": _static(
        "multi_static_select", initial_options=items(option(), MOST_OPTIONS), max_selected_items=COUNT
    ),
    "external_select": _menu("external_select", initial_option=option(), min_query_length=number(0)),
    "multi_external_select": _multi(
        "multi_external_select", initial_options=items(option(), MOST_OPTIONS), min_query_length=number(0)
    ),
    "users_select": _menu("users_select", initial_user=ID),
    "multi_users_select": _multi("multi_users_select", initial_users=items(ID, MOST_OPTIONS)),
    "conversations_select": _menu(
        "conversations_select",
        initial_conversation=ID,
        default_to_current_conversation=flag(),
        response_url_enabled=flag(),
        filter=CONVERSATION_FILTER,
    ),
    "multi_conversations_select": _multi(
        "multi_conversations_select",
        initial_conversations=items(ID, MOST_OPTIONS),
        default_to_current_conversation=flag(),
        filter=CONVERSATION_FILTER,
    ),
    "channels_select": _menu("channels_select", initial_channel=ID, response_url_enabled=flag()),
    "multi_channels_select": _multi("multi_channels_select", initial_channels=items(ID, MOST_OPTIONS)),
    "checkboxes": _boxes("checkboxes", initial_options=items(FORMATTED, 10)),
    "radio_buttons": _boxes("radio_buttons", initial_option=FORMATTED),
    "datepicker": _menu("datepicker", initial_date=string(10, 10)),
    "timepicker": _menu("timepicker", initial_time=string(5, 5), timezone=ID),
    "datetimepicker": _menu("datetimepicker", initial_date_time=number(1_000_000_000, 9_999_999_999)),
    "plain_text_input": record(
        of_type("plain_text_input"),
        {
            **TEXT_ENTRY,
            "initial_value": string(3000, least=0),
            "multiline": flag(),
            "min_length": number(0, 3000),
            "max_length": number(1, 3000),
        },
    ),
    "email_text_input": record(of_type("email_text_input"), {**TEXT_ENTRY, "initial_value": ID}),
    "url_text_input": record(of_type("url_text_input"), {**TEXT_ENTRY, "initial_value": URL}),
    "number_input": record(
        {**of_type("number_input"), "is_decimal_allowed": flag()},
        {**TEXT_ENTRY, **{name: ID for name in ("initial_value", "min_value", "max_value")}},
    ),
    "rich_text_input": record(
        of_type("rich_text_input"),
        {**TEXT_ENTRY, "initial_value": RICH_TEXT, "min_lines": number(1, 100), "max_lines": number(1, 100)},
    ),
    "file_input": record(
        of_type("file_input"),
        {"action_id": ACTION_ID, "filetypes": items(ID, MOST_OPTIONS), "max_files": number(1, 10)},
    ),
    "image": image_element(),
}
MENUS = tuple(name for name in ELEMENTS if name.endswith("_select"))
PICKERS = ("datepicker", "timepicker", "checkboxes", "radio_buttons")
ENTRIES = (
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
)


def elements(*names: str) -> dict[str, Check]:
    """Returns the table of these elements."""
    return {name: ELEMENTS[name] for name in names}


IN_SECTION = elements("button", "workflow_button", "overflow", "image", *PICKERS, *MENUS)
IN_ACTIONS = elements("button", "workflow_button", "overflow", "datetimepicker", *PICKERS, *MENUS)
IN_INPUT = elements("datetimepicker", *PICKERS, *MENUS, *ENTRIES)
