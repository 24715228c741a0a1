"""Cells into values: each parser returns the text that COPY takes, or says what is wrong with the cell."""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo, available_timezones

from bot.sources.importing.bad_value import BadValue
from bot.sources.importing.dates import parse_date, parse_moment
from bot.sources.importing.numbers import parse_number
from bot.sources.importing.styles import DateStyle, NumberStyle
from bot.sources.importing.tables import Column, Kind

NULL = "\\N"
_LARGEST_COUNT = 2**31 - 1
_LARGEST_BIG_COUNT = 10**15
#: More than the largest company earns in a year: a slip of the keys, or cents taken for units.
_LARGEST_MONEY = 10**12
_LONGEST_TEXT = 20_000
_LONGEST_ID = 500
_MEMORY = 8_000
_LONGEST_REMEMBERED = 64

_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\".]+$")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_EMPTY_WORDS = frozenset({"", "null", "none", "n/a", "na", "nan", "nat", "#n/a", "-", "\\n"})


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
    #: Addresses of people by their names in lower case.
    addresses: Mapping[str, str]
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
        Kind.NAME: parse_name,
        Kind.EMAIL: lambda cell: parse_email(cell, context.addresses),
        Kind.ZONE: parse_zone,
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


def parse_name(cell: str) -> str:
    """A name or an id, short enough for an index."""
    if len(cell) > _LONGEST_ID:
        raise BadValue(f"is longer than {_LONGEST_ID} characters", "Check the quotes of this line")
    return parse_text(cell)


def parse_zone(cell: str) -> str:
    """The name of a time zone."""
    if cell not in available_timezones():
        raise BadValue("is no time zone", "Use a name such as Europe/Berlin")
    return cell


def parse_email(cell: str, addresses: Mapping[str, str]) -> str:
    """The address in lower case; a person of the team may be named instead."""
    if "@" not in cell and cell.casefold() in addresses:
        return addresses[cell.casefold()]
    if not _EMAIL.match(cell) or len(cell) > _LONGEST_ID:
        raise BadValue("is no e-mail address", "Write it as name@example.com, or name someone of people.csv")
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
    # In the order of the file, so that the same files give the same numbers.
    names = dict.fromkeys(name.strip() for name in re.split(r"[;|]", cell))
    numbers = sorted(context.features[parse_name(name)] for name in names if name)
    return "{" + ",".join(map(str, numbers)) + "}"


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
