"""A clock that runs ahead of the machine's, or behind it, by what a small file says: a demo's, whose days
are turned by hand. Every process that reads the file is moved at once."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.errors import UserError


def write_ahead(path: Path, ahead: timedelta) -> None:
    """Move the clocks that read this file: by so much they are ahead of the machine's from now on."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps({"ahead_seconds": ahead.total_seconds()}), encoding="utf-8")
    unfinished.replace(path)


def read_ahead(path: Path) -> timedelta:
    """By how much the clocks that read this file are ahead. Raises UserError when it cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return timedelta(seconds=float(content["ahead_seconds"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"STAYSAIL_CLOCK: {path} is no clock's file ({error}); it is for demos alone and holds "
            '{"ahead_seconds": 0}. Unset the variable to go by the machine\'s clock.'
        ) from error


class MovedClock:
    """What time it is by the file. It never goes back while the process lives: less is not heeded.

    Raises UserError when it is made and the file cannot be read; later it keeps to what it has read.
    """

    def __init__(self, path: Path, machine: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._machine = machine
        self._lock = threading.Lock()
        self._seen = self._look()
        self._ahead = read_ahead(path)

    def __call__(self) -> datetime:
        """The present instant, aware, in UTC."""
        # A look at the file's entry costs a microsecond; it is read when it was replaced.
        if self._look() != self._seen:
            self._follow()
        return self._machine() + self._ahead

    def _follow(self) -> None:
        with self._lock:
            seen = self._look()
            try:
                self._ahead = max(self._ahead, read_ahead(self._path))
            except UserError:
                return
            self._seen = seen

    def _look(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino
