"""Workers, clocks and PostgreSQL are killed at random while alerts are posted and escalated in a Slack that
fails; and still each has one message in its right state, and everybody is called in once.

With five hundred alerts: STORM_ALERTS=500 uv run pytest tests/scenarios/test_storm.py -n0
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.alerts.acts import acknowledge_alert
from bot.db.embedded import EmbeddedPostgres
from bot.db.engine import create_engine, create_sessions
from bot.db.migrate import migrate
from bot.db.revival import kept_running
from bot.errors import UserError
from bot.manifest import build_manifest
from bot.models import Alert, AlertEvent, AlertPromise, Digest, SlackMessage
from bot.stopping import Stop
from playground import Installed, LocalSlack
from playground.server.settings import Settings as SlackSettings
from tests.conftest import UNSAFE_SETTINGS
from tests.db.processes import kill_server, processes_of
from tests.scenarios import storm
from tests.scenarios.stage import text_of

KILLS = 20
#: What a server that is killed may not forget: everything it has said is committed.
KILLABLE = {**UNSAFE_SETTINGS, "synchronous_commit": "on"}
#: By then every manager was due, and no executive.
DUE = storm.OPENED + timedelta(hours=50)
Found = TypeVar("Found")


class Machines:
    """Two workers and two clocks on one server, and the death of any of them."""

    def __init__(self, server: EmbeddedPostgres, slack: LocalSlack, app: Installed, folder: Path) -> None:
        self.server, self.slack = server, slack
        self.sessions = create_sessions(create_engine(server.url))
        self.watch = folder / "watch"
        self.move(storm.OPENED)
        where = {
            "DATABASE_URL": server.url,
            "SLACK_BOT_TOKEN": app.bot_token,
            "SLACK_API_BASE_URL": slack.api_url,
            "WATCH": str(self.watch),
        }
        self.starter = subprocess.Popen(
            [sys.executable, "-m", "tests.scenarios.worker_process"],
            env={**os.environ, **where},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.running = {
            f"{duty} {number}": self.start(duty) for duty in ("worker", "clock") for number in (1, 2)
        }

    def start(self, duty: str) -> int:
        assert self.starter.stdin is not None
        assert self.starter.stdout is not None
        self.starter.stdin.write(f"{duty}\n")
        self.starter.stdin.flush()
        return int(self.starter.stdout.readline())

    def move(self, now: datetime) -> None:
        """Move the time of all of them."""
        unread = self.watch.with_suffix(".new")
        unread.write_text(now.isoformat())
        unread.replace(self.watch)

    def kill(self, name: str) -> None:
        """``kill -9`` to one, which is then started again; the server by what watches it."""
        if name == "postgres":
            # One that is still coming back is not there to be killed.
            self.slack.wait_for(lambda: processes_of(self.server.home), timeout=60)
            kill_server(self.server.home)
            return
        with suppress(ProcessLookupError):
            os.kill(self.running[name], signal.SIGKILL)
        self.running[name] = self.start(name.split()[0])

    def patiently(self, work: Callable[[Session], Found]) -> Found:
        """What comes of a transaction that is tried again while the server is away."""
        deadline = time.monotonic() + 60
        while True:
            try:
                with self.sessions.begin() as session:
                    return work(session)
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        self.starter.communicate()


def _make_open(folder: str) -> Path:
    # The server may run as another user, who must be able to come here.
    Path(folder).chmod(0o755)
    return Path(folder)


@pytest.fixture
def machines() -> Iterator[Machines]:
    quick = SlackSettings(posts_per_second=1000.0, posts_burst=1000, tier_factor=100.0)
    with (
        tempfile.TemporaryDirectory(prefix="storm-") as name,
        EmbeddedPostgres(_make_open(name) / "home", "storm", KILLABLE) as server,
        kept_running(server, Stop(10)),
        LocalSlack.start(storm.describe_workspace(), settings=quick) as slack,
    ):
        migrate(server.url)
        app = slack.install(
            build_manifest(), channels=[c["name"] for c in storm.describe_workspace()["channels"]]
        )
        machines = Machines(server, slack, app, Path(name))
        yield machines
        machines.stop()
        machines.sessions.kw["bind"].dispose()


def make_trouble(slack: LocalSlack) -> None:
    for kind in ("lost_answer", "reset_before"):
        slack.faults(kind, method="chat.postMessage", times=15, probability=0.05)
    slack.faults("ratelimited", method="chat.postMessage", retry_after=1, times=15, probability=0.05)
    slack.faults("status", method="chat.update", status=500, times=15, probability=0.05)


def acknowledge_some(machines: Machines, chance: random.Random) -> None:
    """CSMs acknowledge some of their alerts; what is no longer open stays as it is."""
    for _ in range(storm.ALERTS // 50):
        number = chance.randint(1, storm.ALERTS)
        now = datetime.fromisoformat(machines.watch.read_text())

        def act(session: Session, number: int = number, now: datetime = now) -> None:
            alert_id = session.scalars(select(Alert.id).where(Alert.account_id == number)).one()
            acknowledge_alert(
                session,
                alert_id=alert_id,
                slack_user_id=f"U{storm.find_csm(number):03}",
                now=now,
                team=storm.read_team(),
            )

        with suppress(UserError):
            machines.patiently(act)


def test_nothing_is_lost_or_done_twice_whatever_is_killed(machines: Machines) -> None:
    machines.patiently(storm.write_people)
    machines.patiently(storm.open_alerts)
    make_trouble(machines.slack)
    chance = random.Random(11)
    victims = [*machines.running, "postgres"]
    for kill in range(KILLS):
        # At any moment, so this is one of the few places where time itself is what is tested.
        time.sleep(chance.uniform(0.1, 0.9))
        machines.kill(victims[kill % len(victims)] if kill < len(victims) else chance.choice(victims))
        acknowledge_some(machines, chance)
        # After a third of the kills the managers are due.
        machines.move(storm.OPENED + timedelta(hours=0 if kill < KILLS // 3 else 49, minutes=kill))
    machines.slack.clear_faults()
    machines.move(DUE)
    machines.slack.wait_for(lambda: not machines.patiently(count_unfinished), timeout=180)
    machines.patiently(assert_escalated_once)
    assert_one_message_each(machines)
    assert machines.slack.journal("conversations.history"), "no post's answer was lost, so nothing was tested"


def count_unfinished(session: Session) -> int:
    """Messages that Slack does not show yet, and promises that are due."""
    stale = select(func.count()).where(
        SlackMessage.shown_version < SlackMessage.wanted_version, SlackMessage.state != "dead"
    )
    due = select(func.count()).where(AlertPromise.ended_at.is_(None), AlertPromise.due_at <= DUE)
    return int(session.scalar(stale) or 0) + int(session.scalar(due) or 0)


def assert_escalated_once(session: Session) -> None:
    """Each alert that nobody acknowledged called in its manager, and none called in anybody twice."""
    steps: Counter[tuple[int, int]] = Counter()
    for event in session.scalars(select(AlertEvent).where(AlertEvent.kind == "escalated")):
        steps[event.alert_id, event.detail["step"]] += 1
    assert set(steps.values()) == {1}
    assert {step for _, step in steps} == {1}
    alerts = session.scalars(select(Alert)).all()
    assert len(alerts) == storm.ALERTS
    for alert in alerts:
        if alert.acknowledged_at is None:
            assert (alert.id, 1) in steps
    assert any(alert.acknowledged_at for alert in alerts)
    digests = session.execute(select(Digest.kind, Digest.channel, Digest.day)).all()
    assert len(digests) == len(set(digests))


def assert_one_message_each(machines: Machines) -> None:
    """In each CSM's channel one message for each alert, in its state, and each line of a thread once."""
    with machines.sessions() as session:
        states = {alert.account_id: alert.state for alert in session.scalars(select(Alert))}
    found: Counter[int] = Counter()
    for csm in range(1, storm.CSMS + 1):
        lines: Counter[tuple[str, str]] = Counter()
        for message in machines.slack.messages(storm.name_channel(csm)):
            if not message.get("attachments"):
                lines[message.get("thread_ts", ""), message["text"]] += 1
                continue
            number = int(message["text"].split("Account-")[1][:3])
            assert storm.find_csm(number) == csm
            found[number] += 1
            is_acknowledged = "Acknowledged by" in text_of(message)
            assert is_acknowledged == (states[number] == "acknowledged"), text_of(message)
        assert set(lines.values()) <= {1}, lines
    assert found == Counter(range(1, storm.ALERTS + 1))
