"""The courier's threads: woken by a notice of the database or by the next due time, never by a sleep."""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import psycopg
import structlog
from slack_sdk import WebClient
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from bot.courier.delivery import Builder, Delivery
from bot.courier.lanes import PACE_SECONDS, find_next_due, take_errand
from bot.courier.outcomes import Loss, record_outcome
from bot.messages import WAKE_CHANNEL

log = structlog.get_logger(__name__)

#: A lost notice costs at most this much.
LONGEST_WAIT = 1.0
#: Pause after the database could not be reached.
TROUBLE_PAUSE = 1.0
NO_LOSSES: Mapping[str, Loss] = MappingProxyType({})


def run_errand(
    sessions: sessionmaker[Session],
    delivery: Delivery,
    *,
    pace: float = PACE_SECONDS,
    losses: Mapping[str, Loss] = NO_LOSSES,
) -> bool:
    """Carry out one errand; False when none is due. Three steps, so that no transaction waits for Slack.

    ``pace`` is a channel's rest in seconds after a message that was shown; ``losses`` says by kind what to do
    when one is given up.
    """
    with sessions() as session, session.begin():
        errand = take_errand(session)
    if errand is None:
        return False
    outcome = delivery.carry_out(errand)
    if outcome.fate == "shown":
        outcome = replace(outcome, pause=min(outcome.pause, pace))
    with sessions() as session, session.begin():
        kept = record_outcome(session, errand, outcome, on_loss=losses.get(errand.kind))
    log.info(
        "message",
        id=errand.id,
        kind=errand.kind,
        channel=errand.channel,
        fate=outcome.fate if kept else "overtaken",
        problem=outcome.problem,
    )
    return True


class Courier:
    """Runs errands in ``threads`` threads until stopped. Any number of couriers may run at once."""

    def __init__(
        self,
        *,
        client: WebClient,
        sessions: sessionmaker[Session],
        builders: Mapping[str, Builder],
        listen_url: str,
        threads: int = 4,
        pace: float = PACE_SECONDS,
        losses: Mapping[str, Loss] = NO_LOSSES,
    ) -> None:
        self._pace = pace
        self._losses = losses
        self._sessions = sessions
        self._delivery = Delivery(client, sessions, builders)
        self._listen_url = listen_url.replace("postgresql+psycopg://", "postgresql://")
        self._stopping = threading.Event()
        self._wake = threading.Condition()
        self._notices = 0
        self._threads = [
            threading.Thread(target=self._work, name=f"courier-{number}", daemon=True)
            for number in range(threads)
        ]
        self._threads.append(threading.Thread(target=self._listen, name="courier-listen", daemon=True))

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 8.0) -> bool:
        """Take no more errands and wait for those under way. False when some did not end in time:
        their leases run out and another courier looks up what became of them."""
        self._stopping.set()
        with self._wake:
            self._wake.notify_all()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while not self._stopping.is_set():
            seen = self._notices
            try:
                if run_errand(self._sessions, self._delivery, pace=self._pace, losses=self._losses):
                    continue
                with self._sessions() as session:
                    due = find_next_due(session)
            except SQLAlchemyError as error:
                log.warning("courier.database", problem=str(error).splitlines()[0])
                self._stopping.wait(TROUBLE_PAUSE)
                continue
            except Exception:
                log.exception("courier.fault")
                self._stopping.wait(TROUBLE_PAUSE)
                continue
            wait = LONGEST_WAIT if due is None else min(LONGEST_WAIT, max(0.01, due))
            with self._wake:
                if self._notices == seen and not self._stopping.is_set():
                    self._wake.wait(wait)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._listen_url, autocommit=True) as connection:
                    connection.execute(f"listen {WAKE_CHANNEL}")
                    self._notice()
                    while not self._stopping.is_set():
                        for _ in connection.notifies(timeout=0.5, stop_after=1):
                            self._notice()
            except psycopg.Error as error:
                log.warning("courier.listen", problem=str(error).splitlines()[0] if str(error) else "closed")
                self._stopping.wait(TROUBLE_PAUSE)

    def _notice(self) -> None:
        with self._wake:
            self._notices += 1
            self._wake.notify_all()
