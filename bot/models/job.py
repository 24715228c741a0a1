"""What runs when, and when it last ran."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base


class Schedule(Base):
    """A recurring promise in a team's local time."""

    __tablename__ = "schedule"

    name: Mapped[str] = mapped_column(primary_key=True)
    cron: Mapped[str]
    timezone: Mapped[str]
    next_run_at: Mapped[datetime]


class JobRun(Base):
    """One keeping of a promise. The local wall-clock text is unique: two clocks, or the hour that
    daylight saving repeats, cannot run it twice."""

    __tablename__ = "job_run"
    __table_args__ = (Index("uq_job_run_name_wall_clock", "name", "wall_clock", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    wall_clock: Mapped[str]
    started_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    leased_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None]
    problem: Mapped[str | None]


class ImportRun(Base):
    """One import: what came in, from where, and for which day it counts as recorded."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source: Mapped[str]
    recorded_on: Mapped[date]
    at: Mapped[datetime]
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
