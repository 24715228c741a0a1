"""After a run: who fell, is it believable, and one message for each account that did."""

from collections import Counter
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.alerts.facts import Fall, compute_facts, compute_severity, get_fall
from bot.alerts.falls import MOVED_MICRO, Flood, find_falls, find_flood
from bot.alerts.lifecycle import add_event, resolve_recovered
from bot.alerts.routing import find_channel
from bot.alerts.rules import Rule
from bot.config import TeamConfig
from bot.messages import mark_stale, want_message
from bot.models import AccountScore, Alert, HeldFlood
from scoring.model import ScoringModel
from scoring.run import find_current_explanation

#: Accounts whose explanations are read to say which signals moved in a flood.
SAMPLE = 25


def evaluate_alerts(
    session: Session,
    *,
    model: ScoringModel,
    rules: tuple[Rule, ...],
    as_of: date,
    now: datetime,
    team: TeamConfig,
) -> int:
    """How many alerts were opened for a day that has just been scored (SPEC A1, A4, A6).

    An account has one open alert at a time: a rule that fires while one is open is noted on it. On a day on
    which too many accounts moved together none is opened, and one message says so. Running it again for the
    same day changes nothing.
    """
    if session.scalar(select(func.count()).where(HeldFlood.as_of == as_of)):
        return 0
    flood = find_flood(session, model=model.name, as_of=as_of, limits=team.alerts)
    if flood is not None:
        _hold(session, model, flood, as_of, now, team)
        return 0
    resolve_recovered(session, model=model, as_of=as_of, now=now)
    opened = 0
    for rule in rules:
        for score in find_falls(session, model=model, rule=rule, as_of=as_of, now=now):
            opened += _report(session, rule, model, score, as_of, now, team)
    return opened


def _report(
    session: Session,
    rule: Rule,
    model: ScoringModel,
    score: AccountScore,
    as_of: date,
    now: datetime,
    team: TeamConfig,
) -> bool:
    """Open an alert, or note the rule on the account's open one. True when one was opened."""
    unresolved = select(Alert).where(Alert.account_id == score.account_id, Alert.state != "resolved")
    open_alert = session.scalars(unresolved.with_for_update()).first()
    if open_alert is None:
        return _open(session, rule, get_fall(session, model=model, score=score), model, as_of, now, team)
    if rule.name != open_alert.rule and rule.name not in open_alert.facts["also"]:
        open_alert.facts = {**open_alert.facts, "also": [*open_alert.facts["also"], rule.name]}
        add_event(session, open_alert.id, "also_fired", now, detail={"rule": rule.name})
        session.flush()
        mark_stale(session, kind="alert", subject_id=open_alert.id)
    return False


def _open(
    session: Session,
    rule: Rule,
    fall: Fall,
    model: ScoringModel,
    as_of: date,
    now: datetime,
    team: TeamConfig,
) -> bool:
    severity = compute_severity(rule, model, fall.score.level)
    new = insert(Alert).values(
        account_id=fall.account.id,
        rule=rule.name,
        severity=severity,
        as_of=as_of,
        opened_at=now,
        facts=compute_facts(fall, rule, model) | {"rule_title": rule.title},
    )
    alert_id = session.scalar(new.on_conflict_do_nothing().returning(Alert.id))
    if alert_id is None:
        return False
    add_event(session, alert_id, "opened", now, detail={"rule": rule.name})
    channel = find_channel(team, segment=fall.account.segment, severity=severity, owner=fall.owner)
    want_message(session, kind="alert", subject_id=alert_id, channel=channel, now=now)
    return True


def _hold(
    session: Session, model: ScoringModel, flood: Flood, as_of: date, now: datetime, team: TeamConfig
) -> None:
    suspects, sample = _find_suspects(session, model, flood, as_of)
    facts = {
        "direction": flood.direction,
        "moved": flood.moved,
        "scored": flood.scored,
        "suspects": suspects,
        "sample": sample,
    }
    new = insert(HeldFlood).values(model=model.name, as_of=as_of, at=now, facts=facts)
    flood_id = session.scalar(new.on_conflict_do_nothing().returning(HeldFlood.id))
    if flood_id is not None:
        want_message(session, kind="flood", subject_id=flood_id, channel=team.alerts_channel, now=now)


def _find_suspects(
    session: Session, model: ScoringModel, flood: Flood, as_of: date
) -> tuple[list[tuple[str, int]], int]:
    """The signals that moved a sample of the accounts most, with counts, and the sample's size."""
    delta = AccountScore.score_micro - AccountScore.previous_micro
    down = flood.direction == "down"
    moved = select(AccountScore.account_id).where(
        AccountScore.model == model.name,
        AccountScore.as_of == as_of,
        delta <= -MOVED_MICRO if down else delta >= MOVED_MICRO,
    )
    sample = session.scalars(
        moved.order_by(func.abs(delta).desc(), AccountScore.account_id).limit(SAMPLE)
    ).all()
    counted: Counter[str] = Counter()
    for account_id in sample:
        explanation = find_current_explanation(session, model=model, account_id=account_id)
        change = explanation.change_7 if explanation else None
        parts = [part for part in change.parts if (part.points_micro < 0) is down] if change else []
        if parts:
            counted[parts[0].title] += 1
    return counted.most_common(3), len(sample)
