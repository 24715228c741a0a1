"""A run's scores and inputs of one block as bytes, and back.

``score_sheet.scores`` is plain: for every slot the score in millionths of a point (i32; −1 refused, −2 not
scored), then the level's rank (i8, −1 none), then the coverage in percent (u8, 255 none). So the score of
slot *s* is the four bytes from 4·*s* on, and a trend reads nothing else.

``score_sheet.inputs`` is compressed: a line of JSON that names the columns, then the slots (u16) of the
accounts scored, then each column with its bytes ordered by significance, which halves what zlib leaves.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import SignalKey, parse_signal
from scoring.engine import AccountColumns

NOT_SCORED: Final = -2
REFUSED: Final = -1
_NO_COVERAGE: Final = 255
_UNKNOWN_I4: Final = -(2**31)

Raws = Mapping[SignalKey, NDArray[np.float64]]


@dataclass(frozen=True)
class Inputs:
    """What a score was computed from: for each account, in the order of ``slots``."""

    slots: NDArray[np.int64]
    raws: Raws
    columns: AccountColumns
    held: Mapping[str, Raws] = field(default_factory=dict)
    #: Cents, −1 where unknown.
    arr_cents: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def joined(cls, parts: Sequence["Inputs"]) -> "Inputs | None":
        """The rows of all parts in order; None where they were computed from different columns."""
        first = parts[0]
        if any(part.held or part.raws.keys() != first.raws.keys() for part in parts):
            return None
        columns = [part.columns for part in parts]
        if any(each.texts.keys() != columns[0].texts.keys() for each in columns):
            return None
        if any(each.product_arr.keys() != columns[0].product_arr.keys() for each in columns):
            return None
        return cls(
            np.concatenate([part.slots for part in parts]),
            {key: np.concatenate([part.raws[key] for part in parts]) for key in first.raws},
            AccountColumns(
                sum(each.count for each in columns),
                texts={
                    name: np.concatenate([each.texts[name] for each in columns]) for name in columns[0].texts
                },
                product_arr={
                    name: np.concatenate([each.product_arr[name] for each in columns])
                    for name in columns[0].product_arr
                },
            ),
            {},
            np.concatenate([part.arr_cents for part in parts]),
        )

    def where(self, chosen: NDArray[Any]) -> "Inputs":
        """The inputs of some of the accounts."""
        return Inputs(
            self.slots[chosen],
            {key: raw[chosen] for key, raw in self.raws.items()},
            AccountColumns(
                len(self.slots[chosen]),
                texts={name: column[chosen] for name, column in self.columns.texts.items()},
                product_arr={name: column[chosen] for name, column in self.columns.product_arr.items()},
            ),
            {name: {key: raw[chosen] for key, raw in raws.items()} for name, raws in self.held.items()},
            self.arr_cents[chosen],
        )


def pack_scores(
    slots: NDArray[np.int64],
    score_micro: NDArray[np.int64],
    levels: NDArray[np.int8],
    coverage: NDArray[np.int16],
) -> bytes:
    """The bytes of ``score_sheet.scores`` for the accounts at `slots`."""
    size = int(slots.max()) + 1 if len(slots) else 0
    micro = np.full(size, NOT_SCORED, dtype="<i4")
    ranks = np.full(size, -1, dtype=np.int8)
    shares = np.full(size, _NO_COVERAGE, dtype=np.uint8)
    micro[slots], ranks[slots], shares[slots] = score_micro, levels, coverage
    return micro.tobytes() + ranks.tobytes() + shares.tobytes()


@dataclass(frozen=True)
class Scores:
    """Scores and ranks of some accounts; ``score_micro`` is REFUSED or NOT_SCORED where there is none."""

    score_micro: NDArray[np.int64]
    levels: NDArray[np.int8]


def unpack_scores(data: bytes, slots: NDArray[np.int64]) -> Scores:
    """The scores of the accounts at `slots`."""
    size = len(data) // 6
    micro = np.frombuffer(data, "<i4", size)
    ranks = np.frombuffer(data, np.int8, size, 4 * size)
    inside = slots < size
    score_micro = np.full(len(slots), NOT_SCORED, dtype=np.int64)
    levels = np.full(len(slots), -1, dtype=np.int8)
    score_micro[inside], levels[inside] = micro[slots[inside]], ranks[slots[inside]]
    return Scores(score_micro, levels)


def pack_inputs(inputs: Inputs) -> bytes:
    """The bytes of ``score_sheet.inputs``."""
    names: list[list[Any]] = []
    parts: list[bytes] = []
    for key, raw in inputs.raws.items():
        _add(names, parts, ["raw", key.text], _narrow(raw))
    for season, raws in inputs.held.items():
        for key, raw in raws.items():
            _add(names, parts, ["held", key.text, season], _narrow(raw))
    for name, cents in inputs.columns.product_arr.items():
        _add(names, parts, ["product", name], cents.astype("<i8"))
    _add(names, parts, ["arr", ""], inputs.arr_cents.astype("<i8"))
    for name, words in inputs.columns.texts.items():
        known = sorted({word for word in words if word is not None})
        at = {word: number for number, word in enumerate(known)}
        codes = np.array([-1 if word is None else at[word] for word in words], dtype="<i4")
        _add(names, parts, ["text", name, known], codes)
    head = json.dumps({"size": len(inputs.slots), "columns": names}).encode() + b"\n"
    return zlib.compress(head + inputs.slots.astype("<u2").tobytes() + b"".join(parts), 1)


def _narrow(raw: NDArray[np.float64]) -> NDArray[Any]:
    """The same numbers as 32-bit integers where they are all whole, which is half of them and compresses."""
    unknown = np.isnan(raw)
    whole = np.where(unknown, 0.0, raw)
    is_whole = (np.abs(whole) < 2**31) & (np.trunc(whole) == whole) & ~(np.signbit(whole) & (whole == 0))
    if is_whole.all():
        return np.where(unknown, _UNKNOWN_I4, whole).astype("<i4")
    return raw.astype("<f8")


def _add(names: list[list[Any]], parts: list[bytes], name: list[Any], column: NDArray[Any]) -> None:
    names.append([column.dtype.str, *name])
    width = column.dtype.itemsize
    parts.append(np.ascontiguousarray(column.view(np.uint8).reshape(-1, width).T).tobytes())


def unpack_inputs(data: bytes, slot: int | None = None) -> Inputs:
    """The inputs that `pack_inputs` packed, of all accounts or of the one at `slot` (none: empty)."""
    body = zlib.decompress(data)
    end = body.index(b"\n")
    head = json.loads(body[:end])
    size, start = head["size"], end + 1
    slots = np.frombuffer(body, "<u2", size, start).astype(np.int64)
    start += 2 * size
    chosen: slice | NDArray[Any] = slice(None) if slot is None else np.flatnonzero(slots == slot)
    raws: dict[SignalKey, NDArray[np.float64]] = {}
    held: dict[str, dict[SignalKey, NDArray[np.float64]]] = {}
    texts: dict[str, NDArray[np.object_]] = {}
    product_arr: dict[str, NDArray[np.int64]] = {}
    arr_cents = np.zeros(0, np.int64)
    for dtype, kind, name, *more in head["columns"]:
        width = np.dtype(dtype).itemsize
        planes = np.frombuffer(body, np.uint8, width * size, start).reshape(width, size)
        column = np.ascontiguousarray(planes[:, chosen].T).reshape(-1).view(dtype)
        start += width * size
        if kind == "raw":
            raws[parse_signal(name)] = _widen(column)
        elif kind == "held":
            held.setdefault(more[0], {})[parse_signal(name)] = _widen(column)
        elif kind == "product":
            product_arr[name] = column.astype(np.int64)
        elif kind == "arr":
            arr_cents = column.astype(np.int64)
        else:
            words = np.array([*more[0], None], dtype=np.object_)
            texts[name] = words[column]
    columns = AccountColumns(len(slots[chosen]), texts=texts, product_arr=product_arr)
    return Inputs(slots[chosen], raws, columns, held, arr_cents)


def _widen(column: NDArray[Any]) -> NDArray[np.float64]:
    if column.dtype.kind == "f":
        return column.astype(np.float64)
    return np.where(column == _UNKNOWN_I4, np.nan, column.astype(np.float64))
