"""Turns the demo's days: the data of the day that ended come in, the clock goes to the next morning, and on
its way there it stops wherever something is due, so that the bot does each thing at its own time."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from bot.clock import sweep
from bot.config import TeamConfig
from bot.demo import quiet
from bot.demo.company import Company
from bot.demo.demo_clock import DemoClock
from bot.demo.place import Place, Ready
from bot.errors import UserError

log = structlog.get_logger(__name__)

NEXT_DAY = "next_day"
#: How long the bot may take over what is due at one stop.
WORK_SECONDS = 90.0
#: How long a day waits in all for messages to be shown, so that they are dated by what they tell of.
MESSAGE_SECONDS = 10.0
LOOK_SECONDS = 0.1
#: After the time of the last thing that the morning brings.
A_LITTLE_LATER = timedelta(minutes=5)
#: Before the time of the scores, when the export of the day before has arrived.
EXPORT_EARLIER = timedelta(minutes=30)


class _Ended(Exception):
    """The demo is being stopped; the day is finished at its next start."""


class Turning:
    """The demo's days, turned one at a time in a thread of its own.

    A day that is being turned is written down first, and each of its steps can be done again; so one that
    was cut short is finished by ``resume``.
    """

    def __init__(
        self,
        *,
        sessions: sessionmaker[Session],
        team: TeamConfig,
        place: Place,
        ready: Ready,
        company: Company,
        clock: DemoClock,
        is_at_work: Callable[[], bool],
    ) -> None:
        self._sessions = sessions
        self._team = team
        self._place = place
        self._ready = ready
        self._company = company
        self._clock = clock
        self._is_at_work = is_at_work
        self._note = ""
        self._message_seconds = MESSAGE_SECONDS
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a day is being turned."""
        return self._thread is not None and self._thread.is_alive()

    def describe(self) -> dict[str, Any]:
        """What the control bar of the local Slack shows."""
        at = self._clock.now().astimezone(self._team.zone)
        button = {"id": NEXT_DAY, "label": "Next day"}
        return {
            "title": f"{at:%a} {at.day} {at:%b %Y, %H:%M} {at:%Z}",
            "buttons": [] if self._is_over else [button],
            "busy": self.is_busy,
            "note": self._note or (OVER if self._is_over else ""),
        }

    def press(self, button: str) -> None:
        """Begin to turn a day, and return at once. Raises UserError when it cannot be done now."""
        if button != NEXT_DAY:
            raise UserError("There is no such button.")
        if not self._is_at_work():
            raise UserError(
                f"The bot is not running just now, so nobody would do the day's work. It is started again by "
                f"itself; if it does not come back, its log says why: {self._place.folder / 'bot.log'}"
            )
        self._begin(self._turn)

    def resume(self) -> None:
        """Finish a day that was cut short, if there is one."""
        if self._place.find_turning() is not None:
            self._begin(self._turn)

    def follow(self) -> None:
        """Take in what an ended day has left when midnight has passed by itself."""
        if not self.is_busy and not self._is_over and self._clock.today() > self._today:
            self._begin(self._take_in_ended_days)

    def stop(self, timeout: float = 5.0) -> None:
        """Leave the day as it is; what is under way ends first, if it ends in time."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(timeout)

    @property
    def _today(self) -> date:
        return date.fromisoformat(self._ready.ends_on) + timedelta(days=1)

    @property
    def _is_over(self) -> bool:
        return self._today > self._company.ends_on

    def _begin(self, work: Callable[[], None]) -> None:
        with self._lock:
            if self.is_busy:
                raise UserError("A day is being turned already; wait until it has come.")
            if self._is_over and self._place.find_turning() is None:
                raise UserError(OVER)
            self._note = ""
            self._thread = threading.Thread(target=self._run, args=(work,), name="turning", daemon=True)
            self._thread.start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except _Ended:
            return
        except UserError as error:
            self._note = str(error)
        except SQLAlchemyError as error:
            log.warning("turning.database", problem=str(error).splitlines()[0])
            self._note = "The database went away meanwhile. Press again to go on."
        except Exception as error:
            log.exception("turning.fault")
            self._note = f"The day could not be turned: {error}"

    def _turn(self) -> None:
        day = self._place.find_turning() or self._today + timedelta(days=1)
        self._place.mark_turning(day)
        self._message_seconds = MESSAGE_SECONDS
        before = quiet.find_last_event(self._sessions)
        self._note = f"What is left of {day - timedelta(days=1):%A}…"
        self._pass(self._at(day, self._team.score_at) - EXPORT_EARLIER)
        self._take_in(day - timedelta(days=1))
        self._note = f"Scoring {day - timedelta(days=1):%A}…"
        self._pass(self._at(day, self._team.score_at) + A_LITTLE_LATER)
        self._note = f"The morning of {day:%A}…"
        self._pass(self._at(day, max(self._team.digest_at, self._team.score_at)) + A_LITTLE_LATER)
        self._place.clear_turning()
        failing = quiet.load_work(self._sessions, self._clock.now()).failing
        told = quiet.describe_events(self._sessions, before)
        self._note = f"{told} The bot failed at its work: {failing}" if failing else told

    def _take_in_ended_days(self) -> None:
        while self._today < self._clock.today() and not self._is_over:
            self._take_in(self._today)
        self._note = ""

    def _take_in(self, day: date) -> None:
        """Import what is new since the last export, up to the end of ``day``; nothing if that is done."""
        known = date.fromisoformat(self._ready.ends_on)
        if known >= day:
            return
        self._note = f"The data of {day:%A} come in…"
        self._import(known, day)
        # Should it end right here, the same rows come in once more and change nothing.
        self._ready = replace(self._ready, ends_on=day.isoformat())
        self._place.mark_ready(self._ready)
        self._wait_until_quiet()

    def _import(self, since: date, until: date) -> None:
        from bot.sources.importing import import_path

        folder = self._place.folder / "news"
        shutil.rmtree(folder, ignore_errors=True)
        self._company.write(folder, until=until, since=since)
        with self._sessions.begin() as session:
            report = import_path(
                session,
                folder,
                recorded_on=self._clock.today(),
                now=self._clock.now(),
                zone=self._team.zone,
            )
        if report.stopped:
            raise UserError(f"The data of {until} were not taken in: {report.problems[0]}")

    def _pass(self, until: datetime) -> None:
        """Move the clock to an instant, with a stop wherever something is due before it."""
        for stop in self._find_stops(until):
            self._clock.move_to(stop)
            with self._sessions.begin() as session:
                # Any number of clocks may sweep; the bot's own looks only every few seconds.
                sweep(session, now=self._clock.now())
            self._wait_until_quiet()
        # Also when there was no way left to go: what failed before may still have to be done again.
        self._wait_until_quiet()

    def _find_stops(self, until: datetime) -> Iterator[datetime]:
        while (now := self._clock.now()) < until:
            due = [until, *self._find_mornings(now, until)]
            if (stop := quiet.find_next_stop(self._sessions, now, until)) is not None:
                due.append(stop)
            yield min(due)

    def _find_mornings(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """When those who get a digest of their own get it, where they are."""
        for name in quiet.load_digest_zones(self._sessions):
            zone = ZoneInfo(name)
            day = after.astimezone(zone).date()
            for each in (day, day + timedelta(days=1)):
                at = datetime.combine(each, self._team.digest_at, zone) + A_LITTLE_LATER
                if after < at.astimezone(UTC) <= until:
                    yield at.astimezone(UTC)

    def _wait_until_quiet(self) -> None:
        """Return when the bot has done what is due. Raises UserError when it does not."""
        began = time.monotonic()
        while True:
            if self._ending.wait(LOOK_SECONDS):
                raise _Ended
            work = quiet.load_work(self._sessions, self._clock.now())
            if work.is_done:
                if work.messages == 0 or self._message_seconds <= 0:
                    return
                self._message_seconds -= LOOK_SECONDS
            if time.monotonic() - began > WORK_SECONDS:
                raise UserError(
                    f"The bot does not do what is due; its log says why: {self._place.folder / 'bot.log'}. "
                    "Press again to go on."
                )

    def _at(self, day: date, at: wall_time) -> datetime:
        return datetime.combine(day, at, self._team.zone).astimezone(UTC)


OVER = "The made-up company's days end here. Begin again with: staysail demo --fresh"
