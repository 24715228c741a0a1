"""E-mails as rows: domain code queues one with the change it tells of, the mailer writes and sends it.

Each person gets at most one about each state of a subject, whatever is asked for twice.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.models import AlertEvent, Mail, Person
from bot.preferences import NoticeEvent

#: The mailer listens here.
WAKE_CHANNEL = "staysail_mailer"
#: What an alert's e-mail thread goes on to tell.
UPDATES = frozenset(
    {"acknowledged", "snoozed", "woke", "assigned", "escalated", "resolved", "dismissed", "reopened"}
)


@dataclass(frozen=True)
class MailContent:
    """What an e-mail says; ``html`` shows the same as ``text``."""

    subject: str
    text: str
    html: str


def queue_mail(
    session: Session,
    *,
    kind: str,
    subject_id: int,
    person: Person,
    state_key: str,
    event: NoticeEvent,
    now: datetime,
    content: MailContent | None = None,
) -> bool:
    """Queue an e-mail to the person about this state; False where there is one already.

    E-mails of one kind and subject are one thread in the person's mail client, in the order queued. Without
    ``content`` the mailer has it written when it is sent. ``event`` is the wish of the person it serves.
    """
    queued = session.scalar(
        insert(Mail)
        .values(
            kind=kind,
            subject_id=subject_id,
            person_id=person.id,
            state_key=state_key,
            event=event,
            to_address=person.email,
            queued_at=now,
            not_before=func.clock_timestamp(),
            subject=content and content.subject,
            body_text=content and content.text,
            body_html=content and content.html,
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject_id", "person_id", "state_key"])
        .returning(Mail.id)
    )
    if queued is not None:
        _wake(session)
    return queued is not None


def queue_updates(session: Session, line: AlertEvent) -> int:
    """How many people are sent this event of an alert: those who had an e-mail of the alert before, but for
    the one who did it."""
    if line.kind not in UPDATES:
        return 0
    told = (
        select(Person, func.min(Mail.event))
        .join(Mail, Mail.person_id == Person.id)
        .where(Mail.kind == "alert", Mail.subject_id == line.alert_id, Mail.status != "dropped")
        .group_by(Person.id)
        .order_by(Person.id)
    )
    queued = 0
    for person, event in session.execute(told).all():
        if person.id == line.person_id:
            continue
        queued += queue_mail(
            session,
            kind="alert",
            subject_id=line.alert_id,
            person=person,
            state_key=f"event:{line.id}",
            event=cast(NoticeEvent, event),
            now=line.at,
        )
    return queued


def revive_mails(session: Session) -> int:
    """How many e-mails that were refused, or of which nobody knows whether they arrived, are sent again."""
    revived = session.scalars(
        update(Mail)
        .where(Mail.status.in_(["failed", "unknown"]))
        .values(status="queued", attempts=0, problem=None, lease=None, not_before=func.clock_timestamp())
        .returning(Mail.id)
    ).all()
    if revived:
        _wake(session)
    return len(revived)


def _wake(session: Session) -> None:
    session.execute(text("select pg_notify(:channel, '')"), {"channel": WAKE_CHANNEL})
