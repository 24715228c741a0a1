"""Keeps runs on their days: whatever is due is done, once, in order, whatever crashes meanwhile (SPEC P15).

Any number of keepers may run. One takes a run by holding its account's plays, as a person's click does, and
makes all its moves that are due in one transaction with what they write. A transaction that is cut leaves the
run as it was, to be taken again.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from bot.config import TeamConfig
from bot.models import PlayRun
from bot.plays.engine import advance
from bot.plays.precedence import has_ended, release_held
from bot.plays.recording import record_deeds
from bot.plays.starting import start_play
from bot.plays.state import Deed
from bot.plays.store import load_play, load_run, load_world, save_run, try_lock_account
from playbooks import Library, Playbook, get_library

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
#: A run with which something went wrong is left alone for so long, so that it stands in no other's way.
REST = timedelta(minutes=15)
#: Due runs that are looked at for one that nobody holds.
CANDIDATES = 50
#: More moves than this at once are a fault of the engine.
MOST_MOVES = 500


def keep_due_runs(
    sessions: sessionmaker[Session],
    *,
    now: datetime,
    team: TeamConfig,
    library: Library | None = None,
    limit: int = 1000,
) -> int:
    """How many runs were looked at because something of theirs was due, each in a transaction of its own."""
    library = library or get_library(team.folder)
    for done in range(limit):
        taken: list[int] = []
        try:
            with sessions.begin() as session:
                found = keep_one_run(session, now=now, team=team, library=library, taken=taken)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if not taken:
                raise
            log.exception("play.failed", run=taken[0])
            _put_off(sessions, taken[0], error, now)
            continue
        if not found:
            return done
    return limit


def keep_one_run(
    session: Session, *, now: datetime, team: TeamConfig, library: Library, taken: list[int] | None = None
) -> bool:
    """Do all that is due of the run that has been due longest and that nobody holds; False for none.

    ``taken`` is given the run's id before anything is done to it.
    """
    row = take_due_run(session, now=now)
    if row is None:
        return False
    if taken is not None:
        taken.append(row.id)
    keep_run(session, row, now=now, team=team, library=library)
    return True


def take_due_run(session: Session, *, now: datetime) -> PlayRun | None:
    """The run that has been due longest and that nobody holds, held until the transaction ends."""
    due = (
        select(PlayRun.id, PlayRun.account_id)
        .where(PlayRun.state == "active", PlayRun.next_at <= now)
        .order_by(PlayRun.next_at, PlayRun.id)
        .limit(CANDIDATES)
    )
    for run_id, account_id in session.execute(due).all():
        if not try_lock_account(session, account_id):
            continue
        held = (
            select(PlayRun)
            .where(PlayRun.id == run_id, PlayRun.state == "active", PlayRun.next_at <= now)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        # Somebody may have kept it between the look and the lock.
        row = session.scalars(held).one_or_none()
        if row is not None:
            return row
    return None


def keep_run(session: Session, row: PlayRun, *, now: datetime, team: TeamConfig, library: Library) -> None:
    """Make every move of the run that is due, and plan the next. Its account's plays must be held."""
    play = load_play(session, row.version_id)
    row.problem = None
    # Nothing that a run does changes the account, so it is looked up once.
    world = load_world(session, row, play, now=now, team=team, library=library)
    run, steps = load_run(session, row), None
    for _ in range(MOST_MOVES):
        found = advance(play, run, world)
        run, steps = found.run, save_run(session, row, found.run, play, steps)
        record_deeds(session, row, play, steps, found.deeds, now=now, team=team)
        _start_wanted(session, row, play, found.deeds, now=now, team=team, library=library)
        if has_ended(found.deeds):
            release_held(session, row, now)
        if not found.moved or run.state != "active":
            return
    raise RuntimeError(f"run {row.id} of {play.name} came to no rest after {MOST_MOVES} moves")


def find_next_due(session: Session) -> datetime | None:
    """When something of a run is due next; None when nothing runs."""
    return session.scalar(select(func.min(PlayRun.next_at)).where(PlayRun.state == "active"))


def _start_wanted(
    session: Session,
    row: PlayRun,
    play: Playbook,
    deeds: tuple[Deed, ...],
    *,
    now: datetime,
    team: TeamConfig,
    library: Library,
) -> None:
    for deed in deeds:
        if deed.kind != "play" or library.find(deed.detail["play"]) is None:
            continue
        start_play(
            session,
            playbook=deed.detail["play"],
            account_id=row.account_id,
            now=now,
            team=team,
            why=f"“{play.title}” led to it.",
            alert_id=row.alert_id,
            library=library,
        )


def _put_off(sessions: sessionmaker[Session], run_id: int, error: Exception, now: datetime) -> None:
    said = (str(error).splitlines() or [""])[0]
    problem = f"{type(error).__name__}: {said}"[:500]
    with sessions.begin() as session:
        session.execute(
            update(PlayRun)
            .where(PlayRun.id == run_id, PlayRun.state == "active")
            .values(problem=problem, next_at=now + REST)
        )


class PlayKeeper:
    """Keeps runs on their days until stopped."""

    def __init__(
        self, sessions: sessionmaker[Session], now: Callable[[], datetime], team: TeamConfig
    ) -> None:
        self._sessions, self._now, self._team = sessions, now, team
        self._library = get_library(team.folder)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="plays", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self, timeout: float = 8.0) -> bool:
        """Take no more and wait for the one under way. False when it did not end in time."""
        self._stopping.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                kept = keep_due_runs(
                    self._sessions, now=self._now(), team=self._team, library=self._library, limit=20
                )
            except SQLAlchemyError as error:
                log.warning("plays.database", problem=str(error).splitlines()[0])
                kept = 0
            except Exception:
                # One fault must not end the thread that keeps all plays.
                log.exception("plays.fault")
                kept = 0
            if not kept:
                self._stopping.wait(POLL_SECONDS)
