"""What runs when. The clock only writes down that a job is due; workers do it (bot/jobs.py).

A promise is a row of ``schedule`` swept with SKIP LOCKED, and a keeping of it is a row of ``job_run`` whose
local wall-clock text is unique. So any number of clocks may run, the hour that daylight saving repeats
counts once, and after an outage the missed keepings are made up for by one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from bot.config import TeamConfig
from bot.models import JobRun, Schedule

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 5
FIELDS = ("minute", "hour", "day", "month", "day_of_week")


@dataclass(frozen=True)
class Promise:
    """A job that is due again and again. ``cron``: minute hour day month weekday, weekdays by name, since
    APScheduler counts from Monday and cron from Sunday."""

    name: str
    cron: str
    timezone: str


def compute_daily(at: time) -> str:
    """The cron text for every day at a local time."""
    return f"{at.minute} {at.hour} * * *"


def compute_quarterly(at: time) -> str:
    """The cron text for every quarter of an hour that falls on a local time."""
    return f"{at.minute % 15}-59/15 * * * *"


def build_promises(team: TeamConfig) -> tuple[Promise, ...]:
    """The promises of this team."""
    return (
        Promise("daily_score", compute_daily(team.score_at), team.timezone),
        # In UTC, since people's own mornings come at all hours; what is due is asked of their clocks.
        Promise("digest", compute_quarterly(team.digest_at), "UTC"),
        Promise("prune", "17 * * * *", "UTC"),
    )


def compute_next(promise_cron: str, timezone: str, after: datetime) -> datetime:
    """The first instant after ``after`` (UTC) at which the promise is due.

    Counted on the local wall clock, so that each local time comes once: a time that daylight saving skips
    comes as much later as is skipped, one that it repeats comes the first time. (Counting in the zone
    itself, CronTrigger comes twice in a repeated hour, and leaves the day out when its midnight is skipped.)
    """
    zone = ZoneInfo(timezone)
    fields = dict(zip(FIELDS, promise_cron.split(), strict=True))
    trigger = CronTrigger(timezone=UTC, **fields)
    wall = after.astimezone(zone).replace(tzinfo=UTC)
    while True:
        wall = trigger.get_next_fire_time(wall, wall)
        if wall is None:
            raise ValueError(f"the schedule {promise_cron!r} never comes due")
        instant: datetime = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if instant > after:
            return instant


def write_promises(session: Session, promises: Iterable[Promise], *, now: datetime) -> None:
    """Make the schedule table say what the configuration says. A promise that is new is next due after
    ``now``; one whose time was changed at the earlier of its old and its new time, so that what was
    overdue, or would now only be due tomorrow, is not lost; one that is as it was keeps its place."""
    for promise in promises:
        due = compute_next(promise.cron, promise.timezone, now)
        row = session.get(Schedule, promise.name, with_for_update=True)
        if row is None:
            new = insert(Schedule).values(
                name=promise.name, cron=promise.cron, timezone=promise.timezone, next_run_at=due
            )
            session.execute(new.on_conflict_do_nothing())
        elif (row.cron, row.timezone) != (promise.cron, promise.timezone):
            row.cron, row.timezone, row.next_run_at = (
                promise.cron,
                promise.timezone,
                min(row.next_run_at, due),
            )


def sweep(session: Session, *, now: datetime) -> list[str]:
    """Write down every job that is due and when each is due next. Returns the names written down."""
    due = session.scalars(
        select(Schedule)
        .where(Schedule.next_run_at <= now)
        .order_by(Schedule.next_run_at)
        .with_for_update(skip_locked=True)
    ).all()
    written = []
    for row in due:
        if _write_run(session, row, now):
            written.append(row.name)
        row.next_run_at = compute_next(row.cron, row.timezone, now)
    return written


def _write_run(session: Session, row: Schedule, now: datetime) -> bool:
    wall_clock = row.next_run_at.astimezone(ZoneInfo(row.timezone)).strftime("%Y-%m-%d %H:%M")
    run = insert(JobRun).values(name=row.name, wall_clock=wall_clock, started_at=now)
    return session.scalar(run.on_conflict_do_nothing().returning(JobRun.id)) is not None


class Clock:
    """Sweeps the schedule in the background until stopped."""

    def __init__(
        self, sessions: sessionmaker[Session], team: TeamConfig, now: Callable[[], datetime]
    ) -> None:
        self._sessions = sessions
        self._promises = build_promises(team)
        self._now = now
        self._scheduler: Any = BackgroundScheduler(timezone=UTC)

    def start(self) -> None:
        """Write the promises down and begin to sweep; returns at once."""
        with self._sessions() as session, session.begin():
            write_promises(session, self._promises, now=self._now())
        self._scheduler.add_job(
            self._sweep,
            "interval",
            seconds=SWEEP_SECONDS,
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Sweep no more; a sweep under way ends first."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _sweep(self) -> None:
        try:
            with self._sessions() as session, session.begin():
                for name in sweep(session, now=self._now()):
                    log.info("clock.due", job=name)
        except SQLAlchemyError as error:
            log.warning("clock.database", problem=str(error).splitlines()[0])
