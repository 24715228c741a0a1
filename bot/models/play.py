"""Plays under way: runs, their steps, what people said to them, and what goes out because of them."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Big, Small


class PlayVersion(Base):
    """A playbook as it was when a run began: the run goes by it, whatever becomes of the file."""

    __tablename__ = "play_version"
    __table_args__ = (Index("uq_play_version_name_version", "name", "version", unique=True),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    version: Mapped[str]
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)


class PlayRun(Base):
    """A play with an account (SPEC P15). Its row is the lock under which anything of it changes.

    An active run always has ``next_at``, when something is to be done or looked at; so none can be stuck.
    """

    __tablename__ = "play_run"
    __table_args__ = (
        CheckConstraint("state in ('active','paused','completed','cancelled')", name="state"),
        CheckConstraint("(state = 'active') = (next_at is not null)", name="goes_on"),
        CheckConstraint("(state in ('completed','cancelled')) = (ended_at is not null)", name="ended"),
        Index(
            "uq_play_run_living",
            "account_id",
            "playbook",
            unique=True,
            postgresql_where=text("state in ('active','paused')"),
        ),
        Index("ix_play_run_due", "next_at", postgresql_where=text("state = 'active'")),
        Index("ix_play_run_account_id", "account_id"),
        Index("ix_play_run_held_by", "held_by", postgresql_where=text("held_by is not null")),
        Index("ix_play_run_alert_id", "alert_id", postgresql_where=text("alert_id is not null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    playbook: Mapped[str]
    title: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("play_version.id"))
    play_class: Mapped[str]
    state: Mapped[str]
    variant: Mapped[str | None]
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id", ondelete="SET NULL"))
    started_at: Mapped[datetime]
    #: NULL where Staysail started it; then ``why`` says what for.
    started_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    why: Mapped[str]
    #: The date of the account that days are counted from, as it was when the plan was made last.
    anchor_on: Mapped[date | None]
    #: The renewal when it began: whether it has been renewed since is seen by it.
    renewal_on: Mapped[date | None]
    #: What the account was like when it began: score, level, colour, ARR.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    #: Seconds for which it has stood still; days count without them.
    shifted_seconds: Mapped[Big] = mapped_column(server_default=text("0"))
    paused_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    #: The run of higher precedence that it waits for.
    held_by: Mapped[int | None] = mapped_column(ForeignKey("play_run.id", ondelete="SET NULL"))
    next_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: How it ended: ``done``, the name of an exit, ``churned``, ``replaced``, ``by_hand``.
    outcome: Mapped[str | None]
    #: Why it is paused or ended, in words.
    reason: Mapped[str | None]
    #: Why nothing could be done with it last time; it is tried again.
    problem: Mapped[str | None]


class PlayStep(Base):
    """A step of a run, in the order of ``position``. Steps of a branch have rows once it is taken."""

    __tablename__ = "play_step"
    __table_args__ = (
        CheckConstraint("state in ('pending','open','done','skipped','cancelled')", name="state"),
        CheckConstraint("waits_for in ('person','verdict','condition')", name="waits_for"),
        CheckConstraint("(state = 'open') = (waits_for is not null and acts_at is not null)", name="goes_on"),
        Index("uq_play_step_run_id_name", "run_id", "name", unique=True),
        Index("ix_play_step_owner_open", "owner_id", "deadline_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("play_run.id", ondelete="CASCADE"))
    name: Mapped[str]
    position: Mapped[Small]
    action: Mapped[str]
    title: Mapped[str]
    state: Mapped[str]
    #: While open: what it waits for. An e-mail that cannot be sent waits for a person too.
    waits_for: Mapped[str | None]
    #: How it came out: sent, approved, declined, expired, met, timed_out, lapsed, not_needed, late, …
    outcome: Mapped[str | None]
    #: When it is to begin, as far as that is known, and when it did.
    due_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    #: Not before this: put off by a blackout, or a task by its owner.
    held_until: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    #: While open: when it does something by itself next (remind, call the manager in, end, look again).
    acts_at: Mapped[datetime | None]
    reminded: Mapped[Small] = mapped_column(server_default=text("0"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: A task's details as written, a message's text, a problem, a reason for skipping.
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class PlayEvent(Base):
    """What happened in a run, notes of people included; rows are only ever added."""

    __tablename__ = "play_event"
    __table_args__ = (Index("ix_play_event_run_id", "run_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("play_run.id", ondelete="CASCADE"))
    step_id: Mapped[int | None] = mapped_column(ForeignKey("play_step.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str]
    #: Who did it; NULL where Staysail did.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class Approval(Base):
    """A question to a manager (SPEC C8) with what exactly is asked for, and the answer."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("verdict in ('approved','declined','expired','withdrawn')", name="verdict"),
        CheckConstraint("(verdict is null) = (decided_at is null)", name="decided"),
        # A yes is somebody's, and never that of whoever asks.
        CheckConstraint("verdict <> 'approved' or decided_by is not null", name="by_somebody"),
        CheckConstraint(
            "verdict <> 'approved' or requested_by is null or decided_by <> requested_by", name="not_by_self"
        ),
        Index("uq_approval_step_id", "step_id", unique=True),
        Index("ix_approval_open", "until", postgresql_where=text("verdict is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("play_run.id", ondelete="CASCADE"))
    step_id: Mapped[int] = mapped_column(ForeignKey("play_step.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    #: For whom it is asked: the step's owner.
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    #: To whom it goes out once approved; NULL where nothing goes out.
    to_address: Mapped[str | None]
    subject: Mapped[str]
    body: Mapped[str]
    #: Money and dates at stake, as they stood when it was asked.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    verdict: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str | None]
    #: The text as approved, where it was changed first.
    approved_subject: Mapped[str | None]
    approved_body: Mapped[str | None]


class PlayVariant(Base):
    """Which variant of a playbook an account was given; it never changes (SPEC P16)."""

    __tablename__ = "play_variant"
    __table_args__ = (Index("ix_play_variant_stratum", "playbook", "stratum"),)

    playbook: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    variant: Mapped[str]
    #: Segment and colour of the level, within which variants are balanced.
    stratum: Mapped[str]
    assigned_at: Mapped[datetime]


class CustomerMail(Base):
    """An e-mail to somebody at a customer: one for a step, written once, with the step's own change."""

    __tablename__ = "customer_mail"
    __table_args__ = (
        CheckConstraint("status in ('queued','sending','sent','failed','unknown','dropped')", name="status"),
        Index("uq_customer_mail_step_id", "step_id", unique=True),
        Index("ix_customer_mail_account_id", "account_id", "queued_at"),
        Index(
            "ix_customer_mail_due",
            "not_before",
            "id",
            postgresql_where=text("status in ('queued','sending')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("play_step.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    to_address: Mapped[str]
    to_name: Mapped[str | None]
    #: In whose name it goes out and who gets the answer; NULL for the team's own address.
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    subject: Mapped[str]
    body: Mapped[str]
    #: Its own Message-ID: the same however often it is tried.
    message_id: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(server_default="queued")
    queued_at: Mapped[datetime]
    # The database's clock, as of all that is physical.
    not_before: Mapped[datetime] = mapped_column(server_default=text("now()"))
    lease: Mapped[uuid.UUID | None]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[datetime | None]
    problem: Mapped[str | None]


class CrmUpdate(Base):
    """A change for the CRM, waiting for a connector to take it."""

    __tablename__ = "crm_update"
    __table_args__ = (
        CheckConstraint("status in ('queued','done','failed','dropped')", name="status"),
        Index("uq_crm_update_step_id", "step_id", unique=True),
        Index("ix_crm_update_queued", "id", postgresql_where=text("status = 'queued'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("play_step.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    #: account, renewal_deal or expansion_deal.
    object: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    queued_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(server_default="queued")
    done_at: Mapped[datetime | None]
    problem: Mapped[str | None]


class AccountFlag(Base):
    """A mark that changes which plays may run for an account (SPEC L9); a row for each time it was set."""

    __tablename__ = "account_flag"
    __table_args__ = (
        Index(
            "uq_account_flag_current",
            "account_id",
            "flag",
            unique=True,
            postgresql_where=text("cleared_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    flag: Mapped[str]
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: The day it ends by itself; NULL: when somebody clears it.
    until: Mapped[date | None]
    note: Mapped[str | None]
    cleared_at: Mapped[datetime | None]
