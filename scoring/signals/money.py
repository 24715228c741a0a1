"""Signals of payments, revenue and the contract."""

from typing import Final

import numpy as np

from scoring.facts import FactsAsOf, Needs
from scoring.facts.rows import MOVEMENTS, PAYMENTS
from scoring.signals.registry import Raw, account, compute_ratio, keep_known, rows, signal
from scoring.signals.support import is_within

#: An account whose last paid invoice is older than this has no invoices any more.
_RECENT: Final = 400


@signal(lambda days: rows("payments", days, "status"))
def failed_payment_share(facts: FactsAsOf, *, days: int) -> Raw:
    """Failed payments ÷ all payments due in the last `days` days. Unknown when none was due."""
    found = facts.rows("payments")
    due = found.where(is_within(found.due, facts, days))
    failed = facts.count(due.account[due.status == PAYMENTS.index("failed")])
    count = facts.count(due.account)
    return compute_ratio(failed, count, count > 0)


@signal(lambda days: rows("payments", days, "status"))
def failed_payments(facts: FactsAsOf, *, days: int) -> Raw:
    """Payments due in the last `days` days that failed.

    Unknown when the team has never recorded a payment.
    """
    found = facts.rows("payments")
    due = found.where(is_within(found.due, facts, days))
    failed = facts.count(due.account[due.status == PAYMENTS.index("failed")])
    return keep_known(failed, facts.is_seen("payments"))


@signal(
    lambda: Needs(
        {"payments": _RECENT},
        {"payments": frozenset({"status", "paid"})},
        beyond=frozenset({"payments"}),
    )
)
def oldest_unpaid_days(facts: FactsAsOf) -> Raw:
    """Days since the oldest payment was due that is not paid yet; 0 when all are paid.

    However old it is. Unknown when nothing is unpaid and nothing was due in the last 400 days.
    """
    found = facts.rows("payments")
    is_paid = (found.status == PAYMENTS.index("paid")) & (
        (found.paid > 2**31 - 2) | (found.paid <= facts.day)
    )
    unpaid = found.where(~is_paid & (found.due <= facts.day))
    oldest = np.full(facts.size, facts.day, dtype=np.int64)
    np.minimum.at(oldest, unpaid.account, unpaid.due)
    recent = facts.count(found.account[is_within(found.due, facts, _RECENT)])
    known = (recent > 0) | (facts.count(unpaid.account) > 0)
    return keep_known(facts.day - oldest, known)


@signal(lambda days: rows("movements", days, "kind", "amount"))
def arr_growth(facts: FactsAsOf, *, days: int) -> Raw:
    """Expansion less contraction of the last `days` days ÷ the ARR before them; 0 is none.

    New business and churn are not counted. Unknown without ARR, or when the team records no movements.
    """
    found = facts.rows("movements")
    inside = is_within(found.moved, facts, days)
    net = np.zeros(facts.size, dtype=np.int64)
    for kind, sign in (("expansion", 1), ("contraction", -1)):
        chosen = found.where(inside & (found.kind == MOVEMENTS.index(kind)))
        np.add.at(net, chosen.account, sign * np.abs(chosen.amount))
    arr_now, has_arr = facts.accounts.number("arr")
    before = arr_now - net
    return compute_ratio(net, before, has_arr & (before > 0) & facts.is_seen("movements"))


@signal(lambda: account("arr"))
def arr(facts: FactsAsOf) -> Raw:
    """Annual recurring revenue in whole units of the account's currency. Unknown when not recorded."""
    cents, known = facts.accounts.number("arr")
    return compute_ratio(cents, 100, known)


@signal(lambda: account("renewal_on"))
def days_to_renewal(facts: FactsAsOf) -> Raw:
    """Days until the contract renews, negative when the day has passed. Unknown without a renewal date."""
    renewal, known = facts.accounts.day("renewal_on")
    return keep_known(renewal - facts.day, known)


@signal(lambda: account("renewal_on", "notice_days"))
def days_to_opt_out(facts: FactsAsOf) -> Raw:
    """Days until the last day to give notice: the renewal date less the days of notice.

    Unknown without a renewal date or a period of notice.
    """
    renewal, has_renewal = facts.accounts.day("renewal_on")
    notice, has_notice = facts.accounts.number("notice_days")
    return keep_known(renewal - notice - facts.day, has_renewal & has_notice)


@signal(lambda: account("started_on"))
def days_since_start(facts: FactsAsOf) -> Raw:
    """Days since the account became a customer. Unknown without a start date."""
    started, known = facts.accounts.day("started_on")
    return keep_known(facts.day - started, known)
