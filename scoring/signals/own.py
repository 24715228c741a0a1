"""Signals the team brings itself: measured numbers, and columns of its accounts."""

import math

import numpy as np
from numpy.typing import NDArray

from scoring.facts import FactsAsOf, Needs
from scoring.facts.accounts import NUMBERS
from scoring.signals.registry import Raw, account, compute_ratio, keep_known, rows, signal
from scoring.signals.support import is_within


@signal(lambda name, agg, days: rows(f"custom {name}", days, "value"))
def custom(facts: FactsAsOf, *, name: str, agg: str, days: int) -> Raw:
    """The team's own signal `name` in the last `days` days, taken together as `agg` says.

    `last` is the newest day's value; `sum`, `mean`, `count`, `min` and `max` are over all days that have
    one. Unknown when none has.
    """
    found = facts.rows(f"custom {name}")
    found = found.where(is_within(found.day, facts, days))
    # In the order of days, since a sum of fractions depends on its order.
    found = found.where(np.lexsort((found.day, found.account)))
    count = facts.count(found.account)
    if agg in ("sum", "mean"):
        total = np.bincount(found.account, weights=found.value, minlength=facts.size)
        return compute_ratio(total, count if agg == "mean" else 1, count > 0)
    if agg == "count":
        return keep_known(count, count > 0)
    values = np.full(facts.size, {"last": 0.0, "min": np.inf, "max": -np.inf}[agg])
    if agg == "last":
        values[found.account] = found.value
    else:
        (np.minimum if agg == "min" else np.maximum).at(values, found.account, found.value)
    return keep_known(values, count > 0)


def _parse_number(word: str | None) -> float:
    if word is None:
        return math.nan
    if word.strip().lower() in ("true", "false"):
        return float(word.strip().lower() == "true")
    try:
        number = float(word)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _parse_numbers(words: NDArray[np.object_]) -> Raw:
    return np.array([_parse_number(word) for word in words], dtype=np.float64)


@signal(lambda name: account(name) if name in NUMBERS else Needs(words=frozenset({name})))
def field(facts: FactsAsOf, *, name: str) -> Raw:
    """A number among the account's columns: arr, seats, plan_limit, notice_days, contract_months or its own.

    Text such as 12.5 counts, true is 1 and false is 0. Unknown where there is no number.
    """
    if name not in NUMBERS:
        return _parse_numbers(facts.accounts.word(name))
    values, known = facts.accounts.number(name)
    return compute_ratio(values, 100 if name == "arr" else 1, known)
