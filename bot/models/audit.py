"""Who did what: rows are only ever added, and the database itself refuses to change them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base


class AuditEntry(Base):
    """One act. It refers to nothing by foreign key, so that it outlives what it is about."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_at", "at"), Index("ix_audit_entry_account_id", "account_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    #: NULL where Staysail itself acted.
    person_id: Mapped[int | None]
    #: Who acted, by name or e-mail address as it was then.
    actor: Mapped[str]
    #: The deed, such as ``alert.acknowledge``.
    act: Mapped[str]
    #: What it was done to, such as ``alert 12``.
    subject: Mapped[str]
    account_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
