"""A company as it was known on a day, and what was new on the next."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.generator import GeneratedCompany, generate
from bot.generator.files import COLUMNS
from tests.generator.conftest import Rows, read

TOLD = date(2026, 11, 22)
END = TOLD + timedelta(days=63)
EARLY, LATE = TOLD, TOLD + timedelta(days=20)
#: When a row came to be, by file; the others are dated by what they belong to.
DATED = {
    "usage_daily": "day",
    "tickets": "opened_at",
    "surveys": "answered_at",
    "payments": "due_on",
    "touches": "at",
    "arr_movements": "on",
    "contacts": "since",
    "accounts": "started_on",
}
KEYS = {
    "accounts": ("id",),
    "people": ("email",),
    "contacts": ("account_id", "email"),
    "usage_daily": ("account_id", "day"),
    "tickets": ("id",),
    "surveys": ("account_id", "kind", "answered_at", "contact_email"),
    "payments": ("id",),
    "touches": ("account_id", "kind", "at", "by_email"),
    "goals": ("account_id", "objective"),
    "arr_movements": ("account_id", "on", "kind"),
}
Make = Callable[..., GeneratedCompany]
Company = dict[str, Rows]


def make(out: Path, **options: Any) -> GeneratedCompany:
    return generate(out, **{"accounts": 120, "weeks": 60, "seed": 7, "end": END, "told_on": TOLD, **options})


def read_all(company: GeneratedCompany) -> Company:
    return {name: read(company.folder, name) for name in COLUMNS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("until")


@pytest.fixture(scope="module")
def early(folder: Path) -> Company:
    return read_all(make(folder / "early", until=EARLY))


@pytest.fixture(scope="module")
def late(folder: Path) -> Company:
    return read_all(make(folder / "late", until=LATE))


def day(text: str) -> date:
    return datetime.fromisoformat(text).date()


def by_key(name: str, rows: Rows) -> dict[tuple[str, ...], dict[str, str]]:
    return {tuple(row[column] for column in KEYS[name]): row for row in rows}


@pytest.mark.parametrize("name", DATED)
def test_nothing_of_a_later_day_is_told_and_nothing_of_an_earlier_one_is_missing(
    name: str, early: Company, late: Company
) -> None:
    told = set(by_key(name, early[name]))
    then = {key for key, row in by_key(name, late[name]).items() if day(row[DATED[name]]) <= EARLY}
    assert told == then
    assert len(late[name]) > len(early[name])


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("accounts", ("churned_on",)),
        ("tickets", ("closed_at",)),
        ("payments", ("paid_on",)),
        ("contacts", ("left_on",)),
        ("goals", ("met_on",)),
    ],
)
def test_states_are_those_of_the_day(
    name: str, columns: tuple[str, ...], early: Company, late: Company
) -> None:
    for company, until in ((early, EARLY), (late, LATE)):
        assert all(day(row[c]) <= until for row in company[name] for c in columns if row[c])
    now = by_key(name, late[name])
    changed = 0
    for key, row in by_key(name, early[name]).items():
        later = now[key]
        for column in columns:
            if row[column]:
                assert later[column] == row[column]
            elif later[column]:
                changed += 1
    assert changed


def test_what_did_not_change_reads_the_same(early: Company, late: Company) -> None:
    for name in ("people", "surveys", "touches", "arr_movements", "usage_daily"):
        later = by_key(name, late[name])
        assert all(later[key] == row for key, row in by_key(name, early[name]).items()), name


def test_an_account_is_as_it_stood(early: Company, late: Company) -> None:
    for company, until in ((early, EARLY), (late, LATE)):
        total: Counter[str] = Counter()
        for row in company["arr_movements"]:
            sign = 1 if row["kind"] in ("new", "expansion") else -1
            total[row["account_id"]] += sign * int(row["amount"])
        for row in company["accounts"]:
            live = row["status"] == "live"
            assert total[row["id"]] == (int(row["arr"]) if live else 0)
            assert (day(row["renewal_on"]) > until) is live
            assert bool(row["churn_reason"]) is not live
    before, after = (Counter(row["status"] for row in each["accounts"]) for each in (early, late))
    assert before["churned"] < after["churned"]
    # The first term's renewal of some has come and gone.
    moved = by_key("accounts", late["accounts"])
    assert any(
        row["status"] == moved[key]["status"] == "live" and row["renewal_on"] < moved[key]["renewal_on"]
        for key, row in by_key("accounts", early["accounts"]).items()
    )


def test_due_goals_are_open_until_they_are_due(early: Company, late: Company) -> None:
    for company, until in ((early, EARLY), (late, LATE)):
        live = {row["id"] for row in company["accounts"] if row["status"] == "live"}
        due = {
            row["status"]
            for row in company["goals"]
            if day(row["due_on"]) <= until and row["account_id"] in live
        }
        assert due == {"met", "missed"}
        assert {row["status"] for row in company["goals"] if day(row["due_on"]) > until} == {"open"}


def test_the_new_rows_of_a_span_lead_from_one_export_to_the_next(
    folder: Path, early: Company, late: Company
) -> None:
    news = read_all(make(folder / "news", until=LATE, since=EARLY))
    for name in COLUMNS:
        then, now = by_key(name, early[name]), by_key(name, late[name])
        assert by_key(name, news[name]) == {key: row for key, row in now.items() if then.get(key) != row}, (
            name
        )
    assert len(news["usage_daily"]) < len(late["usage_daily"]) / 10


def test_the_last_day_is_the_whole_company(tmp_path: Path) -> None:
    make(tmp_path / "whole", accounts=20, weeks=20)
    make(tmp_path / "until", accounts=20, weeks=20, until=END)
    for name in COLUMNS:
        whole, until = (tmp_path / part / f"{name}.csv" for part in ("whole", "until"))
        assert whole.read_bytes() == until.read_bytes(), name


@pytest.mark.parametrize(("seed", "accounts"), [(seed, 20) for seed in range(8)] + [(3, 300), (7, 300)])
def test_acme_is_well_on_the_day_told_of_and_falls_on_the_next(
    seed: int, accounts: int, tmp_path: Path
) -> None:
    company = make(tmp_path, seed=seed, accounts=accounts, weeks=40, until=TOLD + timedelta(days=15))
    rows = read_all(company)
    [acme] = [row for row in rows["accounts"] if row["name"] == "Acme Robotics"]
    assert acme["status"] == "live"
    trouble = dict(company.troubles)[acme["id"]]
    assert (trouble.kind, trouble.starts_on) == ("uproar", TOLD + timedelta(days=1))
    tickets = [row for row in rows["tickets"] if row["account_id"] == acme["id"]]
    begun = (TOLD + timedelta(days=1)).isoformat()
    assert sum(row["opened_at"].startswith(begun) for row in tickets) >= 3
    written = {row["kind"] for row in rows["touches"] if is_during(row, acme["id"])}
    assert written <= {"note"}


def is_during(row: dict[str, str], account: str) -> bool:
    return row["account_id"] == account and 0 < (day(row["at"]) - TOLD).days < 10


def test_something_comes_every_few_days_and_never_much(tmp_path: Path) -> None:
    company = make(tmp_path, until=END, accounts=200)
    ahead = sorted(trouble.starts_on for _, trouble in company.troubles if trouble.starts_on > TOLD)
    assert len(ahead) >= 12
    assert all(2 <= (later - sooner).days <= 7 for sooner, later in pairwise(ahead))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"until": END + timedelta(days=1)}, "until 2027-01-25 is not within the company's days"),
        ({"until": EARLY, "since": EARLY}, "since 2026-11-22 is not between the first day"),
        ({"told_on": END + timedelta(days=1)}, "told_on 2027-01-25 is not within"),
    ],
)
def test_days_that_cannot_be_are_refused(options: dict[str, date], problem: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=problem):
        make(tmp_path, **options)
    assert list(tmp_path.iterdir()) == []


def test_files_of_news_are_csv_files_as_the_others_are(folder: Path) -> None:
    make(folder / "one day", until=EARLY + timedelta(days=1), since=EARLY)
    for name, columns in COLUMNS.items():
        with (folder / "one day" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert tuple(next(csv.reader(file))) == columns
