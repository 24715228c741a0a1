"""The mailer: writes and sends what is queued, each e-mail once, over one connection while there are any."""

import json
import smtplib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from bot.mail.contents import Writer, Writing
from bot.mail.letters import (
    LEASE_SECONDS,
    MAX_ATTEMPTS,
    UNKNOWN,
    Letter,
    abandon_letters,
    compute_pause,
    find_next_due,
    record_letter,
    start_sending,
    take_letter,
)
from bot.mail.messages import BadAddress, Envelope, build_message, make_message_id, read_address, to_bytes
from bot.mail.queue import WAKE_CHANNEL, MailContent
from bot.mail.rendering import BrokenTemplate
from bot.mail.setup import MailSetup
from bot.mail.smtp import NoService, Verdict, connect, send
from bot.mail.unsubscribing import Ticket, build_link
from bot.models import Mail, Person
from bot.preferences import load_preferences

log = structlog.get_logger(__name__)

#: A lost notice costs at most this much.
LONGEST_WAIT = 1.0
#: Pauses after the database or the mail server could not be used.
TROUBLE_PAUSE = 1.0
LONGEST_REST = 300.0


@dataclass(frozen=True)
class Written:
    """An e-mail ready to go."""

    envelope: Envelope
    content: MailContent
    message: bytes


class Dropped(Exception):
    """There is nothing to send any more; the text says why."""


class Post:
    """Sends one e-mail after the other, over a connection that is kept while there are more."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        setup: MailSetup,
        writers: Mapping[str, Writer],
        *,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._sessions = sessions
        self._setup = setup
        self._writers = writers
        self._seconds = lease_seconds
        self._connection: smtplib.SMTP | None = None

    def send_next(self) -> bool:
        """Send one e-mail; False when none is due. Raises NoService when the server cannot be used, with the
        e-mail queued as before."""
        with self._sessions() as session, session.begin():
            abandon_letters(session)
            letter = take_letter(session, seconds=self._seconds)
        if letter is None:
            return False
        try:
            written = self._write(letter)
            verdict = self._hand_over(letter, written)
        except Dropped as reason:
            self._record(letter, "dropped", problem=str(reason))
        except (BadAddress, BrokenTemplate) as error:
            problem = f"{error}, then run `staysail check --retry`"
            self._record(letter, "failed", problem=problem, counted=True)
        except NoService as error:
            self._record(letter, "queued", problem=str(error))
            raise
        except SQLAlchemyError:
            # Nothing can be written down; the lease runs out.
            raise
        except Exception as error:
            log.exception("mail.fault", id=letter.id)
            self.close()
            fault = f"{type(error).__name__}: this is a fault of Staysail, please report it"
            self._record(letter, "failed", problem=fault, counted=True)
        else:
            self._judge(letter, verdict)
        return True

    def close(self) -> None:
        """Take leave of the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _write(self, letter: Letter) -> Written:
        with self._sessions() as session:
            mail = session.get_one(Mail, letter.id)
            person = session.get_one(Person, mail.person_id)
            if load_preferences(session, person.id).refuses(mail.event, "email"):  # type: ignore[arg-type]
                raise Dropped(f"{person.name} wants no more of these e-mails")
            writing = Writing(mail, person, self._build_link(mail))
            content = self._compose(session, writing)
            earlier = _load_thread(session, mail)
            if earlier:
                content = MailContent(f"Re: {earlier[0].subject}", content.text, content.html)
            envelope = Envelope(
                name=person.name,
                address=mail.to_address,
                message_id=mail.message_id or make_message_id(self._setup),
                references=_build_references(earlier),
                unsubscribe_url=writing.unsubscribe_url,
            )
        message = build_message(self._setup, envelope, content, at=datetime.now(UTC))
        return Written(envelope, content, to_bytes(message))

    def _compose(self, session: Session, writing: Writing) -> MailContent:
        mail = writing.mail
        if mail.subject is not None and mail.body_text is not None and mail.body_html is not None:
            return MailContent(mail.subject.removeprefix("Re: "), mail.body_text, mail.body_html)
        writer = self._writers.get(mail.kind)
        content = writer(session, writing) if writer is not None else None
        if content is None:
            raise Dropped("what it was about is gone")
        return content

    def _build_link(self, mail: Mail) -> str | None:
        setup = self._setup
        if setup.public_url is None or setup.secret is None:
            return None
        ticket = Ticket(mail.person_id, mail.event)  # type: ignore[arg-type]
        return build_link(setup.public_url, setup.secret, ticket)

    def _hand_over(self, letter: Letter, written: Written) -> Verdict:
        if self._connection is None or self._connection.sock is None:
            self._connection = connect(self._setup.server)
        return send(
            self._connection,
            sender=self._setup.sender.addr_spec,
            to=read_address("", written.envelope.address).addr_spec,
            message=written.message,
            before_end=lambda: self._start(letter, written),
        )

    def _start(self, letter: Letter, written: Written) -> bool:
        envelope = written.envelope
        with self._sessions() as session, session.begin():
            return start_sending(
                session,
                letter,
                written.content,
                message_id=envelope.message_id,
                references=json.dumps(list(envelope.references)),
                unsubscribe_url=envelope.unsubscribe_url,
                seconds=self._seconds,
            )

    def _judge(self, letter: Letter, verdict: Verdict) -> None:
        """Write down what came of an e-mail."""
        said = verdict.said
        if verdict.fate == "taken":
            self._record(letter, "sent")
        elif verdict.fate == "unknown":
            self._record(letter, "unknown", problem=f"{said}; {UNKNOWN}")
        elif verdict.fate == "refused" or letter.attempts + 1 >= MAX_ATTEMPTS:
            self._record(letter, "failed", problem=f"the mail server said: {said}", counted=True)
        else:
            is_refusal = verdict.fate == "later"
            pause = compute_pause(letter.attempts) if is_refusal else compute_rest(letter.attempts)
            self._record(letter, "queued", problem=f"the mail server said: {said}", pause=pause, counted=True)

    def _record(
        self,
        letter: Letter,
        status: str,
        *,
        problem: str | None = None,
        pause: float = 0.0,
        counted: bool = False,
    ) -> None:
        with self._sessions() as session, session.begin():
            kept = record_letter(session, letter, status, problem=problem, pause=pause, counted=counted)
        log.info("mail", id=letter.id, status=status if kept else "overtaken", problem=problem)


class Mailer:
    """Sends e-mails in a thread until stopped. Any number of mailers may run at once."""

    def __init__(
        self,
        *,
        sessions: sessionmaker[Session],
        setup: MailSetup,
        writers: Mapping[str, Writer],
        listen_url: str,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._sessions = sessions
        self._post = Post(sessions, setup, writers, lease_seconds=lease_seconds)
        self._listen_url = listen_url.replace("postgresql+psycopg://", "postgresql://")
        self._stopping = threading.Event()
        self._notice = threading.Event()
        self._troubles = 0
        self._threads = [
            threading.Thread(target=self._work, name="mailer", daemon=True),
            threading.Thread(target=self._listen, name="mailer-listen", daemon=True),
        ]

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 8.0) -> bool:
        """Take no more e-mails and wait for the one under way. False when it did not end in time: its row
        says what is not known about it."""
        self._stopping.set()
        self._notice.set()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._notice.clear()
            try:
                if self._post.send_next():
                    self._troubles = 0
                    continue
                with self._sessions() as session:
                    due = find_next_due(session)
            except NoService as error:
                self._rest(str(error))
                continue
            except SQLAlchemyError as error:
                log.warning("mailer.database", problem=str(error).splitlines()[0])
                self._stopping.wait(TROUBLE_PAUSE)
                continue
            except Exception:
                log.exception("mailer.fault")
                self._stopping.wait(TROUBLE_PAUSE)
                continue
            self._post.close()
            self._notice.wait(LONGEST_WAIT if due is None else min(LONGEST_WAIT, max(0.05, due)))
        self._post.close()

    def _rest(self, problem: str) -> None:
        log.warning("mailer.no_service", problem=problem)
        self._stopping.wait(compute_rest(self._troubles))
        self._troubles += 1

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._listen_url, autocommit=True) as connection:
                    connection.execute(f"listen {WAKE_CHANNEL}")
                    self._notice.set()
                    while not self._stopping.is_set():
                        for _ in connection.notifies(timeout=0.5, stop_after=1):
                            self._notice.set()
            except psycopg.Error as error:
                log.warning("mailer.listen", problem=str(error).splitlines()[0] if str(error) else "closed")
                self._stopping.wait(TROUBLE_PAUSE)


def compute_rest(troubles: int) -> float:
    """Seconds after a connection was lost or not to be had: 1, 2, 4, … up to five minutes."""
    return float(min(LONGEST_REST, TROUBLE_PAUSE * 2.0 ** min(troubles, 10)))


def _load_thread(session: Session, mail: Mail) -> list[Mail]:
    """The e-mails of the same story that the person may have, the oldest first."""
    asked = select(Mail).where(
        Mail.kind == mail.kind,
        Mail.subject_id == mail.subject_id,
        Mail.person_id == mail.person_id,
        Mail.id < mail.id,
        Mail.message_id.is_not(None),
        Mail.status.in_(["sent", "unknown"]),
    )
    return list(session.scalars(asked.order_by(Mail.id)))


def _build_references(earlier: list[Mail]) -> tuple[str, ...]:
    # The first keeps the thread together, the last says what is answered; a story in between may be long.
    named = [mail.message_id for mail in (earlier[0], earlier[-1]) if mail.message_id] if earlier else []
    return tuple(dict.fromkeys(named))
