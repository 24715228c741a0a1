"""The expressions of a mapping file, as SQL: a small documented set, its types checked before it runs."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, LiteralString

from psycopg import sql

from bot.errors import UserError

TEXT: Final = "text"
NUMBER: Final = "number"
DATE: Final = "date"
MOMENT: Final = "moment"
STORED_AS: Mapping[str, LiteralString] = {
    TEXT: "text",
    NUMBER: "numeric",
    DATE: "date",
    MOMENT: "timestamptz",
}


class MappingError(UserError):
    """A mapping file is wrong; the text names the file, the place in it, and the remedy."""


@dataclass(frozen=True)
class Typed:
    """A piece of SQL and what it yields."""

    code: sql.Composable
    type: str


@dataclass(frozen=True)
class Scope:
    """The columns that an expression may name, by table; the first table's may be named alone."""

    tables: Mapping[str, Mapping[str, Typed]]
    #: The import's date, for expressions that look ahead.
    on: date
    zone: str
    grouped: bool = False

    def find(self, name: str, place: str) -> Typed:
        """The column called ``name`` or ``table.name``. Raises MappingError."""
        first = next(iter(self.tables))
        if name in self.tables[first]:
            return self.tables[first][name]
        table, _, column = name.partition(".")
        if table in self.tables and column in self.tables[table]:
            return self.tables[table][column]
        known = [*self.tables[first], *(f"{t}.{c}" for t in list(self.tables)[1:] for c in self.tables[t])]
        raise MappingError(f"{place}: there is no column {name!r}. There are: {', '.join(known)}")


Build = Callable[[Any, Mapping[str, Any], Scope, str], Typed]


def build_expression(value: Any, scope: Scope, place: str) -> Typed:
    """SQL of an expression. A name is a column, a number itself, a mapping one operation."""
    if isinstance(value, str):
        return scope.find(value, place)
    if isinstance(value, bool) or value is None or isinstance(value, list):
        raise MappingError(f"{place}: {value!r} is no expression; a constant is written {{value: …}}")
    if isinstance(value, int | float):
        return Typed(sql.SQL("{}::numeric").format(sql.Literal(value)), NUMBER)
    if isinstance(value, date):
        return Typed(sql.SQL("{}::date").format(sql.Literal(value)), DATE)
    found = [name for name in OPERATIONS if name in value]
    # `first` and `last` take a `by`, `map` a `to`: one key says what to do, the others how.
    if len(found) != 1:
        raise MappingError(
            f"{place}: needs one of {', '.join(OPERATIONS)}; found {', '.join(map(str, value))}"
        )
    name = found[0]
    build, extra = OPERATIONS[name]
    unknown = set(value) - {name} - extra
    if unknown:
        raise MappingError(f"{place}: {name} knows no {', '.join(sorted(map(str, unknown)))}")
    if name in AGGREGATES and not scope.grouped:
        raise MappingError(f"{place}: {name} needs a group_by, which says for what to work it out")
    return build(value[name], value, scope, f"{place}.{name}")


def as_text(typed: Typed) -> sql.Composable:
    """SQL of a value as a canonical cell: ISO dates, plain numbers, empty for unknown."""
    if typed.type == NUMBER:
        # An endless fraction, such as a third, would be longer than any cell.
        return sql.SQL("trim_scale(round({}, 6))::text").format(typed.code)
    if typed.type == MOMENT:
        return sql.SQL("""to_char({} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""").format(
            typed.code
        )
    return sql.SQL("({})::text").format(typed.code)


def _need(typed: Typed, types: tuple[str, ...], place: str) -> Typed:
    if typed.type not in types:
        raise MappingError(
            f"{place}: needs a {' or '.join(types)}, but this is a {typed.type}. "
            "Say what a source's columns hold under `types`."
        )
    return typed


def _constant(argument: Any, _: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    if isinstance(argument, bool | str):
        return Typed(sql.SQL("{}::text").format(sql.Literal(str(argument))), TEXT)
    return build_expression(argument, scope, place)


def _map(argument: Any, whole: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    given = as_text(build_expression(argument, scope, place))
    pairs = whole.get("to")
    if not isinstance(pairs, dict) or not pairs:
        raise MappingError(f"{place}: needs `to`, the values and what they become")
    cases = [
        sql.SQL("when {} then {}").format(
            sql.Literal(str(old)), sql.Literal(None if new is None else str(new))
        )
        for old, new in pairs.items()
    ]
    other = given if "else" not in whole else sql.Literal(whole["else"])
    code = sql.SQL("(case {} {} else {} end)::text").format(given, sql.SQL(" ").join(cases), other)
    return Typed(code, TEXT)


def _arithmetic(sign: LiteralString) -> Build:
    def build(argument: Any, _: Mapping[str, Any], scope: Scope, place: str) -> Typed:
        if not isinstance(argument, list) or len(argument) < 2:
            raise MappingError(f"{place}: needs a list of two or more numbers")
        parts = [_need(build_expression(a, scope, place), (NUMBER,), place).code for a in argument]
        if sign == " / ":
            parts[1:] = [sql.SQL("nullif({}, 0)").format(part) for part in parts[1:]]
        return Typed(sql.SQL("({})").format(sql.SQL(sign).join(parts)), NUMBER)

    return build


def _text(argument: Any, _: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    parts: list[sql.Composable] = []
    for i, part in enumerate(re.split(r"\{([^{}]+)\}", str(argument))):
        parts.append(as_text(scope.find(part, place)) if i % 2 else sql.Literal(part))
    return Typed(sql.SQL("({})").format(sql.SQL(" || ").join(parts)), TEXT)


def _split(argument: Any, whole: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    given = as_text(build_expression(argument, scope, place))
    by, part = str(whole.get("by", ",")), whole.get("part", 1)
    if not by or not isinstance(part, int) or part == 0:
        raise MappingError(
            f"{place}: needs `by`, a separator, and `part`, 1 for the first or -1 for the last"
        )
    code = sql.SQL("nullif(trim(split_part({}, {}, {})), '')").format(
        given, sql.Literal(by), sql.Literal(part)
    )
    return Typed(code, TEXT)


def _first_of(argument: Any, _: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    if not isinstance(argument, list) or not argument:
        raise MappingError(f"{place}: needs a list of expressions")
    parts = [build_expression(a, scope, place) for a in argument]
    for part in parts:
        _need(part, (parts[0].type,), place)
    return Typed(sql.SQL("coalesce({})").format(sql.SQL(", ").join(p.code for p in parts)), parts[0].type)


def _if(argument: Any, whole: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    if "then" not in whole:
        raise MappingError(f"{place}: needs `then`")
    then = build_expression(whole["then"], scope, place)
    other: sql.Composable = sql.SQL("null")
    if whole.get("else") is not None:
        other = _need(build_expression(whole["else"], scope, place), (then.type,), place).code
    test = build_condition(argument, scope, place)
    return Typed(sql.SQL("(case when {} then {} else {} end)").format(test, then.code, other), then.type)


def _add_months(argument: Any, whole: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    day = _need(build_expression(argument, scope, place), (DATE,), place)
    months = _need(build_expression(whole.get("months", 0), scope, place), (NUMBER,), place)
    return Typed(
        sql.SQL("({} + make_interval(months => ({})::int))::date").format(day.code, months.code), DATE
    )


def _next_anniversary(argument: Any, whole: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    """The first day after the import's date (or ``after``) that is whole periods after a date."""
    day = _need(build_expression(argument, scope, place), (DATE,), place)
    months = _need(build_expression(whole.get("months", 12), scope, place), (NUMBER,), place)
    after = sql.Literal(whole.get("after", scope.on))
    # Whole periods between the two dates, then the next few: months differ in length.
    code = sql.SQL(
        "(select min(x)::date from "
        "(select {day} as d, greatest(({months})::int, 1) as m, {after}::date as a) p, "
        "lateral (select extract(year from age(a, d)) * 12 + extract(month from age(a, d)) as n) q, "
        "lateral (select n::int / m as k) r, "
        "lateral (select d + make_interval(months => m * i) as x "
        "from generate_series(greatest(k - 1, 0), greatest(k, 0) + 2) i) y where x > a)"
    ).format(day=day.code, months=months.code, after=after)
    return Typed(code, DATE)


def _date_of(argument: Any, _: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    given = _need(build_expression(argument, scope, place), (DATE, MOMENT), place)
    if given.type == DATE:
        return given
    return Typed(sql.SQL("(({}) at time zone {})::date").format(given.code, sql.Literal(scope.zone)), DATE)


def _lower(argument: Any, _: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    return Typed(sql.SQL("lower({})").format(as_text(build_expression(argument, scope, place))), TEXT)


def _aggregate(function: LiteralString, types: tuple[str, ...], result: str | None) -> Build:
    def build(argument: Any, _: Mapping[str, Any], scope: Scope, place: str) -> Typed:
        given = _need(_inside(argument, scope, place), types, place)
        return Typed(sql.SQL(function).format(given.code), result or given.type)

    return build


def _inside(argument: Any, scope: Scope, place: str) -> Typed:
    """The expression within an aggregate, where a second one has no meaning."""
    return build_expression(argument, Scope(scope.tables, scope.on, scope.zone), place)


def _count(argument: Any, _: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    if argument is True or argument == "rows":
        return Typed(sql.SQL("count(*)::numeric"), NUMBER)
    return Typed(sql.SQL("count({})::numeric").format(_inside(argument, scope, place).code), NUMBER)


def _ordered(direction: LiteralString) -> Build:
    def build(argument: Any, whole: Mapping[str, Any], scope: Scope, place: str) -> Typed:
        if "by" not in whole:
            raise MappingError(f"{place}: needs `by`, the column that tells the order")
        value, by = _inside(argument, scope, place), _inside(whole["by"], scope, place)
        line = scope.find("line_", place).code
        code = sql.SQL(
            "(array_agg({v} order by {b} {d} nulls last, {line} {d}) filter (where {v} is not null))[1]"
        ).format(v=value.code, b=by.code, d=sql.SQL(direction), line=line)
        return Typed(code, value.type)

    return build


def _list(argument: Any, _: Mapping[str, Any], scope: Scope, place: str) -> Typed:
    given = as_text(_inside(argument, scope, place))
    return Typed(sql.SQL("string_agg(distinct {}, ';')").format(given), TEXT)


AGGREGATES = frozenset({"sum", "mean", "min", "max", "count", "count_distinct", "first", "last", "list"})
OPERATIONS: Mapping[str, tuple[Build, frozenset[str]]] = {
    "value": (_constant, frozenset()),
    "map": (_map, frozenset({"to", "else"})),
    "text": (_text, frozenset()),
    "split": (_split, frozenset({"by", "part"})),
    "lower": (_lower, frozenset()),
    "first_of": (_first_of, frozenset()),
    "if": (_if, frozenset({"then", "else"})),
    "add": (_arithmetic(" + "), frozenset()),
    "subtract": (_arithmetic(" - "), frozenset()),
    "multiply": (_arithmetic(" * "), frozenset()),
    "divide": (_arithmetic(" / "), frozenset()),
    "date_of": (_date_of, frozenset()),
    "add_months": (_add_months, frozenset({"months"})),
    "next_anniversary": (_next_anniversary, frozenset({"months", "after"})),
    "sum": (_aggregate("sum({})", (NUMBER,), NUMBER), frozenset()),
    "mean": (_aggregate("avg({})", (NUMBER,), NUMBER), frozenset()),
    "min": (_aggregate("min({})", (NUMBER, DATE, MOMENT), None), frozenset()),
    "max": (_aggregate("max({})", (NUMBER, DATE, MOMENT), None), frozenset()),
    "count": (_count, frozenset()),
    "count_distinct": (
        _aggregate("count(distinct {})::numeric", (TEXT, NUMBER, DATE, MOMENT), NUMBER),
        frozenset(),
    ),
    "first": (_ordered("asc"), frozenset({"by"})),
    "last": (_ordered("desc"), frozenset({"by"})),
    "list": (_list, frozenset()),
}

_TESTS: Mapping[str, LiteralString] = {
    "is": "{} = {}",
    "is_not": "{} is distinct from {}",
    "before": "{} < {}",
    "after": "{} > {}",
    "at_least": "{} >= {}",
    "at_most": "{} <= {}",
}


def build_condition(value: Any, scope: Scope, place: str) -> sql.Composable:
    """SQL of a condition: one test, a list of tests that must all hold, or ``any`` of a list."""
    if isinstance(value, list):
        parts = [build_condition(v, scope, place) for v in value]
        return sql.SQL("({})").format(sql.SQL(" and ").join(parts))
    if not isinstance(value, dict):
        raise MappingError(f"{place}: {value!r} is no condition; write {{column: …, is: …}}")
    if "any" in value:
        parts = [build_condition(v, scope, place) for v in value["any"]]
        return sql.SQL("({})").format(sql.SQL(" or ").join(parts))
    tests = [key for key in value if key != "column"]
    if "column" not in value or len(tests) != 1:
        names = ", ".join([*_TESTS, "in", "empty"])
        raise MappingError(f"{place}: a condition has a `column` and one of {names}")
    return _build_test(tests[0], value, build_expression(value["column"], scope, place), scope, place)


def _build_test(
    test: str, value: Mapping[str, Any], given: Typed, scope: Scope, place: str
) -> sql.Composable:
    if test == "empty":
        return sql.SQL("{} is null" if value[test] else "{} is not null").format(given.code)
    if test == "in" and isinstance(value[test], list):
        options = sql.SQL(", ").join(_literal(v, given, scope, place).code for v in value[test])
        return sql.SQL("{} in ({})").format(given.code, options)
    if test not in _TESTS:
        raise MappingError(f"{place}: {test!r} is no test. Use one of {', '.join([*_TESTS, 'in', 'empty'])}")
    return sql.SQL(_TESTS[test]).format(given.code, _literal(value[test], given, scope, place).code)


def _literal(value: Any, given: Typed, scope: Scope, place: str) -> Typed:
    """A value to compare with: of the given type, or ``{column: …}`` for another column."""
    if isinstance(value, dict) and set(value) == {"column"}:
        return _need(build_expression(value["column"], scope, place), (given.type,), place)
    if given.type == TEXT:
        # YAML reads TRUE and FALSE as booleans; in a file they are words.
        return Typed(sql.Literal(str(value).upper() if isinstance(value, bool) else str(value)), TEXT)
    try:
        wanted = date.fromisoformat(str(value)) if given.type in (DATE, MOMENT) else float(value)
    except (ValueError, TypeError):
        raise MappingError(f"{place}: {value!r} cannot be compared with a {given.type}") from None
    return Typed(sql.SQL("{}::{}").format(sql.Literal(wanted), sql.SQL(STORED_AS[given.type])), given.type)
