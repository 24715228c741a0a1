"""A mapping at work: sources staged as they are, steps and tables worked out of them by the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bot.sources.importing.expressions import (
    DATE,
    MOMENT,
    NUMBER,
    TEXT,
    MappingError,
    Scope,
    Typed,
    as_text,
    build_condition,
    build_expression,
)
from bot.sources.importing.headers import Match
from bot.sources.importing.mapping import Query, SourceFile
from bot.sources.importing.merge import name
from bot.sources.importing.staging import (
    BadRows,
    Cursor,
    Progress,
    Styles,
    copy_chunks,
    create_stage,
    find_styles,
)
from bot.sources.importing.styles import DateStyle, NumberStyle
from bot.sources.importing.tables import Column, Kind, Table
from bot.sources.importing.textfile import CHUNK_ROWS, Chunk, TextFile, open_text_file
from bot.sources.importing.values import Context

_KINDS: Mapping[str, Kind] = {"number": Kind.AMOUNT, "date": Kind.DATE, "moment": Kind.INSTANT}
_TYPES: Mapping[Kind, str] = {Kind.AMOUNT: NUMBER, Kind.DATE: DATE, Kind.INSTANT: MOMENT, Kind.TEXT: TEXT}


@dataclass(frozen=True)
class Relation:
    """A temporary table that queries read: its columns by the names a mapping uses."""

    stored: str
    #: The file its rows come from.
    file: str
    #: Stored name and type of each column.
    columns: Mapping[str, tuple[str, str]]

    def columns_as(self, alias: str) -> dict[str, Typed]:
        """The columns under a table alias; ``line_`` is the line in the file."""
        found = {c: Typed(name(stored, alias), type_) for c, (stored, type_) in self.columns.items()}
        return {**found, "line_": Typed(name("line_", alias), NUMBER)}


@dataclass(frozen=True)
class QuerySource:
    """A table worked out by a mapping, read as if it were a canonical file. Lines are numbered rows of
    the result; ``find_line`` tells where in the file they come from."""

    connection: psycopg.Connection[Any]
    stored: str
    name: str
    stem: str
    headers: tuple[str, ...]

    def read_chunks(self) -> Iterator[Chunk]:
        """The rows in order, some at a time."""
        columns = sql.SQL(", ").join(sql.Identifier(f"c{i}") for i in range(len(self.headers)))
        query = sql.SQL("select n, {} from {} order by n").format(columns, sql.Identifier(self.stored))
        with self.connection.cursor(name=f"read_{self.stored}") as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(CHUNK_ROWS):
                cells = [["" if cell is None else cell for cell in row[1:]] for row in rows]
                yield Chunk([row[0] for row in rows], cells, [])

    def find_line(self, line: int) -> int:
        """The line of the file that a row begins with."""
        query = sql.SQL("select line_ from {} where n = %s").format(sql.Identifier(self.stored))
        found = self.connection.execute(query, [line]).fetchone()
        return int(found[0]) if found else line


def stage_raw(
    cursor: Cursor,
    key: str,
    description: SourceFile,
    folder: Path,
    context: Context,
    bad: BadRows,
    progress: Progress | None,
) -> tuple[Relation, TextFile, tuple[str, ...]]:
    """A source's rows in a temporary table, typed as the mapping says; the file, and how it was read."""
    source = _open_source(key, description, folder)
    columns = [
        Column(header, _KINDS.get(description.types.get(header, ""), Kind.TEXT), target=f"c{i}")
        for i, header in enumerate(source.headers)
    ]
    table = Table(key, tuple(columns), ())
    matches = [Match(c.name, c, 1.0) for c in columns]
    styles = _find_styles(source, matches, description)
    stored = f"import_raw_{key}"
    create_stage(cursor, table, stored)
    copy_chunks(cursor, stored, source, matches, context, styles, bad, progress)
    relation = Relation(stored, source.name, {c.name: (c.stored, _TYPES[c.kind]) for c in columns})
    return relation, source, (*source.notes, *styles.notes)


def _open_source(key: str, description: SourceFile, folder: Path) -> TextFile:
    path = folder / description.file
    if not path.is_file():
        raise MappingError(f"sources.{key}.file: {path} does not exist. Name a file beside the others.")
    source = open_text_file(path)
    twice = [h for h in source.headers if h and source.headers.count(h) > 1]
    if twice:
        raise MappingError(f"{path.name}: the header names {twice[0]!r} more than once. Rename one of them.")
    unknown = [c for c in description.types if c not in source.headers]
    if unknown:
        known = ", ".join(source.headers)
        raise MappingError(f"sources.{key}.types: {path.name} has no column {unknown[0]!r}. It has: {known}")
    return source


def _find_styles(source: TextFile, matches: Sequence[Match], description: SourceFile) -> Styles:
    dates = {h: DateStyle(description.dates) for h in source.headers} if description.dates else {}
    numbers = {h: NumberStyle(description.numbers) for h in source.headers} if description.numbers else {}
    return find_styles(source, matches, dates, numbers)


def build_query(query: Query, relations: Mapping[str, Relation], on: date, zone: str, place: str) -> "Built":
    """SQL of a query over the relations. Raises MappingError where it names what is not there."""
    for table in (query.from_, *query.join):
        if table not in relations:
            raise MappingError(f"{place}: there is no {table!r}. There are: {', '.join(relations)}")
    scope = Scope({query.from_: relations[query.from_].columns_as(query.from_)}, on, zone)
    joins = []
    for table, pairs in query.join.items():
        theirs = relations[table].columns_as(table)
        scope = Scope({**scope.tables, table: theirs}, on, zone)
        tests = [
            sql.SQL("{} = {}").format(
                as_text(Scope({table: theirs}, on, zone).find(column, f"{place}.join.{table}")),
                as_text(scope.find(ours, f"{place}.join.{table}")),
            )
            for column, ours in pairs.items()
        ]
        target = sql.SQL("{} as {}").format(name(relations[table].stored), name(table))
        joins.append(sql.SQL(" left join {} on {}").format(target, sql.SQL(" and ").join(tests)))
    origin = sql.SQL("{} as {}").format(name(relations[query.from_].stored), name(query.from_))
    where: sql.Composable = sql.SQL("")
    if query.where:
        where = sql.SQL(" where {}").format(build_condition(query.where, scope, f"{place}.where"))
    return _select(query, scope, sql.SQL("{}{}{}").format(origin, sql.SQL("").join(joins), where), place)


@dataclass(frozen=True)
class Built:
    """A query's SQL: its columns, what it reads, and how rows are put together."""

    columns: Mapping[str, Typed]
    line: sql.Composable
    rest: sql.Composable


def _select(query: Query, scope: Scope, rest: sql.Composable, place: str) -> Built:
    line = name("line_", query.from_)
    if not query.group_by:
        columns = {c: build_expression(e, scope, f"{place}.columns.{c}") for c, e in query.columns.items()}
        return Built(columns, line, rest)
    missing = [c for c in query.group_by if c not in query.columns]
    if missing:
        raise MappingError(f"{place}.group_by: {missing[0]!r} is none of the columns below it")
    grouped = Scope(scope.tables, scope.on, scope.zone, grouped=True)
    columns = {
        c: build_expression(e, scope if c in query.group_by else grouped, f"{place}.columns.{c}")
        for c, e in query.columns.items()
    }
    _refuse_ungrouped(query, place)
    keys = sql.SQL(", ").join(columns[c].code for c in query.group_by)
    return Built(columns, sql.SQL("min({})").format(line), sql.SQL("{} group by {}").format(rest, keys))


def _refuse_ungrouped(query: Query, place: str) -> None:
    grouped = [query.columns[column] for column in query.group_by]
    for column, expression in query.columns.items():
        if isinstance(expression, str) and expression not in grouped:
            raise MappingError(
                f"{place}.columns.{column}: {expression!r} has many values in a group. "
                f"Add {column} to group_by, "
                "or say which one: {last: …, by: …}, {max: …}, {list: …}."
            )


def create_step(
    cursor: Cursor, key: str, query: Query, relations: Mapping[str, Relation], on: date, zone: str
) -> Relation:
    """Work out a step; its rows lie in a temporary table."""
    built = build_query(query, relations, on, zone, f"steps.{key}")
    columns = list(built.columns.items())
    stored = f"import_step_{key}"
    shown = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(typed.code, name(f"c{i}")) for i, (_, typed) in enumerate(columns)
    )
    _create(
        cursor, stored, sql.SQL("select {} as line_, {} from {}").format(built.line, shown, built.rest), key
    )
    types = {c: (f"c{i}", typed.type) for i, (c, typed) in enumerate(columns)}
    return Relation(stored, relations[query.from_].file, types)


def create_query_source(
    cursor: Cursor,
    table: Table,
    number: int,
    query: Query,
    relations: Mapping[str, Relation],
    on: date,
    zone: str,
) -> QuerySource:
    """Work out a canonical table; its rows are ready to be read as text."""
    place = f"tables.{table.name}"
    built = build_query(query, relations, on, zone, place)
    stored = f"import_query_{table.name}_{number}"
    shown = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(as_text(typed), name(f"c{i}"))
        for i, typed in enumerate(built.columns.values())
    )
    inner = sql.SQL("select {} as line_, {} from {}").format(built.line, shown, built.rest)
    everything = sql.SQL("select row_number() over (order by line_) as n, q.* from ({}) q").format(inner)
    _create(cursor, stored, everything, table.name)
    file = relations[query.from_].file
    stem = f"{Path(file).stem}.{table.name}"
    return QuerySource(cursor.connection, stored, file, stem, tuple(built.columns))


def _create(cursor: Cursor, stored: str, query: sql.Composable, key: str) -> None:
    cursor.execute(sql.SQL("drop table if exists pg_temp.{}").format(name(stored)))
    try:
        with cursor.connection.transaction():
            cursor.execute(sql.SQL("create temp table {} on commit drop as {}").format(name(stored), query))
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error)
        raise MappingError(f"{key}: the database cannot work this out: {said}. Check its columns.") from error


def match_mapped(source: QuerySource, table: Table) -> tuple[Match, ...]:
    """Where a mapped table's columns go: canonical names, and the team's own columns of accounts."""
    names = {column.name: column for column in table.columns}
    matches = []
    for header in source.headers:
        if header in names:
            matches.append(Match(header, names[header], 1.0))
        elif table.name == "accounts":
            matches.append(Match(header, None, 0.0, custom=header))
        else:
            known = ", ".join(names)
            raise MappingError(f"tables.{table.name}.columns: {header!r} is none of its columns: {known}")
    return tuple(matches)
