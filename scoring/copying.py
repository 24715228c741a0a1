"""Whole columns in and out of Postgres, without making an object of any row on the way."""

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


def read_columns(
    session: Session, fields: Sequence[tuple[str, str]], query: str, parameters: dict[str, Any] | None = None
) -> dict[str, NDArray[Any]]:
    """The columns of `query`, each an array in the machine's own byte order, by the names in `fields`.

    `fields` gives name and code (i2, i4, i8, f8) of every column of the query, which names them alike, casts
    each to that type and leaves no NULL. Raises ValueError when it does not. Each column comes as one array
    of the server's: a row by row answer would cost the driver more than the query costs the server.
    """
    arrays = ", ".join(f'array_agg("{name}")' for name, _ in fields)
    with driver(session).cursor(binary=True) as cursor:
        cursor.execute(f"SELECT {arrays} FROM ({query}) AS q", parameters)
        result = cursor.pgresult
        if result is None:
            raise ValueError(f"the query has no rows and no columns: {query}")
        found = [result.get_value(0, at) for at in range(len(fields))]
    return {name: _parse_array(data, code, query) for (name, code), data in zip(fields, found, strict=True)}


#: Dimensions, whether there are NULLs, type; then of the one dimension its size and lower bound.
_ARRAY_HEAD = 20


def _parse_array(data: bytes | None, code: str, query: str) -> NDArray[Any]:
    """An array as the server sends it in binary: each element its length and its bytes."""
    if data is None:
        return np.zeros(0, dtype=code)
    record = np.dtype([("length", ">i4"), ("value", f">{code}")])
    size = int.from_bytes(data[12:16], "big")
    if len(data) != _ARRAY_HEAD + size * record.itemsize:
        raise ValueError(f"a column of the query is NULL or of another type than declared: {query}")
    return np.frombuffer(data, record, size, _ARRAY_HEAD)["value"].astype(code)


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
