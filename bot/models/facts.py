"""What a team records about its accounts, day by day."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Big, Cents, Recorded, Small


def current(table: str, *columns: str) -> Index:
    """The unique index that lets one row of a natural key be the current one."""
    return Index(f"uq_{table}_current", *columns, unique=True, postgresql_where=text("superseded_on is null"))


class Feature(Base):
    """A feature of the team's product, numbered so that a day's features fit in bits."""

    __tablename__ = "feature"

    id: Mapped[int] = mapped_column(SmallInteger, Identity(minvalue=0, start=0), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class UsageState:
    """One account's use on one day. NULL is unknown, not zero."""

    active_users: Mapped[int | None]
    logins: Mapped[int | None]
    core_actions: Mapped[int | None]
    api_calls: Mapped[int | None] = mapped_column(BigInteger)
    new_users: Mapped[int | None]
    seats_used: Mapped[int | None]
    #: Ids of the features used that day.
    features: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))


class UsageDaily(UsageState, Base):
    """The newest knowledge of an account's day."""

    __tablename__ = "usage_daily"
    __table_args__ = (
        Index("ix_usage_daily_late", "recorded_on", "day", postgresql_where=text("recorded_on > day")),
    )

    # The day comes first: a day's rows are written and read together. No foreign key: its check, row by
    # row, would cost as much as the rest of a day's merge; only ids read from account are written.
    day: Mapped[date] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recorded_on: Mapped[date]


class UsageDailyPast(UsageState, Base):
    """What was known of an account's day until a correction or a deletion replaced it."""

    __tablename__ = "usage_daily_past"

    day: Mapped[date] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recorded_on: Mapped[date] = mapped_column(primary_key=True)
    superseded_on: Mapped[date]


class UsageEventBatch(Base):
    """Events that arrived together and do not count in their accounts' days yet; gone once they do.

    A mark on every event would have to be rewritten for every event.
    """

    __tablename__ = "usage_event_batch"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    #: The team's own date of arrival: what the days they change were recorded on.
    received_on: Mapped[date]
    first_day: Mapped[date]
    last_day: Mapped[date]


class UsageEventGap(Base):
    """An account's day that lost events and has to be counted again."""

    __tablename__ = "usage_event_gap"

    recorded_on: Mapped[date] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class UsageEvent(Base):
    """A raw event of the team's product, in monthly partitions, folded into the account's day."""

    __tablename__ = "usage_event"
    __table_args__ = (
        CheckConstraint("kind in ('login','core_action','api_call','feature','new_user')", name="kind"),
        # Batches lie together on disk: a few bytes a range find the new ones.
        Index("ix_usage_event_batch_id", "batch_id", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (day)"},
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    #: The sender's id: the same event sent twice counts once.
    message_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    batch_id: Mapped[Big]
    received_at: Mapped[datetime]
    kind: Mapped[str]
    user_key: Mapped[str | None]
    feature_id: Mapped[Small | None]


class FeedDay(Base):
    """A day for which a feed is complete: a missing row of that day is a zero."""

    __tablename__ = "feed_day"

    feed: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    recorded_on: Mapped[date]


class Ticket(Recorded, Base):
    """A support ticket."""

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint("severity in ('low','normal','high','urgent')", name="severity"),
        CheckConstraint("rating between 1 and 5", name="rating"),
        current("ticket", "external_id"),
        Index("ix_ticket_account_id", "account_id", "opened_at"),
        Index("ix_ticket_opened_at", "opened_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    external_id: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    severity: Mapped[str] = mapped_column(server_default="normal")
    rating: Mapped[Small | None]


class Survey(Recorded, Base):
    """An answer to an NPS (0–10) or CSAT (1–5) survey."""

    __tablename__ = "survey"
    __table_args__ = (
        CheckConstraint("kind in ('nps','csat')", name="kind"),
        Index(
            "uq_survey_current",
            "account_id",
            "kind",
            "answered_at",
            text("coalesce(contact_email, '')"),
            unique=True,
            postgresql_where=text("superseded_on is null"),
        ),
        Index("ix_survey_answered_at", "answered_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[str]
    score: Mapped[Small]
    answered_at: Mapped[datetime]
    contact_email: Mapped[str | None]
    comment: Mapped[str | None]


class Payment(Recorded, Base):
    """An invoice and what became of it."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("status in ('paid','failed','open')", name="status"),
        current("payment", "external_id"),
        Index("ix_payment_due_on", "due_on", "account_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    external_id: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    due_on: Mapped[date]
    paid_on: Mapped[date | None]
    status: Mapped[str]
    amount_cents: Mapped[Cents | None]


class Touch(Recorded, Base):
    """A contact of the team with an account."""

    __tablename__ = "touch"
    __table_args__ = (
        CheckConstraint("kind in ('meeting','qbr','call','email','executive','note')", name="kind"),
        Index(
            "uq_touch_current",
            "account_id",
            "kind",
            "at",
            text("coalesce(by_email, '')"),
            unique=True,
            postgresql_where=text("superseded_on is null"),
        ),
        Index("ix_touch_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[str]
    at: Mapped[datetime]
    by_email: Mapped[str | None]
    note: Mapped[str | None]


class Goal(Recorded, Base):
    """What the customer wants to reach with the product."""

    __tablename__ = "goal"
    __table_args__ = (
        CheckConstraint("status in ('open','met','missed')", name="status"),
        current("goal", "account_id", "objective"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    objective: Mapped[str]
    metric: Mapped[str | None]
    baseline: Mapped[str | None]
    target: Mapped[str | None]
    due_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(server_default="open")
    met_on: Mapped[date | None]


class SignalValue(Recorded, Base):
    """A signal the team measures itself: one number for an account and a day, by name."""

    __tablename__ = "signal_value"
    __table_args__ = (
        current("signal_value", "name", "account_id", "day"),
        Index("ix_signal_value_name_day", "name", "day", "account_id"),
    )

    id: Mapped[Big] = mapped_column(Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    day: Mapped[date]
    name: Mapped[str]
    value: Mapped[float]
