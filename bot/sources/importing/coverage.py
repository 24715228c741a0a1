"""Which days a feed had told of before this import, and which it tells of now."""

from dataclasses import dataclass
from datetime import date

from psycopg import sql

from bot.sources.importing.staging import STAGE, Cursor
from bot.sources.importing.tables import Kind, Table


@dataclass(frozen=True)
class Span:
    """First and last day, both included."""

    first: date
    last: date


def find_covered(cursor: Cursor, feed: str) -> Span | None:
    """The span of days that earlier imports of the feed covered; None before the first."""
    cursor.execute("select min(day), max(day) from feed_day where feed = %s", [feed])
    found = cursor.fetchone()
    return Span(found[0], found[1]) if found and found[0] else None


def own_day(table: Table, zone: str) -> sql.Composable:
    """SQL of the day a row belongs to, in the team's zone."""
    column = next(c for c in table.columns if c.stored == table.own_day)
    name = sql.SQL("s.{}").format(sql.Identifier(column.stored))
    if column.kind is Kind.MOMENT:
        return sql.SQL("({} at time zone {})::date").format(name, sql.Literal(zone))
    return name


def find_staged_span(cursor: Cursor, table: Table, zone: str) -> Span | None:
    """First and last day of the staged rows; None when there are none, or rows have no day of their own."""
    if not table.own_day:
        return None
    day = own_day(table, zone)
    cursor.execute(sql.SQL("select min({d}), max({d}) from {s} s").format(d=day, s=sql.Identifier(STAGE)))
    found = cursor.fetchone()
    return Span(found[0], found[1]) if found and found[0] else None


def mark_complete(
    cursor: Cursor, feed: str, span: Span, covered: Span | None, on: date, *, backfill: bool
) -> list[date]:
    """Mark the span's days, as far as they have come, complete for the feed; the days that were not yet.

    A day outside ``covered`` counts as complete from that very day on, like the rows of it; a hole in
    what was covered is filled with today's knowledge, unless ``backfill``.
    """
    inside = covered if covered is not None and not backfill else Span(date.max, date.min)
    cursor.execute(
        "insert into feed_day (feed, day, recorded_on) "
        "select %(feed)s, d::date, case when d::date between %(lo)s and %(hi)s then %(on)s else d::date end "
        "from generate_series(%(first)s::date, least(%(last)s, %(on)s)::date, interval '1 day') d "
        "on conflict do nothing returning day",
        {
            "feed": feed,
            "lo": inside.first,
            "hi": inside.last,
            "on": on,
            "first": span.first,
            "last": span.last,
        },
    )
    return sorted(row[0] for row in cursor.fetchall())
