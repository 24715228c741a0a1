"""How a function becomes a signal, and how models get the columns they ask for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import SignalKey
from scoring.facts import FactsAsOf, Needs, merge_needs

Raw = NDArray[np.float64]
#: From the facts of a day, and the signal's own parameters by name, to a number for each account.
SignalFunction = Callable[..., Raw]
F = TypeVar("F", bound=SignalFunction)


@dataclass(frozen=True)
class Signal:
    """A registered signal. Its docstring is its definition in the catalogue that people read."""

    name: str
    compute: SignalFunction
    compute_needs: Callable[..., Needs]
    text: str


SIGNALS: dict[str, Signal] = {}


def signal(compute_needs: Callable[..., Needs]) -> Callable[[F], F]:
    """Register a function as the signal of its name; `compute_needs` takes the same parameters.

    The function may combine accounts in no way that depends on which others are in the batch: whole-number
    sums and arithmetic entry by entry only, so that one account gives the same bytes as two hundred thousand.
    """

    def register(function: F) -> F:
        name = function.__name__
        SIGNALS[name] = Signal(name, function, compute_needs, function.__doc__ or "")
        return function

    return register


def compute_needs(keys: Iterable[SignalKey]) -> Needs:
    """What has to be loaded for these signals."""
    return merge_needs(SIGNALS[key.name].compute_needs(**dict(key.params)) for key in keys)


def compute_raws(facts: FactsAsOf, keys: Iterable[SignalKey]) -> Mapping[SignalKey, Raw]:
    """The signals' values for all accounts of `facts`; NaN where unknown."""
    return {key: SIGNALS[key.name].compute(facts, **dict(key.params)) for key in keys}


def compute_ratio(above: NDArray[Any], below: NDArray[Any] | int, known: NDArray[np.bool_]) -> Raw:
    """`above` ÷ `below` where `known`, NaN elsewhere: the one division a signal makes."""
    found = np.full(np.shape(known), np.nan)
    np.divide(above, below, out=found, where=known)
    return found


def keep_known(values: NDArray[Any], known: NDArray[np.bool_] | np.bool_ | bool) -> Raw:
    """`values` where `known`, NaN elsewhere."""
    return np.where(known, values, np.nan)


def usage(days: int) -> Needs:
    """Use of `days` days."""
    return Needs({"usage": days})


def rows(kind: str, days: int = 0, *columns: str) -> Needs:
    """These columns of a kind of fact, `days` back; 0 for all."""
    return Needs({kind: days}, {kind: frozenset(columns)})


def account(*columns: str) -> Needs:
    """These numbers and dates of the account."""
    return Needs(columns={"account": frozenset(columns)})


def usage_and_account(days: int, *columns: str) -> Needs:
    """Use of `days` days, and these columns of the account."""
    return merge_needs((usage(days), account(*columns)))
