"""What an alert's message says, taken when the rule fired and kept: later data does not rewrite it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.accounts.advice import compute_advice_about, compute_advice_without_data
from bot.alerts.causes import MOST_REASONS, Cause, compute_fall, compute_weighing
from bot.alerts.rules import Rule
from bot.alerts.saying import Said
from bot.models import Account, AccountScore, Person
from scoring.catalogue import CATALOGUE
from scoring.explaining import Comparison, Comparisons
from scoring.model import ScoringModel
from scoring.views import MICRO, compute_rounded

DAY, WEEK = timedelta(days=1), timedelta(days=7)
#: A smaller fall, as at a level's border, is explained by what weighs on the score rather than by itself.
SMALL_FALL = 3 * MICRO
#: Many small parts made the fall, and nothing weighs on the score.
ADVICE_WITHOUT_CAUSE = "Ask them how it goes: many small things fell at once."


@dataclass(frozen=True)
class Evidence:
    """An account that met a rule, and what its message is made from; without a score for want of one."""

    account: Account
    owner: Person | None
    score: AccountScore | None
    comparison: Comparison | None


def get_evidence(
    session: Session,
    comparisons: Comparisons,
    *,
    account: Account,
    score: AccountScore | None,
    since: Sequence[date],
) -> Evidence:
    """Everything an alert about the account needs, its score compared with the first of the days that has
    one, else with itself."""
    owner = session.get(Person, account.csm_id) if account.csm_id else None
    if score is None or score.score_micro is None:
        return Evidence(account, owner, score, None)
    for day in (*since, score.as_of - WEEK, score.as_of - DAY, score.as_of):
        found = comparisons.find(account.id, as_of=score.as_of, since=day)
        if found is not None:
            return Evidence(account, owner, score, found)
    return Evidence(account, owner, score, None)


def compute_severity(rule: Rule, model: ScoringModel, level: str | None) -> str:
    """``critical`` in the model's worst level, else ``at_risk``, unless the rule says which."""
    if rule.severity != "by_level":
        return rule.severity
    return "critical" if level == model.levels[0].name else "at_risk"


def compute_facts(evidence: Evidence, rule: Rule, model: ScoringModel, said: Said) -> dict[str, Any]:
    """The snapshot an alert keeps (see AlertCard for the meaning of each).

    ``rank`` and ``rank_before`` are levels as ranks and ``recovers_at`` whole points: by them an alert ends.
    All about the score is None where the account has none.
    """
    account, score = evidence.account, evidence.score
    causes, is_fall = _find_reasons(evidence.comparison)
    reasons = [_describe_cause(cause) if is_fall else cause.phrase for cause in causes]
    named = {reason.split(" (")[0] for reason in said.figures}
    reasons = [*said.figures, *(reason for reason in reasons if reason.split(" (")[0] not in named)]
    return {
        **_describe_score(evidence, model),
        "arr_cents": account.arr_cents or 0 if score is None else score.arr_cents,
        "arr_at_risk_cents": 0 if score is None else score.arr_at_risk_cents,
        "currency": account.currency,
        "segment": account.segment,
        "renewal_on": _iso(account.renewal_on),
        "opt_out_on": _iso(_compute_opt_out(account)),
        "owner": evidence.owner.name if evidence.owner else None,
        "figures": list(said.figures),
        # What is not about the score ends when its rule is no longer met, whatever the score does.
        "lasts": bool(said.figures),
        "reasons": reasons[:MOST_REASONS],
        "reasons_are": "fall" if is_fall or said.figures else "weight",
        "next_step": rule.do or _compute_next_step(causes, said, rule),
        "coverage": 0.0 if score is None else score.coverage_percent / 100,
        "model": model.name,
        "version": model.version,
        "also": [],
    }


def _describe_score(evidence: Evidence, model: ScoringModel) -> dict[str, Any]:
    score, comparison = evidence.score, evidence.comparison
    if score is None or score.score_micro is None or comparison is None:
        unknown = ("level_before", "level", "rank", "rank_before", "recovers_at", "score_before", "score")
        return {**dict.fromkeys(unknown), "over_days": 0}
    change = comparison.change
    points, before = compute_rounded(score.score_micro), compute_rounded(change.from_micro)
    return {
        "level_before": _describe_level(model, change.from_level),
        "level": _describe_level(model, score.level),
        "rank": find_rank(model, score.level),
        "rank_before": find_rank(model, change.from_level),
        "recovers_at": points + -(-(before - points) // 2),
        "score_before": before,
        "score": points,
        "over_days": change.days,
    }


def _find_reasons(comparison: Comparison | None) -> tuple[tuple[Cause, ...], bool]:
    """At most three causes, and whether they are of the fall; else they are what weighs on the score."""
    if comparison is None:
        return (), False
    fall = compute_fall(comparison)
    if fall and comparison.change.delta_micro <= -SMALL_FALL:
        return fall, True
    weighing = compute_weighing(comparison)
    return (weighing, False) if weighing else (fall, True)


def _compute_next_step(causes: tuple[Cause, ...], said: Said, rule: Rule) -> str:
    """Advice about the first reason, so that what to do fits what is said to be wrong."""
    if said.signal is not None:
        return compute_advice_about(said.signal.text, CATALOGUE[said.signal.name].title, rule.rule_class)
    if not causes:
        return ADVICE_WITHOUT_CAUSE
    if causes[0].lost_data:
        return compute_advice_without_data(causes[0].title)
    return compute_advice_about(causes[0].name, causes[0].title, causes[0].dimension)


def _describe_cause(cause: Cause) -> str:
    """``logins 12 → 2 in 30 days (−9)``: the figure and its points; no decimals where they say nothing."""
    points = f"{-cause.points:.0f}" if cause.points <= -1 else f"{-cause.points:.1f}"
    return f"{cause.phrase} (−{points})"


def find_rank(model: ScoringModel, name: str | None) -> int | None:
    """The rank of a level by its name, 0 the worst; None where there is no such level."""
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
