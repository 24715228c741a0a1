"""Stricter limits proposed for rules whose alerts people do not need (SPEC A7)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.alerts.changes import apply_changes, set_figure
from bot.alerts.limits import JudgedFire, Limit, NewLimit, compute_new_limit, fires
from bot.alerts.rules import Rule
from bot.config import Alerts
from bot.models import Alert, AlertFeedback, RuleChange, RuleFire

#: Older answers are about a book and a team that may be no more.
ANSWERS_COUNT_FOR = timedelta(days=180)
#: Over these days it is told how many fires a new limit would leave.
TOLD_OVER = timedelta(days=90)
_FIGURE = RuleFire.facts["figure"].as_float()


@dataclass
class Answers:
    """What people said of one rule's alerts since its limit was last spoken about."""

    useful: int = 0
    not_useful: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    judged: list[JudgedFire] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.useful + self.not_useful


def propose_changes(session: Session, *, rules: Iterable[Rule], limits: Alerts, now: datetime) -> int:
    """How many changes were proposed: for each rule in use with a figure, enough answers and too few of them
    useful, the limit that would have served better. ``rules`` are as their files say.

    A rule has one open proposal at a time, and after a verdict only answers about later alerts count. A
    proposal whose rule has changed since is taken back.
    """
    in_use = [rule for rule in apply_changes(session, rules) if rule.limit is not None]
    _take_back_outdated(session, {rule.name: rule.limit for rule in in_use if rule.limit})
    answers = load_answers(session, now=now)
    return sum(_propose(session, rule, answers.get(rule.name, Answers()), limits, now) for rule in in_use)


def _propose(session: Session, rule: Rule, answers: Answers, limits: Alerts, now: datetime) -> bool:
    limit = rule.limit
    if limit is None or answers.total < limits.propose_from:
        return False
    if answers.useful >= limits.propose_below * answers.total:
        return False
    better = compute_new_limit(limit, answers.judged)
    if better is None or set_figure(rule, limit.key, better.value) is None:
        return False
    new = insert(RuleChange).values(
        rule=rule.name,
        key=limit.key,
        before=limit.value,
        after=better.value,
        evidence=_describe(session, rule, limit, better, answers, now),
        proposed_at=now,
    )
    return session.scalar(new.on_conflict_do_nothing().returning(RuleChange.id)) is not None


def _describe(
    session: Session, rule: Rule, limit: Limit, better: NewLimit, answers: Answers, now: datetime
) -> dict[str, Any]:
    """The counts a proposal rests on, and what it would have done."""
    seen = select(_FIGURE).where(
        RuleFire.rule == rule.name, RuleFire.at >= now - TOLD_OVER, RuleFire.outcome.in_(("opened", "joined"))
    )
    figures = [figure for figure in session.scalars(seen) if figure is not None]
    return {
        "title": rule.title,
        "answers": answers.total,
        "useful": answers.useful,
        "reasons": dict(answers.reasons.most_common()),
        "unit": limit.unit,
        "judged_useful": better.useful,
        "useful_kept": better.useful_kept,
        "judged_not_useful": better.not_useful,
        "not_useful_dropped": better.not_useful_dropped,
        "days": TOLD_OVER.days,
        "fires": len(figures),
        "fires_left": sum(fires(limit, better.value, figure) for figure in figures),
    }


def _take_back_outdated(session: Session, limits: Mapping[str, Limit]) -> None:
    for change in session.scalars(select(RuleChange).where(RuleChange.state == "proposed")):
        limit = limits.get(change.rule)
        if limit is None or (limit.key, limit.value) != (change.key, change.before):
            session.execute(delete(RuleChange).where(RuleChange.id == change.id))


def load_answers(session: Session, *, now: datetime) -> dict[str, Answers]:
    """By rule, the answers that count for a proposal, with the figures of the fires they are about."""
    spoken = (
        select(
            RuleChange.rule,
            func.max(func.greatest(RuleChange.decided_at, RuleChange.put_back_at)).label("at"),
        )
        .where(RuleChange.state != "proposed")
        .group_by(RuleChange.rule)
        .subquery("last_spoken")
    )
    opened = and_(RuleFire.alert_id == Alert.id, RuleFire.rule == Alert.rule, RuleFire.outcome == "opened")
    asked = (
        select(Alert.rule, AlertFeedback.useful, AlertFeedback.reason, _FIGURE)
        .join(Alert, Alert.id == AlertFeedback.alert_id)
        .outerjoin(RuleFire, opened)
        .outerjoin(spoken, spoken.c.rule == Alert.rule)
        .where(
            Alert.opened_at > now - ANSWERS_COUNT_FOR,
            or_(spoken.c.at.is_(None), Alert.opened_at > spoken.c.at),
        )
    )
    answers = defaultdict[str, Answers](Answers)
    for rule, useful, reason, figure in session.execute(asked):
        _count(answers[rule], useful, reason, figure)
    return answers


def _count(answers: Answers, useful: bool, reason: str | None, figure: float | None) -> None:
    answers.useful += useful
    answers.not_useful += not useful
    if reason and not useful:
        answers.reasons[reason] += 1
    if figure is not None:
        answers.judged.append(JudgedFire(figure, useful))
