"""Days of use as packed columns: what scoring reads instead of raw rows.

A *sheet* is one day of one *block* of 4,096 accounts: account ``id`` stands at slot ``id & 4095`` of block
``id >> 12``. Sheets hold the newest knowledge of ``usage_daily`` and are made again whenever a day changes.

Layout of ``usage_sheet.columns``, little-endian: slots (u16), feature words (u16), one code for each metric
and one for the features; then a bitmap of the slots that have a row, then for each column a bitmap of its
NULLs (where the code says so) and its entries in the smallest type that holds them all.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from scoring.copying import driver, read_columns
from scoring.days import to_date, to_number

BLOCK_BITS: Final = 12
BLOCK_SIZE: Final = 1 << BLOCK_BITS

METRICS: Final = ("active_users", "logins", "core_actions", "api_calls", "new_users", "seats_used")
FEATURES: Final = "features"

_UNKNOWN, _ZERO, _HAS_NULLS = 0, 1, 0x80
_TYPES: Final[dict[int, np.dtype[Any]]] = {
    2: np.dtype("<u1"),
    3: np.dtype("<u2"),
    4: np.dtype("<u4"),
    5: np.dtype("<i8"),
}
_HEADER = struct.Struct(f"<HH{len(METRICS) + 1}B")
_NULL = -(2**63)
#: Two refreshes of one day must not cross: the second reads what the first has committed.
_LOCK = 730_001
#: Rows of use that are held in memory at once while sheets are made.
_ROWS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Column:
    """A decoded column of a sheet: entries by slot (0 where unknown) and where a row says NULL."""

    values: NDArray[Any]
    nulls: NDArray[np.bool_] | None


def pack_sheet(
    slots: NDArray[np.int64], metrics: dict[str, NDArray[np.int64]], features: NDArray[np.bool_] | None
) -> bytes:
    """The bytes of a sheet with a row for each of `slots`.

    `metrics` gives each metric's entries in the order of `slots`, the least int64 for NULL. `features` has
    a row for each of `slots` and a column for each feature id; None where no row says anything of features.
    """
    size = int(slots.max()) + 1
    present = np.zeros(size, dtype=np.bool_)
    present[slots] = True
    codes, parts = [], [np.packbits(present, bitorder="little").tobytes()]
    for name in METRICS:
        code, data = _pack_metric(size, slots, metrics[name])
        codes.append(code)
        parts.append(data)
    words = 0
    if features is None:
        codes.append(_UNKNOWN)
    else:
        code, words, data = _pack_features(size, slots, features, metrics[FEATURES] == _NULL)
        codes.append(code)
        parts.append(data)
    return _HEADER.pack(size, words, *codes) + b"".join(parts)


def _pack_metric(size: int, slots: NDArray[np.int64], values: NDArray[np.int64]) -> tuple[int, bytes]:
    nulls = values == _NULL
    if nulls.all():
        return _UNKNOWN, b""
    known = np.where(nulls, 0, values)
    low, high = int(known.min()), int(known.max())
    mark, bitmap = _pack_nulls(size, slots, nulls)
    if low == high == 0:
        return _ZERO | mark, bitmap
    code = 5 if low < 0 or high >= 2**32 else 4 if high >= 2**16 else 3 if high >= 2**8 else 2
    entries = np.zeros(size, dtype=_TYPES[code])
    entries[slots] = known
    return code | mark, bitmap + entries.tobytes()


def _pack_nulls(size: int, slots: NDArray[np.int64], nulls: NDArray[np.bool_]) -> tuple[int, bytes]:
    if not nulls.any():
        return 0, b""
    marks = np.zeros(size, dtype=np.bool_)
    marks[slots[nulls]] = True
    return _HAS_NULLS, np.packbits(marks, bitorder="little").tobytes()


def _pack_features(
    size: int, slots: NDArray[np.int64], features: NDArray[np.bool_], nulls: NDArray[np.bool_]
) -> tuple[int, int, bytes]:
    words = max(1, -(-features.shape[1] // 64))
    bits = np.zeros((size, words * 8), dtype=np.uint8)
    packed = np.packbits(features, axis=1, bitorder="little")
    bits[slots, : packed.shape[1]] = packed
    mark, bitmap = _pack_nulls(size, slots, nulls)
    return 2 | mark, words, bitmap + bits.tobytes()


class Sheet:
    """A packed sheet, each column decoded when it is asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        header = _HEADER.unpack_from(data)
        self.size: int = header[0]
        self.words: int = header[1]
        self._codes = dict(zip((*METRICS, FEATURES), header[2:], strict=True))
        self._bitmap = (self.size + 7) // 8
        self._starts: dict[str, int] = {}
        position = _HEADER.size + self._bitmap
        for name, code in self._codes.items():
            self._starts[name] = position
            position += (self._bitmap if code & _HAS_NULLS else 0) + self._width(name) * self.size

    def _width(self, name: str) -> int:
        code = self._codes[name] & ~_HAS_NULLS
        if name == FEATURES:
            return 8 * self.words if code else 0
        return _TYPES[code].itemsize if code in _TYPES else 0

    def _bits(self, start: int) -> NDArray[np.bool_]:
        bits = np.frombuffer(self._data, np.uint8, self._bitmap, start)
        return np.unpackbits(bits, count=self.size, bitorder="little").view(np.bool_)

    def present(self) -> NDArray[np.bool_]:
        """By slot: is there a row of that day."""
        return self._bits(_HEADER.size)

    def is_unknown(self, name: str) -> bool:
        """Whether no row of the sheet says anything of the metric."""
        return bool(self._codes[name] == _UNKNOWN)

    def column(self, name: str) -> Column | None:
        """A metric by slot; None where no row of the sheet says anything of it."""
        code, start = self._codes[name], self._starts[name]
        if code == _UNKNOWN:
            return None
        nulls = None
        if code & _HAS_NULLS:
            nulls = self._bits(start)
            start += self._bitmap
        if name == FEATURES:
            bits = np.frombuffer(self._data, "<u8", self.size * self.words, start)
            return Column(bits.reshape(self.size, self.words), nulls)
        kind = code & ~_HAS_NULLS
        if kind == _ZERO:
            return Column(np.zeros(self.size, np.uint8), nulls)
        return Column(np.frombuffer(self._data, _TYPES[kind], self.size, start), nulls)


def refresh_sheets(session: Session, days: Iterable[date]) -> int:
    """Make the sheets of `days` agree with ``usage_daily`` and return how many there are.

    To be called in the transaction that changed those days, after the change. Also notes the first day
    on which each metric and each feature is on record, which `zero or unknown` depends on.
    """
    numbers = sorted({to_number(day) for day in days})
    if not numbers:
        return 0
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    accounts = session.execute(text("SELECT coalesce(max(id), 0) + 1 FROM account")).scalar_one()
    step = max(1, _ROWS_AT_ONCE // accounts)
    return sum(_refresh(session, numbers[at : at + step]) for at in range(0, len(numbers), step))


def _refresh(session: Session, numbers: list[int]) -> int:
    asked = {"days": [to_date(number) for number in numbers]}
    rows = _read_in_order(session, _ROW_FIELDS, _ROWS, asked)
    pairs = _read_in_order(session, _PAIR_FIELDS, _PAIRS, asked)
    session.execute(text("DELETE FROM usage_sheet WHERE day = ANY(:days)"), asked)
    count = 0
    into = "COPY usage_sheet (block, day, columns) FROM STDIN (FORMAT BINARY)"
    with driver(session).cursor() as cursor, cursor.copy(into) as copy:
        copy.set_types(["int4", "date", "bytea"])
        for block, day, data in _build_sheets(rows, pairs):
            copy.write_row((block, to_date(day), data))
            count += 1
    _note_first_days(session, rows, pairs, asked)
    return count


_ROW_FIELDS = (
    ("day", "i4"),
    ("account", "i4"),
    ("recorded", "i4"),
    *((name, "i8" if name == "api_calls" else "i4") for name in METRICS),
    (FEATURES, "i4"),
)
_NULL_I4 = -(2**31)
_ROWS = f"""
    SELECT day - date '1970-01-01' AS day, account_id AS account, recorded_on - date '1970-01-01' AS recorded,
           {", ".join(f"coalesce({m}, {_NULL if m == 'api_calls' else _NULL_I4}) AS {m}" for m in METRICS)},
           coalesce(cardinality(features), {_NULL_I4}) AS features
      FROM usage_daily WHERE day = ANY(%(days)s)"""
_PAIR_FIELDS = (("day", "i4"), ("account", "i4"), ("recorded", "i4"), ("feature", "i2"))
_PAIRS = """
    SELECT day - date '1970-01-01' AS day, account_id AS account, recorded_on - date '1970-01-01' AS recorded,
           feature
      FROM usage_daily, unnest(features) AS feature WHERE day = ANY(%(days)s)"""


def _read_in_order(
    session: Session, fields: tuple[tuple[str, str], ...], query: str, asked: dict[str, Any]
) -> dict[str, NDArray[Any]]:
    """The rows in the order of day and account."""
    columns = read_columns(session, fields, query, asked)
    keys = (columns["day"].astype(np.int64) << 32) | columns["account"]
    if (keys[1:] >= keys[:-1]).all():
        return columns
    order = np.argsort(keys, kind="stable")
    return {name: column[order] for name, column in columns.items()}


def _build_sheets(
    rows: dict[str, NDArray[Any]], pairs: dict[str, NDArray[Any]]
) -> Iterator[tuple[int, int, bytes]]:
    """Block, day number and bytes of each sheet, from rows in the order of day and account."""
    keys = _sheet_keys(rows)
    pair_keys = _sheet_keys(pairs)
    edges = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))
    columns = {name: _with_wide_nulls(rows[name], name) for name in (*METRICS, FEATURES)}
    for start, end in zip(edges, np.append(edges, len(keys))[1:], strict=True):
        low, high = np.searchsorted(pair_keys, [keys[start], keys[start] + 1])
        mine = slice(int(low), int(high))
        slots = (rows["account"][start:end] & (BLOCK_SIZE - 1)).astype(np.int64)
        metrics = {name: column[start:end] for name, column in columns.items()}
        features = _feature_rows(slots, metrics[FEATURES], pairs["account"][mine], pairs["feature"][mine])
        block, day = int(keys[start] & 0xFFFFFFFF), int(keys[start] >> 32)
        yield block, day, pack_sheet(slots, metrics, features)


def _sheet_keys(rows: dict[str, NDArray[Any]]) -> NDArray[np.int64]:
    return (rows["day"].astype(np.int64) << 32) | (rows["account"] >> BLOCK_BITS).astype(np.int64)


def _with_wide_nulls(values: NDArray[Any], name: str) -> NDArray[np.int64]:
    wide = values.astype(np.int64)
    if name != "api_calls":
        wide[wide == _NULL_I4] = _NULL
    return wide


def _feature_rows(
    slots: NDArray[np.int64],
    counts: NDArray[np.int64],
    accounts: NDArray[Any],
    features: NDArray[Any],
) -> NDArray[np.bool_] | None:
    if (counts == _NULL).all():
        return None
    width = int(features.max()) + 1 if len(features) else 1
    table = np.zeros((len(slots), width), dtype=np.bool_)
    table[np.searchsorted(slots, accounts & (BLOCK_SIZE - 1)), features] = True
    return table


def _note_first_days(
    session: Session, rows: dict[str, NDArray[Any]], pairs: dict[str, NDArray[Any]], asked: dict[str, Any]
) -> None:
    """Keep, for each metric and feature, the earliest day on record by the day it was recorded on."""
    found: dict[tuple[str, int], int] = {}
    for name in METRICS:
        known = rows[name] != (_NULL if name == "api_calls" else _NULL_I4)
        _add_first_days(found, name, rows["recorded"][known], rows["day"][known])
    # No list of a team that records no features has anything in it.
    known = rows[FEATURES] > 0
    _add_first_days(found, FEATURES, rows["recorded"][known], rows["day"][known])
    for feature in np.unique(pairs["feature"]).tolist():
        mine = pairs["feature"] == feature
        _add_first_days(found, f"feature {feature}", pairs["recorded"][mine], pairs["day"][mine])
    for name, recorded, day in _first_days_of_past(session, asked):
        found[name, recorded] = min(day, found.get((name, recorded), day))
    given = [
        {"metric": name, "recorded_on": to_date(recorded), "first_day": to_date(day)}
        for (name, recorded), day in sorted(found.items())
    ]
    if given:
        session.execute(_KEEP_FIRST_DAY, given)


def _add_first_days(
    found: dict[tuple[str, int], int], name: str, recorded: NDArray[Any], days: NDArray[Any]
) -> None:
    if not len(days):
        return
    # Rows that were known the sooner or as soon, and are of no later day, say it all.
    order = np.lexsort((days, recorded))
    recorded, days = recorded[order], days[order]
    lowest = np.minimum.accumulate(days)
    steps = np.flatnonzero(np.diff(lowest, prepend=lowest[0] + 1))
    for at in steps.tolist():
        found[name, int(recorded[at])] = int(lowest[at])


def _first_days_of_past(session: Session, asked: dict[str, Any]) -> list[tuple[str, int, int]]:
    rows = session.execute(text(_PAST), asked)
    return [(name, to_number(recorded), to_number(day)) for name, recorded, day in rows]


_PAST = (
    " UNION ALL ".join(
        f"SELECT '{name}', recorded_on, min(day) FROM usage_daily_past "
        f"WHERE day = ANY(:days) AND {name} IS NOT NULL GROUP BY recorded_on"
        for name in METRICS
    )
    + " UNION ALL SELECT 'features', recorded_on, min(day) FROM usage_daily_past "
    "WHERE day = ANY(:days) AND cardinality(features) > 0 GROUP BY recorded_on"
    + " UNION ALL SELECT 'feature ' || f, recorded_on, min(day) FROM usage_daily_past, unnest(features) f "
    "WHERE day = ANY(:days) GROUP BY f, recorded_on"
)
_KEEP_FIRST_DAY = text(
    "INSERT INTO usage_first_day (metric, recorded_on, first_day) "
    "SELECT CAST(:metric AS text), CAST(:recorded_on AS date), CAST(:first_day AS date) "
    "WHERE NOT EXISTS (SELECT FROM usage_first_day WHERE metric = :metric "
    "AND recorded_on <= :recorded_on AND first_day <= :first_day) "
    "ON CONFLICT (metric, recorded_on) DO UPDATE SET first_day = excluded.first_day"
)
