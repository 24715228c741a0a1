"""What an alert's message says, taken when the rule fired and kept: later data does not rewrite it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.accounts.advice import compute_advice_about, compute_advice_without_data
from bot.alerts.causes import Cause, compute_fall, compute_weighing
from bot.alerts.rules import Rule
from bot.models import Account, AccountScore, Person
from scoring.explaining import Comparison, Comparisons
from scoring.model import ScoringModel
from scoring.views import MICRO, compute_rounded

#: A smaller fall, as at a level's border, is explained by what weighs on the score rather than by itself.
SMALL_FALL = 3 * MICRO
#: Many small parts made the fall, and nothing weighs on the score.
ADVICE_WITHOUT_CAUSE = "Ask them how it goes: many small things fell at once."


@dataclass(frozen=True)
class Evidence:
    """An account that met a rule, and what its message is made from."""

    score: AccountScore
    account: Account
    owner: Person | None
    comparison: Comparison


def get_evidence(session: Session, comparisons: Comparisons, *, score: AccountScore, since: date) -> Evidence:
    """Everything an alert about this score needs. Raises LookupError when a score to compare is not there."""
    comparison = comparisons.find(score.account_id, as_of=score.as_of, since=since)
    if comparison is None:
        raise LookupError(f"account {score.account_id} fell but its scores of {since} and now are not there")
    account = session.get_one(Account, score.account_id)
    owner = session.get(Person, account.csm_id) if account.csm_id else None
    return Evidence(score, account, owner, comparison)


def compute_severity(rule: Rule, model: ScoringModel, level: str | None) -> str:
    """``critical`` in the model's worst level, else ``at_risk``, unless the rule says which."""
    if rule.severity != "by_level":
        return rule.severity
    return "critical" if level == model.levels[0].name else "at_risk"


def compute_facts(evidence: Evidence, rule: Rule, model: ScoringModel) -> dict[str, Any]:
    """The snapshot an alert keeps (see AlertCard for the meaning of each).

    ``rank`` and ``rank_before`` are levels as ranks and ``recovers_at`` whole points: by them an alert ends.
    """
    score, account, change = evidence.score, evidence.account, evidence.comparison.change
    points, before = compute_rounded(score.score_micro or 0), compute_rounded(change.from_micro)
    causes, is_fall = _find_reasons(evidence.comparison)
    return {
        "rule_title": rule.title,
        "level_before": _describe_level(model, change.from_level),
        "level": _describe_level(model, score.level),
        "rank": _rank(model, score.level),
        "rank_before": _rank(model, change.from_level),
        "recovers_at": points + -(-(before - points) // 2),
        "score_before": before,
        "score": points,
        "over_days": change.days,
        "arr_cents": score.arr_cents,
        "arr_at_risk_cents": score.arr_at_risk_cents,
        "currency": account.currency,
        "segment": account.segment,
        "renewal_on": _iso(account.renewal_on),
        "opt_out_on": _iso(_compute_opt_out(account)),
        "owner": evidence.owner.name if evidence.owner else None,
        "reasons": [_describe_cause(cause) if is_fall else cause.phrase for cause in causes],
        "reasons_are": "fall" if is_fall else "weight",
        "next_step": _compute_next_step(causes),
        "coverage": score.coverage_percent / 100,
        "model": model.name,
        "version": model.version,
        "also": [],
    }


def _find_reasons(comparison: Comparison) -> tuple[tuple[Cause, ...], bool]:
    """At most three causes, and whether they are of the fall; else they are what weighs on the score."""
    fall = compute_fall(comparison)
    if fall and comparison.change.delta_micro <= -SMALL_FALL:
        return fall, True
    weighing = compute_weighing(comparison)
    return (weighing, False) if weighing else (fall, True)


def _compute_next_step(causes: tuple[Cause, ...]) -> str:
    """Advice about the first reason, so that what to do fits what is said to be wrong."""
    if not causes:
        return ADVICE_WITHOUT_CAUSE
    if causes[0].lost_data:
        return compute_advice_without_data(causes[0].title)
    return compute_advice_about(causes[0].name, causes[0].title, causes[0].dimension)


def _describe_cause(cause: Cause) -> str:
    """``logins 12 → 2 in 30 days (−9)``: the figure and its points; no decimals where they say nothing."""
    points = f"{-cause.points:.0f}" if cause.points <= -1 else f"{-cause.points:.1f}"
    return f"{cause.phrase} (−{points})"


def _rank(model: ScoringModel, name: str | None) -> int | None:
    ranks = {level.name: rank for rank, level in enumerate(model.levels)}
    return ranks.get(name) if name else None


def _describe_level(model: ScoringModel, name: str | None) -> dict[str, str] | None:
    for level in model.levels:
        if level.name == name:
            return {"title": level.label, "color": level.color}
    return None


def _compute_opt_out(account: Account) -> date | None:
    if account.renewal_on is None or not account.notice_days:
        return None
    return account.renewal_on - timedelta(days=account.notice_days)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
