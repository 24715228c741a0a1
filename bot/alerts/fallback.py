"""An alert whose message cannot be shown where it was meant to be is shown elsewhere, and says so (SPEC A6).

Each is called with a message that is being given up, in the transaction that does so. Every place is tried
once for each alert, so that this ends whatever is wrong.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.lifecycle import add_event
from bot.alerts.people import find_owner
from bot.alerts.reaching import reach, say_unreached
from bot.alerts.views import ENDED
from bot.config import TeamConfig
from bot.messages import PERSON_ID, bury_message, find_main, mark_stale, move_replies, want_message
from bot.models import Alert, AlertEvent, Person, SlackMessage
from bot.preferences import NoticeEvent


def move_alert(session: Session, message_id: int, problem: str, *, now: datetime, team: TeamConfig) -> None:
    """Show the alert in the next place that was not tried, with the thread's lines that were not posted; a
    copy for one person goes to them by e-mail instead, or the thread says that they could not be told."""
    subject_id = session.get_one(SlackMessage, message_id).subject_id
    # The alert's row is everybody's first lock; a message locked before it would be a deadlock with a click.
    alert = session.get(Alert, subject_id, with_for_update=True, populate_existing=True)
    message = bury_message(session, message_id, problem)
    if alert is None or alert.state in ENDED:
        return
    main = find_main(session, kind="alert", subject_id=subject_id)
    person = find_addressee(session, message)
    if person is not None and main is not None:
        event: NoticeEvent = "critical_alert" if alert.severity == "critical" else "alert"
        _tell_otherwise(session, alert, person, event, None, problem, now, team)
        return
    place = next(_find_untried(session, alert, team), None)
    if place is None:
        return
    moved = want_message(session, kind="alert", subject_id=alert.id, channel=place)
    move_replies(session, of=message_id, to=moved, channel=place)
    detail = {
        "channel": _describe(session, message.channel),
        "to": _describe(session, place),
        "problem": _shorten(problem, message.channel, person),
    }
    add_event(session, alert.id, "rerouted", now, detail=detail)


def follow_main(session: Session, message_id: int, problem: str) -> None:
    """A line of a thread could not be posted: look whether its message still can be shown, which takes the
    line along if not."""
    line = bury_message(session, message_id, problem)
    main = session.get(SlackMessage, line.thread_of) if line.thread_of else None
    if main is not None and main.state != "dead":
        mark_stale(session, kind=main.kind, subject_id=main.subject_id)


def tell_otherwise(
    session: Session, message_id: int, problem: str, *, now: datetime, team: TeamConfig
) -> None:
    """A person could not be told of something in an alert's life: by e-mail then, or the thread says so."""
    subject_id = session.get_one(SlackMessage, message_id).subject_id
    line = session.get(AlertEvent, subject_id)
    alert_id = line.alert_id if line is not None else 0
    alert = session.get(Alert, alert_id, with_for_update=True, populate_existing=True)
    message = bury_message(session, message_id, problem)
    person = find_addressee(session, message)
    if alert is None or alert.state in ENDED or person is None:
        return
    event: NoticeEvent = "reminder" if line is not None and line.kind == "reminded" else "escalation"
    _tell_otherwise(session, alert, person, event, line, problem, now, team)


def move_notice(session: Session, message_id: int, problem: str, *, team: TeamConfig) -> None:
    """Show a notice to the team (a held day, a digest) in the alerts channel, or else to an admin."""
    message = bury_message(session, message_id, problem)
    tried = _find_tried(session, message.kind, message.subject_id)
    places = (team.alerts_channel, *_find_admins(session))
    place = next((place for place in places if place not in tried), None)
    if place is not None:
        want_message(session, kind=message.kind, subject_id=message.subject_id, channel=place)


def find_addressee(session: Session, message: SlackMessage) -> Person | None:
    """Whose direct message it is; None for a channel's."""
    if not PERSON_ID.match(message.channel):
        return None
    return session.scalars(select(Person).where(Person.slack_id == message.channel)).one_or_none()


def _tell_otherwise(
    session: Session,
    alert: Alert,
    person: Person,
    event: NoticeEvent,
    line: AlertEvent | None,
    problem: str,
    now: datetime,
    team: TeamConfig,
) -> None:
    if team.mails:
        reach(session, alert, person, ways=("email",), event=event, line=line, now=now, team=team)
        return
    shortened = _shorten(problem, person.slack_id or "", person)
    say_unreached(session, alert, person, shortened, now=now, team=team)


def _find_untried(session: Session, alert: Alert, team: TeamConfig) -> Iterator[str]:
    """The alerts channel, the owner and the admins, without those that were tried for the alert."""
    tried = _find_tried(session, "alert", alert.id)
    owner = find_owner(session, alert)
    own = [owner.slack_id] if owner and owner.slack_id else []
    yield from (place for place in (team.alerts_channel, *own, *_find_admins(session)) if place not in tried)


def _find_tried(session: Session, kind: str, subject_id: int) -> set[str]:
    """Where messages about the subject were given up, by name and by id."""
    rows = session.execute(
        select(SlackMessage.channel, SlackMessage.channel_id).where(
            SlackMessage.kind == kind, SlackMessage.subject_id == subject_id, SlackMessage.state == "dead"
        )
    )
    return {name for row in rows for name in row if name}


def _find_admins(session: Session) -> list[str]:
    admins = select(Person.slack_id).where(Person.role == "admin", Person.slack_id.is_not(None))
    return [slack_id for slack_id in session.scalars(admins.order_by(Person.id)) if slack_id]


def _describe(session: Session, channel: str) -> str:
    name = session.scalar(select(Person.name).where(Person.slack_id == channel))
    return f"a direct message to {name}" if name else channel


def _shorten(problem: str, channel: str, person: Person | None) -> str:
    """What is wrong, in the people's words: the remedy is the admin's, who finds it in `staysail check`."""
    what = problem.split(": ")[0]
    return what.replace(channel, person.name) if person is not None and channel else what
