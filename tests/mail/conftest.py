"""A post office, a team with an alert to write about, and a mailer between the two."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session, sessionmaker

from bot.config import TeamConfig
from bot.mail.contents import build_writers
from bot.mail.queue import MailContent, queue_mail
from bot.mail.sending import Post
from bot.mail.setup import MailSetup, read_server
from bot.models import Account, Alert, AlertEvent, Mail, Person
from bot.preferences import NoticeEvent
from tests.mail.office import PostOffice, open_office

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEAM = TeamConfig(mails=True)
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FACTS: dict[str, Any] = {
    "rule_title": "Score fell fast",
    "class": "risk",
    "level_before": {"title": "Green", "color": "green"},
    "level": {"title": "Red", "color": "red"},
    "score_before": 80,
    "score": 32,
    "over_days": 7,
    "arr_cents": 12_000_000,
    "arr_at_risk_cents": 8_000_000,
    "currency": "USD",
    "segment": "enterprise",
    "renewal_on": "2027-02-01",
    "opt_out_on": None,
    "owner": "Maria Lopez",
    "reasons": ["Logins fell by 60 %", "2 urgent tickets are open"],
    "next_step": "Call their champion.",
    "coverage": 1.0,
    "model": "m",
    "version": "v",
    "also": [],
}


@dataclass
class Desk:
    """Everything a test of e-mail holds in its hands."""

    office: PostOffice
    sessions: sessionmaker[Session]
    url: str
    public_url: str | None = "https://staysail.example.com"
    _posts: list[Post] = field(default_factory=list)

    @property
    def setup(self) -> MailSetup:
        sender = Address("Staysail", addr_spec="staysail@corp.example")
        return MailSetup(read_server(self.office.url), sender, self.public_url, SECRET)

    def build_post(self, templates: Path | None = None) -> Post:
        setup = replace(self.setup, templates=templates)
        post = Post(self.sessions, setup, build_writers(TEAM, setup))
        self._posts.append(post)
        return post

    def add_person(self, person_id: int, name: str, email: str | None = None, **more: Any) -> None:
        address = email or f"{name.split()[0].lower()}@corp.example"
        with self.sessions() as session, session.begin():
            values = {"id": person_id, "email": address, "name": name, "role": "csm", **more}
            session.execute(insert(Person).values(**values))

    def add_alert(self, alert_id: int, name: str = "Acme", severity: str = "critical", **facts: Any) -> None:
        with self.sessions() as session, session.begin():
            session.execute(insert(Account).values(id=alert_id, external_id=f"a{alert_id}", name=name))
            session.execute(
                insert(Alert).values(
                    id=alert_id,
                    account_id=alert_id,
                    rule="score_drop",
                    severity=severity,
                    as_of=date(2026, 11, 19),
                    opened_at=NOON,
                    facts={**FACTS, **facts},
                )
            )

    def queue(
        self,
        alert_id: int = 1,
        person_id: int = 1,
        key: str = "opened",
        event: NoticeEvent = "critical_alert",
        content: MailContent | None = None,
    ) -> bool:
        with self.sessions() as session, session.begin():
            person = session.get_one(Person, person_id)
            return queue_mail(
                session,
                kind="alert",
                subject_id=alert_id,
                person=person,
                state_key=key,
                event=event,
                now=NOON,
                content=content,
            )

    def happen(self, alert_id: int, kind: str, by: int | None = None, **detail: Any) -> int:
        """Something in an alert's life; the id of its event."""
        with self.sessions() as session, session.begin():
            line = AlertEvent(alert_id=alert_id, at=NOON, kind=kind, person_id=by, detail=detail)
            session.add(line)
            session.flush()
            return line.id

    def send_all(self, post: Post | None = None) -> int:
        """How many e-mails were tried until none was due."""
        post, tried = post or self.build_post(), 0
        while post.send_next():
            tried += 1
            assert tried < 500, "the mailer does not come to rest"
        return tried

    def hurry(self) -> None:
        """Skip every pause and every lease."""
        with self.sessions() as session, session.begin():
            session.execute(
                text(
                    "update mail set not_before = now() - interval '1 day',"
                    " leased_until = leased_until - interval '1 day'"
                )
            )

    def rows(self) -> list[Mail]:
        with self.sessions() as session:
            return list(session.scalars(select(Mail).order_by(Mail.id)))

    def row(self, number: int = 0) -> Mail:
        return self.rows()[number]

    def close(self) -> None:
        for post in self._posts:
            post.close()


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_office() as office:
        yield office


@pytest.fixture
def desk(office: PostOffice, sessions: sessionmaker[Session], database_url: str) -> Iterator[Desk]:
    """Maria, who owns the alert about Acme, and her manager Vera."""
    desk = Desk(office, sessions, database_url)
    desk.add_person(1, "Maria Lopez")
    desk.add_person(2, "Vera Novak")
    desk.add_alert(1)
    yield desk
    desk.close()
