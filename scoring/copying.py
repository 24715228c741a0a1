"""Whole columns in and out of Postgres: binary COPY to and from numpy records of a fixed width.

A row costs its bytes and nothing else: no object is made of it on the way. Every column must be NOT NULL
(queries coalesce), since a NULL has no width.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from scoring.days import EPOCH

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_HEADER = _SIGNATURE + bytes(8)
_TRAILER = b"\xff\xff"
_PG_EPOCH = date(2000, 1, 1)
#: Days between the epoch of our day numbers and that of Postgres dates.
PG_DAY_OFFSET = (_PG_EPOCH - EPOCH) // timedelta(days=1)

#: SQL types by the code of a field: smallint, integer, bigint, double precision.
_WIDTHS = {"i2": 2, "i4": 4, "i8": 8, "f8": 8}


def driver(session: Session) -> psycopg.Connection[Any]:
    """The session's own psycopg connection, inside its transaction."""
    return cast(psycopg.Connection[Any], session.connection().connection.driver_connection)


def _record(fields: Sequence[tuple[str, str]]) -> np.dtype[np.void]:
    parts: list[tuple[str, str]] = [("#", ">i2")]
    for name, code in fields:
        parts += [(f"{name}#", ">i4"), (name, f">{code}")]
    return np.dtype(parts)


def copy_out(
    session: Session, fields: Sequence[tuple[str, str]], query: str, parameters: dict[str, Any] | None = None
) -> dict[str, NDArray[Any]]:
    """The columns of `query`, each an array in the machine's own byte order, by the names in `fields`.

    `fields` gives name and code (i2, i4, i8, f8) of every column in the query's order; the query casts each
    to that type and leaves no NULL. Raises ValueError when it does.
    """
    out = f"COPY ({query}) TO STDOUT (FORMAT BINARY)"
    with driver(session).cursor() as cursor, cursor.copy(out, parameters) as copy:
        data = b"".join(copy)
    dtype = _record(fields)
    body = memoryview(data)[len(_HEADER) : len(data) - len(_TRAILER)]
    if len(body) % dtype.itemsize:
        raise ValueError(f"a column of the query is NULL or of another type than declared: {query}")
    rows = np.frombuffer(body, dtype=dtype)
    if len(rows) and not all((rows[f"{name}#"] == _WIDTHS[code]).all() for name, code in fields):
        raise ValueError(f"a column of the query is NULL or of another type than declared: {query}")
    return {name: rows[name].astype(code) for name, code in fields}


def copy_in(
    session: Session,
    table: str,
    fields: Sequence[tuple[str, str]],
    columns: dict[str, NDArray[Any]],
    nulls: dict[str, NDArray[np.bool_]] | None = None,
) -> int:
    """Write the columns as rows of `table` and return how many; `nulls` marks the entries that are NULL."""
    size = len(next(iter(columns.values())))
    rows = np.zeros(size, dtype=_record(fields))
    rows["#"] = len(fields)
    for name, code in fields:
        rows[f"{name}#"] = _WIDTHS[code]
        rows[name] = columns[name]
    names = ", ".join(name for name, _ in fields)
    body = rows.tobytes() if not nulls else _without_nulls(rows, fields, nulls)
    into = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
    with driver(session).cursor() as cursor, cursor.copy(into) as copy:
        copy.write(_HEADER + body + _TRAILER)
    return size


def _without_nulls(
    rows: NDArray[np.void], fields: Sequence[tuple[str, str]], nulls: dict[str, NDArray[np.bool_]]
) -> bytes:
    """The rows' bytes with each NULL written as length −1 and no value."""
    width = rows.dtype.itemsize
    keep = np.ones((len(rows), width), dtype=np.bool_)
    offsets = cast("dict[str, tuple[np.dtype[Any], int]]", rows.dtype.fields)
    for name, code in fields:
        missing = nulls.get(name)
        if missing is None or not missing.any():
            continue
        rows[f"{name}#"][missing] = -1
        start = offsets[name][1]
        keep[missing, start : start + _WIDTHS[code]] = False
    return rows.view(np.uint8).reshape(len(rows), width)[keep].tobytes()


def to_pg_days(days: NDArray[np.int32]) -> NDArray[np.int32]:
    """Day numbers as Postgres writes a date in binary."""
    return days - np.int32(PG_DAY_OFFSET)
