"""Wrong rows: each is named with its place and a remedy, and nothing comes in by halves."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.errors import UserError
from tests.sources.conftest import ACCOUNTS, Files, Load


def count(session: Session, table: str) -> int:
    return int(session.scalar(text(f"select count(*) from {table}")) or 0)


BAD: dict[str, tuple[Files, int | None, str | None, str]] = {
    "required cell empty": ({"accounts.csv": "id,name\nA1,\n"}, 2, "name", "required"),
    "unknown account": (
        {"accounts.csv": ACCOUNTS, "usage_daily.csv": "account_id,day,logins\nA9,2026-03-01,1\n"},
        2,
        "account_id",
        "no account has this id",
    ),
    "unknown parent": ({"accounts.csv": "id,name,parent_id\nA1,Acme,A9\n"}, 2, "parent_id", "no account"),
    "own parent": ({"accounts.csv": "id,name,parent_id\nA1,Acme,A1\n"}, 2, "parent_id", "account itself"),
    "time zone": ({"people.csv": "email,timezone\na@us.example,Mars/Base\n"}, 2, "timezone", "no time zone"),
    "shared member": (
        {"people.csv": "email,slack_id\na@us.example,U1\nb@us.example,U1\n"},
        3,
        "slack_id",
        "another person",
    ),
    "endless name": ({"accounts.csv": f"id,name\nA1,{'x' * 600}\n"}, 2, "name", "longer than 500"),
    "unknown word": ({"accounts.csv": "id,name,segment\nA1,Acme,huge\n"}, 2, "segment", "not known"),
    "not an address": ({"accounts.csv": "id,name,csm_email\nA1,Acme,Bo\n"}, 2, "csm_email", "e-mail"),
    "negative count": ({"accounts.csv": "id,name,seats\nA1,Acme,-3\n"}, 2, "seats", "negative"),
    "fraction": ({"accounts.csv": "id,name,seats\nA1,Acme,2.5\n"}, 2, "seats", "whole number"),
    "too large": ({"accounts.csv": "id,name,seats\nA1,Acme,3000000000\n"}, 2, "seats", "outside"),
    "NUL byte": ({"accounts.csv": "id,name\nA1,Ac\0me\n"}, 2, "name", "NUL"),
    "ragged row": ({"accounts.csv": "id,name\nA1,Acme,x\n"}, 2, None, "3 cells where the header has 2"),
    "open quote": ({"accounts.csv": 'id,name\nA1,"Acme\nA2,Birch\n'}, 2, None, "quotes"),
    "rating": (
        {"accounts.csv": ACCOUNTS, "tickets.csv": "id,account_id,opened_at,rating\nT,A1,2026-03-01,6\n"},
        2,
        "rating",
        "outside 1 to 5",
    ),
    "tomorrow's use": (
        {"accounts.csv": ACCOUNTS, "usage_daily.csv": "account_id,day\nA1,2026-03-12\n"},
        2,
        "day",
        "after the day of the import",
    ),
    "no time of day": (
        {"accounts.csv": ACCOUNTS, "tickets.csv": "id,account_id,opened_at\nT,A1,2026-03-01T25:00\n"},
        2,
        "opened_at",
        "time of day",
    ),
    "empty header": ({"accounts.csv": "id,,\nA1,x,y\n"}, 1, "name", "needs the columns name"),
    "survey over ten": (
        {
            "accounts.csv": ACCOUNTS,
            "surveys.csv": "account_id,kind,score,answered_at\nA1,nps,11,2026-03-01\n",
        },
        2,
        "score",
        "outside 0 to 10",
    ),
    "csat over five": (
        {
            "accounts.csv": ACCOUNTS,
            "surveys.csv": "account_id,kind,score,answered_at\nA1,csat,9,2026-03-01\n",
        },
        2,
        "score",
        "outside 1 to 5",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_is_named_and_stops_everything(load: Load, session: Session, name: str) -> None:
    files, line, column, message = BAD[name]
    report = load(files)
    assert report.stopped
    assert not report.loaded
    (problem,) = report.problems
    assert problem.file == list(files)[-1]
    assert (problem.line, problem.column) == (line, column)
    assert message in problem.message
    assert problem.remedy
    assert [count(session, table) for table in ("account", "usage_daily", "import_run", "person")] == [0] * 4


def test_rows_of_a_bad_account_are_not_named_one_by_one(load: Load, session: Session) -> None:
    files = {
        "accounts.csv": "id,name,seats\nA1,Acme,many\nA2,Birch,1\n",
        "tickets.csv": "id,account_id,opened_at\nT1,A1,2026-03-01\nT2,A2,2026-03-01\nT3,A1,soon\n",
    }
    report = load(files)
    assert [(p.file, p.line, p.column) for p in report.problems] == [
        ("accounts.csv", 2, "seats"),
        ("tickets.csv", 4, "opened_at"),
    ]
    report = load(files, skip_bad=True)
    assert "its account was left out" in report.problems[1].message
    assert [(f.added, f.rejected) for f in report.files] == [(1, 1), (1, 2)]


def test_equal_rows_count_once_and_contradictions_are_named(load: Load, session: Session) -> None:
    report = load({"accounts.csv": "id,name\nA1,Acme\nA2,Birch\nA1,Acme\nA1,Acme\n"})
    assert report.loaded
    assert (report.files[0].added, report.files[0].duplicates) == (2, 2)
    report = load({"accounts.csv": "id,name\nA3,Cedar\nA4,Dogwood\nA3,Elm\n"}, on="2026-03-11")
    (problem,) = report.problems
    assert (problem.line, problem.column, problem.value) == (4, "id", "A3")
    assert "line 2" in problem.message
    assert count(session, "account") == 2


def test_contradicting_rows_are_all_left_out_by_skip_bad(load: Load, session: Session) -> None:
    report = load({"accounts.csv": "id,name\nA3,Cedar\nA4,Dogwood\nA3,Elm\nA3,Cedar\n"}, skip_bad=True)
    assert report.loaded
    assert session.scalars(text("select external_id from account")).all() == ["A4"]
    assert (report.files[0].added, report.files[0].rejected) == (1, 3)


def test_skip_bad_loads_the_rest_and_writes_the_others(load: Load, session: Session, tmp_path: Path) -> None:
    report = load(
        {
            "accounts.csv": "id,name,arr,region\nA1,Acme,10,north\n"
            "A2,Birch,much,south\nA3,Cedar\nA4,Dog,20,\n",
            "tickets.csv": "id,account_id,opened_at\nT1,A1,2026-03-01\nT2,A2,2026-03-01\n",
        },
        skip_bad=True,
    )
    assert report.loaded
    assert not report.stopped
    assert report.problem_count == 3
    assert [(f.table, f.added, f.rejected) for f in report.files] == [("accounts", 2, 2), ("tickets", 1, 1)]
    assert session.scalars(text("select external_id from account order by id")).all() == ["A1", "A4"]
    written = Path(report.files[0].rejects_file or "")
    assert written == tmp_path / "rejects" / "accounts.rejected.csv"
    with written.open(newline="") as stream:
        found = list(csv.reader(stream))
    assert found[0] == ["id", "name", "arr", "region", "staysail_problem"]
    assert found[1] == ["A2", "Birch", "much", "south", "arr: is no number"]
    assert "line 4: 2 cells" in found[2][-1]
    assert (tmp_path / "rejects" / "tickets.rejected.csv").exists()


def test_corrected_rejects_come_in(load: Load, session: Session, tmp_path: Path) -> None:
    load({"accounts.csv": "id,name,arr\nA1,Acme,10\nA2,Birch,much\n"}, skip_bad=True)
    corrected = (tmp_path / "rejects" / "accounts.rejected.csv").read_text().replace("much", "30")
    report = load({"accounts.rejected.csv": corrected}, only="accounts.rejected.csv")
    assert report.loaded
    assert session.scalars(text("select arr_cents from account order by id")).all() == [1000, 3000]
    assert session.scalars(text("select custom from account")).all() == [{}, {}]


def test_a_dry_run_tells_all_and_writes_nothing(load: Load, session: Session, tmp_path: Path) -> None:
    load({"accounts.csv": ACCOUNTS})
    report = load(
        {"accounts.csv": "id,name,arr\nA1,Acme Inc,x\nA2,Birch Inc,5\nA3,Cedar,1\n"},
        on="2026-03-11",
        dry_run=True,
        skip_bad=True,
    )
    assert (report.dry_run, report.loaded) == (True, False)
    assert [(f.added, f.changed, f.rejected) for f in report.files] == [(1, 1, 1)]
    changed = {(c.key, c.column): (c.before, c.after) for c in report.files[0].examples}
    assert changed == {("A2", "name"): ("Birch", "Birch Inc"), ("A2", "arr"): (None, "5.00")}
    assert session.scalars(text("select name from account order by id")).all() == ["Acme", "Birch"]
    assert count(session, "import_run") == 1
    assert not (tmp_path / "rejects").exists()


def test_empty_files_are_said_and_do_no_harm(load: Load) -> None:
    report = load({"accounts.csv": "id,name\n", "tickets.csv": "", "goals.csv": "\n"})
    assert report.loaded
    assert [(f.file, f.rows, f.added) for f in report.files] == [("accounts.csv", 0, 0)]
    assert report.notes == ("goals.csv has no header; nothing came in from it", "tickets.csv is empty")


def test_problems_beyond_a_thousand_are_counted(load: Load) -> None:
    content = "id,name,seats\n" + "".join(f"A{i},Acme {i},many\n" for i in range(1500))
    report = load({"accounts.csv": content})
    assert report.problem_count == 1500
    assert len(report.problems) == 1000


def test_paths_that_hold_nothing_are_refused(load: Load, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no CSV or YAML file\. Put any of these there: people\.csv"):
        load({"notes.docx": "x"})


def test_text_in_no_known_encoding_is_refused(load: Load) -> None:
    with pytest.raises(UserError, match="Save it as CSV UTF-8"):
        load({"accounts.csv": b"id,name\nA1,\x81\x8d\n"})


def test_owners_without_a_person_come_in_by_address(load: Load, session: Session) -> None:
    report = load({"accounts.csv": "id,name,csm_email\nA1,Acme,Dana.Reed@us.example\n"})
    assert session.execute(text("select email, name, role from person")).one() == (
        "dana.reed@us.example",
        "Dana Reed",
        "csm",
    )
    assert any("by e-mail address alone" in note for note in report.files[0].notes)


def test_a_member_can_change_hands(load: Load, session: Session) -> None:
    load({"people.csv": "email,slack_id\na@us.example,U1\nb@us.example,U2\nc@us.example,U3\n"})
    report = load(
        {"people.csv": "email,slack_id\na@us.example,U2\nb@us.example,U1\nc@us.example,\nd@us.example,U3\n"}
    )
    assert report.loaded, report.problems
    assert (report.files[0].added, report.files[0].changed) == (1, 3)
    assert session.scalars(text("select slack_id from person order by email")).all() == [
        "U2",
        "U1",
        None,
        "U3",
    ]


def test_an_owner_may_be_named(load: Load, session: Session) -> None:
    people = "email,name\nd@us.example,Dana Reed\n"
    load({"people.csv": people, "accounts.csv": "id,name,csm\nA1,Acme,dana reed\n"})
    assert (
        session.scalar(text("select p.email from account a join person p on p.id = a.csm_id"))
        == "d@us.example"
    )


def test_rows_that_contradict_each_other_name_the_account_as_the_file_does(load: Load) -> None:
    days = "account_id,day,logins\nA2,2026-03-01,1\nA2,2026-03-01,2\n"
    report = load({"accounts.csv": "id,name\nA1,Acme\nA2,Beta\n", "usage_daily.csv": days})
    assert [problem.value for problem in report.problems] == ["A2 2026-03-01"]
