"""What Slack should show and what it shows; what has been delivered to us."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base


class SlackMessage(Base):
    """A message Staysail owns, stale while ``shown_version < wanted_version``; the courier makes it true."""

    __tablename__ = "slack_message"
    __table_args__ = (
        CheckConstraint("state in ('live','ambiguous','dead')", name="state"),
        Index("uq_slack_message_subject", "kind", "subject_id", "channel", unique=True),
        Index(
            "ix_slack_message_stale",
            "not_before",
            "id",
            postgresql_where=text("shown_version < wanted_version and state <> 'dead'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    #: What it shows: `alert`, `held_flood`, …, and the row it shows.
    kind: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigInteger)
    #: A channel id (C…), a channel name (#cs-alerts) or a person (U…), as routing names it.
    channel: Mapped[str]
    #: The id Slack knows the channel by, once it is known.
    channel_id: Mapped[str | None]
    thread_of: Mapped[int | None] = mapped_column(ForeignKey("slack_message.id"))
    #: Opaque and public: the key by which a post whose answer was lost is found again.
    key: Mapped[uuid.UUID] = mapped_column(unique=True, server_default=text("gen_random_uuid()"))
    ts: Mapped[str | None]
    wanted_version: Mapped[int] = mapped_column(server_default=text("1"))
    shown_version: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default="live")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    not_before: Mapped[datetime] = mapped_column(server_default=text("now()"))
    leased_until: Mapped[datetime | None]
    lease: Mapped[uuid.UUID | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    attempted_at: Mapped[datetime | None]
    #: When Slack last showed a version of it: edits that nobody waits for keep a distance.
    shown_at: Mapped[datetime | None]
    #: Why it failed last, in words for a person.
    problem: Mapped[str | None]


class SlackLane(Base):
    """A channel's pace: nothing is sent to it before ``next_at`` (one message a second, Retry-After)."""

    __tablename__ = "slack_lane"

    channel: Mapped[str] = mapped_column(primary_key=True)
    #: The id Slack knows it by, once known: a channel named by name and by id has one pace.
    channel_id: Mapped[str | None]
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    lease: Mapped[uuid.UUID | None]


class DeliveryKey(Base):
    """Something Slack sent us that has been handled; a second delivery is recognised. Pruned after a day."""

    __tablename__ = "delivery_key"
    __table_args__ = (Index("ix_delivery_key_seen_at", "seen_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
