"""What people do to an alert (SPEC A4). Each is one transaction of the caller's: the row locked, the change,
its line in the timeline, what the alert does by itself from now on, and the entry in the audit log.

All raise NotFound for an alert that is gone, and NotAllowed, in words for whoever clicked, for somebody who
may not act and for a state in which the act makes no sense: who did what and when, and what to do instead.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.alerts.acting import Act, begin_act
from bot.alerts.lifecycle import end, enter
from bot.alerts.promises import promise_wake
from bot.alerts.views import ENDED, Acknowledgement, Acted, DismissReason
from bot.config import TeamConfig
from bot.errors import UserError
from bot.models import AccountScore, Alert, Person
from scoring.views import compute_rounded

#: The longest snooze: whoever needs more wants to dismiss the alert.
LONGEST_SNOOZE = timedelta(days=180)
#: Of a reason or a remark, what is kept.
LONGEST_WORDS = 500


def acknowledge_alert(
    session: Session, *, alert_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> Acknowledgement:
    """Who acknowledged the alert, and whether it was this click that did. The first click counts.

    Escalation pauses, and after some working days the owner is asked whether they are still on it.
    """
    act = begin_act(
        session, "acknowledge", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team
    )
    alert = act.alert
    if alert.state == "acknowledged" and alert.acknowledged_by and alert.acknowledged_at:
        by = session.get_one(Person, alert.acknowledged_by)
        return Acknowledgement(act.account.name, False, by.name, alert.acknowledged_at)
    act.require_living("There is nothing left to acknowledge.")
    acknowledge(act)
    act.finish()
    return Acknowledgement(act.account.name, True, act.person.name, now)


def acknowledge(act: Act) -> None:
    """Put the alert into the hands of whoever acts."""
    enter(act.session, act.alert, "acknowledged", by=act.person, now=act.now, team=act.team)
    act.add("acknowledged")


def snooze_alert(
    session: Session,
    *,
    alert_id: int,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    until: datetime | None,
    reason: str | None = None,
) -> Acted:
    """Silence the alert until an instant, at most 180 days ahead, or (None) until the score changes."""
    act = begin_act(session, "snooze", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living("Reopen it first if it needs attention later.")
    if act.alert.state == "snoozed":
        act.refuse(_say_snoozed(act))
    if until is not None:
        _check_until(until, now)
    alert, words = act.alert, _cut(reason)
    alert.snoozed_until = until
    alert.snoozed_score = _find_points(act) if until is None else None
    enter(session, alert, "snoozed", by=act.person, now=now, team=team)
    if until is not None:
        promise_wake(session, alert, until=until, now=now)
    detail = {
        "until": until.isoformat() if until else None,
        "until_score": until is None,
        "reason": words,
    }
    act.add("snoozed", **detail)
    return act.finish(detail=detail)


def _check_until(until: datetime, now: datetime) -> None:
    if until <= now:
        raise UserError("That moment has passed. Choose one that lies ahead.")
    if until - now > LONGEST_SNOOZE:
        raise UserError("An alert can sleep for at most 180 days. Choose an earlier day, or dismiss it.")


def _say_snoozed(act: Act) -> str:
    deed, until = act.get_deed("snoozed"), act.alert.snoozed_until
    end = act.say_moment(until).removeprefix("on ").removeprefix("at ") if until else "the score changes"
    return (
        f"{deed.who} snoozed the alert about {act.account.name} {deed.when}, until {end}. "
        "Wake it first to change that."
    )


def _find_points(act: Act) -> int | None:
    """The account's score now in whole points; where it has none, that of the alert, if that had one."""
    facts = act.alert.facts
    micro = act.session.scalar(
        select(AccountScore.score_micro).where(
            AccountScore.model == (facts.get("model") or act.team.default_model),
            AccountScore.account_id == act.alert.account_id,
        )
    )
    return facts.get("score") if micro is None else compute_rounded(micro)


def wake_alert(
    session: Session, *, alert_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> Acted:
    """End a snooze: the alert is open again, and its escalation goes on where it stood."""
    act = begin_act(session, "wake", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living("Reopen it if it needs attention.")
    if act.alert.state != "snoozed":
        deed = act.get_deed("woke", "acknowledged", "reopened", "opened")
        act.refuse(f"The alert about {act.account.name} is awake: {deed}.")
    enter(session, act.alert, "open", by=None, now=now, team=team)
    act.add("woke", why="by_hand")
    return act.finish()


def resolve_alert(
    session: Session, *, alert_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> Acted:
    """End the alert: the matter is dealt with."""
    act = begin_act(session, "resolve", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living("There is nothing left to resolve.")
    end(session, act.alert, "resolved", now=now)
    act.add("resolved", why="by_hand", level=None, score=None)
    return act.finish()


def dismiss_alert(
    session: Session,
    *,
    alert_id: int,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    reason: DismissReason,
    words: str | None = None,
) -> Acted:
    """End the alert as not worth acting on, and say why; ``words`` are the person's own.

    Raises UserError where the reason is "other" and there are no words.
    """
    act = begin_act(session, "dismiss", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living("There is nothing left to dismiss.")
    said = _cut(words)
    if reason == "other" and said is None:
        raise UserError("Write in a few words why, so that others can follow it.")
    end(session, act.alert, "dismissed", now=now)
    act.add("dismissed", reason=reason, words=said)
    return act.finish(detail={"reason": reason, "words": said})


def reopen_alert(
    session: Session, *, alert_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> Acted:
    """Open the alert again, from any other state; what had ended gets a new escalation clock."""
    act = begin_act(session, "reopen", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team)
    before = act.alert.state
    if before == "open":
        deed = act.get_deed("reopened", "woke", "opened")
        act.refuse(f"The alert about {act.account.name} is open: {deed}. Acknowledge it to take it on.")
    if before in ENDED:
        _require_room(act)
    try:
        with session.begin_nested():
            enter(session, act.alert, "open", by=None, now=now, team=team)
    except IntegrityError:
        session.refresh(act.alert)
        act.refuse(_say_newer(act))
    act.add("reopened", why="by_hand")
    return act.finish(detail={"before": before})


def _require_room(act: Act) -> None:
    """An account has one alert at a time, and none when it is no customer any more."""
    if act.account.status == "churned":
        act.refuse(f"{act.account.name} has churned, so its alerts stay closed.")
    # Others that reopen an alert of this account wait; what merely refers to the account does not.
    act.session.refresh(act.account, with_for_update={"key_share": True})
    living = select(Alert.id).where(Alert.account_id == act.account.id, Alert.state.not_in(ENDED))
    if act.session.scalars(living.limit(1)).first() is not None:
        act.refuse(_say_newer(act))


def _say_newer(act: Act) -> str:
    return f"{act.account.name} has another alert that is open. Act on that one; its message is the newer."


def _cut(words: str | None) -> str | None:
    return ((words or "").strip()[:LONGEST_WORDS]).strip() or None
