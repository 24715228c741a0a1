"""Rich text: sections, lists, quotes and preformatted text, and what is inside them."""

from playground.server.blocks.parts import BLOCK_ID, URL
from playground.server.blocks.schema import (
    Check,
    by_type,
    flag,
    items,
    number,
    of_type,
    one_of,
    record,
    string,
)

MOST_ELEMENTS = 1000
LONGEST = 40_000
STYLE = record(
    {},
    {
        name: flag()
        for name in (
            "bold",
            "italic",
            "strike",
            "code",
            "underline",
            "highlight",
            "client_highlight",
            "unlink",
        )
    },
)
ID = string(255)
INLINE: dict[str, Check] = {
    "text": record({**of_type("text"), "text": string(LONGEST)}, {"style": STYLE}),
    "link": record(
        {**of_type("link"), "url": URL}, {"text": string(LONGEST), "unsafe": flag(), "style": STYLE}
    ),
    "emoji": record(
        {**of_type("emoji"), "name": ID},
        {"unicode": ID, "skin_tone": number(1, 6), "style": STYLE, "url": URL},
    ),
    "user": record({**of_type("user"), "user_id": ID}, {"style": STYLE}),
    "usergroup": record({**of_type("usergroup"), "usergroup_id": ID}, {"style": STYLE}),
    "channel": record({**of_type("channel"), "channel_id": ID}, {"style": STYLE}),
    "team": record({**of_type("team"), "team_id": ID}, {"style": STYLE}),
    "broadcast": record(
        {**of_type("broadcast"), "range": one_of("here", "channel", "everyone")}, {"style": STYLE}
    ),
    "date": record(
        {**of_type("date"), "timestamp": number(0), "format": ID},
        {"url": URL, "link": URL, "fallback": string(LONGEST), "style": STYLE},
    ),
    "color": record({**of_type("color"), "value": string(9)}, {"style": STYLE}),
}
INLINES = items(by_type(INLINE), MOST_ELEMENTS, least=0)
SECTION = record({**of_type("rich_text_section"), "elements": INLINES})
STRUCTURES: dict[str, Check] = {
    "rich_text_section": SECTION,
    "rich_text_list": record(
        {
            **of_type("rich_text_list"),
            "style": one_of("bullet", "ordered"),
            "elements": items(by_type({"rich_text_section": SECTION}), MOST_ELEMENTS),
        },
        {"indent": number(0, 8), "offset": number(0), "border": number(0, 1)},
    ),
    "rich_text_quote": record({**of_type("rich_text_quote"), "elements": INLINES}, {"border": number(0, 1)}),
    "rich_text_preformatted": record(
        {**of_type("rich_text_preformatted"), "elements": INLINES},
        {"border": number(0, 1), "language": ID},
    ),
}
RICH_TEXT = record(
    {**of_type("rich_text"), "elements": items(by_type(STRUCTURES), MOST_ELEMENTS)}, {"block_id": BLOCK_ID}
)
