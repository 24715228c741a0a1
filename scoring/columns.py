"""Accounts as columns, and conditions answered for all of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import SignalKey
from scoring.model.conditions import SignalTest, When, Where

Column = NDArray[np.float64]
Mask = NDArray[np.bool_]
Raws = Mapping[SignalKey, Column]


@dataclass(frozen=True)
class AccountColumns:
    """What is written about ``count`` accounts, one entry each, in the order of the raw columns."""

    count: int
    #: By column name (``model.columns``): a text, or None where the account has none.
    texts: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)
    #: By product (``model.products``): its ARR in cents, 0 where the account does not pay for it.
    product_arr: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


@dataclass(frozen=True)
class Truth:
    """Where a condition holds, and where nobody knows for want of data (there ``holds`` is False)."""

    holds: Mask
    unknown: Mask


def compute_where(where: Where, columns: AccountColumns) -> Mask:
    """Whether everything written in the condition matches, bool[n]. A column nobody sent matches nothing."""
    holds = np.ones(columns.count, dtype=bool)
    for name, allowed in where.texts.items():
        texts = columns.texts.get(name)
        if texts is None:
            return np.zeros(columns.count, dtype=bool)
        holds &= np.isin(texts, np.array(allowed, dtype=object))
    return holds


def compute_when(when: When, columns: AccountColumns, raws: Raws) -> Truth:
    """Whether the condition holds: one part that fails settles it, else one unknown leaves it open."""
    holds = compute_where(when, columns)
    unknown = np.zeros(columns.count, dtype=bool)
    for test in when.signals:
        raw = raws[test.signal]
        if test.known is not None:
            holds &= ~np.isnan(raw) if test.known else np.isnan(raw)
        if test.borders:
            missing = np.isnan(raw)
            holds &= missing | _compare(test, raw)
            unknown |= missing
    unknown &= holds
    return Truth(holds & ~unknown, unknown)


def _compare(test: SignalTest, raw: Column) -> Mask:
    holds = np.ones(raw.shape, dtype=bool)
    for operator, border in test.borders.items():
        match operator:
            case "above":
                holds &= raw > border
            case "at_least":
                holds &= raw >= border
            case "below":
                holds &= raw < border
            case "at_most":
                holds &= raw <= border
            case _:
                holds &= raw == border
    return holds
