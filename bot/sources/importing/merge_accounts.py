"""Accounts: which are new, which have changed, and every state an account was ever known in."""

from dataclasses import replace

from psycopg import sql

from bot.models import ALWAYS
from bot.sources.importing.merge import (
    MERGE,
    Merged,
    Moment,
    count_merge,
    final_value,
    find_examples,
    listed,
    name,
)
from bot.sources.importing.merge_people import add_people
from bot.sources.importing.staging import STAGE, Cursor, Staged

_PLAIN = [
    "name",
    "domain",
    "segment",
    "stage",
    "arr_cents",
    "currency",
    "started_on",
    "renewal_on",
    "notice_days",
    "contract_months",
    "seats",
    "plan",
    "plan_limit",
    "status",
    "churned_on",
    "churn_reason",
]
_STATE = [*_PLAIN, "csm_id", "ae_id", "parent_id", "custom"]


def merge_accounts(cursor: Cursor, staged: Staged, moment: Moment) -> Merged:
    """Merge the stage into ``account`` and ``account_version``.

    A new account has always been known; a changed one is closed and opened again on the import's date.
    Ids are given without gaps, in the file's order, because sheets are laid out by them.
    """
    present = {c.stored for c in staged.present}
    notes = _add_people_of(cursor, present)
    _match(cursor, staged, moment)
    _insert_new(cursor)
    _resolve(cursor, present)
    _mark_changed(cursor, staged)
    counts = count_merge(cursor)
    examples = find_examples(cursor, staged, "t.id = m.account_id") if counts.changed else ()
    _write(cursor, moment)
    return replace(counts, examples=examples, notes=notes)


def _add_people_of(cursor: Cursor, present: set[str]) -> tuple[str, ...]:
    """People named as owners who are not in the team yet come in by their address alone."""
    added = 0
    for column, role in (("csm_id", "csm"), ("ae_id", "account_executive")):
        if column in present:
            added += add_people(cursor, column, role)
    return (f"{added} owners came in by e-mail address alone; people.csv can name them",) if added else ()


def _match(cursor: Cursor, staged: Staged, moment: Moment) -> None:
    present = {c.stored for c in staged.present}
    finals = {c.stored: final_value(c, staged) for c in staged.table.columns if c.stored in _PLAIN}
    if "status" not in present and "churned_on" in present:
        finals["status"] = sql.SQL(
            "case when s.churned_on <= {} then 'churned' else coalesce(t.status, 'live') end"
        ).format(sql.Literal(moment.on))
    custom = sql.SQL("jsonb_strip_nulls(coalesce(t.custom, '{{}}') || coalesce(s.custom, '{{}}'))").format()
    owners = [
        sql.SQL("(select p.id from person p where p.email = s.{0})").format(name(c))
        if c in present
        else name(c, "t")
        for c in ("csm_id", "ae_id")
    ]
    parent = sql.SQL("s.parent_id") if "parent_id" in present else sql.SQL("null::text")
    cursor.execute(sql.SQL("drop table if exists pg_temp.{}").format(name(MERGE)))
    cursor.execute(
        sql.SQL(
            "create temp table {m} on commit drop as select s.line_, s.external_id, t.id as account_id, "
            "t.id as old_id, false as differs, false as late, {plain}, {csm}::integer as csm_id, "
            "{ae}::integer as ae_id, t.parent_id, {parent} as parent_external, {custom} as custom "
            "from {s} s left join account t on t.external_id = s.external_id"
        ).format(
            m=name(MERGE),
            s=name(STAGE),
            plain=sql.SQL(", ").join(sql.SQL("{} as {}").format(v, name(c)) for c, v in finals.items()),
            csm=owners[0],
            ae=owners[1],
            parent=parent,
            custom=custom,
        )
    )


def _insert_new(cursor: Cursor) -> None:
    """Number the new accounts from the highest id on. A sequence would leave a gap for each failed import."""
    cursor.execute("lock table account in share row exclusive mode")
    cursor.execute(
        sql.SQL(
            "update {m} m set account_id = n.id from ("
            "select line_, (select coalesce(max(id), 0) from account) "
            "+ row_number() over (order by line_) as id from {m} where old_id is null) n "
            "where n.line_ = m.line_"
        ).format(m=name(MERGE))
    )
    own = [c for c in _STATE if c != "parent_id"]
    cursor.execute(
        sql.SQL(
            "insert into account (id, external_id, {c}) select account_id, external_id, {c} from {m} "
            "where old_id is null order by line_"
        ).format(c=listed(own), m=name(MERGE))
    )


def _resolve(cursor: Cursor, present: set[str]) -> None:
    if "parent_id" in present:
        cursor.execute(
            sql.SQL(
                "update {m} m set parent_id = (select p.id from account p "
                "where p.external_id = m.parent_external)"
            ).format(m=name(MERGE))
        )


def _mark_changed(cursor: Cursor, staged: Staged) -> None:
    pairs = sql.SQL(" or ").join(sql.SQL("t.{0} is distinct from m.{0}").format(name(c)) for c in _STATE)
    cursor.execute(
        sql.SQL(
            "update {m} m set differs = true from account t "
            "where t.id = m.account_id and m.old_id is not null and ({p})"
        ).format(m=name(MERGE), p=pairs)
    )


def _write(cursor: Cursor, moment: Moment) -> None:
    scope = {
        "m": name(MERGE),
        "c": listed(_STATE),
        "on": sql.Literal(moment.on),
        "always": sql.Literal(ALWAYS),
        "set": sql.SQL(", ").join(sql.SQL("{0} = m.{0}").format(name(c)) for c in _STATE),
    }
    for statement in (
        "update account t set {set} from {m} m where t.id = m.account_id "
        "and (m.differs or (m.old_id is null and m.parent_id is not null))",
        "update account_version t set {set} from {m} m where t.account_id = m.account_id and m.differs "
        "and t.superseded_on is null and t.recorded_on >= {on}",
        "update account_version t set superseded_on = {on} from {m} m where t.account_id = m.account_id "
        "and m.differs and t.superseded_on is null and t.recorded_on < {on}",
        "insert into account_version (account_id, recorded_on, {c}) "
        "select account_id, case when old_id is null then {always}::date else {on}::date end, {c} from {m} m "
        "where old_id is null or differs and not exists (select from account_version v "
        "where v.account_id = m.account_id and v.superseded_on is null)",
    ):
        cursor.execute(sql.SQL(statement).format(**scope))


def advance_sequences(cursor: Cursor) -> None:
    """Let the tables' own numbering go on behind the ids given here."""
    for table in ("account", "feature"):
        cursor.execute(
            sql.SQL(
                "select setval(pg_get_serial_sequence({}, 'id'), (select max(id) from {t})) "
                "where exists (select from {t})"
            ).format(sql.Literal(table), t=name(table))
        )
