"""Acknowledged is not resolved: whoever took an alert on is asked after a while whether they still are."""

from datetime import UTC, datetime, time

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.alerts.escalation import escalate
from bot.alerts.lifecycle import add_event, reopen, show
from bot.alerts.people import compute_today, is_away
from bot.alerts.promises import load_asked, promise
from bot.alerts.telling import tell_person
from bot.config import TeamConfig
from bot.models import Alert, AlertPromise, Touch
from bot.working_time import add_working_days


def ask_owner(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """Ask whoever answers for the alert whether they are still on it, unless a touch was logged since.

    A touch puts the question off: to as many working days after it. Where nobody is there to be asked, the
    alert opens again at once.
    """
    asked, week = load_asked(session, alert, team, now)
    touched = _find_last_touch(session, alert, alert.acknowledged_at or now, team)
    if touched is not None:
        due = add_working_days(week, touched, team.alerts.confirm_after_days)
        if due > now:
            promise(session, alert, "confirm", due_at=due, person_id=asked.id if asked else None)
            return
    if asked is None or is_away(asked, compute_today(asked, team, now)):
        _open_again(session, alert, now, team)
        return
    line = add_event(session, alert.id, "reminded", now, detail={"to": asked.name, "to_id": asked.id})
    promise(
        session,
        alert,
        "unanswered",
        due_at=add_working_days(week, now, team.alerts.confirm_within_days),
        person_id=asked.id,
        detail={"asked_at": now.astimezone(UTC).isoformat(), "asked_id": asked.id},
    )
    tell_person(session, alert, asked, event="reminder", line=line, now=now, team=team)
    show(session, alert, hurry=False)


def give_up_asking(
    session: Session, alert: Alert, question: AlertPromise, *, now: datetime, team: TeamConfig
) -> None:
    """Open the alert again and call the next person in, unless a touch was logged since the question.

    Whoever has come to answer for the alert since then is asked first.
    """
    asked, week = load_asked(session, alert, team, now)
    asked_at = question.detail.get("asked_at")
    touched = _find_last_touch(session, alert, datetime.fromisoformat(asked_at) if asked_at else now, team)
    if touched is not None:
        due = add_working_days(week, touched, team.alerts.confirm_after_days)
        promise(session, alert, "confirm", due_at=max(due, now), person_id=asked.id if asked else None)
        show(session, alert, hurry=False)
    elif asked is not None and asked.id != question.detail.get("asked_id", asked.id):
        ask_owner(session, alert, now=now, team=team)
    else:
        _open_again(session, alert, now, team)


def _open_again(session: Session, alert: Alert, now: datetime, team: TeamConfig) -> None:
    reopen(session, alert, why="unanswered", now=now, team=team)
    escalate(session, alert, now=now, team=team, by=None)


def _find_last_touch(session: Session, alert: Alert, since: datetime, team: TeamConfig) -> datetime | None:
    """The account's last touch after ``since``.

    One that was logged with its day alone stands at midnight; on the same day it counts.
    """
    midnight = datetime.combine(since.astimezone(team.zone).date(), time(), team.zone)
    last = session.scalar(
        select(func.max(Touch.at)).where(
            Touch.account_id == alert.account_id,
            Touch.superseded_on.is_(None),
            or_(Touch.at > since, Touch.at == midnight),
        )
    )
    return None if last is None else max(last, since)
