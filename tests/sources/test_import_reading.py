"""Files as people export them: encodings, separators, dates and numbers of any habit."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.sources.events import Event, record_events
from tests.sources.conftest import ACCOUNTS, Load


def rows(session: Session, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(text(query))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators(load: Load, session: Session, encoding: str, separator: str) -> None:
    content = 'id,name,plan\nA1,"Société Générale – Nord",Pro\nA2,Müller,\n'.replace(",", separator)
    report = load({"accounts.csv": content.encode(encoding)})
    assert report.loaded, report.problems
    assert rows(session, "select name, plan from account order by id") == [
        ("Société Générale – Nord", "Pro"),
        ("Müller", None),
    ]
    assert any("Windows-1252" in note for note in report.files[0].notes) == (encoding == "cp1252")


def test_quoted_newlines_separators_and_excels_first_line(load: Load, session: Session) -> None:
    content = 'sep=;\r\nid;name;churn_reason\r\nA1;"Acme; ""the"" one";"two\r\nlines"\r\n\r\nA2;Birch;\r\n'
    report = load({"accounts.csv": content})
    assert rows(session, "select name, churn_reason from account order by id") == [
        ('Acme; "the" one', "two\r\nlines"),
        ("Birch", None),
    ]
    assert report.files[0].rows == 2


def test_lines_are_counted_through_quoted_newlines(load: Load) -> None:
    report = load(
        {"accounts.csv": 'id,name,churn_reason,seats\nA1,Acme,"one\ntwo\nthree",1\n\nA2,Birch,,many\n'}
    )
    assert [(p.line, p.column, p.value) for p in report.problems] == [(6, "seats", "many")]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("2026-03-04", "2026-12-31"), date(2026, 3, 4)),
        (("2026/3/4", "2026-12-31"), date(2026, 3, 4)),
        (("20260304", "20261231"), date(2026, 3, 4)),
        (("3/4/2026", "12/31/2026"), date(2026, 3, 4)),
        (("4/3/2026", "31/12/2026"), date(2026, 3, 4)),
        (("04.03.2026", "05.06.2026"), date(2026, 3, 4)),
        (("4 March 2026", "31 Dec 2026"), date(2026, 3, 4)),
        (("Mar 4, 2026", "December 31, 2026"), date(2026, 3, 4)),
        (("2026-03-04T22:00:00-05:00", ""), date(2026, 3, 5)),
        (("1970-01-01", "2199-12-31"), date(1970, 1, 1)),
    ],
)
def test_dates_of_any_habit(load: Load, session: Session, cells: tuple[str, str], expected: date) -> None:
    report = load({"accounts.csv": f'id,name,renewal_on\nA1,Acme,"{cells[0]}"\nA2,Birch,"{cells[1]}"\n'})
    assert report.loaded, report.problems
    assert rows(session, "select renewal_on from account where id = 1") == [(expected,)]


def test_the_whole_column_decides_and_it_is_said(load: Load) -> None:
    content = "id,name,renewal_on,started_on\nA1,Acme,03/04/2026,13/01/2020\nA2,Birch,03/25/2026,14/02/2020\n"
    notes = load({"accounts.csv": content}).files[0].notes
    assert "dates in renewal_on are read with the month first, as the whole column shows" in notes
    assert "dates in started_on are read with the day first, as the whole column shows" in notes


@pytest.mark.parametrize(
    "cells", [("03/04/2026", "05/06/2026"), ("13/04/2026", "05/26/2026")], ids=["either", "both"]
)
def test_a_column_that_could_be_either_is_refused(load: Load, cells: tuple[str, str]) -> None:
    report = load({"accounts.csv": f"id,name,renewal_on\nA1,Acme,{cells[0]}\nA2,Birch,{cells[1]}\n"})
    assert not report.loaded
    assert [p.line for p in report.problems] == [2, 3]
    assert "two different days" in report.problems[0].message
    assert "dates: dmy" in report.problems[0].remedy


@pytest.mark.parametrize(
    "cell", ["1969-12-31", "2200-01-01", "0001-01-01", "2026-02-30", "45678", "03/04/26", "soon"]
)
def test_impossible_dates_are_refused(load: Load, cell: str) -> None:
    report = load({"accounts.csv": f"id,name,renewal_on\nA1,Acme,{cell}\n"})
    assert [(p.line, p.column, p.value) for p in report.problems] == [(2, "renewal_on", cell)]
    assert not report.loaded


def test_the_first_day_of_computers_is_doubted(load: Load) -> None:
    report = load({"accounts.csv": "id,name,renewal_on\nA1,Acme,1970-01-01\n"})
    assert report.loaded
    assert any("1970-01-01, which often stands for no date" in note for note in report.files[0].notes)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-03-01T10:30:00Z", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
        ("2026-03-01 10:30:00.250+02:00", datetime(2026, 3, 1, 8, 30, 0, 250_000, tzinfo=UTC)),
        ("2026-03-01 10:30", datetime(2026, 3, 1, 15, 30, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, 5, tzinfo=UTC)),
        ("3/1/2026 10:30 PM", datetime(2026, 3, 2, 3, 30, tzinfo=UTC)),
    ],
)
def test_instants_without_offset_are_the_teams(
    load: Load, session: Session, cell: str, moment: datetime
) -> None:
    other = "2/28/2026 0:00" if "/" in cell else "2026-02-28"
    content = f"id,account_id,opened_at\nT1,A1,{cell}\nT2,A1,{other}\n"
    report = load({"accounts.csv": ACCOUNTS, "tickets.csv": content}, zone="America/New_York")
    assert report.loaded, report.problems
    assert rows(session, "select opened_at from ticket where external_id = 'T1'") == [(moment,)]


@pytest.mark.parametrize(
    ("cells", "cents"),
    [
        (("1234.5", "1"), 123450),
        (("$1,234.50", "1"), 123450),
        (("1.234,50 €", "1"), 123450),
        (("1 234,50", "1"), 123450),
        (("1'234.50 CHF", "1"), 123450),
        (("1,234", "2,345"), 123400),
        (("1,234,567", "1"), 123456700),
        (("1.234.567", "1"), 123456700),
        (("1.234", "1.234,5"), 123400),
        (("USD 0.005", "1"), 1),
        (("1000000000", "1"), 100000000000),
        (("0", "1"), 0),
    ],
)
def test_amounts_of_any_habit(load: Load, session: Session, cells: tuple[str, str], cents: int) -> None:
    report = load({"accounts.csv": f'id,name,arr\nA1,Acme,"{cells[0]}"\nA2,Birch,"{cells[1]}"\n'})
    assert report.loaded, report.problems
    assert rows(session, "select arr_cents from account where id = 1") == [(cents,)]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (("1.234", "5.678"), "two different numbers"),
        (("1.234,50", "1,234.50"), "two different numbers"),
        (("-5", "1"), "negative"),
        (("(5.00)", "1"), "negative"),
        (("2000000000000", "1"), "trillion"),
        (("12x", "1"), "no number"),
        (("1,23,4.5", "1"), "no number"),
        (("inf", "1"), "no number"),
    ],
)
def test_doubtful_amounts_are_refused(load: Load, cells: tuple[str, str], message: str) -> None:
    report = load({"accounts.csv": f'id,name,arr\nA1,Acme,"{cells[0]}"\nA2,Birch,"{cells[1]}"\n'})
    assert not report.loaded
    assert message in report.problems[0].message
    assert report.problems[0].value == cells[0]


def test_a_billion_is_taken_and_doubted(load: Load) -> None:
    report = load({"accounts.csv": "id,name,arr\nA1,Acme,2000000000\n"})
    assert report.loaded
    assert any("a billion or more, such as A1" in note for note in report.files[0].notes)


def test_features_are_numbered_once(load: Load, session: Session) -> None:
    usage = "account_id,day,logins,features\nA1,2026-03-01,1,search; export;search\nA1,2026-03-02,,\n"
    load({"accounts.csv": ACCOUNTS, "usage_daily.csv": usage})
    load({"usage_daily.csv": "account_id,day,features\nA2,2026-03-01,export|api\n"}, on="2026-03-11")
    assert rows(session, "select id from feature order by id") == [(0,), (1,), (2,)]
    named = (
        "select a.external_id, array(select name from feature f where f.id = any(u.features) order by 1) "
        "from usage_daily u join account a on a.id = u.account_id order by 1, u.day"
    )
    # A cell of the features column that is empty says that none was used; without the column it is unknown.
    assert rows(session, named) == [("A1", ["export", "search"]), ("A1", []), ("A2", ["api", "export"])]
    assert rows(session, "select logins from usage_daily order by logins nulls last") == [
        (1,),
        (None,),
        (None,),
    ]


def test_features_of_events_and_of_files_share_their_numbers(load: Load, session: Session) -> None:
    load(
        {
            "accounts.csv": ACCOUNTS,
            "usage_daily.csv": "account_id,day,features\nA1,2026-03-01,search;export\n",
        }
    )
    at = datetime(2026, 3, 9, tzinfo=UTC)
    events = [
        Event("m1", 1, "feature", at, feature="import"),
        Event("m2", 1, "feature", at, feature="search"),
    ]
    record_events(session, events, received_at=at, zone=ZoneInfo("UTC"))
    load({"usage_daily.csv": "account_id,day,features\nA1,2026-03-02,api\n"})
    numbers = "select name, id from feature order by id"
    assert rows(session, numbers) == [("search", 0), ("export", 1), ("import", 2), ("api", 3)]


def test_unknown_columns_are_the_teams_own_or_ignored(load: Load, session: Session) -> None:
    report = load(
        {
            "accounts.csv": "id,name,cf_Health Pulse,Phone\nA1,Acme,4.5,0049123\n",
            "tickets.csv": "id,account_id,opened_at,colour\nT1,A1,2026-03-01,red\n",
        }
    )
    assert rows(session, "select custom from account") == [({"Health Pulse": 4.5, "Phone": "0049123"},)]
    shown = {m.header: m.column for f in report.files for m in f.columns}
    assert shown["cf_Health Pulse"] == "custom.Health Pulse"
    assert shown["colour"] is None


def test_losses_with_a_minus_sign_and_gains_without(load: Load, session: Session) -> None:
    header = "account_id,on,kind,amount\n"
    report = load({"accounts.csv": ACCOUNTS, "arr_movements.csv": header + "A1,2026-01-01,downgrade,-50\n"})
    assert rows(session, "select kind, amount_cents from arr_movement") == [("contraction", 5000)]
    assert "1 amounts lost were written with a minus sign" in report.files[1].notes
    report = load({"arr_movements.csv": header + "A1,2026-01-02,new,-50\n"})
    assert "negative for new" in report.problems[0].message
