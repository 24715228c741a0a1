"""What an alert's message says, taken when the rule fired and kept: later data does not rewrite it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.accounts.advice import compute_advice
from bot.alerts.rules import Rule
from bot.models import Account, AccountScore, Person
from scoring.model import ScoringModel
from scoring.run import find_current_explanation
from scoring.views import MICRO, ScoreChange, ScoreExplanation, compute_rounded

MOST_REASONS = 3
#: A part of the fall below half a point explains nothing.
LEAST_PART_MICRO = MICRO // 2


@dataclass(frozen=True)
class Fall:
    """An account that met a rule: its current score and what is known of it."""

    score: AccountScore
    account: Account
    owner: Person | None
    explanation: ScoreExplanation


def get_fall(session: Session, *, model: ScoringModel, score: AccountScore) -> Fall:
    """Everything an alert about this score needs. Raises LookupError when the run left no explanation."""
    account = session.get_one(Account, score.account_id)
    explanation = find_current_explanation(session, model=model, account_id=score.account_id)
    if explanation is None:
        raise LookupError(f"account {score.account_id} has a current score but no explanation")
    owner = session.get(Person, score.csm_id) if score.csm_id else None
    return Fall(score, account, owner, explanation)


def compute_severity(rule: Rule, model: ScoringModel, level: str | None) -> str:
    """``critical`` in the model's worst level, else ``at_risk``, unless the rule says which."""
    if rule.severity != "by_level":
        return rule.severity
    return "critical" if level == model.levels[0].name else "at_risk"


def compute_facts(fall: Fall, rule: Rule, model: ScoringModel) -> dict[str, Any]:
    """The snapshot an alert keeps (see AlertCard for the meaning of each)."""
    score, account = fall.score, fall.account
    change = _find_change(fall, rule)
    before = _compute_before(fall, rule, change)
    level_before = score.previous_level if rule.when == "level" else _level_of(change)
    return {
        "level_before": _describe_level(model, level_before),
        "level": _describe_level(model, score.level),
        "rank": fall.explanation.level.rank if fall.explanation.level else None,
        "rank_before": _rank(model, level_before),
        "score_before": compute_rounded(before),
        "score": compute_rounded(score.score_micro or 0),
        "over_days": _compute_days(rule, change),
        "arr_cents": score.arr_cents,
        "arr_at_risk_cents": score.arr_at_risk_cents,
        "currency": account.currency,
        "segment": account.segment,
        "renewal_on": _iso(account.renewal_on),
        "opt_out_on": _iso(_compute_opt_out(account)),
        "owner": fall.owner.name if fall.owner else None,
        "reasons": list(_compute_reasons(fall, change)),
        "next_step": compute_advice(fall.explanation),
        "coverage": fall.explanation.coverage,
        "model": model.name,
        "version": fall.explanation.version,
        "also": [],
    }


def _find_change(fall: Fall, rule: Rule) -> ScoreChange | None:
    """The comparison the message explains: the week's, since a day's parts are often a hair's breadth."""
    if rule.over_days == 30:
        return fall.explanation.change_30
    return fall.explanation.change_7


def _compute_before(fall: Fall, rule: Rule, change: ScoreChange | None) -> int:
    if change is not None:
        return change.from_micro
    return fall.score.previous_micro or fall.score.score_micro or 0


def _compute_days(rule: Rule, change: ScoreChange | None) -> int:
    return change.days if change is not None else 1


def _compute_reasons(fall: Fall, change: ScoreChange | None) -> tuple[str, ...]:
    parts = change.parts if change is not None else ()
    fell = [part.phrase for part in parts if part.points_micro <= -LEAST_PART_MICRO]
    if fell:
        return tuple(fell[:MOST_REASONS])
    weakest = sorted(fall.explanation.signals, key=lambda signal: (signal.value or 0.0) - 1.0)
    known = [signal.phrase for signal in weakest if signal.value is not None]
    return tuple(known[:MOST_REASONS])


def _level_of(change: ScoreChange | None) -> str | None:
    return change.from_level if change is not None else None


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
