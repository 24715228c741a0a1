"""Text that is safe in Slack: the one place where words from outside become mrkdwn."""

import re

SECTION_LIMIT = 3000
HEADER_LIMIT = 150
BUTTON_LIMIT = 75
CONFIRM_LIMIT = 300
OPTION_LIMIT = 75
MODAL_TITLE_LIMIT = 24
#: Longer names of accounts and people are cut: a name is no place for a novel.
NAME_LIMIT = 80

_SPACE = re.compile(r"\s+")
# Zero-width joiners and direction marks can make one name look like another, or turn a line around.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f]")
# After escaping, formatting marks and emoji codes are all that is left to do harm with.
_MARKS = re.compile(r"(?<!\w)([*_~`])|([*_~`])(?!\w)")
_CODE = re.compile(r":(?=[\w+'-]+:)")
_WORD_JOINER = "\u2060"


def cut(text: str, limit: int) -> str:
    """The text, with an ellipsis where it is longer than ``limit``."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain(text: str | None, limit: int = NAME_LIMIT) -> str:
    """Text for plain_text objects and notifications: one line, without invisible letters, never empty."""
    tidy = _SPACE.sub(" ", _INVISIBLE.sub("", text or "")).strip()
    return cut(tidy, limit) or "(no name)"


def escape(text: str | None, limit: int = NAME_LIMIT) -> str:
    """Text of a person or a system as mrkdwn that shows just that: no mention, link, formatting or emoji.

    ``<!channel>`` and ``<@U…>`` call nobody, as ``<`` no longer opens anything.
    """
    safe = plain(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A joiner beside a mark keeps it from pairing with another; a bare @channel is no mention for apps.
    safe = _MARKS.sub(rf"{_WORD_JOINER}\g<0>{_WORD_JOINER}", safe)
    return _CODE.sub(f":{_WORD_JOINER}", safe)


def sentence(text: str, limit: int = SECTION_LIMIT) -> str:
    """A sentence of our own, with names from outside in it, as mrkdwn: `code` and *bold* stay."""
    safe = _INVISIBLE.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return cut(safe, limit)
