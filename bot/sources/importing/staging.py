"""A source into a typed temporary table, in chunks: memory holds one chunk, however long the file."""

import json
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import psycopg
from psycopg import sql

from bot.sources.importing.bad_value import BadValue
from bot.sources.importing.headers import Match
from bot.sources.importing.report import PROBLEMS_KEPT, Problem
from bot.sources.importing.styles import DateEvidence, DateStyle, NumberEvidence, NumberStyle
from bot.sources.importing.tables import STAGED_AS, Column, Kind, Table
from bot.sources.importing.textfile import Chunk
from bot.sources.importing.values import Cells, Context, Parser, build_parser, parse_text

Cursor = psycopg.Cursor[tuple[Any, ...]]
Progress = Callable[[str, int], None]
STAGE = "import_stage"
#: Why a row was rejected is kept for so many rows; the rest are written without a reason.
_REASONS_KEPT = 20_000
_AMOUNT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
_DATES = (Kind.DATE, Kind.DAY, Kind.MOMENT)
_NUMBERS = (Kind.MONEY, Kind.NUMBER, Kind.COUNT, Kind.BIG_COUNT)


class Source(Protocol):
    """Rows with headers that can be read more than once."""

    @property
    def name(self) -> str: ...
    @property
    def stem(self) -> str: ...
    @property
    def headers(self) -> tuple[str, ...]: ...
    def find_line(self, line: int) -> int: ...
    def read_chunks(self) -> Iterator[Chunk]: ...


@dataclass
class Problems:
    """What is wrong so far: the first ones in full, the rest as a number."""

    kept: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, problem: Problem) -> None:
        self.count += 1
        if len(self.kept) < PROBLEMS_KEPT:
            self.kept.append(problem)


@dataclass
class BadRows:
    """The bad rows of one source, by its own count of lines; people are told the line of the file."""

    problems: Problems
    find_line: Callable[[int], int]
    #: Whether rows that only follow from another bad row are named too.
    names_followers: bool = True
    lines: "array[int]" = field(default_factory=lambda: array("q"))
    reasons: dict[int, str] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        line = problem.line or 0
        if len(self.problems.kept) < PROBLEMS_KEPT:
            problem = replace(problem, line=self.find_line(line))
        self.problems.add(problem)
        if not self.lines or self.lines[-1] != line:
            self.lines.append(line)
        if len(self.reasons) < _REASONS_KEPT:
            said = f"{problem.column}: {problem.message}" if problem.column else problem.message
            self.reasons.setdefault(line, said)

    def leave_out(self, line: int, reason: str) -> None:
        """Count a row as bad without a problem of its own."""
        self.lines.append(line)
        self.reasons.setdefault(line, reason)

    @property
    def count(self) -> int:
        return len(set(self.lines))


@dataclass(frozen=True)
class Styles:
    """How each column writes dates and numbers; None where that cannot be told."""

    dates: Mapping[str, DateStyle | None]
    numbers: Mapping[str, NumberStyle | None]
    notes: tuple[str, ...]


PLAIN = Styles({}, {}, ())


def find_styles(
    source: Source,
    matches: Sequence[Match],
    given_dates: Mapping[str, DateStyle],
    given_numbers: Mapping[str, NumberStyle],
) -> Styles:
    """The styles of the source's date and number columns, from all of their values.

    ``given_dates`` and ``given_numbers`` decide for the headers they name, whatever the values say.
    """
    dates = {i: DateEvidence() for i, m in enumerate(matches) if m.column and m.column.kind in _DATES}
    numbers = {i: NumberEvidence() for i, m in enumerate(matches) if m.column and m.column.kind in _NUMBERS}
    for chunk in source.read_chunks():
        columns = list(zip(*chunk.rows, strict=True))
        for i in dates if columns else ():
            dates[i].look(set(columns[i]))
        for i in numbers if columns else ():
            numbers[i].look(set(columns[i]))
    found_dates = {source.headers[i]: evidence.style for i, evidence in dates.items()}
    found_numbers = {
        source.headers[i]: evidence.find_style(money=_column(matches[i]).kind is not Kind.NUMBER)
        for i, evidence in numbers.items()
    }
    notes = [
        *(_say_dates(h, s) for h, s in found_dates.items() if h not in given_dates),
        *(_say_numbers(source.headers[i], e, found_numbers[source.headers[i]]) for i, e in numbers.items()),
    ]
    return Styles(
        {**found_dates, **given_dates}, {**found_numbers, **given_numbers}, tuple(n for n in notes if n)
    )


def _column(match: Match) -> Column:
    assert match.column is not None
    return match.column


def _say_dates(header: str, style: DateStyle | None) -> str:
    if style is None or style is DateStyle.ISO:
        return ""
    order = "day first" if style is DateStyle.DAY_FIRST else "month first"
    return f"dates in {header} are read with the {order}, as the whole column shows"


def _say_numbers(header: str, evidence: NumberEvidence, style: NumberStyle | None) -> str:
    if style is NumberStyle.COMMA:
        return f"numbers in {header} are read with a decimal comma"
    if style is NumberStyle.POINT and evidence.open_comma and not evidence.point:
        return f"{evidence.open_comma} in {header} is read as thousands"
    return ""


@dataclass(frozen=True)
class Staged:
    """What lies in the staging table."""

    table: Table
    #: The columns the source has, in the staging table's order.
    present: tuple[Column, ...]
    rows: int


def create_stage(cursor: Cursor, table: Table, stored: str = STAGE) -> None:
    """An empty temporary table for the rows of a table."""
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(c.stored), sql.SQL(STAGED_AS.get(c.kind, "text")))
        for c in table.columns
    ]
    cursor.execute(sql.SQL("drop table if exists pg_temp.{}").format(sql.Identifier(stored)))
    cursor.execute(
        sql.SQL("create temp table {} (line_ bigint, {}, custom jsonb) on commit drop").format(
            sql.Identifier(stored), sql.SQL(", ").join(columns)
        )
    )


def stage_source(
    cursor: Cursor,
    source: Source,
    table: Table,
    matches: Sequence[Match],
    context: Context,
    styles: Styles,
    bad: BadRows,
    progress: Progress | None = None,
) -> Staged:
    """Fill the staging table with the source's good rows; the others go to ``bad``."""
    create_stage(cursor, table)
    rows = copy_chunks(cursor, STAGE, source, matches, context, styles, bad, progress)
    present = tuple(m.column for m in matches if m.column is not None)
    return Staged(table, present, rows)


def copy_chunks(
    cursor: Cursor,
    stored: str,
    source: Source,
    matches: Sequence[Match],
    context: Context,
    styles: Styles,
    bad: BadRows,
    progress: Progress | None,
) -> int:
    """Copy the source's good rows into a temporary table and return how many rows there are in all."""
    mapped = [(i, m.column) for i, m in enumerate(matches) if m.column is not None]
    cells = {i: Cells(_build_parser(column, source.headers[i], context, styles)) for i, column in mapped}
    own = [(i, m.custom) for i, m in enumerate(matches) if m.custom]
    names = ["line_", *(column.stored for _, column in mapped), *(["custom"] if own else [])]
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(stored), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    rows = 0
    for chunk in source.read_chunks():
        for problem in chunk.problems:
            bad.add(problem)
        rows += len(chunk.rows) + len(chunk.problems)
        encoded = _encode_chunk(source, chunk, mapped, cells, own, bad) if chunk.rows else ""
        # A copy for each chunk leaves the connection free in between, where the next chunk is a query's.
        if encoded:
            with cursor.copy(statement) as copy:
                copy.write(encoded)
        if progress:
            progress(source.name, len(chunk.rows))
    cursor.execute(sql.SQL("analyze {}").format(sql.Identifier(stored)))
    return rows


def _build_parser(column: Column, header: str, context: Context, styles: Styles) -> Parser:
    dates = styles.dates.get(header, DateStyle.ISO)
    return build_parser(column, context, dates, styles.numbers.get(header, NumberStyle.POINT))


def _encode_chunk(
    source: Source,
    chunk: Chunk,
    mapped: Sequence[tuple[int, Column]],
    cells: Mapping[int, Cells],
    own: Sequence[tuple[int, str]],
    bad: BadRows,
) -> str:
    """The chunk's good rows as COPY reads them."""
    raw = list(zip(*chunk.rows, strict=True))
    columns: list[list[Any]] = [list(map(str, chunk.lines))]
    broken: dict[int, list[Problem]] = {}
    for i, column in mapped:
        parsed = cells[i]
        values = [parsed[cell] for cell in raw[i]]
        if parsed.has_bad:
            for row, value in enumerate(values):
                if isinstance(value, BadValue):
                    problems = broken.setdefault(row, [])
                    if bad.names_followers or not value.follows:
                        cell, line = raw[i][row], chunk.lines[row]
                        problems.append(_problem(source, line, source.headers[i], column, cell, value))
        columns.append(values)
    if own:
        columns.append(_encode_custom(raw, own, len(chunk.rows)))
    for row in sorted(broken):
        for problem in broken[row]:
            bad.add(problem)
    lines = zip(*columns, strict=True)
    kept = (line for row, line in enumerate(lines) if row not in broken) if broken else lines
    return "".join(["\t".join(line) + "\n" for line in kept])


def _problem(source: Source, line: int, header: str, column: Column, cell: str, value: BadValue) -> Problem:
    shown = header if header == column.name else f"{header} ({column.name})"
    return Problem(source.name, line, shown, cell[:200], value.message, value.remedy)


def _encode_custom(raw: Sequence[Sequence[str]], own: Sequence[tuple[int, str]], rows: int) -> list[str]:
    """The team's own columns of each row as JSON; an empty cell is null, which removes the key."""
    encoded = []
    for row in range(rows):
        values = {name: parse_custom(raw[i][row]) for i, name in own}
        encoded.append(parse_text(json.dumps(values, ensure_ascii=False)))
    return encoded


def parse_custom(cell: str) -> str | float | int | None:
    """A cell of a column of the team's own: a number where it is written as one, as they can be signals."""
    cell = cell.strip().replace("\0", "")
    if not cell:
        return None
    # Leading zeros and plus signs are of ids and telephone numbers, not of amounts.
    if len(cell) > 15 or not _AMOUNT.fullmatch(cell):
        return cell
    return float(cell) if "." in cell else int(cell)
