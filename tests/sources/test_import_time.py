"""From which day an imported row counts as known (SPEC H6): the past must not move by what comes later."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.errors import UserError
from tests.sources.conftest import ACCOUNTS, Load

ALWAYS = date(1, 1, 1)


def rows(session: Session, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(text(query))]


def usage(*lines: str) -> str:
    return "account_id,day,logins\n" + "".join(f"{line}\n" for line in lines)


def test_first_import_is_history_known_on_its_own_days(load: Load, session: Session) -> None:
    load(
        {
            "accounts.csv": ACCOUNTS,
            "usage_daily.csv": usage("A1,2026-03-01,5", "A1,2026-03-04,6"),
            "tickets.csv": "id,account_id,opened_at\nT1,A1,2026-02-01T23:30:00Z\n",
            "contacts.csv": "account_id,email,since\nA1,ann@acme.example,2025-05-05\nA1,bob@acme.example,\n",
            "goals.csv": "account_id,objective\nA1,Grow\n",
            "products.csv": "account_id,product,arr\nA1,Core,100\n",
        },
        zone="Europe/Berlin",
    )
    assert rows(session, "select day, recorded_on from usage_daily order by day") == [
        (date(2026, 3, 1), date(2026, 3, 1)),
        (date(2026, 3, 4), date(2026, 3, 4)),
    ]
    # Half past eleven in the evening, UTC, is the next day in Berlin.
    assert rows(session, "select recorded_on from ticket") == [(date(2026, 2, 2),)]
    assert rows(session, "select recorded_on from contact order by email") == [(date(2025, 5, 5),), (ALWAYS,)]
    assert rows(session, "select recorded_on from goal") == [(ALWAYS,)]
    assert rows(session, "select recorded_on from account_product") == [(ALWAYS,)]
    assert rows(session, "select recorded_on, superseded_on from account_version") == [(ALWAYS, None)] * 2


def test_days_between_first_and_last_row_are_complete(load: Load, session: Session) -> None:
    load({"accounts.csv": ACCOUNTS, "usage_daily.csv": usage("A1,2026-03-01,5", "A2,2026-03-04,6")})
    days = "select day, recorded_on from feed_day where feed = 'usage' order by day"
    assert rows(session, days) == [(date(2026, 3, d), date(2026, 3, d)) for d in (1, 2, 3, 4)]


def test_same_files_twice_change_nothing(load: Load, session: Session) -> None:
    files = {
        "people.csv": "email,name,role,manager_email,deputy_email,away_from,away_until\n"
        "m@us.example,Mo,manager,,,,\nc@us.example,Cy,csm,m@us.example,m@us.example,2026-03-09,2026-03-20\n",
        "accounts.csv": "id,name,arr,csm_email,parent_id,renewal_on,industry,employees\n"
        "A1,Acme,1200.50,c@us.example,A2,2027-01-01,tech,40\nA2,Birch,,,,,,\n",
        "contacts.csv": "account_id,email,role,since\nA1,ann@acme.example,champion,2025-05-05\n",
        "usage_daily.csv": "account_id,day,logins,features\nA1,2026-03-01,5,b;a\nA1,2026-03-02,,\n",
        "tickets.csv": "id,account_id,opened_at,severity,rating\nT1,A1,2026-03-01T10:00:00Z,high,4\n",
        "surveys.csv": "account_id,kind,score,answered_at,contact_email\nA1,nps,9,2026-03-01,\n",
        "payments.csv": "id,account_id,due_on,status,amount\nP1,A1,2026-03-01,paid,10\n",
        "touches.csv": "account_id,kind,at,by_email,note\nA1,call,2026-03-01 10:00,c@us.example,x\n",
        "goals.csv": "account_id,objective,status\nA1,Grow,open\n",
        "arr_movements.csv": "account_id,on,kind,amount\nA1,2026-01-01,new,1200.50\n",
        "products.csv": "account_id,product,arr\nA1,Core,100\n",
        "signals.csv": "account_id,day,name,value\nA1,2026-03-01,docs_views,3.5\n",
    }
    first = load(files)
    assert first.loaded
    assert {file.table: file.added for file in first.files} == {
        **dict.fromkeys([f.table for f in first.files], 1),
        "people": 2,
        "accounts": 2,
        "usage_daily": 2,
    }
    again = load(files, on="2026-03-11")
    assert again.loaded
    assert {(f.table, f.added, f.changed, f.late) for f in again.files} == {
        (f.table, 0, 0, 0) for f in again.files
    }
    assert [f.unchanged for f in again.files] == [f.rows for f in again.files]


def test_rows_of_covered_days_are_late_unless_backfilled(load: Load, session: Session) -> None:
    load({"accounts.csv": ACCOUNTS, "usage_daily.csv": usage("A1,2026-03-01,5", "A1,2026-03-08,6")})
    report = load({"usage_daily.csv": usage("A1,2026-03-05,1", "A1,2026-03-10,2")}, on="2026-03-11")
    assert (report.files[0].added, report.files[0].late) == (2, 1)
    load({"usage_daily.csv": usage("A2,2026-03-05,1")}, on="2026-03-12", backfill=True)
    query = "select day, recorded_on from usage_daily where recorded_on > day"
    assert rows(session, query) == [(date(2026, 3, 5), date(2026, 3, 11))]
    complete = (
        "select day, recorded_on from feed_day where day > '2026-03-08' and feed = 'usage' order by day"
    )
    assert rows(session, complete) == [(date(2026, 3, d), date(2026, 3, d)) for d in (9, 10)]


def test_two_files_of_one_feed_are_one_import(load: Load) -> None:
    report = load(
        {
            "accounts.csv": ACCOUNTS,
            "usage_daily_2025.csv": usage("A1,2025-01-01,5", "A1,2025-12-31,6"),
            "usage_daily_2026.csv": usage("A1,2025-06-01,5", "A1,2026-01-01,6"),
        }
    )
    assert [file.late for file in report.files] == [0, 0, 0]


def test_changed_use_keeps_what_was_known(load: Load, session: Session) -> None:
    load({"accounts.csv": ACCOUNTS, "usage_daily.csv": usage("A1,2026-03-01,5")})
    report = load({"usage_daily.csv": usage("A1,2026-03-01,7")}, on="2026-03-11")
    assert [(c.key, c.column, c.before, c.after) for c in report.files[0].examples] == [
        ("A1 2026-03-01", "logins", "5", "7")
    ]
    load({"usage_daily.csv": usage("A1,2026-03-01,8")}, on="2026-03-11")
    assert rows(session, "select logins, recorded_on from usage_daily") == [(8, date(2026, 3, 11))]
    past = "select logins, recorded_on, superseded_on from usage_daily_past"
    assert rows(session, past) == [(5, date(2026, 3, 1), date(2026, 3, 11))]


def test_changed_account_is_closed_and_opened_again(load: Load, session: Session) -> None:
    load({"accounts.csv": "id,name,arr,industry\nA1,Acme,100,tech\n"})
    load({"accounts.csv": "id,name,arr\nA1,Acme,200\n"}, on="2026-03-12")
    load({"accounts.csv": "id,name,arr\nA1,Acme,300\n"}, on="2026-03-12")
    versions = (
        "select arr_cents, recorded_on, superseded_on, custom ->> 'industry' from account_version order by 2"
    )
    assert rows(session, versions) == [
        (10000, ALWAYS, date(2026, 3, 12), "tech"),
        (30000, date(2026, 3, 12), None, "tech"),
    ]
    assert rows(session, "select arr_cents, custom from account") == [(30000, {"industry": "tech"})]


@pytest.mark.parametrize(
    ("file", "first", "second", "query"),
    [
        (
            "tickets.csv",
            "id,account_id,opened_at,rating\nT1,A1,2026-03-01,\n",
            "id,account_id,opened_at,rating\nT1,A1,2026-03-01,2\n",
            "select rating::text, recorded_on, superseded_on from ticket order by 2",
        ),
        (
            "payments.csv",
            "id,account_id,due_on,status\nP1,A1,2026-03-01,open\n",
            "id,account_id,due_on,status\nP1,A1,2026-03-01,failed\n",
            "select nullif(status, 'open'), recorded_on, superseded_on from payment order by 2",
        ),
    ],
)
def test_changed_fact_is_closed_and_added(
    load: Load, session: Session, file: str, first: str, second: str, query: str
) -> None:
    load({"accounts.csv": ACCOUNTS, file: first})
    report = load({file: second}, on="2026-03-12")
    assert (report.files[0].added, report.files[0].changed) == (0, 1)
    found = rows(session, query)
    assert [row[1:] for row in found] == [
        (date(2026, 3, 1), date(2026, 3, 12)),
        (date(2026, 3, 12), None),
    ]
    assert found[0][0] is None
    assert found[1][0] is not None


def test_new_contact_of_known_account_counts_from_the_import(load: Load, session: Session) -> None:
    header = "account_id,email,since\n"
    load({"accounts.csv": ACCOUNTS, "contacts.csv": header + "A1,ann@acme.example,2025-01-01\n"})
    load(
        {
            "contacts.csv": header
            + "A1,old@acme.example,2024-01-01\nA1,new@acme.example,2026-03-13\nA2,b@birch.example,\n"
        },
        on="2026-03-15",
    )
    known = dict(rows(session, "select email, recorded_on from contact"))
    assert known["old@acme.example"] == date(2026, 3, 15)
    assert known["new@acme.example"] == date(2026, 3, 13)
    assert known["b@birch.example"] == ALWAYS


def test_an_invoice_not_yet_due_is_known_today(load: Load, session: Session) -> None:
    load({"accounts.csv": ACCOUNTS, "payments.csv": "id,account_id,due_on,status\nP1,A1,2199-12-31,open\n"})
    assert rows(session, "select recorded_on from payment") == [(date(2026, 3, 10),)]
    assert rows(session, "select count(*) from feed_day") == [(0,)]


def test_an_import_before_the_newest_one_is_refused(load: Load) -> None:
    load({"accounts.csv": ACCOUNTS})
    with pytest.raises(UserError, match=r"--on 2026-03-10 or later"):
        load({"accounts.csv": ACCOUNTS}, on="2026-03-09")


def test_absent_columns_stay_and_empty_cells_clear(load: Load, session: Session) -> None:
    load({"accounts.csv": "id,name,domain,seats,size\nA1,Acme,acme.example,5,10\n"})
    load({"accounts.csv": "id,name,seats,size\nA1,Acme Inc,,\n"}, on="2026-03-11")
    assert rows(session, "select name, domain, seats, custom from account") == [
        ("Acme Inc", "acme.example", None, {})
    ]


def test_ids_stay_dense_after_failed_and_dry_imports(load: Load, session: Session) -> None:
    load({"accounts.csv": ACCOUNTS}, dry_run=True)
    load({"accounts.csv": "id,name,arr\nA1,Acme,much\nA3,Cedar,1\n"})
    load({"accounts.csv": ACCOUNTS})
    load({"accounts.csv": "id,name\nA2,Birch\nA3,Cedar\n"})
    assert rows(session, "select id, external_id from account order by id") == [
        (1, "A1"),
        (2, "A2"),
        (3, "A3"),
    ]
    # The table's own numbering goes on behind them.
    session.execute(text("insert into account (external_id, name) values ('A4', 'Dogwood')"))
    assert rows(session, "select max(id) from account") == [(4,)]


def test_sheets_follow_the_days_that_changed(load: Load, session: Session) -> None:
    load({"accounts.csv": ACCOUNTS, "usage_daily.csv": usage("A1,2026-03-01,5", "A1,2026-03-03,5")})
    assert rows(session, "select day from usage_sheet order by 1") == [
        (date(2026, 3, 1),),
        (date(2026, 3, 3),),
    ]
