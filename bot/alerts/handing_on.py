"""Handing an alert on: to another owner, or up to whoever is next in the chain (SPEC A5)."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.acting import Act, begin_act
from bot.alerts.chain import find_called
from bot.alerts.escalation import escalate
from bot.alerts.lifecycle import enter
from bot.alerts.promises import load_asked, resume_clock
from bot.alerts.telling import tell_person
from bot.alerts.views import Acted
from bot.config import TeamConfig
from bot.errors import UserError
from bot.models import AlertEvent, AlertPromise, Person
from bot.preferences import NoticeEvent

#: Who was called in last has so long to act before a button calls the next one in: many may see the button,
#: and each of them means one step.
REST = timedelta(minutes=15)


def assign_alert(
    session: Session,
    *,
    alert_id: int,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    to_person_id: int,
) -> Acted:
    """Give the alert to somebody of the team, who is told unless they took it themselves."""
    act = begin_act(session, "assign", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living("Reopen it first if somebody is to look at it.")
    to = session.get(Person, to_person_id)
    if to is None:
        raise UserError("Nobody of the team is known by that name any more. Choose somebody else.")
    alert = act.alert
    if alert.owner_id == to.id:
        act.refuse(_say_owned(act, to))
    before = session.get(Person, alert.owner_id) if alert.owner_id else None
    alert.owner_id = to.id
    detail = {"to": to.name, "to_id": to.id, "before": before.name if before else None}
    _readdress_promises(act)
    line = act.add("assigned", **detail)
    if to.id != act.person.id:
        event: NoticeEvent = "critical_alert" if alert.severity == "critical" else "alert"
        tell_person(session, alert, to, event=event, line=line, now=now, team=team)
    return act.finish(to=to.name, detail=detail)


def _readdress_promises(act: Act) -> None:
    """What comes by itself comes when it was promised, and reaches the new owner and those above them."""
    act.session.flush()
    pending = act.session.scalars(
        select(AlertPromise).where(AlertPromise.alert_id == act.alert.id, AlertPromise.ended_at.is_(None))
    )
    for promise in pending:
        person: Person | None = None
        if promise.kind == "escalate":
            called = find_called(act.session, act.alert, promise.step, now=act.now, team=act.team)
            person = called.person if called else None
        elif promise.kind in ("confirm", "unanswered"):
            person, _ = load_asked(act.session, act.alert, act.team, act.now)
        if person is not None:
            promise.person_id = person.id
    if act.alert.state == "open" and act.alert.proposed_at is None:
        # Nobody was left above the owner before; above this one there may be.
        resume_clock(act.session, act.alert, now=act.now, team=act.team)


def _say_owned(act: Act, owner: Person) -> str:
    whose = "yours" if owner.id == act.person.id else f"{owner.name}'s"
    if act.find_last("assigned") is None:
        return f"The alert about {act.account.name} is {whose} already."
    deed = act.get_deed("assigned")
    return f"The alert about {act.account.name} is {whose} already: {deed.who} assigned it {deed.when}."


def escalate_alert(
    session: Session, *, alert_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> Acted:
    """Call the next one in now: the manager, then the executive. A snoozed alert wakes.

    Raises NotAllowed within 15 minutes of the last escalation, and where nobody is left to be called in.
    """
    act = begin_act(session, "escalate", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living("Reopen it first if it needs somebody else.")
    last = act.find_last("escalated")
    if last is not None and now < last.at + REST:
        act.refuse(_say_rest(act, last))
    if act.alert.state == "snoozed":
        enter(session, act.alert, "open", by=None, now=now, team=team)
        act.add("woke", why="by_hand")
    line = escalate(session, act.alert, now=now, team=team, by=act.person)
    if line is None:
        act.refuse(f"Nobody is left to be called in for {act.account.name}.")
    return act.finish(to=line.detail.get("to"), detail=line.detail)


def _say_rest(act: Act, last: AlertEvent) -> str:
    to = last.detail.get("to") or "the next in line"
    deed = act.get_deed("escalated")
    again = act.say_moment(last.at + REST)
    return (
        f"{deed.who} escalated the alert about {act.account.name} to {to} {deed.when}. "
        f"If nothing happens, escalate again {again} or later."
    )
