"""Limits on a message as a whole: Slack adds up the text of all its blocks."""

from typing import Any

# Observed, not documented: chat.postMessage refuses somewhere between 13,172 and 13,297 characters.
MOST_BLOCK_TEXT = 13_200
MOST_MARKDOWN = 12_000


def sum_of_text(part: Any) -> int:
    """Returns how many characters of text blocks show together; ids, values and options do not count."""
    if isinstance(part, list):
        return sum(sum_of_text(item) for item in part)
    if not isinstance(part, dict):
        return 0
    here = sum(len(v) for k, v in part.items() if k in ("text", "alt_text") and isinstance(v, str))
    inner = (v for k, v in part.items() if isinstance(v, (dict, list)) and k != "options")
    return here + sum(sum_of_text(v) for v in inner)
