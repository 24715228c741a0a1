"""Who did what: a log that only grows (the database refuses to change or delete its rows)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.models import Account, AuditEntry, Person

#: What an entry calls Staysail where it acted by itself.
ITSELF = "staysail"


@dataclass(frozen=True)
class AuditLine:
    """One act. ``account`` is the name the account has now, its id where it is gone; None for no account."""

    at: datetime
    actor: str
    act: str
    subject: str
    account: str | None
    detail: Mapping[str, Any]


def record_act(
    session: Session,
    *,
    at: datetime,
    person: Person | None,
    act: str,
    subject: str,
    account_id: int | None,
    detail: Mapping[str, Any],
) -> None:
    """Write an act down in the caller's transaction, so that there is no act without its entry.

    ``act`` is the deed, such as ``alert.acknowledge``, and ``subject`` what it was done to: ``alert 12``.
    """
    session.add(
        AuditEntry(
            at=at,
            person_id=person.id if person else None,
            actor=f"{person.name} <{person.email}>" if person else ITSELF,
            act=act,
            subject=subject,
            account_id=account_id,
            detail=dict(detail),
        )
    )


def load_audit(
    session: Session,
    *,
    since: datetime | None = None,
    account: str | None = None,
    person: str | None = None,
    limit: int = 100,
) -> tuple[AuditLine, ...]:
    """The newest acts, the newest first, at most ``limit``.

    ``account`` is a name or the team's own id, whatever its case, and ``person`` an e-mail address. Raises
    NotFound when nothing is known by them.
    """
    asked = (
        select(AuditEntry, Account.name)
        .outerjoin(Account, Account.id == AuditEntry.account_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    if since is not None:
        asked = asked.where(AuditEntry.at >= since)
    if account is not None:
        asked = asked.where(AuditEntry.account_id.in_(_find_accounts(session, account)))
    if person is not None:
        asked = asked.where(AuditEntry.person_id == _get_person(session, person))
    return tuple(_line(entry, name) for entry, name in session.execute(asked))


def _line(entry: AuditEntry, name: str | None) -> AuditLine:
    gone = f"account {entry.account_id}" if entry.account_id is not None else None
    return AuditLine(entry.at, entry.actor, entry.act, entry.subject, name or gone, entry.detail)


def _find_accounts(session: Session, account: str) -> list[int]:
    wanted = account.strip().lower()
    matches = (func.lower(Account.external_id) == wanted) | (func.lower(Account.name) == wanted)
    found = list(session.scalars(select(Account.id).where(matches)))
    if not found:
        raise NotFound(
            f"No account is called {account!r}. Write its whole name, or its id as in accounts.csv."
        )
    return found


def _get_person(session: Session, email: str) -> int:
    found = session.scalar(select(Person.id).where(func.lower(Person.email) == email.strip().lower()))
    if found is None:
        raise NotFound(f"Nobody of the team has the address {email!r}. Write it as in people.csv.")
    return found
