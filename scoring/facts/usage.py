"""Days of use of one block of accounts, as whole columns: from sheets, set right for what was known when."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from scoring.copying import driver, read_columns
from scoring.days import NEVER, to_date, to_number
from scoring.facts.rows import Rows
from scoring.sheets import FEATURES, METRICS, Sheet

#: A level, not a flow: a day without a row says nothing of it, where it says zero of the others.
GAUGES: Final = frozenset({"seats_used"})
_NULL: Final = -(2**63)


@dataclass(frozen=True)
class Corrections:
    """What sheets do not say: rows recorded after their own day, and what later rows have replaced."""

    late: Rows
    past: Rows
    past_features: Rows


@dataclass(frozen=True)
class Feed:
    """What is known of the feed of usage: when each day was complete, when each metric began."""

    complete: dict[int, int]
    #: By metric: pairs of the day recorded and the first day on record.
    first_days: dict[str, tuple[tuple[int, int], ...]]

    def find_first_day(self, metric: str, as_of: int) -> int | None:
        """The first day on record of a metric or ``feature N``, as known at the end of `as_of`."""
        known = [first for recorded, first in self.first_days.get(metric, ()) if recorded <= as_of]
        return min(known, default=None)


def load_feed(session: Session, last: date) -> Feed:
    """The feed's completeness and beginnings as far as they were known on `last`."""
    query = text("SELECT day, recorded_on FROM feed_day WHERE feed = 'usage' AND recorded_on <= :last")
    complete = {
        to_number(day): to_number(recorded) for day, recorded in session.execute(query, {"last": last})
    }
    firsts: dict[str, list[tuple[int, int]]] = {}
    query = text("SELECT metric, recorded_on, first_day FROM usage_first_day WHERE recorded_on <= :last")
    for metric, recorded, day in session.execute(query, {"last": last}):
        firsts.setdefault(metric, []).append((to_number(recorded), to_number(day)))
    return Feed(complete, {metric: tuple(found) for metric, found in firsts.items()})


_LATE = """
    SELECT account_id AS account, day - date '1970-01-01' AS t, recorded_on - date '1970-01-01' AS recorded
      FROM usage_daily
     WHERE recorded_on > day AND recorded_on > %(first)s AND day BETWEEN %(low)s AND %(last)s {only}"""
_PAST_FROM = """
     WHERE day BETWEEN %(low)s AND %(last)s
           AND recorded_on <= %(last)s AND superseded_on > %(first)s {only}"""
_PAST_KEY = (("account", "i4"), ("t", "i4"), ("recorded", "i4"), ("superseded", "i4"))
_PAST_COLUMNS = """
    SELECT account_id AS account, day - date '1970-01-01' AS t, recorded_on - date '1970-01-01' AS recorded,
           superseded_on - date '1970-01-01' AS superseded"""


def load_corrections(
    session: Session, *, first: date, last: date, low: date, only: int | None
) -> Corrections:
    """Corrections that matter to scores from `first` to `last`, for usage from `low` on."""
    asked = {"first": first, "last": last, "low": low, "only": only}
    mine = "" if only is None else "AND account_id = %(only)s"
    late = read_columns(
        session, (("account", "i4"), ("t", "i4"), ("recorded", "i4")), _LATE.format(only=mine), asked
    )
    values = ", ".join(f"coalesce({name}, {_NULL})::int8 AS {name}" for name in METRICS)
    past = read_columns(
        session,
        (*_PAST_KEY, *((name, "i8") for name in METRICS), (FEATURES, "i8")),
        f"{_PAST_COLUMNS}, {values}, coalesce(cardinality(features), {_NULL})::int8 AS features "
        "FROM usage_daily_past" + _PAST_FROM.format(only=mine),
        asked,
    )
    features = read_columns(
        session,
        (*_PAST_KEY, ("feature", "i2")),
        f"{_PAST_COLUMNS}, feature FROM usage_daily_past, unnest(features) AS feature"
        + _PAST_FROM.format(only=mine),
        asked,
    )
    return Corrections(_sorted(late), _sorted(past), _sorted(features))


def _sorted(columns: dict[str, NDArray[Any]]) -> Rows:
    return Rows(columns).where(np.argsort(columns["account"], kind="stable"))


class UsageSpan:
    """The use of `slots` of a block from day `low` to day `high`, newest knowledge; row 0 is day `low`."""

    def __init__(
        self, session: Session, block: int, slots: NDArray[np.int64], low: int, high: int, feed: Feed
    ) -> None:
        self.low, self.high, self.slots, self.feed = low, high, slots, feed
        self._dense = bool(len(slots) == 0 or (slots[0] == 0 and slots[-1] == len(slots) - 1))
        query = "SELECT day, columns FROM usage_sheet WHERE block = %s AND day BETWEEN %s AND %s"
        with driver(session).cursor(binary=True) as cursor:
            cursor.execute(query, (block, to_date(low), to_date(high)))
            self._sheets = [(to_number(day) - low, Sheet(data)) for day, data in cursor]
        self.shape = (high - low + 1, len(slots))
        complete = [feed.complete.get(low + t, NEVER) for t in range(self.shape[0])]
        self.complete = np.array(complete, dtype=np.int64)
        self._present: NDArray[np.bool_] | None = None
        self._columns: dict[str, tuple[NDArray[Any], NDArray[np.bool_] | None]] = {}

    def _spread(self, row: NDArray[Any], values: NDArray[Any]) -> None:
        """Write a sheet's entries, by slot, into a row of this span, by account."""
        if self._dense:
            size = min(len(row), len(values))
            row[:size] = values[:size]
        else:
            inside = self.slots < len(values)
            row[inside] = values[self.slots[inside]]

    @property
    def present(self) -> NDArray[np.bool_]:
        """By day and account: is there a row."""
        if self._present is None:
            self._present = np.zeros(self.shape, dtype=np.bool_)
            for t, sheet in self._sheets:
                self._spread(self._present[t], sheet.present())
        return self._present

    def column(self, metric: str) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """Entries by day and account, 0 where there is none, and the marks of NULL (None: no NULL).

        Features have a third axis of 64-bit words.
        """
        if metric not in self._columns:
            self._columns[metric] = self._build_column(metric)
        return self._columns[metric]

    def _build_column(self, metric: str) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        found = [(t, sheet, sheet.column(metric)) for t, sheet in self._sheets]
        types = [column.values.dtype for _, _, column in found if column is not None]
        dtype: np.dtype[Any] = np.result_type(*types) if types else np.dtype(np.uint8)
        words = max((sheet.words for _, sheet, _ in found), default=1) or 1
        is_features = metric == FEATURES
        values = np.zeros(
            (*self.shape, words) if is_features else self.shape, np.uint64 if is_features else dtype
        )
        nulls: NDArray[np.bool_] | None = None
        for t, sheet, column in found:
            marks = sheet.present() if column is None else column.nulls
            if marks is not None:
                nulls = np.zeros(self.shape, np.bool_) if nulls is None else nulls
                self._spread(nulls[t], marks)
            if column is not None:
                row = values[t, :, : sheet.words] if is_features else values[t]
                self._spread(row, column.values)
        return values, nulls


class UsageAsOf:
    """A span as it was known at the end of a day, reaching `reach` days back."""

    def __init__(self, span: UsageSpan, corrections: Corrections, day: int, reach: int) -> None:
        self._span, self._day = span, day
        self._low = max(span.low, day - reach + 1)
        late, past = corrections.late, corrections.past
        self._late = late.where((late.recorded > day) & (late.t >= self._low) & (late.t <= day))
        self._past = self._visible(past)
        self._features = self._visible(corrections.past_features)
        self._is_plain = not len(self._late) and not len(self._past)
        self._known: dict[str, NDArray[np.bool_]] = {}
        self._values: dict[str, NDArray[Any]] = {}

    def _visible(self, past: Rows) -> Rows:
        known = (past.recorded <= self._day) & (past.superseded > self._day)
        return past.where(known & (past.t >= self._low) & (past.t <= self._day))

    def window(self, metric: str, days: int, skip: int = 0) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Entries and known marks of the `days` days that end `skip` days before this one, oldest first."""
        if metric not in self._known:
            self._values[metric], self._known[metric] = self._build(metric)
        end = self._day - skip - self._low + 1
        start = end - days
        if start < 0:
            raise ValueError(f"a window of {days + skip} days reaches further back than was loaded")
        return self._values[metric][start:end], self._known[metric][start:end]

    def _build(self, metric: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        rows = slice(self._low - self._span.low, self._day - self._span.low + 1)
        values, nulls = self._span.column(metric)
        values = values[rows]
        present = self._span.present[rows]
        missing = None if nulls is None else nulls[rows]
        if not self._is_plain:
            values, present, missing = self._correct(metric, values, present, missing)
        return values, self._build_known(metric, rows, present, missing)

    def _build_known(
        self, metric: str, rows: slice, present: NDArray[np.bool_], missing: NDArray[np.bool_] | None
    ) -> NDArray[np.bool_]:
        known = present if missing is None else present & ~missing
        first = self._span.feed.find_first_day(metric, self._day)
        if metric in GAUGES or first is None:
            return known
        days = np.arange(self._low, self._day + 1)
        complete = (self._span.complete[rows] <= self._day) & (days >= first)
        known = known | (~present & complete[:, None])
        before = days < first
        if before.any():
            known[before] = True
        return known

    def _correct(
        self,
        metric: str,
        values: NDArray[Any],
        present: NDArray[np.bool_],
        missing: NDArray[np.bool_] | None,
    ) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
        """Take back what was not known yet, and bring back what has been replaced since."""
        is_features = metric == FEATURES
        values = values.astype(np.uint64 if is_features else np.int64)
        present = present.copy()
        missing = np.zeros_like(present) if missing is None else missing.copy()
        at = (self._late.t - self._low, self._late.account)
        values[at], present[at], missing[at] = 0, False, False
        at = (self._past.t - self._low, self._past.account)
        old = self._past.columns[metric]
        present[at], missing[at] = True, old == _NULL
        if is_features:
            values[at] = 0
            values = self._add_features(values)
        else:
            values[at] = np.where(old == _NULL, 0, old)
        return values, present, missing

    def _add_features(self, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
        rows = self._features
        if not len(rows):
            return values
        words = max(values.shape[2], int(rows.feature.max()) // 64 + 1)
        wide = np.zeros((*values.shape[:2], words), np.uint64)
        wide[:, :, : values.shape[2]] = values
        bits = np.uint64(1) << (rows.feature.astype(np.uint64) % np.uint64(64))
        at = (rows.t - self._low, rows.account, rows.feature // 64)
        np.bitwise_or.at(wide, at, bits)
        return wide
