"""Data that has come in is looked at at once: asked for with the data, looked at once, told once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts.arrivals import JOB, look_at_arrivals
from bot.alerts.rules import load_rules
from bot.daily import build_jobs
from bot.jobs import JobRunner
from bot.models import Account, Alert, JobRun, RuleFire, SlackMessage, UsageDaily
from bot.sources.events import Event, fold_events, record_events
from bot.sources.importing import import_path
from scoring.sheets import refresh_sheets
from tests.alerts.book import TEAM, Book, day, read_model

Sessions = sessionmaker[Session]
RULES = load_rules(None)
#: The last day that has its scores, and noon of the day after.
LAST = 36
NOON = datetime.combine(day(LAST + 1), time(12), UTC)


@pytest.fixture
def team(sessions: Sessions) -> Sessions:
    """Three steady accounts, looked at up to LAST by every rule."""
    with sessions.begin() as session:
        book = Book(session, rules=RULES)
        for account_id in (1, 2, 3):
            book.add(account_id, [80] * (LAST + 3))
        assert book.run(LAST) == 0
    return sessions


def pay(sessions: Sessions, folder: Path, *lines: str, dry_run: bool = False) -> bool:
    """Import payments as they are known today; True when they came in."""
    head = "id,account_id,due_on,paid_on,status,amount\n"
    (folder / "payments.csv").write_text(head + "".join(f"{line}\n" for line in lines))
    with sessions.begin() as session:
        report = import_path(
            session, folder, recorded_on=NOON.date(), now=NOON, zone=TEAM.zone, dry_run=dry_run
        )
    return report.loaded


FAILED = f"p1,a1,{day(LAST + 1)},,failed,100"


def look(sessions: Sessions, now: datetime = NOON) -> int:
    models = {TEAM.default_model: read_model()}
    return look_at_arrivals(sessions, now=now, team=TEAM, models=models, rules=RULES)


def build_runner(sessions: Sessions, now: datetime = NOON) -> JobRunner:
    jobs = build_jobs(TEAM, {TEAM.default_model: read_model()}, RULES)
    return JobRunner(sessions, jobs, lambda: now)


def count(sessions: Sessions, table: type, *where: object) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0  # type: ignore[arg-type]


def unfinished(sessions: Sessions) -> int:
    return count(sessions, JobRun, JobRun.name == JOB, JobRun.finished_at.is_(None))


def test_an_import_asks_for_a_look_and_a_worker_takes_it(team: Sessions, tmp_path: Path) -> None:
    assert pay(team, tmp_path, FAILED)
    assert unfinished(team) == 1
    runner = build_runner(team)
    assert runner.run_one()
    with team() as session:
        (alert,) = session.scalars(select(Alert))
        assert (alert.rule, alert.account_id, alert.as_of) == ("payment_failed", 1, day(LAST + 1))
        assert alert.opened_at == NOON
        # The score is the newest there is, of yesterday.
        assert alert.facts["score"] == 80
    assert count(team, SlackMessage, SlackMessage.kind == "alert") >= 1
    assert not runner.run_one()


def test_an_import_that_brought_nothing_asks_for_none(team: Sessions, tmp_path: Path) -> None:
    assert not pay(team, tmp_path, FAILED, dry_run=True)
    assert not pay(team, tmp_path, FAILED.replace("a1", "nobody"))
    assert unfinished(team) == 0


def test_what_fired_today_does_not_fire_again_in_the_daily_look(team: Sessions, tmp_path: Path) -> None:
    pay(team, tmp_path, FAILED)
    assert look(team) == 1
    assert look(team, NOON + timedelta(hours=3)) == 0
    with team.begin() as session:
        book = Book(session, rules=RULES)
        assert book.run(LAST + 1) == 0
        assert book.run(LAST + 2) == 0
    assert count(team, RuleFire, RuleFire.rule == "payment_failed") == 1


def test_one_look_serves_all_who_asked_before_it(team: Sessions, tmp_path: Path) -> None:
    for number in range(1, 4):
        pay(team, tmp_path, *(FAILED.replace("p1,a1", f"p{n},a{n}") for n in range(1, number + 1)))
    assert unfinished(team) == 3
    runner = build_runner(team)
    assert runner.run_one()
    assert unfinished(team) == 0
    assert count(team, Alert) == 3


def test_two_workers_and_the_daily_run_at_once_tell_it_once(team: Sessions, tmp_path: Path) -> None:
    pay(team, tmp_path, FAILED)
    together = threading.Barrier(3)
    opened: list[int] = []

    def work(look_once: Callable[[], int]) -> None:
        together.wait()
        opened.append(look_once())

    def run_daily() -> int:
        with team.begin() as session:
            return Book(session, rules=RULES).run(LAST + 1)

    threads = [threading.Thread(target=work, args=(each,)) for each in (lambda: look(team),) * 2]
    threads.append(threading.Thread(target=work, args=(run_daily,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(opened) == 1
    assert count(team, Alert) == 1


def test_before_the_first_daily_look_nobody_knows_what_is_news(sessions: Sessions, tmp_path: Path) -> None:
    with sessions.begin() as session:
        Book(session).add(1, [80] * (LAST + 3))
    pay(sessions, tmp_path, FAILED)
    assert look(sessions) == 0
    assert count(sessions, Alert) == 0


def test_half_a_day_of_logins_is_no_cliff_and_no_silence(team: Sessions) -> None:
    with team.begin() as session:
        rows = [
            # The newest two days are slow, which with half a day more would be a cliff.
            {"account_id": 1, "day": on, "recorded_on": on, "logins": use, "active_users": use}
            for on, use in ((day(number), 40 if number < LAST - 1 else 20) for number in range(LAST + 1))
        ]
        session.execute(UsageDaily.__table__.insert(), rows)  # type: ignore[attr-defined]
        refresh_sheets(session, [day(number) for number in range(LAST + 1)])
    at = NOON - timedelta(hours=3)
    with team.begin() as session:
        events = [Event("m1", 1, "login", at, user_key="ann")]
        record_events(session, events, received_at=at, zone=TEAM.zone)
        assert fold_events(session, zone=TEAM.zone).days == (day(LAST + 1),)
        # Nothing new: nobody asks.
        assert fold_events(session, zone=TEAM.zone).days == ()
    assert unfinished(team) == 1
    assert look(team) == 0
    assert count(team, RuleFire) == 0


def test_a_churned_account_is_not_looked_at(team: Sessions, tmp_path: Path) -> None:
    pay(team, tmp_path, FAILED)
    with team.begin() as session:
        session.get_one(Account, 1).status = "churned"
        Book(session).churn(1)
    assert look(team) == 0
