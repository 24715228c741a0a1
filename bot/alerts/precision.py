"""What became of each rule's fires: how often, acknowledged how soon, and useful or not (SPEC A7)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from sqlalchemy import ColumnElement, case, distinct, extract, func, literal, select, tuple_
from sqlalchemy.orm import Session

from bot.models import Account, Alert, AlertEvent, AlertFeedback, RuleFire

#: Fires are counted by account and month: a rule that repeats itself every month is heard every month.
MONTH = timedelta(days=30)
WEEK = timedelta(days=7)
#: Of the normal distribution: 95 of 100 such intervals hold the true share.
_Z = 1.959964


@dataclass(frozen=True)
class Audience:
    """What fires are counted against: live accounts, the CSMs who have some, and over how long fires were
    kept. A record shorter than a month, or a week, is not stretched to one."""

    accounts: int
    csms: int
    window: timedelta


@dataclass(frozen=True)
class RuleRecord:
    """One rule's record over a window. Rates are None where there is nothing to divide by.

    ``suppressed`` counts fires by the reason why nothing came of them. ``account_months`` are the pairs of
    account and 30 days in which the rule fired and was not suppressed. Answers are people's: two about one
    alert count twice. ``reviewed`` are fires of a rule in shadow that somebody judged.
    """

    rule: str
    audience: Audience
    opened: int = 0
    joined: int = 0
    shadow: int = 0
    suppressed: Mapping[str, int] = field(default_factory=dict)
    account_months: int = 0
    alerts: int = 0
    acknowledged: int = 0
    median_seconds: float | None = None
    useful: int = 0
    not_useful: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    reviewed: int = 0
    reviewed_useful: int = 0

    @property
    def fires(self) -> int:
        """Fires that were not suppressed: those that were or, for a rule in shadow, would have been seen."""
        return self.opened + self.joined + self.shadow

    @property
    def answers(self) -> int:
        return self.useful + self.not_useful

    @property
    def precision(self) -> float | None:
        """The part of the answers that said useful."""
        return self.useful / self.answers if self.answers else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the precision truly lies, as far as so few answers can tell."""
        return compute_wilson(self.useful, self.answers) if self.answers else None

    @property
    def acknowledge_rate(self) -> float | None:
        return self.acknowledged / self.alerts if self.alerts else None

    @property
    def account_share(self) -> float | None:
        """The part of the accounts the rule fires for in 30 days; over 5 % it is a list, not an alert."""
        months = max(self.audience.window, MONTH) / MONTH
        whole = self.audience.accounts * months
        return min(1.0, self.account_months / whole) if whole else None

    @property
    def fires_per_csm_week(self) -> float | None:
        weeks = self.audience.csms * (max(self.audience.window, WEEK) / WEEK)
        return self.fires / weeks if weeks else None


def compute_wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's, which holds for few answers too). ``total`` is above 0."""
    share, z2 = hits / total, _Z * _Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    reach = _Z * sqrt(share * (1 - share) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return (
        0.0 if hits == 0 else max(0.0, middle - reach),
        1.0 if hits == total else min(1.0, middle + reach),
    )


def load_rule_records(session: Session, *, since: datetime, until: datetime) -> dict[str, RuleRecord]:
    """The record of every rule that fired or opened an alert from ``since`` to before ``until``, by name.

    Answers and acknowledgements are those of alerts opened in the window, whenever they came.
    """
    fires, reviews = _load_fires(session, since, until)
    months = _load_account_months(session, since, until)
    alerts, answers = _load_alerts(session, since, until), _load_answers(session, since, until)
    audience = _load_audience(session, since, until)
    return {
        rule: RuleRecord(
            rule,
            audience,
            opened=sum(fires[rule]["opened"].values()),
            joined=sum(fires[rule]["joined"].values()),
            shadow=sum(fires[rule]["shadow"].values()),
            suppressed=dict(fires[rule]["suppressed"]),
            account_months=months.get(rule, 0),
            alerts=alerts.get(rule, (0, 0, None))[0],
            acknowledged=alerts.get(rule, (0, 0, None))[1],
            median_seconds=alerts.get(rule, (0, 0, None))[2],
            useful=answers[rule][True].total(),
            not_useful=answers[rule][False].total(),
            reasons={reason: count for reason, count in answers[rule][False].items() if reason},
            reviewed=reviews[rule][0],
            reviewed_useful=reviews[rule][1],
        )
        for rule in sorted({*fires, *alerts})
    }


_Fires = dict[str, dict[str, Counter[str]]]


def _load_fires(
    session: Session, since: datetime, until: datetime
) -> tuple[_Fires, dict[str, tuple[int, int]]]:
    """By rule: fires by outcome and reason, and how many were judged and found useful."""
    asked = (
        select(
            RuleFire.rule,
            RuleFire.outcome,
            RuleFire.reason,
            func.count(),
            func.count(RuleFire.review),
            func.count(case((RuleFire.review.is_(True), 1))),
        )
        .where(RuleFire.at >= since, RuleFire.at < until)
        .group_by(RuleFire.rule, RuleFire.outcome, RuleFire.reason)
    )
    fires: _Fires = defaultdict(lambda: defaultdict(Counter))
    reviews: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for rule, outcome, reason, count, judged, useful in session.execute(asked):
        fires[rule][outcome][reason or ""] += count
        reviews[rule] = (reviews[rule][0] + judged, reviews[rule][1] + useful)
    return fires, reviews


def _load_account_months(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    month = func.floor(_seconds(literal(until) - RuleFire.at) / MONTH.total_seconds())
    asked = (
        select(RuleFire.rule, func.count(distinct(tuple_(RuleFire.account_id, month))))
        .where(RuleFire.at >= since, RuleFire.at < until, RuleFire.outcome != "suppressed")
        .group_by(RuleFire.rule)
    )
    return {rule: count for rule, count in session.execute(asked)}


def _load_alerts(
    session: Session, since: datetime, until: datetime
) -> dict[str, tuple[int, int, float | None]]:
    """By rule: alerts opened, those that somebody acknowledged, and the median seconds until then."""
    first = (
        select(AlertEvent.alert_id, func.min(AlertEvent.at).label("at"))
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .where(AlertEvent.kind == "acknowledged", Alert.opened_at >= since, Alert.opened_at < until)
        .group_by(AlertEvent.alert_id)
        .subquery("first_acknowledged")
    )
    took = _seconds(first.c.at - Alert.opened_at)
    asked = (
        select(Alert.rule, func.count(), func.count(first.c.at), func.percentile_cont(0.5).within_group(took))
        .outerjoin(first, first.c.alert_id == Alert.id)
        .where(Alert.opened_at >= since, Alert.opened_at < until)
        .group_by(Alert.rule)
    )
    return {
        rule: (count, acknowledged, None if median is None else float(median))
        for rule, count, acknowledged, median in session.execute(asked)
    }


def _load_answers(session: Session, since: datetime, until: datetime) -> dict[str, dict[bool, Counter[str]]]:
    """By rule and answer, how often each reason was given; an empty one is none."""
    asked = (
        select(Alert.rule, AlertFeedback.useful, AlertFeedback.reason, func.count())
        .join(Alert, Alert.id == AlertFeedback.alert_id)
        .where(Alert.opened_at >= since, Alert.opened_at < until)
        .group_by(Alert.rule, AlertFeedback.useful, AlertFeedback.reason)
    )
    answers: dict[str, dict[bool, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for rule, useful, why, count in session.execute(asked):
        answers[rule][useful][why or ""] += count
    return answers


def _load_audience(session: Session, since: datetime, until: datetime) -> Audience:
    first = session.scalar(select(func.min(RuleFire.at)).where(RuleFire.at < until))
    asked = select(func.count(), func.count(distinct(Account.csm_id))).where(Account.status == "live")
    accounts, csms = session.execute(asked).one()
    return Audience(accounts, csms, until - max(since, first or since))


def _seconds(span: ColumnElement[Any]) -> ColumnElement[Any]:
    return extract("epoch", span)
