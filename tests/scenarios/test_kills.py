"""The courier is killed again and again while Slack fails, and still every alert has exactly one message."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session, sessionmaker

from bot.manifest import build_manifest
from bot.messages import mark_stale, want_message
from bot.models import Account, Alert, Person, SlackMessage
from playground import Installed, LocalSlack
from playground.server.settings import Settings as SlackSettings
from tests.scenarios.stage import END, MORNING, text_of

ALERTS = 60
CHANNELS = ("cs-alerts", "cs-enterprise", "cs-smb", "cs-critical")
KILLS = 10
WORKSPACE = {
    "users": [{"id": "U1", "name": "maria"}],
    "channels": [{"id": f"C{n}", "name": name, "members": ["U1"]} for n, name in enumerate(CHANNELS, 1)],
}
FACTS = {
    "rule_title": "Score fell fast",
    "level_before": {"title": "Green", "color": "green"},
    "level": {"title": "Yellow", "color": "yellow"},
    "score_before": 80,
    "score": 60,
    "over_days": 7,
    "arr_cents": 100,
    "arr_at_risk_cents": 10,
    "currency": "USD",
    "segment": None,
    "renewal_on": None,
    "opt_out_on": None,
    "owner": None,
    "reasons": [],
    "next_step": "Call them.",
    "coverage": 1.0,
    "model": "m",
    "version": "v",
    "also": [],
}


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    quick = SlackSettings(posts_per_second=1000.0, posts_burst=1000, tier_factor=100.0)
    with LocalSlack.start(WORKSPACE, settings=quick) as slack:
        yield slack


class Couriers:
    """Starts couriers and kills them."""

    def __init__(self, url: str, slack: LocalSlack, app: Installed) -> None:
        where = {"DATABASE_URL": url, "SLACK_BOT_TOKEN": app.bot_token, "SLACK_API_BASE_URL": slack.api_url}
        self.starter = subprocess.Popen(
            [sys.executable, "-m", "tests.scenarios.courier_process"],
            env={**os.environ, **where},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def start(self) -> int:
        """The number of a new courier's process."""
        assert self.starter.stdin is not None
        assert self.starter.stdout is not None
        self.starter.stdin.write("one\n")
        self.starter.stdin.flush()
        return int(self.starter.stdout.readline())

    def kill(self, number: int) -> None:
        """``kill -9``, and wait until it is gone."""
        os.kill(number, signal.SIGKILL)
        with suppress(ProcessLookupError):
            while True:
                os.kill(number, 0)
                time.sleep(0.005)

    def stop(self) -> None:
        """Kill whatever runs."""
        self.starter.communicate()


@pytest.fixture
def app(slack: LocalSlack) -> Installed:
    return slack.install(build_manifest(), channels=list(CHANNELS))


@pytest.fixture
def couriers(slack: LocalSlack, app: Installed, database_url: str) -> Iterator[Couriers]:
    couriers = Couriers(database_url, slack, app)
    yield couriers
    couriers.stop()


def open_alerts(session: Session) -> None:
    """Sixty alerts over four channels, all waiting to be posted."""
    session.execute(insert(Person).values(id=1, email="m@corp.example", name="Maria", role="csm"))
    for number in range(1, ALERTS + 1):
        name = f"Account-{number:03}"
        session.execute(insert(Account).values(id=number, external_id=f"a{number}", name=name))
        values = {"id": number, "account_id": number, "rule": "score_drop", "severity": "at_risk"}
        session.execute(insert(Alert).values(**values, as_of=END, opened_at=MORNING, facts=FACTS))
        channel = f"#{CHANNELS[number % len(CHANNELS)]}"
        want_message(session, kind="alert", subject_id=number, channel=channel)


def acknowledge(session: Session, alert_id: int) -> None:
    at = MORNING + timedelta(hours=8, minutes=2)
    session.execute(
        update(Alert)
        .where(Alert.id == alert_id)
        .values(state="acknowledged", acknowledged_by=1, acknowledged_at=at)
    )
    mark_stale(session, kind="alert", subject_id=alert_id)


def forget_leases(sessions: sessionmaker[Session]) -> None:
    """What a killed courier held is free, as it is a minute later."""
    with sessions.begin() as session:
        session.execute(text("update slack_lane set leased_until = now() - interval '1 s'"))


def count_waiting(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return (
            session.query(SlackMessage)
            .filter(SlackMessage.shown_version < SlackMessage.wanted_version)
            .count()
        )


def make_trouble(slack: LocalSlack) -> None:
    for kind in ("lost_answer", "reset_before"):
        slack.faults(kind, method="chat.postMessage", times=2, probability=0.15)
    slack.faults("ratelimited", method="chat.postMessage", retry_after=1, times=2, probability=0.15)
    slack.faults("status", method="chat.update", status=500, times=2, probability=0.15)
    # Answers take a moment, so that a kill finds posts under way.
    slack.faults("slow", seconds=0.05, times=10_000)


def test_every_alert_has_one_message_whatever_is_killed(
    slack: LocalSlack, sessions: sessionmaker[Session], couriers: Couriers
) -> None:
    with sessions.begin() as session:
        open_alerts(session)
    make_trouble(slack)
    chance = random.Random(5)
    for _ in range(KILLS):
        number = couriers.start()
        # At any moment, so this is one of the few places where time itself is what is tested.
        time.sleep(chance.uniform(0.05, 0.6))
        couriers.kill(number)
        # What it had sent gets to its end at Slack, and meanwhile people acknowledge.
        time.sleep(0.1)
        with sessions.begin() as session:
            for _ in range(3):
                acknowledge(session, chance.randint(1, ALERTS))
        forget_leases(sessions)
    assert count_waiting(sessions) > 0, "the kills came too late to hit anything"
    slack.clear_faults()
    couriers.start()
    slack.wait_for(lambda: not count_waiting(sessions), timeout=60)
    assert_one_message_each(slack, sessions)
    assert slack.journal("conversations.history"), "no post's answer was lost, so nothing was tested"


def assert_one_message_each(slack: LocalSlack, sessions: sessionmaker[Session]) -> None:
    found: Counter[int] = Counter()
    with sessions() as session:
        states = {alert.id: alert.state for alert in session.query(Alert)}
    for channel in CHANNELS:
        for message in slack.messages(channel):
            if not message.get("attachments"):
                continue
            alert_id = int(message["text"].split("Account-")[1][:3])
            found[alert_id] += 1
            assert channel == CHANNELS[alert_id % len(CHANNELS)]
            is_done = "Acknowledged by Maria, 14:02" in text_of(message)
            assert is_done == (states[alert_id] == "acknowledged")
    assert found == Counter(range(1, ALERTS + 1))
    assert len([state for state in states.values() if state == "acknowledged"]) > 5
