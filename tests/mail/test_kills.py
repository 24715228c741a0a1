"""Mailers are killed again and again, and still no e-mail is sent twice and none is lost unnoticed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import pytest

from tests.mail.conftest import Desk

ALERTS = 30
KILLS = 8


class Mailers:
    """Starts mailers and kills them."""

    def __init__(self, desk: Desk) -> None:
        self.starter = subprocess.Popen(
            [sys.executable, "-m", "tests.mail.mailer_process"],
            env={**os.environ, "DATABASE_URL": desk.url, "SMTP_URL": desk.office.url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def start(self) -> int:
        """The number of a new mailer's process."""
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


@pytest.fixture
def mailers(desk: Desk) -> Iterator[Mailers]:
    mailers = Mailers(desk)
    yield mailers
    mailers.starter.communicate()


def has_taken(desk: Desk, count: int) -> bool:
    return len(desk.office.taken) >= count


def wait_until(holds: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_killed_at_any_moment_each_e_mail_arrives_once_or_is_called_unknown(
    desk: Desk, mailers: Mailers
) -> None:
    desk.office.slowness = 0.06
    for number in range(2, ALERTS + 2):
        desk.add_alert(number, f"Account-{number:03}")
        desk.queue(alert_id=number)
    chance = random.Random(7)
    running = [mailers.start(), mailers.start()]
    for number in range(KILLS):
        wait_until(partial(has_taken, desk, 2 * (number + 1)))
        time.sleep(chance.uniform(0, 0.06))
        mailers.kill(running.pop(0))
        running.append(mailers.start())
    wait_until(lambda: not any(row.status in ("queued", "sending") for row in desk.rows()))
    arrived = Counter(str(mail["Message-ID"]) for mail in desk.office.mails())
    rows = desk.rows()
    assert {row.status for row in rows} <= {"sent", "unknown"}
    for row in rows:
        times = arrived[row.message_id or ""]
        assert times == 1 if row.status == "sent" else times <= 1, (row.id, row.status, times)
    assert arrived.total() == len(desk.office.taken) <= ALERTS
    unknown = sum(row.status == "unknown" for row in rows)
    assert 0 < unknown <= KILLS, "not one was killed in the moment of sending, so this showed nothing"
