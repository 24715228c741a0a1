"""Signals of touches, contacts and the customer's goals."""

import numpy as np
from numpy.typing import NDArray

from scoring.facts import FactsAsOf
from scoring.facts.rows import GOALS, ROLES, TOUCHES, Rows
from scoring.signals.product_usage import LOOKBACK
from scoring.signals.registry import Raw, compute_ratio, keep_known, rows, signal
from scoring.signals.support import is_one_of, is_within


def _is_touch(found: Rows, kinds: str) -> NDArray[np.bool_]:
    # A note is no contact with the customer.
    return np.asarray(is_one_of(found.kind, TOUCHES, kinds) & (found.kind != TOUCHES.index("note")))


@signal(lambda kinds, days: rows("touches", days, "kind"))
def touches(facts: FactsAsOf, *, kinds: str, days: int) -> Raw:
    """Touches of these kinds in the last `days` days, by the team's own date; `any` is all but notes.

    Unknown when no account at all has a touch in that time.
    """
    found = facts.rows("touches")
    chosen = is_within(found.at, facts, days) & _is_touch(found, kinds)
    return keep_known(facts.count(found.account[chosen]), facts.is_fed("touches", days))


@signal(lambda kinds: rows("touches", LOOKBACK, "kind"))
def days_since_touch(facts: FactsAsOf, *, kinds: str) -> Raw:
    """Days since the last touch of these kinds: 0 is today, 400 is longer than we look back.

    Unknown when the team has never recorded a touch.
    """
    found = facts.rows("touches")
    chosen = found.where(is_within(found.at, facts, LOOKBACK) & _is_touch(found, kinds))
    last = np.full(facts.size, facts.day - LOOKBACK, dtype=np.int64)
    np.maximum.at(last, chosen.account, chosen.at)
    return keep_known(facts.day - last, facts.is_seen("touches"))


def _active(facts: FactsAsOf) -> Rows:
    found = facts.rows("contacts")
    return found.where((found.since <= facts.day) & (found.left > facts.day))


@signal(lambda role: rows("contacts", 0, "role", "since", "left"))
def contacts(facts: FactsAsOf, *, role: str) -> Raw:
    """People at the customer in this role who have come and not left by the end of the day.

    Unknown when the team has never recorded a contact.
    """
    active = _active(facts)
    chosen = is_one_of(active.role, ROLES, role)
    return keep_known(facts.count(active.account[chosen]), facts.is_seen("contacts"))


@signal(lambda: rows("contacts", 0, "role", "since", "left"))
def champion_threads(facts: FactsAsOf) -> Raw:
    """How many people at the customer we know, the champion among them; 0 when there is no champion.

    Unknown when the account has no contact on record.
    """
    active = _active(facts)
    champions = facts.count(active.account[active.role == ROLES.index("champion")])
    threads = np.where(champions > 0, facts.count(active.account), 0)
    return keep_known(threads, facts.count(facts.rows("contacts").account) > 0)


@signal(lambda: rows("contacts", 0, "role", "since", "left"))
def days_since_champion_left(facts: FactsAsOf) -> Raw:
    """Days since the last champion left, while there is no other.

    Unknown when a champion is there, or none has ever left.
    """
    found = facts.rows("contacts")
    is_champion = found.role == ROLES.index("champion")
    gone = found.where(is_champion & (found.left <= facts.day))
    left = np.full(facts.size, np.iinfo(np.int64).min, dtype=np.int64)
    np.maximum.at(left, gone.account, gone.left)
    active = _active(facts)
    there = facts.count(active.account[active.role == ROLES.index("champion")]) > 0
    known = (facts.count(gone.account) > 0) & ~there
    return keep_known(facts.day - np.where(known, left, 0), known)


def _is_met(facts: FactsAsOf, found: Rows) -> NDArray[np.bool_]:
    return np.asarray((found.status == GOALS.index("met")) & (found.met <= facts.day))


@signal(lambda: rows("goals", 0, "status", "met", "due"))
def goals_met_share(facts: FactsAsOf) -> Raw:
    """Goals met by the end of the day ÷ all goals of the account. Unknown when it has none."""
    found = facts.rows("goals")
    count = facts.count(found.account)
    return compute_ratio(facts.count(found.account[_is_met(facts, found)]), count, count > 0)


@signal(lambda: rows("goals", 0, "status", "met", "due"))
def goals_overdue(facts: FactsAsOf) -> Raw:
    """Goals that were due before the day and are not met. Unknown when the account has no goals."""
    found = facts.rows("goals")
    overdue = (found.due < facts.day) & ~_is_met(facts, found)
    return keep_known(facts.count(found.account[overdue]), facts.count(found.account) > 0)
