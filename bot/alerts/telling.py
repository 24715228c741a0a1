"""Who hears of an alert, where and when: channels by the routes, people by their own wishes (SPEC A2, A6)."""

from datetime import datetime, time

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bot.alerts.lifecycle import add_event
from bot.alerts.routing import Places, find_places
from bot.config import TeamConfig
from bot.messages import want_message
from bot.models import Account, Alert, AlertEvent, AlertPromise, Person
from bot.preferences import NoticeEvent

#: What these tell of cannot wait for the digest, however full the day is.
_NEVER_HELD = frozenset({"billing", "commercial"})


def post_alert(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """Show an alert that was just opened where the routes want it, and tell the people its rule names.

    One over the daily cap of its CSM is held instead: the digest shows it, or whoever opens it there.
    """
    if _is_over_cap(session, alert, now, team):
        add_event(session, alert.id, "held", now, detail={"why": "cap"})
        return
    _show(session, alert, _find_places(session, alert, team), now)


def show_held(session: Session, alert: Alert, *, now: datetime, team: TeamConfig) -> None:
    """Show an alert that was held by the cap; one that is shown already stays as it is."""
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
    """Tell one person of an alert (``line`` None: that it was opened) by the ways they want, at a time when
    they work and are not to be left in peace."""
    if person.slack_id:
        kind, subject_id = ("alert", alert.id) if line is None else ("alert_nudge", line.id)
        want_message(session, kind=kind, subject_id=subject_id, channel=person.slack_id, now=now)


def keep_tell(session: Session, promise: AlertPromise, now: datetime, team: TeamConfig) -> None:
    """Keep the promise to tell a person, or drop it where there is nothing to tell any more."""


def _find_places(session: Session, alert: Alert, team: TeamConfig) -> Places:
    account = session.get_one(Account, alert.account_id)
    return find_places(team, account=account, alert=alert, owner=_find_owner(session, alert, account))


def _find_owner(session: Session, alert: Alert, account: Account) -> Person | None:
    owner_id = alert.owner_id or account.csm_id
    return None if owner_id is None else session.get(Person, owner_id)


def _show(session: Session, alert: Alert, places: Places, now: datetime) -> None:
    for channel in places.channels:
        want_message(session, kind="alert", subject_id=alert.id, channel=channel, now=now)
    if places.problem is not None:
        add_event(
            session,
            alert.id,
            "rerouted",
            now,
            detail={"channel": None, "to": places.channels[0], "problem": places.problem},
        )


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
