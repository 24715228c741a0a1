"""The team's people: who is new, who has changed, who was only named."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

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

#: Columns that name other people, with the role of somebody who is only named.
LINKS: Mapping[str, Literal["manager", "csm"]] = MappingProxyType(
    {"manager_id": "manager", "deputy_id": "csm"}
)
_PLURALS = {"manager_id": "managers", "deputy_id": "deputies"}


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
    values = _find_values(staged)
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
    notes = [_link(cursor, column) for column in LINKS if column in present]
    return _write_people(cursor, staged, values, tuple(note for note in notes if note))


def _find_values(staged: Staged) -> list[str]:
    """The columns that hold something by themselves."""
    return [c.stored for c in staged.table.columns if c.stored != "email" and c.stored not in LINKS]


def _link(cursor: Cursor, column: str) -> str:
    """Make the addresses of a column people; what to say where some of these are new."""
    added = add_people(cursor, column, LINKS[column])
    cursor.execute(
        sql.SQL("update {m} m set {c} = (select id from person p where p.email = m.{given})").format(
            m=name(MERGE), c=name(column), given=name(_given(column))
        )
    )
    return f"{added} {_PLURALS[column]} came in by e-mail address alone" if added else ""


def _given(column: str) -> str:
    """The merge's column with the address that the source gives."""
    return f"{column}_given"


def _match_people(cursor: Cursor, staged: Staged) -> None:
    """A temporary table of the staged people beside those there are."""
    present = {c.stored for c in staged.present}
    values = _find_values(staged)
    finals: list[sql.Composable] = [
        sql.SQL("{} as {}").format(final_value(c, staged), name(c.stored))
        for c in staged.table.columns
        if c.stored in values and c.stored != "name"
    ]
    given = sql.SQL("s.name") if "name" in present else sql.SQL("null::text")
    finals.append(sql.SQL("coalesce({}, t.name, s.email) as name").format(given))
    for column in LINKS:
        said = name(column, "s") if column in present else sql.SQL("null::text")
        finals += [sql.SQL("{} as {}").format(said, name(_given(column))), name(column, "t")]
    cursor.execute(sql.SQL("drop table if exists pg_temp.{}").format(name(MERGE)))
    cursor.execute(
        sql.SQL(
            "create temp table {m} on commit drop as select s.line_, s.email, t.id as old_id, {v}, "
            "false as differs, false as late from {s} s left join person t on t.email = s.email"
        ).format(m=name(MERGE), s=name(STAGE), v=sql.SQL(", ").join(finals))
    )


def _write_people(cursor: Cursor, staged: Staged, values: list[str], notes: tuple[str, ...]) -> Merged:
    state = [*values, *LINKS]
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
