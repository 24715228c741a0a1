"""How a whole column writes its dates and numbers: decided from all of its values, never one by one."""

import re
from dataclasses import dataclass, field
from enum import Enum


class DateStyle(Enum):
    """The order of a date's parts. ISO dates and dates with a month's name fit in any style."""

    ISO = "iso"
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class NumberStyle(Enum):
    """Which sign parts whole from fraction; the other one, spaces and apostrophes group thousands."""

    POINT = "point"
    COMMA = "comma"


_PARTS = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2\d{4}(?!\d)")
#: Signs between groups of three digits that are never decimal signs.
GROUPING = re.compile(r"(?<=\d)[\s\u00a0\u202f'’](?=\d{3})")
_NUMBER = re.compile(r"[\d.,]*\d")
_SEEN_KEPT = 8_000


@dataclass
class DateEvidence:
    """What the dates of a column have shown so far."""

    day_first: str | None = None
    month_first: str | None = None
    #: A value that is a different day in each order.
    open: str | None = None
    dotted: bool = False
    _seen: set[str] = field(default_factory=set)

    def look(self, values: set[str]) -> None:
        """Take in the values of another chunk."""
        for value in values - self._seen:
            match = _PARTS.match(value.strip())
            if match:
                self._weigh(value, int(match[1]), match[2], int(match[3]))
        self._seen = values if len(self._seen) > _SEEN_KEPT else self._seen | values

    def _weigh(self, value: str, first: int, sign: str, second: int) -> None:
        self.dotted = self.dotted or sign == "."
        if first > 12:
            self.day_first = self.day_first or value
        elif second > 12:
            self.month_first = self.month_first or value
        elif first != second:
            self.open = self.open or value

    @property
    def style(self) -> DateStyle | None:
        """The one style that fits; None while two do, or none does."""
        if self.day_first and self.month_first:
            return None
        if self.day_first:
            return DateStyle.DAY_FIRST
        if self.month_first:
            return DateStyle.MONTH_FIRST
        # Nobody writes the month first with dots.
        if self.dotted:
            return DateStyle.DAY_FIRST
        return None if self.open else DateStyle.ISO


@dataclass
class NumberEvidence:
    """What the numbers of a column have shown so far."""

    point: str | None = None
    comma: str | None = None
    #: Values such as ``1,234`` and ``1.234``, which are two numbers.
    open_comma: str | None = None
    open_point: str | None = None
    _seen: set[str] = field(default_factory=set)

    def look(self, values: set[str]) -> None:
        """Take in the values of another chunk."""
        for value in values - self._seen:
            match = _NUMBER.search(GROUPING.sub("", value))
            if match and ("," in match[0] or "." in match[0]):
                self._weigh(value, match[0])
        self._seen = values if len(self._seen) > _SEEN_KEPT else self._seen | values

    def _weigh(self, value: str, digits: str) -> None:
        last = max(digits.rfind(","), digits.rfind("."))
        sign, other = digits[last], "." if digits[last] == "," else ","
        grouped = len(digits) - last - 1 == 3 and last > 0
        if digits.count(sign) > 1:
            # A sign that comes twice groups thousands, so the other one is the decimal sign.
            self._decide(other, value)
        elif other in digits or not grouped or not re.match(r"[1-9]\d{0,2}$", digits[:last]):
            self._decide(sign, value)
        elif sign == ",":
            self.open_comma = self.open_comma or value
        else:
            self.open_point = self.open_point or value

    def _decide(self, decimal: str, value: str) -> None:
        if decimal == ".":
            self.point = self.point or value
        else:
            self.comma = self.comma or value

    def find_style(self, *, money: bool) -> NumberStyle | None:
        """The one style that fits; None where two do or none does.

        Money with three decimals is so rare that ``1,234`` is read as a thousand; ``1.234`` may come
        from a program that writes fractions as they are, so in money it stays open.
        """
        if self.point and self.comma:
            return None
        if self.comma:
            return NumberStyle.COMMA
        if self.point:
            return NumberStyle.POINT
        if self.open_comma and self.open_point:
            return None
        if self.open_comma:
            return NumberStyle.POINT if money else None
        if self.open_point:
            return None if money else NumberStyle.POINT
        return NumberStyle.POINT
