"""Accounts as they were known on a day: numbers, words and whether they were live."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from scoring.copying import read_columns
from scoring.days import NEVER
from scoring.facts.needs import Needs
from scoring.facts.rows import RECORDED, Rows, add_recorded

#: Whole numbers of an account that a signal can read, by the name the team's files give them.
NUMBERS: Final = ("arr", "seats", "plan_limit", "notice_days", "contract_months")
DATES: Final = ("started_on", "renewal_on", "churned_on")
#: Words of an account that a model's conditions can read; any other name is a column of the team's own.
WORDS: Final = ("segment", "stage", "plan", "currency")
_MISSING: Final = -(2**63)

#: Read whatever the signals need: they say who is scored, and what is at risk.
_ALWAYS: Final = frozenset({"arr", "started_on", "churned_on"})
_COLUMNS: Final = (
    ("arr", "i8", f"coalesce(arr_cents, {_MISSING})"),
    *((name, "i8", f"coalesce({name}, {_MISSING})::int8") for name in NUMBERS[1:]),
    *((name, "i4", f"coalesce({name} - date '1970-01-01', {NEVER})") for name in DATES),
)
_CHURNED: Final = ("churned", "i2", "(CASE status WHEN 'churned' THEN 1 ELSE 0 END)::int2")


@dataclass(frozen=True)
class AccountStates:
    """Every version of the accounts that a span of days can need, in the order of accounts.

    ``words`` has a column of str or None for each name asked for, in the same order.
    """

    rows: Rows
    words: dict[str, NDArray[np.object_]]

    def where(self, chosen: slice) -> "AccountStates":
        """The versions of a slice."""
        words = {name: column[chosen] for name, column in self.words.items()}
        return AccountStates(self.rows.where(chosen), words)


def load_accounts(
    session: Session, *, first: date, last: date, needs: Needs, only: int | None
) -> AccountStates:
    """The accounts' versions from `first` to `last`, with the columns and words that are needed."""
    wanted = needs.columns.get("account", frozenset()) | _ALWAYS
    columns = [("account", "i4", "account_id"), _CHURNED]
    columns += [column for column in _COLUMNS if column[0] in wanted]
    if first < last:
        columns += RECORDED
    query = f"""
        SELECT {", ".join(f'{sql} AS "{name}"' for name, _, sql in columns)} FROM account_version
         WHERE recorded_on <= %(last)s AND (superseded_on IS NULL OR superseded_on > %(first)s)
               {"" if only is None else "AND account_id = %(only)s"}"""
    fields = [(name, code) for name, code, _ in columns]
    found = read_columns(session, fields, query, {"first": first, "last": last, "only": only})
    if first == last:
        add_recorded(found)
    rows = Rows(found).where(np.lexsort((found["recorded"], found["account"])))
    names = sorted(needs.words)
    return AccountStates(rows, _load_words(session, names, first, last, only) if names else {})


def _load_words(
    session: Session, names: list[str], first: date, last: date, only: int | None
) -> dict[str, NDArray[np.object_]]:
    asked: dict[str, Any] = {f"name_{at}": name for at, name in enumerate(names)}
    taken = ", ".join(name if name in WORDS else f"custom ->> :name_{at}" for at, name in enumerate(names))
    mine = "" if only is None else "AND account_id = :only"
    query = f"""
        SELECT {taken} FROM account_version
         WHERE recorded_on <= :last AND (superseded_on IS NULL OR superseded_on > :first) {mine}
         ORDER BY account_id, recorded_on"""
    found = session.execute(text(query), {"first": first, "last": last, "only": only, **asked}).all()
    columns = {name: np.empty(len(found), dtype=np.object_) for name in names}
    for at, name in enumerate(names):
        columns[name][:] = [row[at] for row in found]
    return columns


class AccountsAsOf:
    """`size` accounts as known at the end of a day; ``account`` in `states` is a position."""

    def __init__(self, states: AccountStates, size: int, day: int) -> None:
        rows = states.rows
        known = np.flatnonzero((rows.recorded <= day) & (rows.superseded > day))
        self._at = np.full(size, -1, dtype=np.int64)
        self._at[rows.account[known]] = known
        self._states, self._day = states, day
        self.is_known: NDArray[np.bool_] = self._at >= 0

    def _take(self, column: NDArray[Any], missing: Any) -> NDArray[Any]:
        if not len(column):
            return np.full(len(self._at), missing, dtype=column.dtype)
        return np.where(self.is_known, column[self._at], missing)

    def number(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """A whole number (ARR in cents) and where it is known."""
        values = self._take(self._states.rows.columns[name], _MISSING)
        known = values != _MISSING
        return np.where(known, values, 0), known

    def day(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """A date as a day number and where it is known."""
        values = self._take(self._states.rows.columns[name], NEVER).astype(np.int64)
        return values, values != NEVER

    def word(self, name: str) -> NDArray[np.object_]:
        """A word, None where unknown."""
        column = self._states.words[name]
        found = np.empty(len(self._at), dtype=np.object_)
        if len(column):
            found[self.is_known] = column[self._at[self.is_known]]
        return found

    def is_live(self) -> NDArray[np.bool_]:
        """Accounts that had started and had not churned by the end of the day; only these are scored."""
        rows = self._states.rows
        started = self._take(rows.started_on, NEVER)
        gone = self._take(rows.churned_on, NEVER)
        churned = self._take(rows.churned, 0) == 1
        has_begun = (started == NEVER) | (started <= self._day)
        has_gone = (gone <= self._day) | (churned & (gone == NEVER))
        return np.asarray(self.is_known & has_begun & ~has_gone)
