"""Answers to what an alert asks: still on it? over? was it worth the interruption?"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.alerts.acting import begin_act
from bot.alerts.lifecycle import add_event, keep, settle_promises, show
from bot.alerts.permissions import get_person
from bot.alerts.views import Acted, FeedbackReason
from bot.audit import record_act
from bot.config import TeamConfig
from bot.errors import NotFound
from bot.models import Account, Alert, AlertFeedback, AlertPromise


def confirm_alert(
    session: Session, *, alert_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> Acted:
    """Say that somebody is still on it: the question comes again after as many working days as at first."""
    act = begin_act(session, "confirm", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living("There is nothing left to confirm.")
    if act.alert.state != "acknowledged" or not is_asked(session, alert_id):
        deed = act.get_deed("confirmed", "acknowledged", "reopened", "woke", "snoozed", "opened")
        hint = " Acknowledge it to take it on." if act.alert.state == "open" else ""
        act.refuse(f"Nobody is asked about {act.account.name} any more: {deed}.{hint}")
    settle_promises(session, act.alert, now=now, team=team)
    act.add("confirmed")
    return act.finish()


def is_asked(session: Session, alert_id: int) -> bool:
    """Whether somebody is being asked if they are still on it."""
    asking = select(AlertPromise.id).where(
        AlertPromise.alert_id == alert_id, AlertPromise.kind == "unanswered", AlertPromise.ended_at.is_(None)
    )
    return session.scalars(asking.limit(1)).first() is not None


def keep_alert_open(
    session: Session, *, alert_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> Acted:
    """Say that it is not over, although the score is back: its end is proposed again after good runs."""
    act = begin_act(session, "keep_open", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living("Reopen it if it is not over.")
    if act.alert.proposed_at is None:
        deed = act.get_deed("kept_open", "reopened", "opened")
        act.refuse(f"Nobody proposes to end the alert about {act.account.name}: {deed}.")
    keep(session, act.alert, now=now, team=team, person=act.person)
    return act.finish()


def give_feedback(
    session: Session,
    *,
    alert_id: int,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    useful: bool,
    reason: FeedbackReason | None = None,
) -> Acted:
    """Say whether the alert was worth the interruption (SPEC A7). Everybody of the team may, at any time; a
    later answer replaces the earlier, and only a change is written down."""
    person = get_person(session, slack_user_id)
    alert = session.get(Alert, alert_id)
    if alert is None:
        raise NotFound("This alert no longer exists; it was removed with its account.")
    account = session.get_one(Account, alert.account_id)
    why = None if useful else reason
    answer = insert(AlertFeedback).values(
        alert_id=alert_id, person_id=person.id, at=now, useful=useful, reason=why
    )
    changed = session.scalar(
        answer.on_conflict_do_update(
            index_elements=["alert_id", "person_id"],
            set_={"at": now, "useful": useful, "reason": why},
            where=(AlertFeedback.useful != useful) | AlertFeedback.reason.is_distinct_from(why),
        ).returning(AlertFeedback.alert_id)
    )
    if changed is not None:
        detail = {"useful": useful, "reason": why}
        add_event(session, alert_id, "feedback", now, person_id=person.id, detail=detail)
        record_act(
            session,
            at=now,
            person=person,
            act="alert.feedback",
            subject=f"alert {alert_id}",
            account_id=alert.account_id,
            detail=detail,
        )
        show(session, alert, hurry=True)
    return Acted(account.name, now)
