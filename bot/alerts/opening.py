"""The one place where an alert begins: its row, its line in the timeline, its clock, and who hears of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.alerts.lifecycle import add_event
from bot.alerts.promises import start_clock
from bot.alerts.rules import Rule
from bot.alerts.telling import post_alert
from bot.config import TeamConfig
from bot.models import Account, Alert


def open_alert(
    session: Session,
    *,
    rule: Rule,
    account_id: int,
    as_of: date,
    severity: str,
    facts: dict[str, Any],
    now: datetime,
    team: TeamConfig,
) -> Alert | None:
    """The alert that was opened; None where the account has one of this rule that has not ended.

    Its owner is the account's CSM. Its escalation runs, the channels have their messages, and whom the rule
    names is told, all in the caller's transaction.
    """
    session.flush()
    owner_id = session.get_one(Account, account_id).csm_id
    new = insert(Alert).values(
        account_id=account_id,
        rule=rule.name,
        severity=severity,
        as_of=as_of,
        opened_at=now,
        owner_id=owner_id,
        facts={**facts, **_write_rule(rule, severity, team)},
    )
    alert_id = session.scalar(new.on_conflict_do_nothing().returning(Alert.id))
    if alert_id is None:
        return None
    alert = session.get_one(Alert, alert_id)
    add_event(session, alert.id, "opened", now, detail={"rule": rule.name})
    start_clock(session, alert, now=now, team=team)
    post_alert(session, alert, now=now, team=team)
    return alert


def _write_rule(rule: Rule, severity: str, team: TeamConfig) -> dict[str, Any]:
    """What the alert keeps of its rule: a later edit of the file does not change what was promised."""
    shipped = team.alerts.escalation.get(severity)  # type: ignore[call-overload]
    chain = rule.escalation or shipped
    steps = {} if chain is None else chain.model_dump(mode="json", exclude_none=True)
    return {
        "rule_title": rule.title,
        "rule_why": rule.why,
        "class": rule.rule_class,
        "escalation": {step: str(span) for step, span in steps.items()},
        "tell": list(rule.tell),
        "play": rule.play,
    }
