"""Which e-mail is next, and what is written down about it: leases, and who may still write.

The database's clock decides, since mailers may run on several machines. An outcome is written only by the
holder of the lease (fencing), so a mailer that was frozen and overtaken changes nothing. The moment in which
nobody could say whether the server has an e-mail is a state of its own, ``sending``: whoever finds it left
behind does not send again but calls it ``unknown``, as a person must decide.
"""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.mail.queue import MailContent

#: Longer than one e-mail may take with every wait for the server at its longest.
LEASE_SECONDS = 180.0
#: Refused for the time being so often, an e-mail is given up: a day and a half of trying.
MAX_ATTEMPTS = 40
LONGEST_PAUSE = 3600.0
UNKNOWN = "it may have arrived or not: ask the recipient, or send it again with `staysail check --retry`"
ABANDONED = f"the process that sent it ended in that very moment, so {UNKNOWN}"

# An e-mail waits for those of its thread that were queued before: a story is told in order.
_IS_NEXT = """
    not exists (
        select 1 from mail earlier
        where earlier.kind = m.kind and earlier.subject_id = m.subject_id
          and earlier.person_id = m.person_id and earlier.id < m.id
          and earlier.status in ('queued', 'sending'))
"""
_TAKE = text(
    f"""
    update mail set lease = :lease, leased_until = clock_timestamp() + make_interval(secs => :seconds)
    where id = (
        select m.id from mail m
        where m.status = 'queued' and m.not_before <= clock_timestamp()
          and (m.leased_until is null or m.leased_until < clock_timestamp())
          and {_IS_NEXT}
        order by m.not_before, m.id limit 1 for update skip locked)
    returning id, attempts
    """
)
_START = text(
    """
    update mail set status = 'sending', leased_until = clock_timestamp() + make_interval(secs => :seconds),
        subject = :subject, body_text = :text, body_html = :html, message_id = :message_id,
        "references" = cast(:references as jsonb), unsubscribe_url = :unsubscribe_url
    where id = :id and lease = :lease and status = 'queued'
    """
)
_RECORD = text(
    """
    update mail set status = :status, problem = :problem, attempts = :attempts, lease = null,
        leased_until = null,
        not_before = clock_timestamp() + make_interval(secs => :pause),
        sent_at = case when :status = 'sent' then clock_timestamp() end
    where id = :id and lease = :lease
    """
)
_ABANDON = text(
    """
    update mail set status = 'unknown', problem = :problem, lease = null, leased_until = null
    where status = 'sending' and leased_until < clock_timestamp()
    """
)
_NEXT_DUE = text(
    f"""
    select extract(epoch from min(greatest(m.not_before, coalesce(m.leased_until, m.not_before)))
                   - clock_timestamp())
    from mail m where m.status in ('queued', 'sending') and {_IS_NEXT}
    """
)


@dataclass(frozen=True)
class Letter:
    """One e-mail held under a lease."""

    id: int
    lease: uuid.UUID
    attempts: int


def take_letter(session: Session, *, seconds: float = LEASE_SECONDS) -> Letter | None:
    """The oldest e-mail that is due and the next of its thread, now leased; None when there is none."""
    lease = uuid.uuid4()
    row = session.execute(_TAKE, {"lease": lease, "seconds": seconds}).one_or_none()
    return None if row is None else Letter(row.id, lease, row.attempts)


def start_sending(
    session: Session,
    letter: Letter,
    content: MailContent,
    *,
    message_id: str,
    references: str,
    unsubscribe_url: str | None,
    seconds: float = LEASE_SECONDS,
) -> bool:
    """Write down, just before the end of the e-mail is sent, that it may have been sent from now on. False
    when the lease had run out and it is another's."""
    values = {
        "id": letter.id,
        "lease": letter.lease,
        "seconds": seconds,
        "subject": content.subject,
        "text": content.text,
        "html": content.html,
        "message_id": message_id,
        "references": references,
        "unsubscribe_url": unsubscribe_url,
    }
    return bool(session.execute(_START, values).rowcount)  # type: ignore[attr-defined]


def record_letter(
    session: Session,
    letter: Letter,
    status: str,
    *,
    problem: str | None = None,
    pause: float = 0.0,
    counted: bool = False,
) -> bool:
    """Write what came of it and free it, due after ``pause`` seconds if it is queued again. False, with
    nothing written, if overtaken."""
    values = {
        "id": letter.id,
        "lease": letter.lease,
        "status": status,
        "problem": problem,
        "pause": pause,
        "attempts": letter.attempts + counted,
    }
    return bool(session.execute(_RECORD, values).rowcount)  # type: ignore[attr-defined]


def abandon_letters(session: Session) -> int:
    """How many e-mails were left behind in the moment of sending; nobody knows what became of them."""
    return int(session.execute(_ABANDON, {"problem": ABANDONED}).rowcount)  # type: ignore[attr-defined]


def find_next_due(session: Session) -> float | None:
    """Seconds until there may be something to do (0 or less: now); None when nothing waits."""
    seconds = session.scalar(_NEXT_DUE)
    return None if seconds is None else float(seconds)


def compute_pause(attempts: int) -> float:
    """Seconds after a refusal for the time being: 1, 2, 4, … minutes, up to an hour."""
    return float(min(LONGEST_PAUSE, 60.0 * 2.0 ** min(attempts, 10)))
