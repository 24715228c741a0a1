"""Signals of product usage: from the account's days."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scoring.facts import FactsAsOf
from scoring.signals.registry import Raw, compute_ratio, keep_known, signal, usage, usage_and_account

#: How far back "since" looks; an account that was silent for longer has this many days.
LOOKBACK: Final = 400
#: A feed that says nothing of an account for this long is dead, and its silence means nothing.
DEAD_AFTER: Final = 7


def _total(facts: FactsAsOf, metric: str, days: int, skip: int = 0) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Sum over the known days of a window, and how many there are."""
    values, known = facts.usage(metric, days, skip)
    return values.sum(axis=0, dtype=np.int64), np.count_nonzero(known, axis=0)


def _sum(facts: FactsAsOf, metric: str, days: int) -> Raw:
    total, known = _total(facts, metric, days)
    return compute_ratio(total * days, known, 2 * known >= days)


def _latest(facts: FactsAsOf, metric: str, days: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The newest known entry of a window, and where there is one."""
    values, known = facts.usage(metric, days)
    last = days - 1 - np.argmax(known[::-1], axis=0)
    return values[last, np.arange(facts.size)].astype(np.int64), np.asarray(known.any(axis=0))


@signal(usage)
def sessions(facts: FactsAsOf, *, days: int) -> Raw:
    """Logins in the last `days` days.

    Where some of the days are unknown, the sum of the known ones × `days` ÷ their number; unknown when
    fewer than half of the days are known.
    """
    return _sum(facts, "logins", days)


@signal(usage)
def core_actions(facts: FactsAsOf, *, days: int) -> Raw:
    """Core actions in the last `days` days; unknown days as in `sessions`."""
    return _sum(facts, "core_actions", days)


@signal(usage)
def api_calls(facts: FactsAsOf, *, days: int) -> Raw:
    """API calls in the last `days` days; unknown days as in `sessions`."""
    return _sum(facts, "api_calls", days)


@signal(usage)
def new_users(facts: FactsAsOf, *, days: int) -> Raw:
    """Users seen for the first time in the last `days` days; unknown days as in `sessions`."""
    return _sum(facts, "new_users", days)


@signal(usage)
def features_used(facts: FactsAsOf, *, days: int) -> Raw:
    """Different features used in the last `days` days.

    Unknown when the features of fewer than half of the days are known, or no feature was ever recorded.
    """
    words, known = facts.usage("features", days)
    if facts.find_first_day("features") is None:
        return np.full(facts.size, np.nan)
    used = np.bitwise_count(np.bitwise_or.reduce(words, axis=0)).sum(axis=1, dtype=np.int64)
    return keep_known(used, 2 * np.count_nonzero(known, axis=0) >= days)


@signal(lambda days: usage_and_account(days, "seats"))
def stickiness(facts: FactsAsOf, *, days: int) -> Raw:
    """Daily active users as a share of the users there are: the mean of active users over the known days.

    The users there are: the newest `seats_used` of the window, else the account's seats. Unknown when fewer
    than half of the days are known, or when there are no users. Can exceed 1.
    """
    total, known = _total(facts, "active_users", days)
    users, has_users = _latest(facts, "seats_used", days)
    seats, has_seats = facts.accounts.number("seats")
    users = np.where(has_users, users, seats)
    return compute_ratio(total, known * users, (2 * known >= days) & (has_users | has_seats) & (users > 0))


@signal(usage)
def active_users(facts: FactsAsOf, *, days: int) -> Raw:
    """Active users a day: the mean over the known days of the last `days`.

    Unknown when fewer than half of the days are known.
    """
    total, known = _total(facts, "active_users", days)
    return compute_ratio(total, known, 2 * known >= days)


@signal(lambda metric, days: usage(days))
def active_days(facts: FactsAsOf, *, metric: str, days: int) -> Raw:
    """Days of the last `days` with any of the metric.

    Unknown when fewer than half of the days are known.
    """
    values, known = facts.usage(metric, days)
    enough = 2 * np.count_nonzero(known, axis=0) >= days
    return keep_known(np.count_nonzero(values > 0, axis=0), enough)


@signal(lambda metric, days: usage(2 * days))
def usage_change(facts: FactsAsOf, *, metric: str, days: int) -> Raw:
    """The metric in the last `days` days ÷ in the `days` before; 1 is unchanged.

    Each side is taken for a known day, so unknown days change nothing. Unknown when fewer than half of
    the days of either side are known (for `seats_used`: none), or when there was nothing before.
    """
    now, now_known = _total(facts, metric, days)
    before, before_known = _total(facts, metric, days, skip=days)
    least = 1 if metric == "seats_used" else -(-days // 2)
    known = (now_known >= least) & (before_known >= least) & (before > 0)
    return compute_ratio(now * before_known, before * now_known, known)


@signal(lambda metric, days, weeks: usage(days + weeks * _weeks(days)))
def week_over_week(facts: FactsAsOf, *, metric: str, days: int, weeks: int) -> Raw:
    """The metric in the last `days` days ÷ its mean on the same weekdays of the `weeks` weeks before.

    1 is unchanged, and a weekend is held against weekends. Windows of more than seven days are held against
    as many whole weeks at a time. Unknown unless every day is known, or when there was nothing before.
    """
    now, now_known = _total(facts, metric, days)
    before, before_known = np.zeros(facts.size, np.int64), np.zeros(facts.size, np.int64)
    for back in range(1, weeks + 1):
        total, known_days = _total(facts, metric, days, skip=back * _weeks(days))
        before, before_known = before + total, before_known + known_days
    known = (now_known == days) & (before_known == weeks * days) & (before > 0)
    return compute_ratio(now * weeks, before, known)


def _weeks(days: int) -> int:
    """The days of the fewest whole weeks that hold `days`."""
    return 7 * -(-days // 7)


def _days_since(used: NDArray[np.bool_]) -> NDArray[np.int64]:
    since = np.argmax(used[::-1], axis=0)
    return np.where(used.any(axis=0), since, LOOKBACK)


@signal(lambda metric: usage(LOOKBACK))
def days_since(facts: FactsAsOf, *, metric: str) -> Raw:
    """Days since the last day with any of the metric: 0 is today, 400 is longer than we look back.

    Unknown when nobody's metric was ever recorded, or the account's last seven days are all unknown.
    """
    values, known = facts.usage(metric, LOOKBACK)
    is_fed = known[-DEAD_AFTER:].any(axis=0)
    return keep_known(_days_since(values > 0), is_fed & (facts.find_first_day(metric) is not None))


@signal(lambda feature: usage(LOOKBACK))
def days_since_feature(facts: FactsAsOf, *, feature: str) -> Raw:
    """Days since the feature was last used: 0 is today, 400 is longer than we look back.

    Unknown when nobody ever used the feature, or the account's last seven days are all unknown.
    """
    number = facts.find_feature(feature)
    if number is None or facts.find_first_day(f"feature {number}") is None:
        return np.full(facts.size, np.nan)
    words, known = facts.usage("features", LOOKBACK)
    word, bit = divmod(number, 64)
    if word < words.shape[2]:
        used = (words[:, :, word] >> np.uint64(bit)) & np.uint64(1) == 1
    else:
        used = np.zeros(words.shape[:2], dtype=np.bool_)
    return keep_known(_days_since(used), known[-DEAD_AFTER:].any(axis=0))


@signal(lambda days: usage_and_account(days, "seats"))
def seat_utilization(facts: FactsAsOf, *, days: int) -> Raw:
    """The newest `seats_used` of the last `days` days ÷ the account's seats.

    A day without a row says nothing of seats. Unknown without seats, or with none used on record.
    """
    used, has_used = _latest(facts, "seats_used", days)
    seats, has_seats = facts.accounts.number("seats")
    return compute_ratio(used, seats, has_used & has_seats & (seats > 0))


@signal(lambda metric, days: usage_and_account(days, "plan_limit"))
def plan_utilization(facts: FactsAsOf, *, metric: str, days: int) -> Raw:
    """The metric in the last `days` days ÷ the account's plan limit; unknown days as in `sessions`.

    Unknown without a plan limit.
    """
    total, known = _total(facts, metric, days)
    limit, has_limit = facts.accounts.number("plan_limit")
    return compute_ratio(total * days, known * limit, (2 * known >= days) & has_limit & (limit > 0))
