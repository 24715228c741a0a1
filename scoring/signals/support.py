"""Signals of support tickets and surveys."""

import numpy as np
from numpy.typing import NDArray

from scoring.days import NEVER
from scoring.facts import FactsAsOf, Needs
from scoring.facts.rows import SEVERITIES, SURVEYS, Rows
from scoring.signals.registry import Raw, compute_ratio, keep_known, rows, signal


def is_within(when: NDArray[np.int32], facts: FactsAsOf, days: int) -> NDArray[np.bool_]:
    """Which of the days lie in the window of `days` that ends on the day scored."""
    return np.asarray((when <= facts.day) & (when > facts.day - days))


def is_one_of(codes: NDArray[np.int16], names: tuple[str, ...], words: str) -> NDArray[np.bool_]:
    """Which of the codes stand for one of `words`, joined by ``+``; all for ``any``."""
    if words == "any":
        return np.ones(len(codes), dtype=np.bool_)
    return np.asarray(np.isin(codes, [names.index(word) for word in words.split("+")]))


def compute_mean(facts: FactsAsOf, chosen: Rows, values: NDArray[np.int16]) -> Raw:
    """The mean of whole numbers by account; unknown where there are none."""
    count = facts.count(chosen.account)
    total = np.zeros(facts.size, dtype=np.int64)
    np.add.at(total, chosen.account, values)
    return compute_ratio(total, count, count > 0)


@signal(lambda days, severity: rows("tickets", days, "severity"))
def tickets(facts: FactsAsOf, *, days: int, severity: str) -> Raw:
    """Tickets of a severity opened in the last `days` days, by the team's own date.

    Unknown when no account at all opened a ticket in that time: a silent feed is not a quiet customer.
    """
    found = facts.rows("tickets")
    chosen = is_within(found.opened, facts, days) & is_one_of(found.severity, SEVERITIES, severity)
    return keep_known(facts.count(found.account[chosen]), facts.is_fed("tickets", days))


@signal(lambda days, quiet: rows("tickets", 2 * days + quiet))
def ticket_spike(facts: FactsAsOf, *, days: int, quiet: int) -> Raw:
    """Tickets of the `days` days before the last `quiet` days ÷ those of the `days` days before them.

    None before counts as one. Unknown when there was a ticket in the last `quiet` days, so a known figure
    means silence; and when no account at all opened a ticket in them.
    """
    found = facts.rows("tickets")

    def count(start: int, end: int) -> NDArray[np.int64]:
        inside = (found.opened > facts.day - start) & (found.opened <= facts.day - end)
        return facts.count(found.account[inside])

    known = (count(quiet, 0) == 0) & facts.is_fed("tickets", quiet)
    before = np.maximum(count(quiet + 2 * days, quiet + days), 1)
    return compute_ratio(count(quiet + days, quiet), before, known)


@signal(
    lambda severity: Needs(
        {"tickets": 1},
        {"tickets": frozenset({"severity", "closed"})},
        beyond=frozenset({"tickets"}),
    )
)
def open_tickets(facts: FactsAsOf, *, severity: str) -> Raw:
    """Tickets of a severity that were opened and not closed by the end of the day.

    Unknown when the team has never recorded a ticket.
    """
    found = facts.rows("tickets")
    is_open = (found.opened <= facts.day) & (found.closed > facts.day)
    chosen = is_open & is_one_of(found.severity, SEVERITIES, severity)
    return keep_known(facts.count(found.account[chosen]), facts.is_seen("tickets"))


@signal(lambda days: rows("tickets", days, "rating", "closed"))
def ticket_rating(facts: FactsAsOf, *, days: int) -> Raw:
    """The mean rating, 1 to 5 stars, of the tickets opened in the last `days` days that have one.

    A ticket is rated when it is closed, so one that is closed later has no rating yet. Unknown when none has.
    """
    found = facts.rows("tickets")
    # A ticket that is rated and was never closed was rated while open.
    is_rated = (found.rating > 0) & ((found.closed <= facts.day) | (found.closed >= NEVER))
    rated = found.where(is_within(found.opened, facts, days) & is_rated)
    return compute_mean(facts, rated, rated.rating)


@signal(lambda days: rows("surveys", days, "kind", "score"))
def nps(facts: FactsAsOf, *, days: int) -> Raw:
    """Net promoter score of the answers of the last `days` days: 100 × (promoters − detractors) ÷ answers.

    Promoters gave 9 or 10, detractors 0 to 6. Unknown without an answer.
    """
    found = facts.rows("surveys")
    answers = found.where(is_within(found.answered, facts, days) & (found.kind == SURVEYS.index("nps")))
    count = facts.count(answers.account)
    promoters = facts.count(answers.account[answers.score >= 9])
    detractors = facts.count(answers.account[answers.score <= 6])
    return compute_ratio(100 * (promoters - detractors), count, count > 0)


@signal(lambda days: rows("surveys", days, "kind", "score"))
def csat(facts: FactsAsOf, *, days: int) -> Raw:
    """The mean CSAT answer, 1 to 5 stars, of the last `days` days. Unknown without an answer."""
    found = facts.rows("surveys")
    answers = found.where(is_within(found.answered, facts, days) & (found.kind == SURVEYS.index("csat")))
    return compute_mean(facts, answers, answers.score)
