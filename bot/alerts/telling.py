"""Who hears of an alert, where and when: channels by the routes, people by their own wishes (SPEC A2, A6).

A person hears of it while they work and outside their quiet hours; what comes earlier waits as a promise.
"""

from datetime import datetime, time

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bot.alerts.lifecycle import add_event
from bot.alerts.people import compute_today, find_chain, find_owner, find_stand_in, load_week
from bot.alerts.promises import promise as promise_it
from bot.alerts.reaching import compute_moment, find_ways, reach
from bot.alerts.routing import Places, find_places
from bot.alerts.views import ENDED
from bot.config import TeamConfig
from bot.messages import find_main, want_message
from bot.models import Account, Alert, AlertEvent, AlertPromise, Person
from bot.preferences import NoticeEvent, load_preferences

#: What these tell of cannot wait for the digest, however full the day is.
_NEVER_HELD = frozenset({"billing", "commercial"})
#: After these nobody needs to hear any more that an alert was opened, or that they were called in.
_IN_HAND = ("acknowledged", "snoozed", "confirmed")


def post_alert(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """Show an alert that was just opened where the routes want it, and tell the people its rule names.

    One over the daily cap of its CSM is held instead: the digest shows it, or whoever opens it there.
    """
    if _is_over_cap(session, alert, now, team):
        add_event(session, alert.id, "held", now, detail={"why": "cap"})
        return
    places = _find_places(session, alert, team)
    _show(session, alert, places, now)
    opened: NoticeEvent = "critical_alert" if alert.severity == "critical" else "alert"
    for person in _find_told(session, alert, now, team):
        tell_person(session, alert, person, event=opened, line=None, now=now, team=team)
    owner = find_owner(session, alert)
    if places.email and owner is not None:
        reach(session, alert, owner, ways=("email",), event=opened, line=None, now=now, team=team)


def show_held(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """Show an alert that was held by the cap; one that is shown already stays as it is."""
    if find_main(session, kind="alert", subject_id=alert.id) is None:
        _show(session, alert, _find_places(session, alert, team), now)


def tell_person(
    session: Session,
    alert: Alert,
    person: Person,
    *,
    event: NoticeEvent,
    line: AlertEvent | None,
    now: datetime,
    team: TeamConfig,
) -> None:
    """Tell one person of something in an alert's life (``line`` None: that it was opened).

    By the ways they want, or the one way there is; where there is none, the alert's thread says so. Outside
    their working hours and in their quiet hours it is promised for later instead.
    """
    preferences = load_preferences(session, person.id)
    ways = find_ways(preferences, event, person, team)
    if ways is None:
        return
    if line is not None:
        show_held(session, alert, now=now, team=team)
    moment = compute_moment(load_week(session, person, team), preferences.quiet, now)
    if moment > now:
        detail = {"event": event, "line_id": line.id if line else None}
        promise_it(session, alert, "tell", due_at=moment, person_id=person.id, detail=detail)
        return
    reach(session, alert, person, ways=ways, event=event, line=line, now=now, team=team)


def keep_tell(session: Session, promise: AlertPromise, now: datetime, team: TeamConfig) -> None:
    """Keep the promise to tell a person, or drop it where there is nothing to tell any more.

    Where they may still not be disturbed (a holiday was added, quiet hours were moved) it is promised anew.
    """
    alert = session.get_one(Alert, promise.alert_id)
    line_id = promise.detail.get("line_id")
    promise.ended_at = now
    promise.outcome = "dropped" if _is_settled(session, alert, line_id) else "kept"
    session.flush()
    if promise.outcome == "dropped" or promise.person_id is None:
        return
    tell_person(
        session,
        alert,
        session.get_one(Person, promise.person_id),
        event=promise.detail["event"],
        line=None if line_id is None else session.get(AlertEvent, line_id),
        now=now,
        team=team,
    )


def _is_settled(session: Session, alert: Alert, line_id: int | None) -> bool:
    """Whether somebody has taken the alert in hand since, or it is over."""
    if alert.state in ENDED:
        return True
    since = AlertEvent.id > (line_id or 0)
    asked = exists().where(AlertEvent.alert_id == alert.id, AlertEvent.kind.in_(_IN_HAND), since)
    return alert.state != "open" and bool(session.scalar(select(asked)))


def _find_told(session: Session, alert: Alert, now: datetime, team: TeamConfig) -> list[Person]:
    """The owner, and whom else the rule names, or who stands in for each today."""
    manager, executive = find_chain(session, alert)
    named = {"owner": find_owner(session, alert), "manager": manager, "executive": executive}
    told: dict[int, Person] = {}
    for word in ("owner", *alert.facts.get("tell", ())):
        person = named.get(word)
        if person is not None:
            person = find_stand_in(session, person, compute_today(person, team, now))
            told.setdefault(person.id, person)
    return list(told.values())


def _find_places(session: Session, alert: Alert, team: TeamConfig) -> Places:
    account = session.get_one(Account, alert.account_id)
    return find_places(team, account=account, alert=alert, owner=find_owner(session, alert))


def _show(session: Session, alert: Alert, places: Places, now: datetime) -> None:
    for channel in places.channels:
        want_message(session, kind="alert", subject_id=alert.id, channel=channel)
    if places.problem is not None:
        detail = {"channel": places.meant, "to": places.channels[0], "problem": places.problem}
        add_event(session, alert.id, "rerouted", now, detail=detail)


def _is_over_cap(session: Session, alert: Alert, now: datetime, team: TeamConfig) -> bool:
    """Whether the alert's CSM has had as many as a day may bring, on the team's own date."""
    if alert.severity == "critical" or alert.facts.get("class") in _NEVER_HELD or alert.owner_id is None:
        return False
    midnight = datetime.combine(now.astimezone(team.zone).date(), time(), team.zone)
    held = exists().where(AlertEvent.alert_id == Alert.id, AlertEvent.kind == "held")
    shown = session.scalar(
        select(func.count()).where(
            Alert.owner_id == alert.owner_id, Alert.opened_at >= midnight, Alert.id != alert.id, ~held
        )
    )
    return (shown or 0) >= team.alerts.daily_cap
