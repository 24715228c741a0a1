"""Scores made before an import: those whose data it brings are made anew, all others stay."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.sources.importing import import_path
from scoring.explaining import load_explanations
from scoring.model import get_model
from scoring.run import compute_explanation, score_day

ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 3, 11, 6, tzinfo=UTC)
TODAY, DAY = date(2026, 3, 11), date(2026, 3, 10)
MODEL = get_model("six_signal", None)

ACCOUNTS = "id,name,started_on\nA1,Acme,2025-01-01\n"


def bring(session: Session, folder: Path, on: date = TODAY, **files: str) -> None:
    folder.mkdir()
    for name, rows in files.items():
        (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
    assert import_path(session, folder, recorded_on=on, now=NOW, zone=ZONE).loaded


def write_usage(first: int, last: int, logins: int = 1) -> str:
    days = "".join(f"A1,2026-03-{day:02},{logins}\n" for day in range(first, last + 1))
    return f"account_id,day,logins\n{days}"


def read_logins(session: Session, day: date = DAY) -> float | None:
    """The logins that the stored score of a day counts; they are those of a computation from the data."""
    score_day(session, models=[MODEL], as_of=day, now=NOW, zone=ZONE)
    (view,) = load_explanations(session, model=MODEL, as_of=day)
    alone = compute_explanation(session, model=MODEL, account_id=view.account_id, as_of=day, zone=ZONE)
    assert alone is not None
    assert alone.signals == view.signals
    return next(signal.raw for signal in view.signals if signal.name == "login_frequency")


def test_data_that_comes_after_the_run_of_its_day_counts_in_the_next_run(
    session: Session, tmp_path: Path
) -> None:
    bring(session, tmp_path / "accounts", accounts=ACCOUNTS)
    assert read_logins(session) is None
    bring(session, tmp_path / "usage", usage_daily=write_usage(1, 10))
    assert read_logins(session) == 10


def test_a_new_account_is_in_the_next_run_of_yesterday(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path / "one", accounts=ACCOUNTS, usage_daily=write_usage(1, 10))
    score_day(session, models=[MODEL], as_of=DAY, now=NOW, zone=ZONE)
    bring(session, tmp_path / "two", accounts=ACCOUNTS + "A2,Beta,2025-01-01\n")
    score_day(session, models=[MODEL], as_of=DAY, now=NOW, zone=ZONE)
    assert [view.external_id for view in load_explanations(session, model=MODEL, as_of=DAY)] == ["A1", "A2"]


def test_corrections_and_the_future_leave_runs_alone(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path / "one", accounts=ACCOUNTS, usage_daily=write_usage(1, 10))
    assert read_logins(session) == 10
    later = date(2026, 3, 12)
    bring(session, tmp_path / "two", later, usage_daily=write_usage(5, 12, logins=9))
    query = text("SELECT count(*) FROM score_run WHERE as_of <= :day AND finished_at IS NULL")
    assert session.execute(query, {"day": DAY}).scalar() == 0
    assert read_logins(session) == 10
