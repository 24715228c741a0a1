"""The names of all accounts, kept in memory and kept true."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from bot.accounts.name_index import NamedAccount, NameIndex, NameMatch, NameMatches
from bot.models import Account, ImportRun

log = structlog.get_logger(__name__)

#: Whether accounts have changed is asked at most this often.
LOOK_SECONDS = 1.0
#: Up to this many names an index is made while the person waits (a tenth of a second); a larger one is
#: made in the background, and until it is there the one before it answers.
MADE_AT_ONCE = 20_000

# Imports and new accounts show at once. The server's own counters, a second late, show every other way in.
_VERSION = text(
    "select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_user_tables"
    " where schemaname = current_schema() and relname = 'account'"
)


@dataclass(frozen=True)
class _Kept:
    version: tuple[Any, ...]
    index: NameIndex


class AccountNames:
    """Finds accounts by what people call them. One for a process; safe to use from many threads.

    Costs no query but a look, at most once a second, at whether accounts have changed.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._kept: _Kept | None = None
        self._looked_at = float("-inf")
        self._making = threading.Lock()

    def refresh(self) -> None:
        """Make the index now, so that the first person to ask need not wait for it."""
        with self._sessions() as session:
            self._make(session, _load_version(session))

    def find(self, session: Session, called: str, limit: int = 20) -> NameMatches:
        """The accounts that may be meant, as in NameIndex.find, by names as ``session`` sees them.

        In the first seconds of a process with very many accounts, only those whose name begins so.
        """
        index = self._current(session)
        return _find_beginning(session, called, limit) if index is None else index.find(called, limit)

    def _current(self, session: Session) -> NameIndex | None:
        """The index; None while the first one of many names is being made."""
        kept = self._kept
        if kept is not None and time.monotonic() - self._looked_at < LOOK_SECONDS:
            return kept.index
        self._looked_at = time.monotonic()
        version = _load_version(session)
        if kept is not None and version == kept.version:
            return kept.index
        # Ids are dense, so the newest tells how many there are.
        if (version[1] or 0) <= MADE_AT_ONCE:
            return self._make(session, version)
        self._make_in_background()
        return kept.index if kept is not None else None

    def _make(self, session: Session, version: tuple[Any, ...]) -> NameIndex:
        with self._making:
            if self._kept is None or self._kept.version != version:
                self._kept = _Kept(version, NameIndex(_load_named(session)))
            return self._kept.index

    def _make_in_background(self) -> None:
        if not self._making.locked():
            threading.Thread(target=self._refresh_quietly, name="account names", daemon=True).start()

    def _refresh_quietly(self) -> None:
        try:
            self.refresh()
        except Exception as error:
            log.error("names.refresh_failed", exc_info=error)


def _load_version(session: Session) -> tuple[Any, ...]:
    """What differs whenever the accounts differ; three reads of an index or of the server's memory."""
    imported = session.scalar(select(func.max(ImportRun.id)))
    newest = session.scalar(select(func.max(Account.id)))
    return imported, newest, session.scalar(_VERSION)


def _find_beginning(session: Session, called: str, limit: int) -> NameMatches:
    """Accounts whose name begins with what was typed, by the index of the table."""
    columns = (Account.id, Account.name, Account.domain, Account.external_id, Account.status)
    begins = func.lower(Account.name).startswith(called.strip().lower(), autoescape=True)
    rows = session.execute(select(*columns).where(begins).order_by(Account.name).limit(limit)).all()
    fits = tuple(NameMatch(*row[:4], row.status == "live") for row in rows)
    return NameMatches(fits=fits, more=int(len(fits) == limit))


def _load_named(session: Session) -> Iterator[NamedAccount]:
    columns = (
        Account.id,
        Account.name,
        Account.external_id,
        Account.domain,
        Account.custom["aliases"],
        Account.status,
    )
    statement = select(*columns).execution_options(yield_per=5000)
    for account_id, name, external_id, domain, aliases, status in session.execute(statement):
        yield NamedAccount(account_id, name, external_id, domain, _read_aliases(aliases), status == "live")


def _read_aliases(value: object) -> tuple[str, ...]:
    """Other names from the team's own column ``aliases``: a list, or one text parted by semicolons."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    if isinstance(value, list | tuple):
        return tuple(str(part) for part in value)
    return ()
