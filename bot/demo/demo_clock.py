"""The demo's time: its own clock's file, the local Slack's clock, and where both stood when it was left."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.moved_clock import read_ahead, write_ahead

STEP = timedelta(seconds=1)
FILE, LEFT = "clock.json", "left_at"


class DemoClock:
    """What time it is in the demo. ``tell`` is called with how far it is ahead before the bot can see it, so
    that no message is dated earlier than what it tells of."""

    def __init__(self, folder: Path, zone: ZoneInfo, tell: Callable[[timedelta], None]) -> None:
        self.file = folder / FILE
        self._left = folder / LEFT
        self._zone = zone
        self._lock = threading.Lock()
        self._tell = tell

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of the machine's clock; below zero, behind."""
        return read_ahead(self.file)

    def now(self) -> datetime:
        """The demo's present instant, in UTC."""
        return datetime.now(UTC) + self.ahead

    def today(self) -> date:
        """The demo's date, in the team's zone."""
        return self.now().astimezone(self._zone).date()

    def begin(self, today: date | None) -> None:
        """Set it for this start: the machine's time of the day on the day ``today``, or where it was left if
        that is later, or there is no such day because one is half-way turned."""
        machine = datetime.now(UTC)
        left = self._read_left()
        at = machine if today is None else self._at_this_time(today, machine)
        if left is not None and (today is None or left > at):
            at = left + STEP
        write_ahead(self.file, at - machine)

    def move_to(self, at: datetime) -> None:
        """Move it forward to an instant; one that has passed changes nothing."""
        ahead = at - datetime.now(UTC)
        if ahead > self.ahead:
            self._tell(ahead)
            write_ahead(self.file, ahead)
            self.remember()

    def remember(self) -> None:
        """Write down where it stands, for the next start."""
        with self._lock:
            unfinished = self._left.with_suffix(".new")
            unfinished.write_text(self.now().isoformat(), encoding="utf-8")
            unfinished.replace(self._left)

    @staticmethod
    def forget(folder: Path) -> None:
        """Begin from nothing."""
        for name in (FILE, LEFT):
            (folder / name).unlink(missing_ok=True)

    def _at_this_time(self, today: date, machine: datetime) -> datetime:
        days = today - machine.astimezone(self._zone).date()
        wall = machine.astimezone(self._zone).replace(tzinfo=None) + days
        return wall.replace(tzinfo=self._zone).astimezone(UTC)

    def _read_left(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self._left.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
