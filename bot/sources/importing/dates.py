"""Dates and instants as people and programs write them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.sources.importing.bad_value import BadValue
from bot.sources.importing.styles import DateStyle

FIRST_DATE = date(1970, 1, 1)
LAST_DATE = date(2199, 12, 31)

_ISO = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ]+(.+))?$")
_ISO_LOOSE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(.+))?$")
_PARTED = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})(?:[T, ]+(.+))?$")
_DAY_MONTH = re.compile(r"(\d{1,2})[ .\-/]+([A-Za-z]{3,9})\.?[ ,.\-/]+(\d{4})(?:[T, ]+(.+))?$")
_MONTH_DAY = re.compile(r"([A-Za-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})(?:[T, ]+(.+))?$")
_CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?\s*"
    r"(Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}


def parse_date(cell: str, style: DateStyle | None, zone: ZoneInfo) -> date:
    """The date a cell names; of an instant, its date in the team's zone."""
    day, clock = _parse_parts(cell, style)
    if clock is None:
        return day
    return _within(_moment(day, clock, zone).astimezone(zone).date())


def parse_moment(cell: str, style: DateStyle | None, zone: ZoneInfo) -> datetime:
    """The instant a cell names, in UTC. Without an offset it is the team's local time; a bare date is
    the beginning of that day there."""
    day, clock = _parse_parts(cell, style)
    return _moment(day, clock or "00:00", zone)


def _parse_parts(cell: str, style: DateStyle | None) -> tuple[date, str | None]:
    for pattern in (_ISO, _ISO_LOOSE):
        if match := pattern.match(cell):
            return _date(match[1], match[2], match[3]), match[4]
    if match := _PARTED.match(cell):
        first, second = match[1], match[3]
        if style is None or (style is DateStyle.ISO and first != second):
            raise BadValue(
                "could be two different days",
                "Write dates as YYYY-MM-DD, or say `dates: dmy` or `dates: mdy` in a mapping file",
            )
        if style is DateStyle.MONTH_FIRST:
            first, second = second, first
        return _date(match[4], second, first), match[5]
    if match := _DAY_MONTH.match(cell):
        return _date(match[3], _month(match[2]), match[1]), match[4]
    if match := _MONTH_DAY.match(cell):
        return _date(match[3], _month(match[1]), match[2]), match[4]
    raise BadValue("is no date", "Write it as YYYY-MM-DD, with the year in four digits")


def _month(name: str) -> str:
    number = _MONTHS.get(name[:3].lower())
    if number is None:
        raise BadValue("is no date", "Write it as YYYY-MM-DD")
    return str(number)


def _date(year: str, month: str, day: str) -> date:
    try:
        return _within(date(int(year), int(month), int(day)))
    except ValueError:
        raise BadValue("is no day of the calendar", "Write it as YYYY-MM-DD") from None


def _within(day: date) -> date:
    if not FIRST_DATE <= day <= LAST_DATE:
        raise BadValue(
            f"lies outside {FIRST_DATE} to {LAST_DATE}",
            "Correct the year, or leave the cell empty if unknown",
        )
    return day


def _moment(day: date, clock: str, zone: ZoneInfo) -> datetime:
    match = _CLOCK.match(clock.strip())
    if match is None:
        raise BadValue("has no time of day that can be read", "Write it as YYYY-MM-DD HH:MM:SS")
    hour = int(match[1])
    if match[5]:
        hour = hour % 12 + (12 if match[5][0] in "pP" else 0) if 1 <= hour <= 12 else 99
    micro = int((match[4] or "0")[:6].ljust(6, "0"))
    try:
        local = datetime.combine(day, time(hour, int(match[2]), int(match[3] or 0), micro), zone)
    except ValueError:
        raise BadValue("has no such time of day", "Write hours as 00 to 23 and minutes as 00 to 59") from None
    offset = match[6]
    if offset is None:
        return local.astimezone(UTC)
    return (local.replace(tzinfo=UTC) - _offset(offset)).astimezone(UTC)


def _offset(text: str) -> timedelta:
    if text[0] not in "+-":
        return timedelta(0)
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return timedelta(minutes=minutes if text[0] == "+" else -minutes)
