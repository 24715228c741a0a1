"""A local Slack, a bot in it, and a courier whose messages show the version that is wanted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from slack_sdk import WebClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from bot.courier.delivery import Content, Delivery
from bot.courier.outcomes import Loss
from bot.courier.runner import NO_LOSSES, Courier, run_errand
from bot.manifest import build_manifest
from bot.messages import mark_stale, want_message
from bot.models import SlackMessage
from playground import Installed, LocalSlack

WORKSPACE = {
    "team": {"id": "T1", "name": "Harbor", "domain": "harbor"},
    "users": [{"id": "U1", "name": "maria", "real_name": "Maria Silva"}],
    "channels": [
        {"id": "C1", "name": "cs-alerts", "members": ["U1"]},
        {"id": "C2", "name": "cs-team", "members": ["U1"]},
        {"id": "C3", "name": "elsewhere", "members": ["U1"], "is_private": True},
        {"id": "C4", "name": "with-acme", "members": ["U1"], "is_ext_shared": True},
    ],
}


def build_note(session: Session, subject_id: int) -> Content | None:
    """What a note shows: the newest version wanted of it; nothing for subject 404, no words for 415."""
    if subject_id == 404:
        return None
    if subject_id == 415:
        return Content(text="")
    version = session.scalar(select(SlackMessage.wanted_version).where(SlackMessage.subject_id == subject_id))
    words = f"note {subject_id} version {version}"
    block = {"type": "section", "text": {"type": "mrkdwn", "text": words}}
    if subject_id == 400:
        block = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    return Content(text=words, blocks=[block], color="#cc0000")


@dataclass
class Office:
    """Everything a courier test holds in its hands."""

    slack: LocalSlack
    app: Installed
    client: WebClient
    sessions: sessionmaker[Session]
    url: str

    def want(self, subject_id: int, channel: str = "#cs-alerts", thread_of: int | None = None) -> int:
        with self.sessions() as session, session.begin():
            return want_message(
                session, kind="note", subject_id=subject_id, channel=channel, thread_of=thread_of
            )

    def stale(self, subject_id: int, *, hurry: bool = True) -> None:
        with self.sessions() as session, session.begin():
            mark_stale(session, kind="note", subject_id=subject_id, hurry=hurry)

    def row(self, message_id: int) -> SlackMessage:
        with self.sessions() as session:
            return session.get_one(SlackMessage, message_id)

    def run_once(self, losses: Mapping[str, Loss] = NO_LOSSES) -> bool:
        """One errand, with every lane's rest skipped: its length is asserted where it matters."""
        with self.sessions() as session, session.begin():
            session.execute(text("update slack_lane set next_at = now() - interval '1 day'"))
        delivery = Delivery(self.client, self.sessions, {"note": build_note})
        return run_errand(self.sessions, delivery, losses=losses)

    def run_all(self) -> None:
        """Errands until none is due; more than thirty for these few messages is a loop."""
        for _ in range(30):
            if not self.run_once():
                return
        raise AssertionError("the courier does not come to rest")

    def texts(self, channel: str = "cs-alerts") -> list[str]:
        return [message["text"] for message in self.slack.messages(channel) if "note" in message["text"]]

    def rest(self, channel: str = "#cs-alerts") -> float:
        """Seconds until the lane is due."""
        asked = text(
            "select extract(epoch from next_at - clock_timestamp()) from slack_lane where channel = :c"
        )
        with self.sessions() as session:
            return float(session.execute(asked, {"c": channel}).scalar_one())


@pytest.fixture
def office(sessions: sessionmaker[Session], database_url: str) -> Iterator[Office]:
    with LocalSlack.start(WORKSPACE) as slack:
        # The lanes' rests are skipped below, so Slack's own limit would answer for ours.
        slack.limits(posts_burst=1000)
        app = slack.install(build_manifest())
        client = WebClient(token=app.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=5)
        yield Office(slack, app, client, sessions, database_url)


@pytest.fixture
def start_courier(office: Office) -> Iterator[Callable[[], Courier]]:
    started: list[Courier] = []

    def start() -> Courier:
        courier = Courier(
            client=office.client,
            sessions=office.sessions,
            builders={"note": build_note},
            listen_url=office.url,
            threads=2,
        )
        courier.start()
        started.append(courier)
        return courier

    yield start
    for courier in started:
        assert courier.stop()
