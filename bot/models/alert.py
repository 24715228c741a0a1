"""Alerts: what a rule found about an account, and what people did about it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base


class Alert(Base):
    """One open matter per account and rule (SPEC A4, A6)."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint("state in ('open','acknowledged','resolved')", name="state"),
        Index(
            "uq_alert_open",
            "account_id",
            "rule",
            unique=True,
            postgresql_where=text("state <> 'resolved'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    rule: Mapped[str]
    severity: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    as_of: Mapped[date]
    opened_at: Mapped[datetime]
    #: What the message says, taken when the rule fired: scores, levels, drivers, money, dates.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    resolved_at: Mapped[datetime | None]


class AlertEvent(Base):
    """The timeline of an alert; rows are only ever added."""

    __tablename__ = "alert_event"
    __table_args__ = (Index("ix_alert_event_alert_id", "alert_id", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class HeldFlood(Base):
    """A day on which so many accounts moved together that alerts were held back (a broken feed)."""

    __tablename__ = "held_flood"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    model: Mapped[str]
    as_of: Mapped[date] = mapped_column(unique=True)
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
