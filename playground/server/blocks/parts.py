"""Composition objects: texts, options, confirmations, images."""

from playground.server.blocks.schema import (
    Check,
    any_one,
    by_type,
    flag,
    items,
    number,
    of_type,
    one_of,
    only_one,
    record,
    string,
)

URL = string(3000)
ACTION_ID = string(255)
BLOCK_ID = string(255, least=0)
MOST_OPTIONS = 100


def plain(most: int, least: int = 1) -> Check:
    """Accepts a plain_text object of up to `most` characters."""
    return by_type({"plain_text": _plain_text(most, least)})


def text(most: int, least: int = 1) -> Check:
    """Accepts a plain_text or mrkdwn object of up to `most` characters."""
    return by_type({"plain_text": _plain_text(most, least), "mrkdwn": _mrkdwn(most, least)})


def mrkdwn_or_image(most: int) -> Check:
    """Accepts what a context block holds."""
    return by_type({"plain_text": _plain_text(most, 1), "mrkdwn": _mrkdwn(most, 1), "image": image_element()})


def image_element() -> Check:
    """Accepts an image element."""
    return record(
        {**of_type("image"), "alt_text": string(2000)},
        {"image_url": URL, "slack_file": SLACK_FILE},
        any_one("image_url", "slack_file"),
        only_one("image_url", "slack_file"),
    )


def _plain_text(most: int, least: int) -> Check:
    return record({**of_type("plain_text"), "text": string(most, least)}, {"emoji": flag()})


def _mrkdwn(most: int, least: int) -> Check:
    return record({**of_type("mrkdwn"), "text": string(most, least)}, {"verbatim": flag()})


def option(described: bool = True, *, formatted: bool = False, url: bool = False) -> Check:
    """Accepts an option; `formatted` lets its text be mrkdwn, `url` is for overflow menus."""
    words = text(75) if formatted else plain(75)
    optional: dict[str, Check] = {"description": words} if described else {}
    if url:
        optional["url"] = URL
    return record({"text": words, "value": string(150)}, optional)


OPTION_GROUP = record({"label": plain(75), "options": items(option(), MOST_OPTIONS)})
SLACK_FILE = record({}, {"id": string(255), "url": URL}, any_one("id", "url"))
CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
DISPATCH_CONFIG = record({"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 2)})
CONVERSATION_FILTER = record(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": flag(),
        "exclude_bot_users": flag(),
    },
)
COUNT = number(1)
