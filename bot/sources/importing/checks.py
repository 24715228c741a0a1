"""What can only be seen in the whole file: rows that repeat each other, parents that do not exist."""

from psycopg import sql

from bot.sources.importing.merge import name
from bot.sources.importing.report import Problem
from bot.sources.importing.staging import STAGE, BadRows, Cursor, Source, Staged
from bot.sources.importing.tables import Kind, Table

_ADVICE = {
    "touches": "Give them different times, or join their notes in one row",
    "arr_movements": "Add them up in one row",
}


def drop_duplicates(cursor: Cursor, source: Source, staged: Staged, bad: BadRows) -> int:
    """Keep the first of rows that are the same, and return how many went.

    Rows with one key that say different things are bad, all of them: nobody can know which is right.
    """
    if not _find_repeated(cursor, staged.table):
        return 0
    _report_conflicts(cursor, source, staged, bad)
    cursor.execute(
        sql.SQL(
            "delete from {s} s using import_repeated r where s.line_ = r.line_ and r.again "
            "and r.first_line not in (select first_line from import_repeated where again is null)"
        ).format(s=name(STAGE))
    )
    removed = cursor.rowcount
    cursor.execute(
        sql.SQL(
            "delete from {s} s using import_repeated r where s.line_ = r.line_ "
            "and r.first_line in (select first_line from import_repeated where again is null)"
        ).format(s=name(STAGE))
    )
    return removed


def _find_repeated(cursor: Cursor, table: Table) -> bool:
    """Gather the rows whose key comes more than once; whether there are any."""
    cursor.execute("drop table if exists pg_temp.import_repeated")
    cursor.execute(
        sql.SQL(
            "create temp table import_repeated on commit drop as select s.*, "
            "first_value(line_) over w as first_line, "
            "row_number() over w > 1 as again from {s} s "
            "where ({k}) in (select {k} from {s} group by {k} having count(*) > 1) "
            "window w as (partition by {k} order by line_)"
        ).format(s=name(STAGE), k=_key_expressions(table))
    )
    found = cursor.execute("select exists (select from import_repeated)").fetchone()
    return bool(found and found[0])


def _key_expressions(table: Table) -> sql.Composable:
    parts = []
    for key in table.key:
        column = next(c for c in table.columns if c.stored == key)
        parts.append(name(key) if column.required else sql.SQL("coalesce({}, '')").format(name(key)))
    return sql.SQL(", ").join(parts)


def _report_conflicts(cursor: Cursor, source: Source, staged: Staged, bad: BadRows) -> None:
    """Add a problem for each row that contradicts the first of its key, and mark it with a null ``again``."""
    own = [*(c.stored for c in staged.present if c.stored not in staged.table.key), "custom"]
    pairs = sql.SQL(" or ").join(sql.SQL("r.{0} is distinct from f.{0}").format(name(c)) for c in own)
    cursor.execute(
        sql.SQL(
            "update import_repeated r set again = null from import_repeated f "
            "where f.line_ = r.first_line and r.line_ <> f.line_ and ({p})"
        ).format(p=pairs)
    )
    cursor.execute(
        sql.SQL(
            "select line_, first_line, concat_ws(' ', {k}) from import_repeated "
            "where again is null order by 1"
        ).format(k=sql.SQL(", ").join(_as_written(k) for k in staged.table.key))
    )
    rows = cursor.fetchall()
    remedy = _ADVICE.get(staged.table.name, "Keep the right one and remove the other")
    key = ", ".join(_written(staged.table))
    for line, first, value in rows:
        message = f"says something else than line {source.find_line(first)}, which has the same {key}"
        bad.add(Problem(source.name, line, key, str(value), message, remedy))
    # The first one is as doubtful as the others, though one message for the pair is enough.
    cursor.execute(
        "select line_ from import_repeated where first_line in "
        "(select first_line from import_repeated where again is null) and again is not null order by 1"
    )
    for (line,) in cursor.fetchall():
        bad.leave_out(line, "another line with the same key says something else")


def _as_written(key: str) -> sql.Composable:
    """SQL of a key's value as the file has it: an account by the team's own id."""
    if key != "account_id":
        return name(key)
    return sql.SQL("(select a.external_id from account a where a.id = account_id)")


def _written(table: Table) -> list[str]:
    return [c.name for key in table.key for c in table.columns if c.stored == key]


def check_whole(cursor: Cursor, source: Source, staged: Staged, bad: BadRows) -> tuple[str, ...]:
    """Remove rows that cannot be right beside the others; what else is worth saying about the rows."""
    if staged.table.name == "accounts":
        refuse_unknown_parents(cursor, source, staged, bad)
        return note_extremes(cursor, staged)
    if staged.table.name == "surveys":
        refuse_csat_beyond_five(cursor, source, bad)
    if staged.table.name == "people":
        refuse_shared_slack_ids(cursor, source, staged, bad)
        refuse_turned_absences(cursor, source, staged, bad)
    note = turn_losses_around(cursor, source, bad) if staged.table.name == "arr_movements" else ""
    return (note,) if note else ()


def refuse_shared_slack_ids(cursor: Cursor, source: Source, staged: Staged, bad: BadRows) -> None:
    """A Slack member is one person: who presses a button must be told from everybody else."""
    if "slack_id" not in {c.stored for c in staged.present}:
        return
    cursor.execute(
        sql.SQL(
            "delete from {s} s where slack_id is not null and ("
            "exists (select from {s} o where o.slack_id = s.slack_id and o.line_ < s.line_) or "
            "exists (select from person p where p.slack_id = s.slack_id and p.email <> s.email "
            "and not exists (select from {s} o where o.email = p.email))) "
            "returning line_, slack_id"
        ).format(s=name(STAGE))
    )
    remedy = "Give each person their own Slack member id, or leave the cell empty"
    for line, member in sorted(cursor.fetchall()):
        bad.add(Problem(source.name, line, "slack_id", member, "belongs to another person too", remedy))


def refuse_turned_absences(cursor: Cursor, source: Source, staged: Staged, bad: BadRows) -> None:
    """Nobody comes back before they leave: such a row would have its person at work and escalations go on."""
    if not {"away_from", "away_until"} <= {c.stored for c in staged.present}:
        return
    cursor.execute(
        sql.SQL("delete from {s} where away_until < away_from returning line_, away_until").format(
            s=name(STAGE)
        )
    )
    for line, until in sorted(cursor.fetchall()):
        message, remedy = "lies before away_from", "Turn the two, or leave both cells empty"
        bad.add(Problem(source.name, line, "away_until", until.isoformat(), message, remedy))


def refuse_csat_beyond_five(cursor: Cursor, source: Source, bad: BadRows) -> None:
    """NPS is asked from 0 to 10, CSAT from 1 to 5; a row's kind says which limits its score has."""
    cursor.execute(
        sql.SQL(
            "delete from {} where kind = 'csat' and score not between 1 and 5 returning line_, score"
        ).format(name(STAGE))
    )
    remedy = "Bring CSAT to a scale of 1 to 5, or leave the row out"
    for line, score in sorted(cursor.fetchall()):
        bad.add(Problem(source.name, line, "score", str(score), "lies outside 1 to 5 for csat", remedy))


def note_extremes(cursor: Cursor, staged: Staged) -> tuple[str, ...]:
    """Notes on values that are possible and seldom meant: a billion of ARR, the first day of computers."""
    present = {c.stored: c for c in staged.present}
    notes = []
    if "arr_cents" in present:
        cursor.execute(
            sql.SQL("select count(*), min(external_id) from {} where arr_cents >= 100000000000").format(
                name(STAGE)
            )
        )
        count, example = cursor.fetchone() or (0, None)
        if count:
            notes.append(
                f"{count} accounts with an ARR of a billion or more, such as {example}: is that meant?"
            )
    for stored, column in present.items():
        if column.kind is Kind.DATE:
            cursor.execute(
                sql.SQL("select count(*) from {} where {} = '1970-01-01'").format(name(STAGE), name(stored))
            )
            count = (cursor.fetchone() or (0,))[0]
            if count:
                notes.append(f"{count} dates in {column.name} are 1970-01-01, which often stands for no date")
    return tuple(notes)


def turn_losses_around(cursor: Cursor, source: Source, bad: BadRows) -> str:
    """Store what was lost as a positive amount, since the kind says that it was lost; refuse negative gains.

    Returns a note when there were any.
    """
    cursor.execute(
        sql.SQL(
            "delete from {s} where amount_cents < 0 and kind in ('new', 'expansion') "
            "returning line_, kind, amount_cents"
        ).format(s=name(STAGE))
    )
    for line, kind, cents in sorted(cursor.fetchall()):
        remedy = "Write a positive amount, or make it a contraction or churn"
        bad.add(Problem(source.name, line, "amount", str(cents / 100), f"is negative for {kind}", remedy))
    cursor.execute(
        sql.SQL("update {s} set amount_cents = -amount_cents where amount_cents < 0").format(s=name(STAGE))
    )
    return f"{cursor.rowcount} amounts lost were written with a minus sign" if cursor.rowcount else ""


def refuse_unknown_parents(cursor: Cursor, source: Source, staged: Staged, bad: BadRows) -> None:
    """Rows whose parent is no account, neither in the file nor in the database, or is the account itself."""
    if "parent_id" not in {c.stored for c in staged.present}:
        return
    cursor.execute(
        sql.SQL(
            "delete from {s} s where s.parent_id is not null and (s.parent_id = s.external_id or not ("
            "exists (select from {s} o where o.external_id = s.parent_id) "
            "or exists (select from account a where a.external_id = s.parent_id))) "
            "returning s.line_, s.parent_id, s.parent_id = s.external_id"
        ).format(s=name(STAGE))
    )
    for line, parent, itself in sorted(cursor.fetchall()):
        message = "is the account itself" if itself else "no account has this id"
        remedy = "Name another account, or leave the cell empty"
        bad.add(Problem(source.name, line, "parent_id", parent, message, remedy))
