"""How one person is reached: by which ways, at which moment, and what is said where they cannot be."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.lifecycle import add_event
from bot.config import TeamConfig
from bot.mail.queue import queue_mail
from bot.messages import find_main, want_message
from bot.models import Alert, AlertEvent, Person, SlackMessage
from bot.preferences import NoticeEvent, Preferences, Quiet, Way
from bot.working_time import WorkingWeek, compute_next_working_moment

#: Quiet hours that leave no working hour in so many days are not waited for.
LONGEST_QUIET_DAYS = 8


def find_ways(
    preferences: Preferences, event: NoticeEvent, person: Person, team: TeamConfig
) -> tuple[Way, ...] | None:
    """The ways by which the person hears of the event at once; None where they do not want to.

    Where no way they want can reach them, the other one does, unless they said never to it; empty where
    there is none.
    """
    wanted = preferences.find_ways(event)
    if not wanted:
        return None
    open_ways = _find_open_ways(person, team)
    ways = tuple(way for way in wanted if way in open_ways)
    return ways or tuple(way for way in open_ways if not preferences.refuses(event, way))


def compute_moment(week: WorkingWeek, quiet: Quiet | None, now: datetime) -> datetime:
    """The first instant from ``now`` on at which the person works and is not to be left in peace."""
    moment = compute_next_working_moment(week, now)
    if quiet is None:
        return moment
    for _ in range(2 * LONGEST_QUIET_DAYS):
        local = moment.astimezone(week.zone)
        if not quiet.holds(local.time()):
            return moment
        end = local.replace(hour=quiet.ends_at.hour, minute=quiet.ends_at.minute, second=0, microsecond=0)
        end = end if end > local else end + timedelta(days=1)
        moment = compute_next_working_moment(week, end.astimezone(UTC))
    return compute_next_working_moment(week, now)


def reach(
    session: Session,
    alert: Alert,
    person: Person,
    *,
    ways: Iterable[Way],
    event: NoticeEvent,
    line: AlertEvent | None,
    now: datetime,
    team: TeamConfig,
) -> None:
    """Tell the person by these ways, each of which happens once for each line; without any, the thread says
    that they could not be told."""
    ways = tuple(ways)
    for way in ways:
        tell = _write_to if way == "slack" else _mail_to
        if tell(session, alert, person, event, line, now):
            add_event(session, alert.id, "told", now, detail={"to": person.name, "way": way})
    if not ways:
        say_unreached(session, alert, person, f"{person.name} has no Slack id", now=now, team=team)


def say_unreached(
    session: Session, alert: Alert, person: Person, problem: str, *, now: datetime, team: TeamConfig
) -> None:
    """Say in the alert's thread that a person could not be told; an alert with no message gets one."""
    main = find_main(session, kind="alert", subject_id=alert.id)
    channel = main.channel if main is not None else team.alerts_channel
    if main is None:
        want_message(session, kind="alert", subject_id=alert.id, channel=channel)
    detail = {
        "channel": f"a direct message to {person.name}",
        "to": channel,
        "problem": problem,
        "person": person.name,
    }
    add_event(session, alert.id, "rerouted", now, detail=detail)


def _find_open_ways(person: Person, team: TeamConfig) -> tuple[Way, ...]:
    slack: tuple[Way, ...] = ("slack",) if person.slack_id else ()
    email: tuple[Way, ...] = ("email",) if team.mails and person.email else ()
    return (*slack, *email)


def _write_to(
    session: Session,
    alert: Alert,
    person: Person,
    _event: NoticeEvent,
    line: AlertEvent | None,
    _now: datetime,
) -> bool:
    kind, subject_id = ("alert", alert.id) if line is None else ("alert_nudge", line.id)
    wanted = select(SlackMessage.id).where(
        SlackMessage.kind == kind,
        SlackMessage.subject_id == subject_id,
        SlackMessage.channel == person.slack_id,
    )
    if person.slack_id is None or session.scalar(wanted) is not None:
        return False
    want_message(session, kind=kind, subject_id=subject_id, channel=person.slack_id)
    return True


def _mail_to(
    session: Session, alert: Alert, person: Person, event: NoticeEvent, line: AlertEvent | None, now: datetime
) -> bool:
    return queue_mail(
        session,
        kind="alert",
        subject_id=alert.id,
        person=person,
        state_key="opened" if line is None else f"event:{line.id}",
        event=event,
        now=now,
    )
