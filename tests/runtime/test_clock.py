"""What is due is written down once, by any number of clocks, in any time zone, after any downtime."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from bot.clock import Clock, Promise, build_promises, compute_daily, compute_next, sweep, write_promises
from bot.config import TeamConfig
from bot.models import JobRun, Schedule

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEW_YORK = TeamConfig(timezone="America/New_York", score_at=time(2, 30))


def start_promises(session: Session, team: TeamConfig, now: datetime) -> None:
    write_promises(session, build_promises(team), now=now)
    session.flush()


def next_due(session: Session, name: str = "daily_score") -> datetime:
    session.expire_all()
    return session.scalars(select(Schedule.next_run_at).where(Schedule.name == name)).one()


def runs(session: Session, name: str = "daily_score") -> list[str]:
    query = select(JobRun.wall_clock).where(JobRun.name == name).order_by(JobRun.id)
    return list(session.scalars(query))


def test_three_clocks_write_each_due_job_once(sessions: sessionmaker[Session]) -> None:
    promises = [Promise(f"job{number}", "* * * * *", "UTC") for number in range(40)]
    with sessions.begin() as session:
        write_promises(session, promises, now=NOON)
    together = Barrier(3)

    def one_clock(_: int) -> int:
        together.wait()
        written = 0
        for minute in range(1, 6):
            with sessions.begin() as session:
                written += len(sweep(session, now=NOON + timedelta(minutes=minute)))
        return written

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(one_clock, range(3))) == 40 * 5
    with sessions() as session:
        found = session.execute(select(JobRun.name, JobRun.wall_clock)).all()
    assert len(set(found)) == len(found) == 40 * 5


def test_days_of_downtime_are_made_up_for_once(session: Session) -> None:
    start_promises(session, NEW_YORK, NOON)
    back = NOON + timedelta(days=9)
    assert "daily_score" in sweep(session, now=back)
    assert runs(session) == ["2026-11-23 02:30"]
    assert next_due(session) == datetime(2026, 12, 2, 7, 30, tzinfo=UTC)
    assert sweep(session, now=back) == []


def test_a_restart_forgets_nothing_that_is_overdue(session: Session) -> None:
    start_promises(session, NEW_YORK, NOON)
    start_promises(session, NEW_YORK, NOON + timedelta(days=3))
    assert next_due(session) == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("score_at", "expected"),
    [
        (time(1, 0), datetime(2026, 11, 23, 6, 0, tzinfo=UTC)),
        # Its old time comes first and is kept once: otherwise that day would have none.
        (time(5, 0), datetime(2026, 11, 23, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_changed_time_takes_effect_and_loses_no_day(
    session: Session, score_at: time, expected: datetime
) -> None:
    start_promises(session, NEW_YORK, NOON)
    changed = NEW_YORK.model_copy(update={"score_at": score_at})
    start_promises(session, changed, NOON)
    assert next_due(session) == expected
    sweep(session, now=expected)
    session.flush()
    assert next_due(session).astimezone(changed.zone).time() == score_at


def test_a_changed_zone_takes_effect(session: Session) -> None:
    start_promises(session, NEW_YORK, NOON)
    start_promises(session, NEW_YORK.model_copy(update={"timezone": "Asia/Kolkata"}), NOON)
    assert next_due(session) == datetime(2026, 11, 22, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "skipping", "repeating"),
    [
        ("America/New_York", time(2, 30), date(2026, 3, 8), date(2026, 11, 1)),
        ("America/New_York", time(1, 30), date(2026, 3, 8), date(2026, 11, 1)),
        ("Europe/Berlin", time(2, 0), date(2026, 3, 29), date(2026, 10, 25)),
        ("Australia/Lord_Howe", time(2, 15), date(2026, 10, 4), date(2026, 4, 5)),
        ("Australia/Lord_Howe", time(1, 45), date(2026, 10, 4), date(2026, 4, 5)),
        # The skipped hour here is the first of the day, and the repeated one its first or its last.
        ("America/Havana", time(0, 30), date(2026, 3, 8), date(2026, 11, 1)),
        ("America/Santiago", time(23, 30), date(2026, 9, 6), date(2026, 4, 4)),
        ("America/Santiago", time(0, 0), date(2026, 9, 6), date(2026, 4, 4)),
        ("Asia/Kolkata", time(6, 0), date(2026, 3, 29), date(2026, 10, 25)),
    ],
)
def test_each_local_day_counts_once(
    session: Session, zone: str, at: time, skipping: date, repeating: date
) -> None:
    local = ZoneInfo(zone)
    for change in (skipping, repeating):
        dates = [change + timedelta(days=n) for n in (-1, 0, 1, 2)]
        name = f"job {change}"
        begin = datetime.combine(dates[0], time(0), local).astimezone(UTC) - timedelta(seconds=1)
        write_promises(session, [Promise(name, compute_daily(at), zone)], now=begin)
        for _ in dates:
            session.flush()
            sweep(session, now=next_due(session, name))
        days = [datetime.fromisoformat(wall_clock).date() for wall_clock in runs(session, name)]
        assert days == dates


def test_a_skipped_time_comes_as_much_later_and_a_repeated_one_the_first_time() -> None:
    cron = compute_daily(time(2, 30))
    spring = compute_next(cron, "America/New_York", datetime(2026, 3, 8, 6, 59, tzinfo=UTC))
    assert spring == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert spring.astimezone(NEW_YORK.zone).time() == time(3, 30)
    autumn = compute_next(
        compute_daily(time(1, 30)), "America/New_York", datetime(2026, 11, 1, 5, tzinfo=UTC)
    )
    assert autumn == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    again = compute_next(compute_daily(time(1, 30)), "America/New_York", autumn)
    assert again == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_the_next_time_is_always_later() -> None:
    instant = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    for _ in range(300):
        after = compute_next("30 2 * * *", "Europe/Berlin", instant)
        assert after > instant
        instant += timedelta(minutes=1)


def test_weekdays_are_named_and_none_is_off_by_one() -> None:
    due = compute_next("0 9 * * mon", "UTC", NOON)
    assert due == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert due.weekday() == 0


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="no time zone; use a name such as"):
        TeamConfig(timezone="Mars/Olympus")


def test_a_running_clock_sweeps(sessions: sessionmaker[Session]) -> None:
    clock = Clock(sessions, TeamConfig(), lambda: NOON)
    with sessions.begin() as session:
        session.add(Schedule(name="due", cron="0 * * * *", timezone="UTC", next_run_at=NOON))
    clock.start()
    try:
        with sessions() as session:
            while not runs(session, "due"):
                session.rollback()
    finally:
        clock.stop()
