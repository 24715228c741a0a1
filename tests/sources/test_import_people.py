"""The team's people: who stands in for whom, and who is away when."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.sources.conftest import Load

AWAY = "select p.away_from, p.away_until, d.email from person p left join person d on d.id = p.deputy_id"


def find_absence(session: Session, email: str) -> tuple[object, ...]:
    return tuple(session.execute(text(f"{AWAY} where p.email = :email"), {"email": email}).one())


def test_absences_and_deputies_come_with_the_people(load: Load, session: Session) -> None:
    report = load(
        {
            "people.csv": "Email,Full Name,Stand-in,OOO Start,OOO End\n"
            "cy@us.example,Cy Cole,mo@us.example,1 Mar 2026,2026-03-20\nmo@us.example,Mo Marsh,,,\n"
        }
    )
    assert report.loaded, report.problems
    assert find_absence(session, "cy@us.example") == (date(2026, 3, 1), date(2026, 3, 20), "mo@us.example")
    assert find_absence(session, "mo@us.example") == (None, None, None)


def test_a_file_without_the_columns_leaves_an_absence_as_it_was(load: Load, session: Session) -> None:
    load({"people.csv": "email,deputy_email,away_from\ncy@us.example,mo@us.example,2026-03-01\n"})
    load({"people.csv": "email,name\ncy@us.example,Cy Cole\n"})
    assert find_absence(session, "cy@us.example") == (date(2026, 3, 1), None, "mo@us.example")
    report = load({"people.csv": "email,deputy_email,away_from\ncy@us.example,,\n"})
    assert report.files[0].changed == 1
    assert find_absence(session, "cy@us.example") == (None, None, None)


def test_a_deputy_who_is_only_named_comes_in_as_a_csm(load: Load, session: Session) -> None:
    report = load({"people.csv": "email,deputy_email\ncy@us.example,Mo.Marsh@us.example\n"})
    assert "1 deputies came in by e-mail address alone" in report.files[0].notes
    role = session.scalar(text("select role from person where email = 'mo.marsh@us.example'"))
    assert role == "csm"


def test_nobody_comes_back_before_they_leave(load: Load) -> None:
    report = load({"people.csv": "email,away_from,away_until\ncy@us.example,2026-03-20,2026-03-01\n"})
    assert not report.loaded
    (problem,) = report.problems
    assert (problem.line, problem.column, problem.message) == (2, "away_until", "lies before away_from")
