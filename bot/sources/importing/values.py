"""Cells into values: each parser returns the text that COPY takes, or says what is wrong with the cell."""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from bot.sources.importing.styles import GROUPING, DateStyle, NumberStyle
from bot.sources.importing.tables import Column, Kind

NULL = "\\N"
FIRST_DATE = date(1970, 1, 1)
LAST_DATE = date(2199, 12, 31)
_LARGEST_COUNT = 2**31 - 1
_LARGEST_BIG_COUNT = 10**15
#: More than the largest company earns in a year: a slip of the keys, or cents taken for units.
_LARGEST_MONEY = 10**12
_LONGEST_TEXT = 20_000
_LONGEST_ID = 500
_MEMORY = 8_000
_LONGEST_REMEMBERED = 64

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
_CURRENCY = re.compile(
    r"(?:[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY|CAD|AUD|INR|SEK|NOK|DKK|PLN|BRL)\b)", re.IGNORECASE
)
_PLAIN_POINT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?$|\d*\.?\d+(?:[eE][+-]?\d{1,3})?$|\d+\.$")
_PLAIN_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d*)?$|\d*,?\d+$|\d+,$")
_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\".]+$")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_EMPTY_WORDS = frozenset({"", "null", "none", "n/a", "na", "nan", "nat", "#n/a", "-", "\\n"})


class BadValue(Exception):
    """A cell that cannot be taken: what is wrong, and the remedy.

    ``follows`` marks a row that is right in itself and refers to one that is bad.
    """

    def __init__(self, message: str, remedy: str, *, follows: bool = False) -> None:
        super().__init__(message)
        self.follows = follows
        self.message = message
        self.remedy = remedy


Parser = Callable[[str], str]


@dataclass(frozen=True)
class Context:
    """What the meaning of a cell depends on beside the cell."""

    recorded_on: date
    zone: ZoneInfo
    #: Our numbers of the accounts, by the team's id.
    accounts: Mapping[str, int]
    #: Numbers of the features by name; a new one is given when asked for.
    features: Mapping[str, int]
    #: Ids of accounts that this import has found bad.
    left_out: Container[str] = ()


class Cells(dict[str, "str | BadValue"]):
    """The values of a column by their cells: most columns say the same few things again and again."""

    def __init__(self, parse: Parser) -> None:
        super().__init__()
        self._parse = parse
        self.has_bad = False

    def __missing__(self, cell: str) -> "str | BadValue":
        try:
            value: str | BadValue = self._parse(cell)
        except BadValue as problem:
            # The traceback would keep every frame of the import alive.
            value = problem.with_traceback(None)
            self.has_bad = True
        # Forgetting all keeps the memory bounded however many values the column has, and notes are not
        # remembered: they seldom come twice.
        if len(self) > _MEMORY:
            self.clear()
        if len(cell) <= _LONGEST_REMEMBERED:
            self[cell] = value
        return value


def build_parser(
    column: Column, context: Context, dates: DateStyle | None, numbers: NumberStyle | None
) -> Parser:
    """The parser of a column's cells. A style of None refuses what it would have to guess."""
    parse = _build_parser_of_kind(column, context, dates, numbers)

    def parse_cell(cell: str) -> str:
        cell = cell.strip()
        if cell.casefold() in _EMPTY_WORDS and (column.kind is not Kind.TEXT or not cell):
            return _parse_empty(column)
        return parse(cell)

    return parse_cell


def _parse_empty(column: Column) -> str:
    if column.required:
        raise BadValue("is empty but required", "Fill it in, or leave the row out")
    if column.kind is Kind.FEATURES:
        return "{}"
    return NULL if column.empty is None else column.empty


def _build_parser_of_kind(
    column: Column, context: Context, dates: DateStyle | None, numbers: NumberStyle | None
) -> Parser:
    parsers: dict[Kind, Parser] = {
        Kind.TEXT: parse_text,
        Kind.ID: parse_id,
        Kind.EMAIL: parse_email,
        Kind.CHOICE: lambda cell: parse_choice(cell, column),
        Kind.ACCOUNT: lambda cell: parse_account(cell, context),
        Kind.DATE: lambda cell: parse_date(cell, dates, context.zone).isoformat(),
        Kind.DAY: lambda cell: _parse_day(cell, dates, context),
        Kind.MOMENT: lambda cell: _parse_past_moment(cell, dates, context),
        Kind.AMOUNT: lambda cell: format(parse_number(cell, numbers), "f"),
        Kind.INSTANT: lambda cell: parse_moment(cell, dates, context.zone).isoformat(),
        Kind.FEATURES: lambda cell: parse_features(cell, context),
        Kind.MONEY: lambda cell: parse_money(cell, numbers, signed=column.signed),
        Kind.NUMBER: lambda cell: repr(float(parse_number(cell, numbers))),
        Kind.COUNT: lambda cell: parse_count(cell, numbers, column),
        Kind.BIG_COUNT: lambda cell: parse_count(cell, numbers, column),
    }
    return parsers[column.kind]


def parse_text(cell: str) -> str:
    """The text, escaped for COPY."""
    if "\0" in cell:
        raise BadValue("holds a NUL byte", "Export the file again as text")
    if len(cell) > _LONGEST_TEXT:
        raise BadValue(f"is longer than {_LONGEST_TEXT} characters", "Shorten it")
    return cell.translate(_ESCAPES)


def parse_id(cell: str) -> str:
    """An id or a name that serves as one; short enough for an index."""
    if len(cell) > _LONGEST_ID:
        raise BadValue(f"is longer than {_LONGEST_ID} characters", "Check the quotes of this line")
    return parse_text(cell)


def parse_email(cell: str) -> str:
    """The address in lower case."""
    if not _EMAIL.match(cell) or len(cell) > _LONGEST_ID:
        raise BadValue("is no e-mail address", "Write it as name@example.com")
    return parse_text(cell.lower())


def normalise_word(cell: str) -> str:
    """A word as choices are written: lower case with underscores."""
    return re.sub(r"[^0-9a-z]+", "_", cell.casefold()).strip("_")


def parse_choice(cell: str, column: Column) -> str:
    """One of the column's choices; other tools' words for them are understood."""
    word = normalise_word(cell)
    found = column.words.get(word, word)
    if found not in column.choices:
        raise BadValue("is not known here", f"Use one of: {', '.join(column.choices)}")
    return found


def parse_account(cell: str, context: Context) -> str:
    """Our number of the account."""
    number = context.accounts.get(cell)
    if cell in context.left_out:
        remedy = "Correct the account, and import both again"
        raise BadValue("its account was left out for its own problem", remedy, follows=True)
    if number is None:
        raise BadValue(
            "no account has this id",
            "Add the account to accounts.csv (in the same folder, or import it first)",
        )
    return str(number)


def parse_features(cell: str, context: Context) -> str:
    """Numbers of the features, in order, each once."""
    names = {name.strip() for name in re.split(r"[;|]", cell)}
    numbers = sorted(context.features[parse_id(name)] for name in names if name)
    return "{" + ",".join(map(str, numbers)) + "}"


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


def _parse_day(cell: str, style: DateStyle | None, context: Context) -> str:
    day = parse_date(cell, style, context.zone)
    _refuse_future(day, context.recorded_on)
    return day.isoformat()


def _parse_past_moment(cell: str, style: DateStyle | None, context: Context) -> str:
    moment = parse_moment(cell, style, context.zone)
    _refuse_future(moment.astimezone(context.zone).date(), context.recorded_on)
    return moment.isoformat()


def _refuse_future(day: date, recorded_on: date) -> None:
    # A day's grace: the sender's clock may be in a zone where tomorrow has begun.
    if day > recorded_on + timedelta(days=1):
        raise BadValue(
            f"lies after the day of the import ({recorded_on})",
            "Correct the date; to load data as of a later day, import with --on that day",
        )


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


def parse_money(cell: str, style: NumberStyle | None, *, signed: bool) -> str:
    """Cents, a half of one rounded up."""
    amount = parse_number(cell, style)
    if amount < 0 and not signed:
        raise BadValue("is negative", "Write an amount of zero or more, or leave the row out")
    if abs(amount) > _LARGEST_MONEY:
        raise BadValue("is more than a trillion", "Check the unit and the separators of the amount")
    return str((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


def parse_count(cell: str, style: NumberStyle | None, column: Column) -> str:
    """A whole number of zero or more, within the column's limits."""
    if cell.isascii() and cell.isdigit():
        number = int(cell) if len(cell) < 20 else 10**20
    else:
        value = parse_number(cell, style)
        if value != value.to_integral_value():
            raise BadValue("is not a whole number", "Round it")
        number = int(value)
    if number < 0:
        raise BadValue("is negative", "Write zero or more, or leave the cell empty if it is unknown")
    largest = _LARGEST_BIG_COUNT if column.kind is Kind.BIG_COUNT else _LARGEST_COUNT
    low, high = column.low or 0, largest if column.high is None else column.high
    if not low <= number <= high:
        raise BadValue(f"lies outside {low} to {high}", "Correct the number, or leave the row out")
    return str(number)
