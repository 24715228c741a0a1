"""Facts that come as single rows (tickets, payments, …): loaded once for a span of days as whole columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from scoring.copying import read_columns
from scoring.days import NEVER, to_date, to_local_days

SEVERITIES: Final = ("low", "normal", "high", "urgent")
SURVEYS: Final = ("nps", "csat")
PAYMENTS: Final = ("paid", "failed", "open")
TOUCHES: Final = ("meeting", "qbr", "call", "email", "executive", "note")
MOVEMENTS: Final = ("new", "expansion", "contraction", "churn")
ROLES: Final = ("champion", "exec_sponsor", "admin", "technical_lead", "user")
GOALS: Final = ("open", "met", "missed")


def _code(column: str, names: tuple[str, ...]) -> str:
    whens = " ".join(f"WHEN '{name}' THEN {at}" for at, name in enumerate(names))
    return f"(CASE {column} {whens} ELSE -1 END)::int2"


def _number(column: str, missing: int = NEVER) -> str:
    return f"coalesce({column} - date '1970-01-01', {missing})"


@dataclass(frozen=True)
class Kind:
    """A table of facts: the columns taken from it, and which of its rows a span of days can need."""

    table: str
    #: Name, code of `read_columns` and SQL of each column.
    columns: tuple[tuple[str, str, str], ...]
    #: The columns that are instants; they become days of the team's zone.
    instants: frozenset[str] = frozenset()
    #: The column whose day decides whether a row lies in a window; empty where all rows count.
    day: str = ""
    #: What holds of a row inside the window, in SQL that can use an index.
    window: str = "true"
    #: What holds of an older row that still matters, for signals that look beyond any window.
    beyond: str = "false"


KINDS: Final[Mapping[str, Kind]] = {
    "tickets": Kind(
        "ticket",
        (
            ("opened", "i8", "opened_at"),
            ("closed", "i8", "coalesce(closed_at, 'infinity')"),
            ("severity", "i2", _code("severity", SEVERITIES)),
            ("rating", "i2", "coalesce(rating, 0::int2)"),
        ),
        frozenset({"opened", "closed"}),
        "opened",
        # A day more on either side, since the team's day begins elsewhere than that of UTC.
        "opened_at >= %(low)s::date - 1 AND opened_at < %(high)s::date + 2",
        "closed_at IS NULL OR closed_at >= %(first)s::date - 1",
    ),
    "surveys": Kind(
        "survey",
        (
            ("answered", "i8", "answered_at"),
            ("kind", "i2", _code("kind", SURVEYS)),
            ("score", "i2", "score"),
        ),
        frozenset({"answered"}),
        "answered",
        "answered_at >= %(low)s::date - 1 AND answered_at < %(high)s::date + 2",
    ),
    "payments": Kind(
        "payment",
        (
            ("due", "i4", _number("due_on")),
            ("paid", "i4", _number("paid_on")),
            ("status", "i2", _code("status", PAYMENTS)),
        ),
        day="due",
        window="due_on BETWEEN %(low)s AND %(high)s",
        beyond="due_on <= %(high)s AND (status <> 'paid' OR paid_on > %(first)s)",
    ),
    "touches": Kind(
        "touch",
        (("at", "i8", "at"), ("kind", "i2", _code("kind", TOUCHES))),
        frozenset({"at"}),
        "at",
        "at >= %(low)s::date - 1 AND at < %(high)s::date + 2",
    ),
    "movements": Kind(
        "arr_movement",
        (
            ("moved", "i4", _number("moved_on")),
            ("kind", "i2", _code("kind", MOVEMENTS)),
            ("amount", "i8", "amount_cents"),
        ),
        day="moved",
        window="moved_on BETWEEN %(low)s AND %(high)s",
    ),
    "contacts": Kind(
        "contact",
        (
            ("role", "i2", _code("role", ROLES)),
            ("since", "i4", _number("since", -NEVER)),
            ("left", "i4", _number("left_on")),
        ),
    ),
    "goals": Kind(
        "goal",
        (
            ("status", "i2", _code("status", GOALS)),
            ("met", "i4", _number("met_on", -NEVER)),
            ("due", "i4", _number("due_on")),
        ),
    ),
    "custom": Kind(
        "signal_value",
        (("day", "i4", _number("day")), ("value", "f8", "value")),
        day="day",
        window="name = %(name)s AND day BETWEEN %(low)s AND %(high)s",
    ),
    "products": Kind(
        "account_product",
        (
            ("product", "i4", "array_position(%(products)s::text[], product) - 1"),
            ("arr", "i8", "arr_cents"),
        ),
        window="product = ANY(%(products)s)",
    ),
}


@dataclass(frozen=True)
class Rows:
    """Columns of one kind of fact, in the order of accounts.

    ``account`` is an id when loaded and a position once the rows are a block's.
    """

    columns: dict[str, NDArray[Any]]

    def __getattr__(self, name: str) -> NDArray[Any]:
        try:
            return self.columns[name]
        except KeyError:
            raise AttributeError(name) from None

    def __len__(self) -> int:
        return len(self.columns["account"])

    def where(self, chosen: NDArray[Any] | slice) -> "Rows":
        """The rows of a mask, of an index or of a slice."""
        return Rows({name: column[chosen] for name, column in self.columns.items()})

    def known_on(self, day: int) -> "Rows":
        """The rows that were the team's knowledge at the end of `day`."""
        known = (self.columns["recorded"] <= day) & (self.columns["superseded"] > day)
        return self if known.all() else self.where(known)


#: When a row was known, as `read_columns` takes it.
RECORDED: Final = (
    ("recorded", "i4", _number("recorded_on")),
    ("superseded", "i4", _number("superseded_on")),
)


def add_recorded(found: dict[str, NDArray[Any]]) -> None:
    """Mark the rows as known for ever, which for one day alone the query has seen to."""
    size = len(found["account"])
    found["recorded"] = np.full(size, -NEVER, dtype=np.int32)
    found["superseded"] = np.full(size, NEVER, dtype=np.int32)


def load_rows(
    session: Session,
    kind: Kind,
    *,
    first: date,
    last: date,
    days: int,
    beyond: bool,
    only: int | None,
    names: frozenset[str],
    zone: ZoneInfo,
    more: Mapping[str, Any],
) -> Rows:
    """The rows of `kind` that scores from `first` to `last` can need, in the order of accounts.

    `days` is the longest window that ends on a scored day; `beyond` takes older rows that are still open
    too; `only` is the one account wanted; `names` are the columns wanted besides the day. `more` are further
    parameters of the kind's SQL.
    """
    columns = [("account", "i4", "account_id")]
    if first < last:
        columns += RECORDED
    columns += [column for column in kind.columns if column[0] == kind.day or column[0] in names]
    inside = f"(({kind.window}) OR ({kind.beyond}))" if beyond else kind.window
    query = f"""
        SELECT {", ".join(f'{sql} AS "{name}"' for name, _, sql in columns)} FROM {kind.table}
         WHERE recorded_on <= %(last)s AND (superseded_on IS NULL OR superseded_on > %(first)s) AND {inside}
               {"" if only is None else "AND account_id = %(only)s"}"""
    low = date.fromordinal(max(1, first.toordinal() - days + 1))
    asked = {"first": first, "last": last, "low": low, "high": last, "only": only, **more}
    found = read_columns(session, [(name, code) for name, code, _ in columns], query, asked)
    if first == last:
        add_recorded(found)
    for name in kind.instants & found.keys():
        found[name] = to_local_days(found[name], zone)
    order = np.argsort(found["account"], kind="stable")
    return Rows(found).where(order)


def find_first_recorded(session: Session, kind: Kind, by: date) -> int:
    """The day number from which the table has rows, NEVER if it has none; `by` where it has them by then.

    A table that was never fed tells nothing; one that was, and is silent, tells of nothing.
    """
    query = f"SELECT EXISTS (SELECT FROM {kind.table} WHERE recorded_on <= :by)"
    if session.execute(text(query), {"by": by}).scalar_one():
        return (by - to_date(0)).days
    found = session.execute(text(f"SELECT min(recorded_on) FROM {kind.table}")).scalar_one()
    return NEVER if found is None else (found - to_date(0)).days


def find_is_fed(
    session: Session, kind: Kind, *, first: date, last: date, zone: ZoneInfo, more: Mapping[str, Any]
) -> bool:
    """Whether any account has a row of `kind` whose day lies from `first` to `last`, as known on `last`."""
    day = next(sql for name, _, sql in kind.columns if name == kind.day)
    if kind.day in kind.instants:
        day = _number(f"({day} AT TIME ZONE %(zone)s::text)::date")
    query = f"""
        SELECT 1::int2 AS found FROM {kind.table}
         WHERE {kind.window} AND {day} BETWEEN %(low_number)s AND %(high_number)s AND recorded_on <= %(high)s
               AND (superseded_on IS NULL OR superseded_on > %(high)s) LIMIT 1"""
    numbers = {"low_number": (first - to_date(0)).days, "high_number": (last - to_date(0)).days}
    asked = {"low": first, "high": last, "zone": str(zone), **numbers, **more}
    return len(read_columns(session, [("found", "i2")], query, asked)["found"]) > 0
