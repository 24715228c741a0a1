"""Every block and element the page draws, in messages Slack would take."""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    """Returns a plain_text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    """Returns a mrkdwn object."""
    return {"type": "mrkdwn", "text": text}


def option(value: str, text: str, description: str = "") -> Json:
    """Returns an option object."""
    shape: Json = {"text": plain(text), "value": value}
    return shape | ({"description": plain(description)} if description else {})


def rich(*elements: Json) -> Json:
    """Returns a rich_text block of one section."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def words(text: str, **style: bool) -> Json:
    """Returns a piece of rich text."""
    return {"type": "text", "text": text} | ({"style": style} if style else {})


PORTS = [option("osl", "Oslo"), option("ber", "Bergen", "On the west coast"), option("tro", "Tromsø")]
PIXEL = "/static/no-such-picture.png"

TEXTS: list[Json] = [
    {"type": "header", "text": plain("Harbour report :anchor:")},
    {
        "type": "section",
        "text": mrkdwn(
            "*Bold*, _italic_, ~struck~, `code`, *_both_*, snake_case_word, 2*3*4 and :tada: <@U1> in <#C1>, "
            "<!here>; <https://example.com/a?b=1&amp;c=2|a link>, https://example.com/bare, "
            "<!date^1760000000^{date_short} at {time}|a while ago>\n"
            "&gt; A quote &amp; its *second* half\n• first\n• second\n1. one\n"
            "```pre <b>formatted</b>\n  code```"
        ),
        "accessory": {"type": "button", "text": plain("Open"), "action_id": "open", "value": "1"},
    },
    {
        "type": "section",
        "fields": [mrkdwn("*Berths*\n12 of 40"), mrkdwn("*Wind*\n7 m/s"), plain("Tide: low")],
    },
    {"type": "divider"},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    words("Rich ", bold=True),
                    words("text", italic=True, strike=True),
                    {"type": "emoji", "name": "sailboat"},
                    {"type": "user", "user_id": "U1"},
                    {"type": "channel", "channel_id": "C1"},
                    {"type": "link", "url": "https://example.com", "text": "link"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "date", "timestamp": 1760000000, "format": "{date}", "fallback": "then"},
                    {"type": "color", "value": "#2f80ed"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [words("first")]}],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "indent": 1,
                "elements": [{"type": "rich_text_section", "elements": [words("second")]}],
            },
            {"type": "rich_text_quote", "elements": [words("quoted")]},
            {"type": "rich_text_preformatted", "elements": [words("if (a < b) { }")]},
        ],
    },
    {
        "type": "markdown",
        "text": "# Title\n\nSome **bold** and *italic* text with `code`, a [link](https://example.com).\n\n"
        "- one\n  - nested\n- [x] done\n\n1. first\n2. second\n\n> quoted\n\n```\ncode\n```\n\n"
        "| Port | Ships |\n| --- | ---: |\n| Oslo | 12 |\n\n---\n",
    },
    {
        "type": "image",
        "image_url": "https://images.invalid/quay.png",
        "alt_text": "The quay",
        "title": plain("Quay"),
    },
    {
        "type": "context",
        "elements": [mrkdwn("Updated <!date^1760000000^{date_pretty}|then>"), plain("by Tide")],
    },
]

TABLES: list[Json] = [
    {
        "type": "table",
        "column_settings": [{"is_wrapped": True}, {"align": "right"}],
        "rows": [
            [{"type": "raw_text", "text": "Port"}, {"type": "raw_text", "text": "Ships"}],
            [rich(words("Oslo", bold=True)), {"type": "raw_number", "value": 12, "text": "12"}],
            [{"type": "raw_text", "text": "Bergen"}, {"type": "raw_text", "text": "7"}],
        ],
    },
    {
        "type": "data_table",
        "caption": "Calls by port",
        "page_size": 4,
        "rows": [
            [
                {"type": "raw_text", "text": "Port"},
                {"type": "raw_text", "text": "Calls"},
                {"type": "raw_text", "text": "Note"},
            ],
            *(
                [
                    {"type": "raw_text", "text": name},
                    {"type": "raw_number", "value": calls, "text": f"{calls:,}"},
                    rich(words(note)),
                ]
                for name, calls, note in [
                    ("Oslo", 1204, "steady"),
                    ("Bergen", 988, "rising"),
                    ("Tromsø", 87, "ice"),
                    ("Bodø", 143, "steady"),
                    ("Ålesund", 310, "rising"),
                    ("Narvik", 95, "falling"),
                ]
            ),
        ],
    },
]

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]


def series(name: str, values: list[float]) -> Json:
    """Returns one series over MONTHS."""
    return {"name": name, "data": [{"label": m, "value": v} for m, v in zip(MONTHS, values, strict=True)]}


def chart(kind: str, *lines: Json) -> Json:
    """Returns a chart with axes."""
    axes = {"categories": MONTHS, "x_label": "Month", "y_label": "Calls"}
    return {
        "type": "data_visualization",
        "title": f"Calls, as {kind}",
        "chart": {"type": kind, "series": list(lines), "axis_config": axes},
    }


NORTH = series("North", [32000, 35000, 29000, 41000, 45000, 43000])
SOUTH = series("South", [17000, 20000, 15000, 22000, 30000, 31000])
CHARTS: list[list[Json]] = [
    [chart("line", NORTH, SOUTH), chart("bar", NORTH, SOUTH)],
    [
        chart("area", NORTH),
        {
            "type": "data_visualization",
            "title": "Flags",
            "chart": {
                "type": "pie",
                "segments": [
                    {"label": "Norway", "value": 48},
                    {"label": "Denmark", "value": 27},
                    {"label": "Other", "value": 25},
                ],
            },
        },
    ],
]

CARD: Json = {
    "type": "card",
    "title": mrkdwn("Berth 12"),
    "subtitle": mrkdwn("Free from noon"),
    "body": mrkdwn("Depth *6.5 m*, shore power."),
    "actions": [
        {
            "type": "button",
            "text": plain("Reserve"),
            "action_id": "reserve",
            "value": "12",
            "style": "primary",
        }
    ],
}
FRAMES: list[Json] = [
    CARD,
    {"type": "carousel", "elements": [CARD | {"title": mrkdwn(f"Berth {n}")} for n in (13, 14, 15)]},
    {
        "type": "container",
        "title": plain("Watch rota"),
        "subtitle": plain("This week"),
        "is_collapsible": True,
        "child_blocks": [{"type": "section", "text": mrkdwn("Ada, then Ben")}],
    },
    {
        "type": "plan",
        "title": "Clearing the berth",
        "tasks": [
            {"type": "task_card", "task_id": "1", "title": "Ask the pilot", "status": "complete"},
            {
                "type": "task_card",
                "task_id": "2",
                "title": "Move the crane",
                "status": "in_progress",
                "details": rich(words("Two lifts left")),
                "sources": [{"type": "url", "url": "https://example.com/crane", "text": "Crane log"}],
            },
            {"type": "task_card", "task_id": "3", "title": "Signal", "status": "pending"},
        ],
    },
    {
        "type": "task_card",
        "task_id": "4",
        "title": "Radio check",
        "status": "error",
        "output": rich(words("No answer")),
    },
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": plain("Good"), "value": "good"},
                "negative_button": {"text": plain("Bad"), "value": "bad"},
            },
            {"type": "icon_button", "icon": "trash", "text": plain("Delete"), "action_id": "bin"},
        ],
    },
]

ELEMENTS: list[Json] = [
    {
        "type": "actions",
        "elements": [
            {"type": "button", "text": plain("Plain"), "action_id": "plain"},
            {"type": "button", "text": plain("Primary"), "action_id": "primary", "style": "primary"},
            {
                "type": "button",
                "text": plain("Danger"),
                "action_id": "danger",
                "style": "danger",
                "confirm": {
                    "title": plain("Sink it?"),
                    "text": plain("There is no way back."),
                    "confirm": plain("Sink"),
                    "deny": plain("Keep"),
                    "style": "danger",
                },
            },
            {"type": "button", "text": plain("Read on"), "action_id": "link", "url": "https://example.com"},
            {
                "type": "button",
                "text": plain("For Ben only"),
                "action_id": "ben",
                "visible_to_user_ids": ["U2"],
            },
            {"type": "overflow", "action_id": "more", "options": PORTS},
        ],
    },
    {
        "type": "actions",
        "elements": [
            {
                "type": "static_select",
                "action_id": "port",
                "placeholder": plain("Choose a port"),
                "options": PORTS,
            },
            {
                "type": "external_select",
                "action_id": "ship",
                "placeholder": plain("Find a ship"),
                "min_query_length": 1,
            },
            {"type": "users_select", "action_id": "who", "placeholder": plain("Choose a person")},
            {"type": "channels_select", "action_id": "where", "placeholder": plain("Choose a channel")},
            {
                "type": "conversations_select",
                "action_id": "room",
                "placeholder": plain("Choose a conversation"),
            },
            {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-22"},
            {"type": "timepicker", "action_id": "hour", "initial_time": "09:30"},
            {"type": "datetimepicker", "action_id": "moment", "initial_date_time": 1760000000},
        ],
    },
    {
        "type": "actions",
        "elements": [
            {"type": "radio_buttons", "action_id": "one", "options": PORTS, "initial_option": PORTS[0]},
            {"type": "checkboxes", "action_id": "some", "options": PORTS},
        ],
    },
]


def field(block_id: str, label: str, element: Json, **more: Any) -> Json:
    """Returns an input block whose action_id is its block_id."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element | {"action_id": block_id},
        **more,
    }


FORM: list[Json] = [
    {"type": "alert", "level": "warning", "text": mrkdwn("Gale warning until *18:00*")},
    field("name", "Ship's name", {"type": "plain_text_input", "placeholder": plain("As painted")}),
    field(
        "story",
        "Story",
        {"type": "plain_text_input", "multiline": True},
        optional=True,
        hint=plain("Kept for the log"),
    ),
    field("mail", "E-mail", {"type": "email_text_input"}, optional=True),
    field("site", "Site", {"type": "url_text_input"}, optional=True),
    field(
        "crew", "Crew", {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}, optional=True
    ),
    field("log", "Log", {"type": "rich_text_input"}, optional=True),
    field("papers", "Papers", {"type": "file_input"}, optional=True),
    field("call", "Port of call", {"type": "static_select", "options": PORTS}, optional=True),
    field("calls", "Ports of call", {"type": "multi_static_select", "options": PORTS}, optional=True),
    field("ships", "Ships", {"type": "multi_external_select", "min_query_length": 1}, optional=True),
    field("people", "People", {"type": "multi_users_select"}, optional=True),
    field("rooms", "Rooms", {"type": "multi_conversations_select"}, optional=True),
    field("channels", "Channels", {"type": "multi_channels_select"}, optional=True),
    field("extras", "Extras", {"type": "checkboxes", "options": PORTS}, optional=True),
    field("class", "Class", {"type": "radio_buttons", "options": PORTS}, optional=True),
    field("eta", "Arrives", {"type": "datetimepicker"}, optional=True),
]

MESSAGES: list[list[Json]] = [TEXTS, TABLES, *CHARTS, FRAMES, ELEMENTS]
