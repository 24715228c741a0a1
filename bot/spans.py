"""Spans of time as rules and files write them: 30m, 2h, 3d, or next_working_day."""

import re
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEXT_WORKING_DAY = "next_working_day"
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
_WRITTEN = re.compile(r"([1-9]\d{0,3})([mhd])")


class Span:
    """A length of time in seconds, or (``seconds`` is None) until the next working day begins.

    How it is counted, past nights and holidays, is the matter of ``bot.working_time``.
    """

    def __init__(self, seconds: int | None) -> None:
        self.seconds = seconds

    @classmethod
    def parse(cls, text: object) -> "Span":
        """The span a file writes. Raises ValueError that shows how one is written."""
        if isinstance(text, Span):
            return text
        if text == NEXT_WORKING_DAY:
            return cls(None)
        found = _WRITTEN.fullmatch(str(text).strip())
        if found is None:
            raise ValueError(f"{text!r} is no span of time; write 30m, 2h, 3d or {NEXT_WORKING_DAY}")
        return cls(int(found[1]) * _UNITS[found[2]])

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> Any:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    def __str__(self) -> str:
        if self.seconds is None:
            return NEXT_WORKING_DAY
        unit = next(unit for unit in ("d", "h", "m") if self.seconds % _UNITS[unit] == 0)
        # 24 hours are told as hours: "a day" may mean a working day.
        unit = "h" if unit == "d" and self.seconds <= 4 * DAY else unit
        return f"{self.seconds // _UNITS[unit]}{unit}"

    def __repr__(self) -> str:
        return f"Span({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and self.seconds == other.seconds

    def __hash__(self) -> int:
        return hash(self.seconds)
