"""Numbers and amounts as people and programs write them."""

import re
from decimal import Decimal, InvalidOperation

from bot.sources.importing.bad_value import BadValue
from bot.sources.importing.styles import GROUPING, NumberStyle

_CURRENCY = re.compile(
    r"(?:[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY|CAD|AUD|INR|SEK|NOK|DKK|PLN|BRL)\b)", re.IGNORECASE
)
_PLAIN_POINT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?$|\d*\.?\d+(?:[eE][+-]?\d{1,3})?$|\d+\.$")
_PLAIN_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d*)?$|\d*,?\d+$|\d+,$")


def parse_number(cell: str, style: NumberStyle | None) -> Decimal:
    """The number a cell writes, with thousands separators, a currency, or brackets for a minus."""
    text = _CURRENCY.sub("", cell).strip().replace("−", "-")
    text = GROUPING.sub("", text).strip()
    negative = text.startswith("-") or text.endswith("-") or (text.startswith("(") and text.endswith(")"))
    text = text.strip("()").strip("+-").strip()
    if style is None and ("," in text or "." in text):
        raise BadValue(
            "could be two different numbers",
            "Write numbers as 1234.50, or say `numbers: point` or `numbers: comma` in a mapping file",
        )
    plain = _PLAIN_COMMA if style is NumberStyle.COMMA else _PLAIN_POINT
    if not plain.match(text):
        raise BadValue("is no number", "Write it as 1234.50")
    if style is NumberStyle.COMMA:
        text = text.replace(".", "").replace(",", ".")
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise BadValue("is no number", "Write it as 1234.50") from None
    return -number if negative else number
