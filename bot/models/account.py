"""Accounts, the people of the team, and the contacts at the customer."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Cents, Recorded


class Person(Base):
    """Someone of the team: a CSM, a manager, an executive, an account executive or an admin."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("role in ('csm','manager','executive','account_executive','admin')", name="role"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    slack_id: Mapped[str | None] = mapped_column(unique=True)
    timezone: Mapped[str | None]
    #: Who stands in while the person is away: from the first day to the last, both included.
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    away_from: Mapped[date | None]
    away_until: Mapped[date | None]


class AccountState:
    """What can change about an account and matters to a score or a list."""

    name: Mapped[str]
    domain: Mapped[str | None]
    segment: Mapped[str | None]
    stage: Mapped[str | None]
    arr_cents: Mapped[Cents | None]
    currency: Mapped[str] = mapped_column(server_default="USD")
    started_on: Mapped[date | None]
    renewal_on: Mapped[date | None]
    notice_days: Mapped[int | None]
    contract_months: Mapped[int | None]
    seats: Mapped[int | None]
    plan: Mapped[str | None]
    plan_limit: Mapped[int | None]
    status: Mapped[str] = mapped_column(server_default="live")
    churned_on: Mapped[date | None]
    churn_reason: Mapped[str | None]
    #: Columns of the team's own, by name; numbers among them can be signals.
    custom: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class Account(AccountState, Base):
    """An account as it is now. ``id`` is dense: block and slot of every sheet follow from it."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("segment in ('enterprise','mid_market','smb','self_serve')", name="segment"),
        CheckConstraint("status in ('live','churned')", name="status"),
        Index("ix_account_csm_id", "csm_id"),
        Index("ix_account_name_lower", text("lower(name) text_pattern_ops")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    #: The team's own id for the account, as the CSV files name it.
    external_id: Mapped[str] = mapped_column(unique=True)
    csm_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ae_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class AccountVersion(AccountState, Recorded, Base):
    """An account as it was known from ``recorded_on`` until ``superseded_on``; the current state included."""

    __tablename__ = "account_version"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    recorded_on: Mapped[date] = mapped_column(primary_key=True)
    csm_id: Mapped[int | None]
    ae_id: Mapped[int | None]
    parent_id: Mapped[int | None]


class AccountProduct(Recorded, Base):
    """A product the account pays for, with its share of the ARR (SPEC H10)."""

    __tablename__ = "account_product"
    __table_args__ = (
        Index(
            "uq_account_product_current",
            "account_id",
            "product",
            unique=True,
            postgresql_where=text("superseded_on is null"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    product: Mapped[str]
    arr_cents: Mapped[Cents]


class Contact(Recorded, Base):
    """Someone at the customer."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("role in ('champion','exec_sponsor','admin','technical_lead','user')", name="role"),
        Index(
            "uq_contact_current",
            "account_id",
            "email",
            unique=True,
            postgresql_where=text("superseded_on is null"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    email: Mapped[str]
    name: Mapped[str | None]
    title: Mapped[str | None]
    role: Mapped[str | None]
    since: Mapped[date | None]
    left_on: Mapped[date | None]


class ArrMovement(Recorded, Base):
    """A change of an account's recurring revenue."""

    __tablename__ = "arr_movement"
    __table_args__ = (
        CheckConstraint("kind in ('new','expansion','contraction','churn')", name="kind"),
        Index(
            "uq_arr_movement_current",
            "account_id",
            "moved_on",
            "kind",
            unique=True,
            postgresql_where=text("superseded_on is null"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    moved_on: Mapped[date]
    kind: Mapped[str]
    amount_cents: Mapped[Cents]
