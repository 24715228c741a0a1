"""A job is done once; again when its worker died, and not for ever when it fails."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Thread

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session, sessionmaker

from bot.jobs import MAX_ATTEMPTS, Job, JobRunner
from bot.models import JobRun
from tests.runtime.conftest import Start
from tests.runtime.deeds import COUNT, DEED

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
Sessions = sessionmaker[Session]

#: A worker that begins a job and never ends it.
HANGING = """
import sys, threading
from bot.db.engine import create_engine, create_sessions
from tests.runtime.test_jobs import NOW, JobRunner, note
def hang(sessions, now):
    note(sessions, "begun")
    print("begun", flush=True)
    threading.Event().wait()
JobRunner(create_sessions(create_engine(sys.argv[1])), {"job": hang}, lambda: NOW, lease_seconds=1).run_one()
"""


def note(sessions: Sessions, what: str) -> None:
    with sessions.begin() as session:
        session.execute(DEED, {"what": what})


def count(sessions: Sessions, what: str) -> int:
    with sessions() as session:
        return int(session.execute(COUNT, {"what": what}).scalar_one())


def add(sessions: Sessions, name: str = "job") -> None:
    with sessions.begin() as session:
        session.add(JobRun(name=name, wall_clock="2026-11-22 06:00", started_at=NOW))


def get(sessions: Sessions) -> JobRun:
    with sessions() as session:
        return session.scalars(select(JobRun)).one()


def make_runner(sessions: Sessions, job: Job, **times: float) -> JobRunner:
    return JobRunner(sessions, {"job": job}, lambda: NOW, **times)


def test_a_job_is_done_once_and_says_how_long_it_took(sessions: Sessions) -> None:
    add(sessions)
    runner = make_runner(sessions, lambda s, now: note(s, now.isoformat()))
    assert runner.run_one() is True
    assert runner.run_one() is False
    assert count(sessions, NOW.isoformat()) == 1
    done = get(sessions)
    assert done.finished_at is not None
    assert done.seconds is not None
    assert 0 <= done.seconds < 10
    assert done.problem is None


def test_a_job_of_another_kind_of_worker_is_left_alone(sessions: Sessions) -> None:
    add(sessions, "theirs")
    assert make_runner(sessions, lambda s, now: None).run_one() is False


def test_the_job_of_a_killed_worker_is_done_by_another_after_its_lease(
    sessions: Sessions, start: Start, database_url: str
) -> None:
    add(sessions)
    dying = start("tests.runtime.snippet", HANGING, database_url)
    dying.wait_for_words("begun")
    runner = make_runner(sessions, lambda s, now: note(s, "done"))
    assert runner.run_one() is False, "it is held while its worker lives"
    os.kill(dying.process.pid, signal.SIGKILL)
    runner.start()
    while get(sessions).finished_at is None:
        pass
    assert runner.stop()
    assert (count(sessions, "begun"), count(sessions, "done")) == (1, 1)
    assert get(sessions).attempts == 2


def test_a_long_job_keeps_its_lease(sessions: Sessions) -> None:
    add(sessions)
    begun, may_end = Event(), Event()

    def long(_: Sessions, now: datetime) -> None:
        begun.set()
        may_end.wait()

    holder = make_runner(sessions, long, lease_seconds=0.6)
    thread = Thread(target=holder.run_one)
    thread.start()
    begun.wait()
    first = get(sessions).leased_until
    while get(sessions).leased_until == first:
        pass
    assert make_runner(sessions, lambda s, now: None).run_one() is False
    may_end.set()
    thread.join()
    assert get(sessions).attempts == 1


def test_a_failing_job_rests_and_is_then_reported(sessions: Sessions) -> None:
    add(sessions)

    def fail(_: Sessions, now: datetime) -> None:
        raise ValueError("the feed is broken\nwith a second line")

    runner = make_runner(sessions, fail, rest_seconds=30)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert runner.run_one() is True
        job = get(sessions)
        assert job.problem == "ValueError: the feed is broken"
        assert job.attempts == attempt
        if attempt < MAX_ATTEMPTS:
            assert job.finished_at is None
            assert runner.run_one() is False, "it rests"
            wake(sessions)
    assert job.finished_at is not None
    wake(sessions)
    assert runner.run_one() is False


def test_after_a_failure_it_may_still_succeed(sessions: Sessions) -> None:
    add(sessions)
    outcomes: list[Callable[[], None]] = [lambda: None]

    def once_bad(_: Sessions, now: datetime) -> None:
        if outcomes:
            outcomes.pop()
            raise OSError("the network is away")

    runner = make_runner(sessions, once_bad)
    runner.run_one()
    wake(sessions)
    runner.run_one()
    assert get(sessions).finished_at is not None
    assert get(sessions).problem is None


def test_a_job_that_always_kills_its_worker_is_given_up(sessions: Sessions) -> None:
    add(sessions)
    with sessions.begin() as session:
        session.execute(update(JobRun).values(attempts=MAX_ATTEMPTS))
    assert make_runner(sessions, lambda s, now: note(s, "done")).run_one() is True
    assert count(sessions, "done") == 0
    assert "given up" in (get(sessions).problem or "")


def test_a_worker_that_was_away_too_long_changes_nothing(sessions: Sessions) -> None:
    add(sessions)
    other = make_runner(sessions, lambda s, now: note(s, "other"))

    def overtaken(s: Sessions, now: datetime) -> None:
        wake(s)
        other.run_one()
        raise ValueError("too late")

    make_runner(sessions, overtaken).run_one()
    assert get(sessions).problem is None
    assert count(sessions, "other") == 1


def test_a_fault_of_the_database_does_not_end_the_worker(sessions: Sessions) -> None:
    runner = make_runner(sessions, lambda s, now: note(s, "done"))
    with sessions.begin() as session:
        session.execute(text("alter table job_run rename to away"))
    runner.start()
    with sessions.begin() as session:
        session.execute(text("alter table away rename to job_run"))
    add(sessions)
    while get(sessions).finished_at is None:
        pass
    assert runner.stop()


def wake(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(update(JobRun).values(leased_until=None))
