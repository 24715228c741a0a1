"""Keeps what alerts promised to do by themselves: each once, in order, whatever crashes meanwhile (SPEC A5).

Any number of keepers may run. One takes a promise by locking its alert, as a person's click does, and keeps
it in one transaction with all that follows from it; so it is kept whole or, by whoever comes next, once.
"""

import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts.chain import find_called, load_called_week
from bot.alerts.confirming import ask_owner, give_up_asking
from bot.alerts.escalation import take_step
from bot.alerts.lifecycle import resolve, wake
from bot.alerts.promises import drop_promises, end_promise, pause_clock
from bot.alerts.telling import keep_tell
from bot.alerts.views import ENDED
from bot.config import TeamConfig
from bot.models import Alert, AlertEvent, AlertPromise
from bot.working_time import compute_next_working_moment

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
#: A promise that could not be kept is left alone for so long, so that it stands in no other's way.
REST_SECONDS = 60.0
#: What is kept no later than this counts as kept when it was due.
ON_TIME = timedelta(minutes=5)


def find_next_due(session: Session) -> datetime | None:
    """When the next promise is due; None when nothing is promised."""
    return session.scalar(select(func.min(AlertPromise.due_at)).where(AlertPromise.ended_at.is_(None)))


def keep_due_promises(session: Session, *, now: datetime, team: TeamConfig, limit: int = 50) -> int:
    """How many due promises were kept or dropped, the longest due first, each in a savepoint of its own.

    One that fails is logged and left for later.
    """
    done, failed = 0, set[int]()
    while done + len(failed) < limit:
        taken = take_due_promise(session, now=now, but=failed)
        if taken is None:
            break
        try:
            with session.begin_nested():
                keep_promise(session, taken, now=now, team=team)
            done += 1
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("promise.failed", promise=taken.id, kind=taken.kind, alert=taken.alert_id)
            failed.add(taken.id)
    return done


def take_due_promise(session: Session, *, now: datetime, but: Collection[int] = ()) -> AlertPromise | None:
    """The longest due promise that nobody else is at, with its alert locked until the transaction ends."""
    session.flush()
    due = (
        select(AlertPromise.id, Alert.id)
        .join(Alert, Alert.id == AlertPromise.alert_id)
        .where(AlertPromise.ended_at.is_(None), AlertPromise.due_at <= now, AlertPromise.id.not_in(but))
        .order_by(AlertPromise.due_at, AlertPromise.id)
        .with_for_update(of=Alert, skip_locked=True)
        .limit(1)
    )
    passed = set[int]()
    while (row := session.execute(due.where(AlertPromise.id.not_in(passed))).one_or_none()) is not None:
        # Somebody may have kept or moved it between the look and the lock.
        promised = session.get_one(AlertPromise, row[0], populate_existing=True)
        session.get_one(Alert, row[1], populate_existing=True)
        if promised.ended_at is None and promised.due_at is not None and promised.due_at <= now:
            return promised
        passed.add(promised.id)
    return None


def keep_promise(session: Session, promised: AlertPromise, *, now: datetime, team: TeamConfig) -> None:
    """Do what was promised, or drop it where the alert's state has made it void. The alert must be locked."""
    alert = session.get_one(Alert, promised.alert_id)
    if alert.state in ENDED:
        end_promise(session, promised, "dropped", now=now)
        return
    if promised.kind == "tell":
        _keep_tell(session, promised, now, team)
    elif promised.kind == "escalate":
        _keep_escalation(session, promised, alert, now, team)
    else:
        end_promise(session, promised, "kept" if _is_meant(alert, promised) else "dropped", now=now)
        if promised.outcome == "kept":
            _carry_out(session, promised, alert, now, team)


def _is_meant(alert: Alert, promised: AlertPromise) -> bool:
    """Whether the alert still is in the state in which it does such a thing."""
    if promised.kind == "wake":
        return alert.state == "snoozed"
    if promised.kind == "close":
        return alert.proposed_at is not None
    return alert.state == "acknowledged" and alert.proposed_at is None


def _carry_out(
    session: Session, promised: AlertPromise, alert: Alert, now: datetime, team: TeamConfig
) -> None:
    if promised.kind == "wake":
        wake(session, alert, why="time", now=now, team=team)
    elif promised.kind == "close":
        proposed = _find_proposal(session, alert)
        level, score = proposed.get("level"), proposed.get("score")
        resolve(session, alert, why="recovered", now=now, level=level, score=score)
    elif promised.kind == "confirm":
        ask_owner(session, alert, now=now, team=team)
    else:
        give_up_asking(session, alert, promised, now=now, team=team)


def _keep_escalation(
    session: Session, promised: AlertPromise, alert: Alert, now: datetime, team: TeamConfig
) -> None:
    """Call the next person in. Where this comes late, as after an outage, the time of the step after it is
    counted from now, so that whoever is called in gets theirs."""
    if alert.state != "open" or alert.proposed_at is not None:
        pause_clock(session, alert, now=now, team=team)
        return
    called = find_called(session, alert, promised.step, now=now, team=team)
    if called is None:
        log.warning("escalation.nobody", alert=alert.id, step=promised.step)
        drop_promises(session, alert, kinds=("escalate",), now=now)
        return
    start = promised.due_at
    if start is None or now - start > ON_TIME:
        start = compute_next_working_moment(load_called_week(session, called, team), now)
    take_step(session, alert, called, start=start, now=now, team=team)


def _keep_tell(session: Session, promised: AlertPromise, now: datetime, team: TeamConfig) -> None:
    keep_tell(session, promised, now, team)
    if promised.ended_at is None and promised.due_at is not None and promised.due_at <= now:
        end_promise(session, promised, "kept", now=now)


def _find_proposal(session: Session, alert: Alert) -> dict[str, Any]:
    detail = session.scalar(
        select(AlertEvent.detail)
        .where(AlertEvent.alert_id == alert.id, AlertEvent.kind == "proposed")
        .order_by(AlertEvent.id.desc())
        .limit(1)
    )
    return detail or {}


class Keeper:
    """Keeps promises in the background until stopped, each in a transaction of its own.

    ``now`` is the clock by which promises are due; the demo's is not the machine's.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        team: TeamConfig,
        now: Callable[[], datetime],
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._sessions = sessions
        self._team = team
        self._now = now
        self._poll_seconds = poll_seconds
        self._resting: dict[int, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """Take no more and wait for the one under way. False when it did not end in time: it is rolled back
        and kept by another keeper."""
        self._stopping.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def keep_one(self) -> bool:
        """Keep the promise that is due longest; False when none is, or others are at all of them.

        Raises what the database raises when it is away. Any other failure is logged, and the promise rests.
        """
        taken: int | None = None
        try:
            with self._sessions() as session, session.begin():
                now = self._now()
                promised = take_due_promise(session, now=now, but=self._find_resting())
                if promised is None:
                    return False
                taken, kind, alert_id = promised.id, promised.kind, promised.alert_id
                keep_promise(session, promised, now=now, team=self._team)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            if taken is None:
                raise
            log.exception("promise.failed", promise=taken)
            self._resting[taken] = time.monotonic() + REST_SECONDS
        else:
            log.info("promise", promise=taken, kind=kind, alert=alert_id)
        return True

    def _find_resting(self) -> set[int]:
        self._resting = {taken: until for taken, until in self._resting.items() if until > time.monotonic()}
        return set(self._resting)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                worked = self.keep_one()
            except (OperationalError, InterfaceError) as error:
                log.warning("keeper.database", problem=str(error).splitlines()[0])
                worked = False
            except Exception:
                # One fault must not end the thread that keeps all promises.
                log.exception("keeper.fault")
                worked = False
            if not worked:
                self._stopping.wait(self._poll_seconds)
