"""Staged rows into the versioned tables, set by set: what is new, what differs, what stays."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, LiteralString

from psycopg import sql

from bot.models import ALWAYS
from bot.sources.importing.coverage import Span, own_day
from bot.sources.importing.report import Change
from bot.sources.importing.staging import STAGE, Cursor, Staged
from bot.sources.importing.tables import Column, Kind, Table

MERGE = "import_merge"
EXAMPLES = 5


@dataclass(frozen=True)
class Moment:
    """When an import happens, and how it counts rows of days already told of."""

    on: date
    zone: str
    backfill: bool


@dataclass(frozen=True)
class Merged:
    """What a merge did."""

    added: int
    changed: int
    unchanged: int
    late: int = 0
    examples: tuple[Change, ...] = ()
    #: Days whose rows were added or changed; only for daily use.
    days: tuple[date, ...] = ()
    notes: tuple[str, ...] = field(default=())


def name(identifier: str, alias: str = "") -> sql.Composable:
    """An identifier, quoted, behind a table's alias."""
    return sql.Identifier(alias, identifier) if alias else sql.Identifier(identifier)


def listed(columns: list[str], alias: str = "") -> sql.Composable:
    """Column names with commas between them."""
    return sql.SQL(", ").join(name(column, alias) for column in columns)


def merge_facts(cursor: Cursor, staged: Staged, moment: Moment, covered: Span | None) -> Merged:
    """Merge the stage into a table of versions (SPEC H6).

    A new row counts from its own day, from the import's date when its day was already covered; a row that
    differs closes the old version and adds a new one, or is corrected in place on the day it was recorded.
    """
    _match(cursor, staged, moment, covered)
    counts = count_merge(cursor)
    examples = find_examples(cursor, staged)
    target, values = name(staged.table.target), _values(staged)
    setting = sql.SQL(", ").join(sql.SQL("{0} = m.{0}").format(name(c)) for c in values)
    scope = {"t": target, "m": name(MERGE), "on": sql.Literal(moment.on)}
    if counts.changed:
        if values:
            cursor.execute(
                sql.SQL(
                    "update {t} t set {set} from {m} m where t.id = m.old_id and m.differs "
                    "and m.old_recorded >= {on}"
                ).format(set=setting, **scope)
            )
        cursor.execute(
            sql.SQL(
                "update {t} t set superseded_on = {on} from {m} m "
                "where t.id = m.old_id and m.differs and m.old_recorded < {on}"
            ).format(**scope)
        )
    columns = [*staged.table.key, *values]
    cursor.execute(
        sql.SQL(
            "insert into {t} ({c}, recorded_on) select {mc}, m.recorded from {m} m "
            "where m.old_id is null or (m.differs and m.old_recorded < {on}) order by m.line_"
        ).format(c=listed(columns), mc=listed(columns, "m"), **scope)
    )
    return replace(counts, examples=examples)


def _values(staged: Staged) -> list[str]:
    """Stored columns of the table that are not its key."""
    return [c.stored for c in staged.table.columns if c.stored not in staged.table.key]


def _match(cursor: Cursor, staged: Staged, moment: Moment, covered: Span | None) -> None:
    """A temporary table of the staged rows beside the current ones: whole, and whether they differ."""
    table = staged.table
    scope = {
        "m": name(MERGE),
        "s": name(STAGE),
        "t": name(table.target),
        "keys": listed(list(table.key), "s"),
        "values": sql.SQL("").join(
            sql.SQL(", {} as {}").format(final_value(c, staged), name(c.stored))
            for c in table.columns
            if c.stored not in table.key
        ),
        "differs": differs(staged),
        "same": sql.SQL(" and ").join(_same(key, staged) for key in table.key),
        "late": is_late(staged, moment, covered),
        "recorded": recorded_on(staged, moment, covered),
    }
    cursor.execute(sql.SQL("drop table if exists pg_temp.{}").format(name(MERGE)))
    cursor.execute(
        sql.SQL(
            "create temp table {m} on commit drop as select s.line_, t.id as old_id, "
            "t.recorded_on as old_recorded, t.id is not null and {differs} as differs, "
            "t.id is null and {late} as late, {recorded} as recorded, {keys}{values} "
            "from {s} s left join {t} t on t.superseded_on is null and {same}"
        ).format(**scope)
    )


def _same(key: str, staged: Staged) -> sql.Composable:
    column = next(c for c in staged.table.columns if c.stored == key)
    if column.required:
        return sql.SQL("t.{0} = s.{0}").format(name(key))
    return sql.SQL("coalesce(t.{0}, '') = coalesce(s.{0}, '')").format(name(key))


def final_value(column: Column, staged: Staged) -> sql.Composable:
    """SQL of a column's value after the merge: a column the source does not have stays as it was."""
    if column in staged.present:
        return name(column.stored, "s")
    if column.empty is not None:
        return sql.SQL("coalesce(t.{}, {})").format(name(column.stored), sql.Literal(column.empty))
    return name(column.stored, "t")


def differs(staged: Staged) -> sql.Composable:
    """SQL of whether a staged row says something else than the row it meets."""
    present = [c.stored for c in staged.present if c.stored not in staged.table.key]
    if not present:
        return sql.SQL("false")
    pairs = [sql.SQL("s.{0} is distinct from t.{0}").format(name(c)) for c in present]
    return sql.SQL("({})").format(sql.SQL(" or ").join(pairs))


def is_late(staged: Staged, moment: Moment, covered: Span | None) -> sql.Composable:
    """SQL of whether a new row's day lies in what earlier imports had told of."""
    if covered is None or not staged.table.own_day or moment.backfill:
        return sql.SQL("false")
    return sql.SQL("{} between {} and {}").format(
        own_day(staged.table, moment.zone), sql.Literal(covered.first), sql.Literal(covered.last)
    )


def recorded_on(staged: Staged, moment: Moment, covered: Span | None) -> sql.Composable:
    """SQL of the day from which a row of the merge counts as known."""
    on = sql.SQL("{}::date").format(sql.Literal(moment.on))
    if staged.table.own_day:
        day = own_day(staged.table, moment.zone)
        column = next(c for c in staged.table.columns if c.stored == staged.table.own_day)
        if column.kind is Kind.DATE:
            # A date ahead (an invoice not yet due) is known today.
            day = sql.SQL("least({}, {})").format(day, on)
        return sql.SQL("case when t.account_id is not null or {} then {} else {} end").format(
            is_late(staged, moment, covered), on, day
        )
    has_since = any(c.name == "since" for c in staged.present)
    since = sql.SQL("s.since") if has_since else sql.SQL("null::date")
    always = sql.SQL("least(coalesce({}, {}::date), {})").format(since, sql.Literal(ALWAYS), on)
    if moment.backfill:
        return sql.SQL("case when t.account_id is not null then {} else {} end").format(on, always)
    last = covered.last if covered else date.max
    known = sql.SQL("exists (select from {} k where k.account_id = s.account_id)").format(
        name(staged.table.target)
    )
    # Of an account already told of, only what began after the last import is history.
    return sql.SQL(
        "case when t.account_id is null and not {known} then {always} "
        "when t.account_id is null and {since} > {last} then least({since}, {on}) else {on} end"
    ).format(known=known, always=always, since=since, last=sql.Literal(last), on=on)


def count_merge(cursor: Cursor) -> Merged:
    """How many rows of the merge are new, differ, stay, and come late."""
    cursor.execute(
        sql.SQL(
            "select count(*) filter (where old_id is null), count(*) filter (where differs), "
            "count(*) filter (where old_id is not null and not differs), count(*) filter (where late) from {}"
        ).format(name(MERGE))
    )
    row = cursor.fetchone()
    assert row is not None
    return Merged(*row)


def find_first_changed(cursor: Cursor, table: Table, moment: Moment) -> date:
    """The first day of which the merge changes what is known; at most the import's own.

    What has always been so (a new account) changes the day before the import, the newest one people ask for:
    older scores stay as they were told.
    """
    if table.name == "people":
        return moment.on
    yesterday = moment.on - timedelta(days=1)
    if table.name == "accounts":
        cursor.execute(sql.SQL("select bool_or(old_id is null) from {}").format(name(MERGE)))
        row = cursor.fetchone()
        return yesterday if row and row[0] else moment.on
    cursor.execute(
        sql.SQL(
            "select min(case when recorded = {always} then {yesterday} else recorded end) from {m} "
            "where old_id is null"
        ).format(always=sql.Literal(ALWAYS), yesterday=sql.Literal(yesterday), m=name(MERGE))
    )
    row = cursor.fetchone()
    return min(row[0], moment.on) if row and row[0] else moment.on


def find_examples(
    cursor: Cursor, staged: Staged, old: LiteralString = "t.id = m.old_id"
) -> tuple[Change, ...]:
    """A few of the values that the merge is about to change, before and after."""
    present = [c for c in staged.present if c.stored not in staged.table.key]
    if not present:
        return ()
    keys = list(staged.table.key)
    shown = [name(k, "m") for k in keys if k != "account_id"]
    if "account_id" in keys:
        shown.insert(0, sql.SQL("(select external_id from account a where a.id = m.account_id)"))
    cursor.execute(
        sql.SQL(
            "select concat_ws(' ', {k}), {before}, {after} from {m} m join {t} t on {old} "
            "where m.differs order by m.line_ limit {n}"
        ).format(
            k=sql.SQL(", ").join(shown),
            before=listed([c.stored for c in present], "t"),
            after=listed([c.stored for c in present], "m"),
            m=name(MERGE),
            t=name(staged.table.target),
            old=sql.SQL(old),
            n=sql.Literal(EXAMPLES),
        )
    )
    return tuple(change for row in cursor.fetchall() for change in compute_changes(row, present))[:EXAMPLES]


def compute_changes(row: tuple[Any, ...], columns: list[Column]) -> list[Change]:
    """The differing values of one row: key, then the columns before, then after."""
    before, after = row[1 : 1 + len(columns)], row[1 + len(columns) :]
    return [
        Change(str(row[0]), column.name, show_value(column, old), show_value(column, new))
        for column, old, new in zip(columns, before, after, strict=True)
        if old != new
    ]


def show_value(column: Column, value: Any) -> str | None:
    """A stored value as a person writes it; money in units."""
    if value is None:
        return None
    return f"{value / 100:,.2f}" if column.kind is Kind.MONEY else str(value)
