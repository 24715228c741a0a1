"""Does the jobs that the clock wrote down: each once, again if its worker died half-way."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

log = structlog.get_logger(__name__)

LEASE_SECONDS = 60.0
POLL_SECONDS = 1.0

#: A job works in transactions of its own and must be safe to run again from its start.
Job = Callable[[sessionmaker[Session], datetime], None]

_TAKE = text(
    """
    update job_run set leased_until = clock_timestamp() + make_interval(secs => :seconds),
        attempts = attempts + 1
    where id = (
        select id from job_run
        where finished_at is null and (leased_until is null or leased_until < clock_timestamp())
          and name = any(:names)
        order by id limit 1 for update skip locked)
    returning id, name, attempts
    """
)
# Each write names the attempt it is of: a worker that was away for longer than its lease, and whose job
# another has taken since, changes nothing any more.
_RENEW = text(
    """
    update job_run set leased_until = clock_timestamp() + make_interval(secs => :seconds)
    where id = :id and attempts = :attempts and finished_at is null
    """
)
_FINISH = text(
    """
    update job_run set finished_at = clock_timestamp(), leased_until = null, problem = :problem,
        seconds = :seconds
    where id = :id and attempts = :attempts
    """
)
# A failure is usually the database or the network coming back: the job is tried again after a rest.
_REST = text(
    """
    update job_run set problem = :problem, leased_until = clock_timestamp() + make_interval(secs => :pause)
    where id = :id and attempts = :attempts
    """
)
_ASK = text("insert into job_run (name, wall_clock, started_at) values (:name, :asked, clock_timestamp())")
MAX_ATTEMPTS = 5
REST_SECONDS = 30.0


@dataclass(frozen=True)
class TakenJob:
    """A job this worker holds; ``attempts`` counts this one."""

    id: int
    name: str
    attempts: int


def ask_for_job(session: Session, name: str) -> None:
    """Have a job done as soon as the caller's transaction is committed, by any worker."""
    # Each asking is a row of its own: a job under way may have begun before this transaction's changes.
    session.execute(_ASK, {"name": name, "asked": f"asked {uuid.uuid4()}"})


class JobRunner:
    """Takes jobs one at a time until stopped."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        jobs: Mapping[str, Job],
        now: Callable[[], datetime],
        *,
        lease_seconds: float = LEASE_SECONDS,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._lease_seconds = lease_seconds
        self._rest_seconds = rest_seconds
        self._sessions = sessions
        self._jobs = jobs
        self._now = now
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self, timeout: float = 8.0) -> bool:
        """Take no more and wait for the one under way. False when it did not end in time: it is run again
        from its start when its lease has run out."""
        self._stopping.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def run_one(self) -> bool:
        """Do one job that is due; False when there is none."""
        taken = self._take()
        if taken is None:
            return False
        began = time.monotonic()
        if taken.attempts > MAX_ATTEMPTS:
            problem: str | None = (
                f"given up: {MAX_ATTEMPTS} workers died while they did it; the system's log may say why"
            )
        else:
            problem = self._carry_out(taken)
        seconds = time.monotonic() - began
        self._write_end(taken, seconds, problem)
        log.info("job", job=taken.name, attempt=taken.attempts, seconds=round(seconds, 3), problem=problem)
        return True

    def _carry_out(self, taken: TakenJob) -> str | None:
        """What went wrong, None when nothing did. The lease is renewed meanwhile."""
        ended = threading.Event()
        renewer = threading.Thread(target=self._renew, args=(taken, ended), daemon=True)
        renewer.start()
        try:
            self._jobs[taken.name](self._sessions, self._now())
        except Exception as error:
            log.exception("job.failed", job=taken.name)
            said = str(error).splitlines() or [""]
            return f"{type(error).__name__}: {said[0]}"[:500]
        finally:
            ended.set()
            renewer.join()
        return None

    def _write_end(self, taken: TakenJob, seconds: float, problem: str | None) -> None:
        told = {"id": taken.id, "attempts": taken.attempts, "problem": problem}
        with self._sessions() as session, session.begin():
            if problem is not None and taken.attempts < MAX_ATTEMPTS:
                session.execute(_REST, {**told, "pause": self._rest_seconds * taken.attempts})
            else:
                session.execute(_FINISH, {**told, "seconds": seconds})

    def _take(self) -> TakenJob | None:
        with self._sessions() as session, session.begin():
            asked = {"seconds": self._lease_seconds, "names": list(self._jobs)}
            row = session.execute(_TAKE, asked).one_or_none()
        return None if row is None else TakenJob(*row)

    def _renew(self, taken: TakenJob, ended: threading.Event) -> None:
        held = {"id": taken.id, "attempts": taken.attempts, "seconds": self._lease_seconds}
        while not ended.wait(self._lease_seconds / 3):
            try:
                with self._sessions() as session, session.begin():
                    session.execute(_RENEW, held)
            except SQLAlchemyError as error:
                log.warning("job.lease", problem=str(error).splitlines()[0])

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                worked = self.run_one()
            except SQLAlchemyError as error:
                log.warning("jobs.database", problem=str(error).splitlines()[0])
                worked = False
            except Exception:
                # One fault must not end the thread that does all jobs.
                log.exception("jobs.fault")
                worked = False
            if not worked:
                self._stopping.wait(POLL_SECONDS)
