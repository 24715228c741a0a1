"""Scores, and the columns they are computed from.

A *sheet* holds one day of 4,096 accounts (a block): slot ``account.id & 4095`` of block ``account.id >> 12``.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Big, Cents, Small


class UsageSheet(Base):
    """One day's use of one block of accounts: each column a packed array with one entry per slot."""

    __tablename__ = "usage_sheet"

    block: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    #: By metric: dtype and bytes, packed and unpacked in scoring/sheets.py only.
    columns: Mapped[bytes] = mapped_column(LargeBinary)


class UsageFirstDay(Base):
    """The first day on record of a metric (``logins``) or a feature (``feature 7``), as known from a day on.

    Before it use is zero and not unknown: the team's history begins there.
    """

    __tablename__ = "usage_first_day"

    metric: Mapped[str] = mapped_column(primary_key=True)
    recorded_on: Mapped[date] = mapped_column(primary_key=True)
    first_day: Mapped[date]


class ModelVersion(Base):
    """A scoring model as it was when it scored: the hash of its file's meaning and the definition itself."""

    __tablename__ = "model_version"
    __table_args__ = (Index("uq_model_version_name_version", "name", "version", unique=True),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    version: Mapped[str]
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    first_used_on: Mapped[date]


class ScoreRun(Base):
    """One scoring of all live accounts for one day by one model."""

    __tablename__ = "score_run"
    __table_args__ = (Index("uq_score_run_model_version_id_as_of", "model_version_id", "as_of", unique=True),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    model: Mapped[str]
    model_version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"))
    as_of: Mapped[date]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    accounts: Mapped[int] = mapped_column(server_default=text("0"))
    #: What the run learnt about the data: stale feeds, share of accounts that moved.
    notes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class ScoreSheet(Base):
    """One run's scores of one block of accounts with the raw inputs, packed as in ``UsageSheet``."""

    __tablename__ = "score_sheet"

    # By version: an edited model never overwrites what its earlier self said.
    model_version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), primary_key=True)
    block: Mapped[int] = mapped_column(primary_key=True)
    as_of: Mapped[date] = mapped_column(primary_key=True)
    #: Millionths of a point, level rank and coverage per slot, uncompressed: a trend reads four bytes a day.
    scores: Mapped[bytes] = mapped_column(LargeBinary)
    #: The raw signals, from which the score is computed again byte for byte.
    inputs: Mapped[bytes] = mapped_column(LargeBinary)


class AccountScore(Base):
    """The newest score of a live account by a model, with what lists are sorted and filtered by."""

    __tablename__ = "account_score"
    __table_args__ = (
        # By cell, so that the accounts most at risk of any segment, stage and level are read and no others.
        Index(
            "ix_account_score_cell",
            "model",
            text("coalesce(segment, '')"),
            text("coalesce(stage, '')"),
            text("coalesce(level, '')"),
            text("arr_at_risk_cents desc"),
            "account_id",
        ),
        # Few rise by five points in a month.
        Index(
            "ix_account_score_improving",
            "model",
            text("delta_30_micro desc"),
            "account_id",
            postgresql_where=text("delta_30_micro >= 5000000"),
        ),
        Index("ix_account_score_csm", "model", "csm_id", text("arr_at_risk_cents desc"), "account_id"),
        # Room for a whole run's new versions of the rows beside the old ones, which spares the indexes.
        {"postgresql_with": {"fillfactor": 45}},
    )

    model: Mapped[str] = mapped_column(primary_key=True)
    # No foreign key: its check, row by row, would cost more than the rest of writing a run.
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    as_of: Mapped[date]
    #: Millionths of a point; NULL where the model refuses for want of data.
    score_micro: Mapped[int | None]
    level: Mapped[str | None]
    previous_micro: Mapped[int | None]
    previous_level: Mapped[str | None]
    delta_7_micro: Mapped[int | None]
    delta_30_micro: Mapped[int | None]
    trend: Mapped[str | None]
    coverage_percent: Mapped[Small]
    csm_id: Mapped[int | None]
    segment: Mapped[str | None]
    stage: Mapped[str | None]
    arr_cents: Mapped[Cents]
    arr_at_risk_cents: Mapped[Cents]


class PortfolioTotal(Base):
    """Counts and ARR by model, CSM, segment and level, kept by each run (SPEC H12)."""

    __tablename__ = "portfolio_total"
    __table_args__ = (Index("ix_portfolio_total_model_csm", "model", "csm_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    model: Mapped[str]
    csm_id: Mapped[int | None]
    segment: Mapped[str | None]
    stage: Mapped[str | None]
    level: Mapped[str | None]
    accounts: Mapped[int]
    arr_cents: Mapped[Big]
    arr_at_risk_cents: Mapped[Big]
    score_micro_sum: Mapped[Big]
