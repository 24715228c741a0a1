"""What Slack should show, as rows: domain code marks a message, the courier makes Slack agree.

Nothing here talks to Slack. The mark is part of the caller's transaction, so a message and the change it
shows are committed together or not at all. When something may be sent is a matter of the database's clock:
the domain's own (``now``) may run ahead of it or behind.
"""

import re
from datetime import timedelta

from sqlalchemy import case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.models import SlackLane, SlackMessage

#: The courier listens here; a notice is delivered when the marking transaction commits.
WAKE_CHANNEL = "staysail_courier"
#: A direct message is addressed by the Slack id of a person.
PERSON_ID = re.compile("^[UW][A-Z0-9]")
#: Between two edits of a message that nobody waits for.
CALM = timedelta(seconds=45)


def want_message(
    session: Session,
    *,
    kind: str,
    subject_id: int,
    channel: str,
    thread_of: int | None = None,
) -> int:
    """The id of the one message of this kind, subject and channel, which is now due to be shown as it is.

    Asked for again it stays one message and is edited in place. ``channel`` is an id (C…, G…, D…), a name
    (#cs-alerts) or a person (U…).
    """
    session.execute(
        insert(SlackLane)
        .values(channel=channel, next_at=func.clock_timestamp())
        .on_conflict_do_nothing(index_elements=["channel"])
    )
    message_id = session.execute(
        insert(SlackMessage)
        .values(kind=kind, subject_id=subject_id, channel=channel, thread_of=thread_of)
        .on_conflict_do_update(
            index_elements=["kind", "subject_id", "channel"],
            set_={"wanted_version": SlackMessage.wanted_version + 1},
        )
        .returning(SlackMessage.id)
    ).scalar_one()
    _wake(session)
    return message_id


def find_main(session: Session, *, kind: str, subject_id: int) -> SlackMessage | None:
    """The message whose thread tells the subject's story: of those that were not given up the oldest in a
    channel, or where there is none, in a direct message."""
    asked = select(SlackMessage).where(
        SlackMessage.kind == kind, SlackMessage.subject_id == subject_id, SlackMessage.state != "dead"
    )
    ordered = asked.order_by(SlackMessage.channel.regexp_match(PERSON_ID.pattern), SlackMessage.id)
    return session.scalars(ordered.limit(1)).one_or_none()


def bury_message(session: Session, message_id: int, problem: str) -> SlackMessage:
    """The message, which cannot be shown where it was meant to be and is given up."""
    message = session.get_one(SlackMessage, message_id, populate_existing=True)
    message.state, message.problem = "dead", problem
    session.flush()
    return message


def move_replies(session: Session, *, of: int, to: int, channel: str) -> None:
    """Let the replies that could not be posted to one message's thread be posted to another's."""
    session.execute(
        update(SlackMessage)
        .where(SlackMessage.thread_of == of, SlackMessage.ts.is_(None))
        .values(
            thread_of=to,
            channel=channel,
            channel_id=None,
            state="live",
            attempts=0,
            problem=None,
            not_before=func.clock_timestamp(),
        )
        .execution_options(synchronize_session=False)
    )
    _wake(session)


def mark_stale(session: Session, *, kind: str, subject_id: int, hurry: bool = True) -> int:
    """How many messages that show this subject were marked to be drawn again.

    ``hurry`` is for the act of a person, who sees it at once. Without it a message is edited ``CALM`` after
    it was last shown, with all that has changed until then.
    """
    marked = session.scalars(
        update(SlackMessage)
        .where(SlackMessage.kind == kind, SlackMessage.subject_id == subject_id)
        .values(
            wanted_version=SlackMessage.wanted_version + 1,
            not_before=func.clock_timestamp() if hurry else _compute_calm_moment(),
        )
        .returning(SlackMessage.id)
        .execution_options(synchronize_session=False)
    ).all()
    if marked:
        _wake(session)
    return len(marked)


def _compute_calm_moment() -> object:
    # What is due already goes along with the edit that is due.
    is_due = SlackMessage.shown_version < SlackMessage.wanted_version
    calm = func.greatest(SlackMessage.not_before, SlackMessage.shown_at + CALM)
    return case((is_due, SlackMessage.not_before), else_=calm)


def revive_dead_messages(session: Session, *, channel: str | None = None) -> int:
    """How many messages that had been given up are tried again, of one channel or of all."""
    dead = select(SlackMessage.id).where(SlackMessage.state == "dead")
    if channel is not None:
        dead = dead.where(SlackMessage.channel == channel)
    revived = session.scalars(
        update(SlackMessage)
        .where(SlackMessage.id.in_(dead))
        .values(state="live", attempts=0, problem=None, not_before=func.clock_timestamp())
        .returning(SlackMessage.id)
    ).all()
    if revived:
        _wake(session)
    return len(revived)


def _wake(session: Session) -> None:
    session.execute(text("select pg_notify(:channel, '')"), {"channel": WAKE_CHANNEL})
