"""Daily use into ``usage_daily``, the replaced versions into ``usage_daily_past``."""

from dataclasses import replace
from typing import Final

from psycopg import sql

from bot.sources.importing.coverage import Span
from bot.sources.importing.merge import (
    MERGE,
    Merged,
    Moment,
    count_merge,
    differs,
    final_value,
    find_examples,
    is_late,
    listed,
    name,
    recorded_on,
)
from bot.sources.importing.staging import STAGE, Cursor, Staged

_SAME: Final = "t.account_id = m.account_id and t.day = m.day"
_VALUES = ["active_users", "logins", "core_actions", "api_calls", "new_users", "seats_used", "features"]


def merge_usage(cursor: Cursor, staged: Staged, moment: Moment, covered: Span | None) -> Merged:
    """Merge the stage into ``usage_daily``, which keeps the newest version of each account's day.

    A version that was known on an earlier day goes to ``usage_daily_past``; one of the import's own date
    is corrected in place.
    """
    _match(cursor, staged, moment, covered)
    counts = count_merge(cursor)
    examples = find_examples(cursor, staged, _SAME) if counts.changed else ()
    if counts.changed:
        _correct(cursor, moment)
    cursor.execute(
        sql.SQL(
            "insert into usage_daily (account_id, day, recorded_on, {v}) select m.account_id, m.day, "
            "m.recorded, {mv} from {m} m where m.old_id is null order by m.day, m.account_id"
        ).format(v=listed(_VALUES), mv=listed(_VALUES, "m"), m=name(MERGE))
    )
    cursor.execute(sql.SQL("select distinct day from {} where differs or old_id is null").format(name(MERGE)))
    days = tuple(sorted(row[0] for row in cursor.fetchall()))
    return replace(counts, examples=examples, days=days)


def _match(cursor: Cursor, staged: Staged, moment: Moment, covered: Span | None) -> None:
    values = sql.SQL("").join(
        sql.SQL(", {} as {}").format(final_value(c, staged), name(c.stored))
        for c in staged.table.columns
        if c.stored in _VALUES
    )
    cursor.execute(sql.SQL("drop table if exists pg_temp.{}").format(name(MERGE)))
    cursor.execute(
        sql.SQL(
            "create temp table {m} on commit drop as select s.line_, s.account_id, s.day, "
            "t.account_id as old_id, t.recorded_on as old_recorded, "
            "t.account_id is not null and {differs} as differs, "
            "t.account_id is null and {late} as late, {recorded} as recorded{values} "
            "from {s} s left join usage_daily t on t.account_id = s.account_id and t.day = s.day"
        ).format(
            m=name(MERGE),
            s=name(STAGE),
            values=values,
            differs=differs(staged),
            late=is_late(staged, moment, covered),
            recorded=recorded_on(staged, moment, covered),
        )
    )


def _correct(cursor: Cursor, moment: Moment) -> None:
    scope = {
        "v": listed(_VALUES),
        "tv": listed(_VALUES, "t"),
        "m": name(MERGE),
        "on": sql.Literal(moment.on),
        "same": sql.SQL(_SAME),
        "set": sql.SQL(", ").join(sql.SQL("{0} = m.{0}").format(name(v)) for v in _VALUES),
    }
    cursor.execute(
        sql.SQL(
            "insert into usage_daily_past (account_id, day, recorded_on, superseded_on, {v}) "
            "select t.account_id, t.day, t.recorded_on, {on}, {tv} from {m} m join usage_daily t on {same} "
            "where m.differs and m.old_recorded < {on}"
        ).format(**scope)
    )
    cursor.execute(
        sql.SQL(
            "update usage_daily t set {set}, recorded_on = greatest(t.recorded_on, {on}) "
            "from {m} m where {same} and m.differs"
        ).format(**scope)
    )
