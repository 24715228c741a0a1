"""The team's people: who is new, who has changed, who was only named."""

from dataclasses import replace

from psycopg import sql

from bot.sources.importing.merge import (
    MERGE,
    Merged,
    count_merge,
    final_value,
    find_examples,
    listed,
    name,
)
from bot.sources.importing.staging import STAGE, Cursor, Staged


def add_people(cursor: Cursor, column: str, role: str) -> int:
    """Add the addresses in a staged column that no person has; how many."""
    cursor.execute(
        sql.SQL(
            "insert into person (email, name, role) "
            "select e, initcap(replace(replace(split_part(e, '@', 1), '.', ' '), '_', ' ')), {role} "
            "from (select distinct {c} as e from {s} where {c} is not null) x "
            "where not exists (select from person p where p.email = e) order by e"
        ).format(c=name(column), s=name(STAGE), role=sql.Literal(role))
    )
    return cursor.rowcount


def merge_people(cursor: Cursor, staged: Staged) -> Merged:
    """Merge the stage into ``person``. Scores do not read people, so no older states are kept."""
    present = {c.stored for c in staged.present}
    notes: tuple[str, ...] = ()
    values = [c.stored for c in staged.table.columns if c.stored not in ("email", "manager_id")]
    _match_people(cursor, staged)
    # Members can change hands within a file, so those who lose theirs lose it first.
    for statement in (
        "update {m} m set differs = true from person t "
        "where t.id = m.old_id and t.slack_id is distinct from m.slack_id",
        "update person t set slack_id = null from {m} m "
        "where t.id = m.old_id and t.slack_id is distinct from m.slack_id",
    ):
        cursor.execute(sql.SQL(statement).format(m=name(MERGE)))
    cursor.execute(
        sql.SQL(
            "insert into person (email, {v}) select email, {v} from {m} where old_id is null order by line_"
        ).format(v=listed(values), m=name(MERGE))
    )
    if "manager_id" in present:
        added = add_people(cursor, "manager_id", "manager")
        notes = (f"{added} managers came in by e-mail address alone",) if added else ()
        cursor.execute(
            sql.SQL(
                "update {m} m set manager_id = (select id from person p where p.email = m.manager_email)"
            ).format(m=name(MERGE))
        )
    return _write_people(cursor, staged, values, notes)


def _match_people(cursor: Cursor, staged: Staged) -> None:
    """A temporary table of the staged people beside those there are."""
    present = {c.stored for c in staged.present}
    values = [c.stored for c in staged.table.columns if c.stored not in ("email", "manager_id")]
    finals = [
        sql.SQL("{} as {}").format(final_value(c, staged), name(c.stored))
        for c in staged.table.columns
        if c.stored in values and c.stored != "name"
    ]
    given = sql.SQL("s.name") if "name" in present else sql.SQL("null::text")
    finals.append(sql.SQL("coalesce({}, t.name, s.email) as name").format(given))
    cursor.execute(sql.SQL("drop table if exists pg_temp.{}").format(name(MERGE)))
    cursor.execute(
        sql.SQL(
            "create temp table {m} on commit drop as select s.line_, s.email, t.id as old_id, {v}, "
            "{manager} as manager_email, t.manager_id, false as differs, false as late "
            "from {s} s left join person t on t.email = s.email"
        ).format(
            m=name(MERGE),
            s=name(STAGE),
            v=sql.SQL(", ").join(finals),
            manager=sql.SQL("s.manager_id" if "manager_id" in present else "null::text"),
        )
    )


def _write_people(cursor: Cursor, staged: Staged, values: list[str], notes: tuple[str, ...]) -> Merged:
    state = [*values, "manager_id"]
    pairs = sql.SQL(" or ").join(sql.SQL("t.{0} is distinct from m.{0}").format(name(c)) for c in state)
    scope = {
        "m": name(MERGE),
        "p": pairs,
        "set": sql.SQL(", ").join(sql.SQL("{0} = m.{0}").format(name(c)) for c in state),
    }
    cursor.execute(
        sql.SQL("update {m} m set differs = true from person t where t.id = m.old_id and ({p})").format(
            **scope
        )
    )
    counts = count_merge(cursor)
    examples = find_examples(cursor, staged) if counts.changed else ()
    cursor.execute(
        sql.SQL("update person t set {set} from {m} m where t.email = m.email and ({p})").format(**scope)
    )
    return replace(counts, examples=examples, notes=notes)
