"""What is told to one person: their wishes, their e-mails, and digests."""

import uuid
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base


class Preference(Base):
    """How often one person wants to hear of a kind of event by a way; what has no row is as shipped."""

    __tablename__ = "preference"
    __table_args__ = (
        CheckConstraint("way in ('slack','email')", name="way"),
        CheckConstraint("frequency in ('at_once','digest','never')", name="frequency"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    #: critical_alert, alert, escalation, reminder, digest, rule_report.
    event: Mapped[str] = mapped_column(primary_key=True)
    way: Mapped[str] = mapped_column(primary_key=True)
    frequency: Mapped[str]


class QuietHours(Base):
    """The hours, in the person's own time zone, in which nothing may ring; they may pass midnight."""

    __tablename__ = "quiet_hours"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    starts_at: Mapped[time]
    ends_at: Mapped[time]


class Mail(Base):
    """An e-mail to one person about one state of something, queued with the change it tells of.

    What it says is written down in the moment it is sent, with its identity in the mail client's thread.
    """

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("status in ('queued','sending','sent','failed','unknown','dropped')", name="status"),
        Index("uq_mail_about", "kind", "subject_id", "person_id", "state_key", unique=True),
        Index("ix_mail_due", "not_before", "id", postgresql_where=text("status in ('queued','sending')")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    #: What it tells of, `alert` or `digest`, the row, and which of its states.
    kind: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state_key: Mapped[str]
    to_address: Mapped[str]
    #: Which of the person's wishes it serves; leaving it ends this kind of e-mail.
    event: Mapped[str]
    #: Its own Message-ID, and those of the thread it continues.
    message_id: Mapped[str | None] = mapped_column(unique=True)
    references: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    subject: Mapped[str | None]
    body_text: Mapped[str | None]
    body_html: Mapped[str | None]
    unsubscribe_url: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="queued")
    queued_at: Mapped[datetime]
    # The database's clock, as of all that is physical.
    not_before: Mapped[datetime] = mapped_column(server_default=text("now()"))
    lease: Mapped[uuid.UUID | None]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[datetime | None]
    problem: Mapped[str | None]


class Digest(Base):
    """What a channel or a person was told about a day; one of each, whatever crashes (SPEC C7)."""

    __tablename__ = "digest"
    __table_args__ = (Index("uq_digest_kind_channel_day", "kind", "channel", "day", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    #: daily or rules (the weekly report about them).
    kind: Mapped[str]
    #: A channel's name or id, or a person's Slack id.
    channel: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: The team's own date.
    day: Mapped[date]
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
