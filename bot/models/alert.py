"""Alerts: what rules found about accounts, what people did about it, and what happens next by itself."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Small


class Alert(Base):
    """One matter per account and rule (SPEC A4, A6); other rules that fire meanwhile join it."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint("state in ('open','acknowledged','snoozed','resolved','dismissed')", name="state"),
        Index(
            "uq_alert_open",
            "account_id",
            "rule",
            unique=True,
            postgresql_where=text("state not in ('resolved','dismissed')"),
        ),
        Index(
            "ix_alert_unresolved",
            "owner_id",
            postgresql_where=text("state not in ('resolved','dismissed')"),
        ),
        # A day's alerts of one CSM are counted with each new one.
        Index("ix_alert_owner_id_opened_at", "owner_id", "opened_at"),
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
    #: Who is to act; at first the account's CSM.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: While snoozed: until when; NULL means until the score changes, from ``snoozed_score`` whole points.
    snoozed_until: Mapped[datetime | None]
    snoozed_score: Mapped[Small | None]
    #: Steps of the escalation that were taken: none, the manager's, the executive's.
    escalated: Mapped[Small] = mapped_column(server_default=text("0"))
    #: Runs in a row on which the account was back over what the rules ask for.
    good_runs: Mapped[Small] = mapped_column(server_default=text("0"))
    #: The day of the last run that was held against it, so that each counts once.
    followed_on: Mapped[date | None]
    #: Since when people have been asked whether it is over; NULL while nobody is asked.
    proposed_at: Mapped[datetime | None]
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


class AlertPromise(Base):
    """Something an alert does by itself at a time, unless people act first. Each is kept once.

    A paused one has no ``due_at`` but the seconds that were left; what was kept or dropped stays as a row.
    """

    __tablename__ = "alert_promise"
    __table_args__ = (
        CheckConstraint("kind in ('escalate','confirm','unanswered','wake','close','tell')", name="kind"),
        CheckConstraint("outcome in ('kept','dropped')", name="outcome"),
        Index(
            "uq_alert_promise_pending",
            "alert_id",
            "kind",
            "step",
            text("coalesce(person_id, 0)"),
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index(
            "ix_alert_promise_due",
            "due_at",
            postgresql_where=text("ended_at is null and due_at is not null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"))
    kind: Mapped[str]
    #: Of an escalation: 1 the manager, 2 the executive.
    step: Mapped[Small] = mapped_column(server_default=text("0"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[datetime | None]
    left_seconds: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class AlertFeedback(Base):
    """What one person thinks of one alert (SPEC A7); a later answer replaces the earlier."""

    __tablename__ = "alert_feedback"

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime]
    useful: Mapped[bool]
    reason: Mapped[str | None]


class RuleState(Base):
    """Where an account stands with a rule: days in a row it met it, and whether it is still held to meet it.

    Only accounts that meet a rule, or have not cleared it since, have a row.
    """

    __tablename__ = "rule_state"

    rule: Mapped[str] = mapped_column(primary_key=True)
    # No foreign key: its check, row by row, would cost more than the rest of writing a run.
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    streak: Mapped[Small]
    firing: Mapped[bool]
    as_of: Mapped[date]


class RuleFire(Base):
    """A rule fired for an account: what came of it, or why nothing did. Kept for the rules' own record."""

    __tablename__ = "rule_fire"
    __table_args__ = (
        CheckConstraint("outcome in ('opened','joined','shadow','suppressed')", name="outcome"),
        Index("uq_rule_fire_rule_account_id_as_of", "rule", "account_id", "as_of", unique=True),
        Index("ix_rule_fire_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    rule: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    #: The CSM at the time: fires per CSM and week are counted by it.
    csm_id: Mapped[int | None]
    as_of: Mapped[date]
    at: Mapped[datetime]
    outcome: Mapped[str]
    #: Of a suppressed one: cool_down, flood, joined already, …
    reason: Mapped[str | None]
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id", ondelete="SET NULL"))
    #: Figures that made it fire, in words, and the rule's version.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    #: Somebody's judgement of a fire that was not shown (a rule in shadow).
    review: Mapped[bool | None]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reviewed_at: Mapped[datetime | None]


class RuleChange(Base):
    """A figure of a rule that people's answers suggest to change, and what a manager said to it."""

    __tablename__ = "rule_change"
    __table_args__ = (
        CheckConstraint("state in ('proposed','accepted','declined','put_back')", name="state"),
        Index(
            "uq_rule_change_proposed",
            "rule",
            "key",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    rule: Mapped[str]
    #: The figure's place in the rule's file, such as ``when.points``.
    key: Mapped[str]
    before: Mapped[float]
    after: Mapped[float]
    #: The counts it rests on: answers, useful ones, acknowledged.
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(server_default="proposed")
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    put_back_at: Mapped[datetime | None]
    put_back_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class HeldFlood(Base):
    """A day on which so many accounts moved together that alerts were held back (a broken feed)."""

    __tablename__ = "held_flood"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    model: Mapped[str]
    as_of: Mapped[date] = mapped_column(unique=True)
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
