"""Facts of a span of days, loaded once and seen as they were known on any day of it."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from scoring.days import to_date, to_number
from scoring.facts.accounts import AccountsAsOf, AccountStates, load_accounts
from scoring.facts.needs import Needs
from scoring.facts.rows import KINDS, Rows, find_first_recorded, find_is_fed, load_rows
from scoring.facts.usage import (
    Corrections,
    UsageAsOf,
    UsageSpan,
    load_corrections,
    load_feed,
)
from scoring.sheets import BLOCK_BITS, BLOCK_SIZE


class Facts:
    """What scores from `first` to `last` need of all accounts, or of the one account `only`.

    Each kind of fact is read when it is first asked for, by one query for all accounts; the windows of
    `needs` bound what is read. Rows are in the order of accounts, so that a block is a slice of them.
    """

    def __init__(
        self,
        session: Session,
        needs: Needs,
        *,
        first: date,
        last: date,
        zone: ZoneInfo,
        only: int | None = None,
    ) -> None:
        self._session, self.needs, self._only = session, needs, only
        self.first, self.last, self._zone = first, last, zone
        self.accounts = load_accounts(session, first=first, last=last, needs=needs, only=only)
        self.ids: NDArray[np.int64] = np.unique(self.accounts.rows.account).astype(np.int64)
        self._rows: dict[str, Rows] = {}
        self._seen: dict[str, int] = {}
        self._fed: dict[tuple[str, int, int], bool] = {}
        self._corrections: Corrections | None = None
        self._features: dict[str, int] | None = None
        self.feed = load_feed(session, last)

    def blocks(self) -> Iterator["BlockFacts"]:
        """The facts block by block, so that the use of one block at a time is held in memory."""
        blocks, starts = np.unique(self.ids >> BLOCK_BITS, return_index=True)
        if not len(blocks):
            # Without accounts there is no block, but np.split makes one piece of nothing.
            return
        for block, ids in zip(blocks.tolist(), np.split(self.ids, starts[1:]), strict=True):
            yield BlockFacts(self, int(block), ids)

    def rows(self, kind: str) -> Rows:
        """All rows of a kind (``custom NAME`` for a signal of the team's own)."""
        if kind not in self._rows:
            self._rows[kind] = self._load_rows(kind)
        return self._rows[kind]

    def _more(self, kind: str) -> dict[str, Any]:
        name = kind.partition(" ")[2]
        return {"name": name, "products": list(self.needs.products)}

    def _load_rows(self, kind: str) -> Rows:
        return load_rows(
            self._session,
            KINDS[kind.partition(" ")[0]],
            first=self.first,
            last=self.last,
            days=max(1, self.needs.days.get(kind, 1)),
            beyond=kind in self.needs.beyond,
            only=self._only,
            names=self.needs.columns.get(kind, frozenset()),
            zone=self._zone,
            more=self._more(kind),
        )

    @property
    def corrections(self) -> Corrections:
        """What sheets do not say of the use in this span."""
        if self._corrections is None:
            low = self.usage_low
            self._corrections = load_corrections(
                self._session, first=self.first, last=self.last, low=to_date(low), only=self._only
            )
        return self._corrections

    @property
    def usage_low(self) -> int:
        """The first day whose use is read."""
        return to_number(self.first) - max(1, self.needs.usage_days) + 1

    def find_feature(self, name: str) -> int | None:
        """The number of a feature by its name; None where there is none."""
        if self._features is None:
            found = self._session.execute(text("SELECT name, id FROM feature")).all()
            self._features = {row[0]: int(row[1]) for row in found}
        return self._features.get(name)

    def is_seen(self, kind: str, day: int) -> bool:
        """Whether the kind of fact had any row, of any account, by the end of `day`."""
        if kind not in self._seen:
            self._seen[kind] = find_first_recorded(self._session, KINDS[kind], self.first)
        return self._seen[kind] <= day

    def is_fed(self, kind: str, days: int, day: int) -> bool:
        """Whether any account has a row in the window of `days` that ends on `day`, as known then."""
        key = (kind, days, day)
        if key not in self._fed:
            self._fed[key] = self._find_is_fed(kind, day - days + 1, day)
        return self._fed[key]

    def _find_is_fed(self, kind: str, low: int, day: int) -> bool:
        if self._only is not None:
            found = KINDS[kind]
            return find_is_fed(
                self._session,
                found,
                first=to_date(low),
                last=to_date(day),
                zone=self._zone,
                more=self._more(kind),
            )
        rows = self.rows(kind)
        when = rows.columns[KINDS[kind].day]
        inside = (when >= low) & (when <= day) & (rows.recorded <= day) & (rows.superseded > day)
        return bool(inside.any())

    def load_span(self, block: int, slots: NDArray[np.int64]) -> UsageSpan:
        """The use of a block's accounts."""
        return UsageSpan(self._session, block, slots, self.usage_low, to_number(self.last), self.feed)


class BlockFacts:
    """The facts of the accounts `ids` of one block, each account a position from 0."""

    def __init__(self, facts: Facts, block: int, ids: NDArray[np.int64]) -> None:
        self._facts, self.block, self.ids = facts, block, ids
        self.slots = ids & (BLOCK_SIZE - 1)
        self.size = len(ids)
        self._rows: dict[str, Rows] = {}
        self._states: AccountStates | None = None
        self._span: UsageSpan | None = None
        self._corrections: Corrections | None = None

    def as_of(self, day: date, *, is_over: bool = True) -> "FactsAsOf":
        """The facts as known at the end of `day`. Raises ValueError for a day that was not loaded.

        Of a day that is not over, use is read up to the day before: a morning's logins are no day's.
        """
        if not self._facts.first <= day <= self._facts.last:
            raise ValueError(f"{day} is outside of what was loaded")
        return FactsAsOf(self._facts, self, to_number(day), is_over)

    def _mine(self, rows: Rows) -> slice:
        low = self.block << BLOCK_BITS
        # In the column's own type: numpy would else copy the whole column for each block.
        edges = np.array([low, low + BLOCK_SIZE], dtype=rows.account.dtype)
        start, end = np.searchsorted(rows.account, edges)
        return slice(int(start), int(end))

    def _placed(self, rows: Rows) -> Rows:
        """The block's part of the rows, with positions for account ids; rows of unknown accounts left out."""
        mine = rows.where(self._mine(rows))
        positions = np.searchsorted(self.ids, mine.account)
        columns = {**mine.columns, "account": positions}
        if not self.size:
            return Rows(columns).where(slice(0, 0))
        known = self.ids[np.minimum(positions, self.size - 1)] == mine.account
        return Rows(columns) if known.all() else Rows(columns).where(known)

    def rows(self, kind: str) -> Rows:
        """The block's rows of a kind."""
        if kind not in self._rows:
            self._rows[kind] = self._placed(self._facts.rows(kind))
        return self._rows[kind]

    @property
    def states(self) -> AccountStates:
        """The versions of the block's accounts."""
        if self._states is None:
            mine = self._facts.accounts.where(self._mine(self._facts.accounts.rows))
            self._states = AccountStates(self._placed(mine.rows), mine.words)
        return self._states

    def usage(self, day: int) -> UsageAsOf:
        """The block's use as known at the end of `day`."""
        if self._span is None or self._corrections is None:
            self._span = self._facts.load_span(self.block, self.slots)
            found = self._facts.corrections
            self._corrections = Corrections(
                self._placed(found.late), self._placed(found.past), self._placed(found.past_features)
            )
        return UsageAsOf(self._span, self._corrections, day, self._facts.needs.usage_days)


class FactsAsOf:
    """What was known of ``size`` accounts at the end of a day: all that a signal may read."""

    def __init__(self, facts: Facts, block: BlockFacts, day: int, is_over: bool = True) -> None:
        self._facts, self._block = facts, block
        self._unfinished = 0 if is_over else 1
        self.day = day
        self.size = block.size
        self._rows: dict[str, Rows] = {}
        self._usage: UsageAsOf | None = None
        self._accounts: AccountsAsOf | None = None

    @property
    def accounts(self) -> AccountsAsOf:
        """The accounts' own numbers, dates and words."""
        if self._accounts is None:
            self._accounts = AccountsAsOf(self._block.states, self.size, self.day)
        return self._accounts

    def rows(self, kind: str) -> Rows:
        """The rows of a kind that were known, with the account as a position."""
        if kind not in self._rows:
            self._rows[kind] = self._block.rows(kind).known_on(self.day)
        return self._rows[kind]

    def usage(self, metric: str, days: int, skip: int = 0) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Entries and known marks by day and account of the `days` days that end `skip` days ago."""
        if self._usage is None:
            self._usage = self._block.usage(self.day)
        return self._usage.window(metric, days, skip + self._unfinished)

    def find_first_day(self, metric: str) -> int | None:
        """The first day on record of a metric or ``feature N``; None where it was never seen."""
        return self._facts.feed.find_first_day(metric, self.day)

    def find_feature(self, name: str) -> int | None:
        """The number of a feature by its name."""
        return self._facts.find_feature(name)

    def is_seen(self, kind: str) -> bool:
        """Whether the team has ever recorded a fact of this kind."""
        return self._facts.is_seen(kind, self.day)

    def is_fed(self, kind: str, days: int) -> bool:
        """Whether any account has a fact of this kind in the window of `days`."""
        return self._facts.is_fed(kind, days, self.day)

    def count(self, accounts: NDArray[Any]) -> NDArray[np.int64]:
        """How often each account occurs among `accounts`."""
        return np.bincount(accounts, minlength=self.size).astype(np.int64)
