"""Where a demo keeps what it made, and whether it was finished."""

import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import psycopg
from psycopg import sql

from bot.db.embedded import EmbeddedPostgres
from bot.demo.demo_clock import DemoClock
from bot.errors import UserError


@dataclass(frozen=True)
class Ready:
    """What a finished demo remembers. For its bot yesterday is ``ends_on``, the last day of data; it began
    on the day after ``told_on``, which only a made-up company has."""

    ends_on: str
    source: str
    told_on: str | None


@dataclass(frozen=True)
class Place:
    """A demo's folder and the name of its database."""

    folder: Path
    database: str

    @property
    def company(self) -> Path:
        """The made-up company's files."""
        return self.folder / "company"

    @property
    def app(self) -> Path:
        """The bot as the local Slack installs it, with this start's tokens."""
        return self.folder / "app.json"

    @property
    def workspace(self) -> Path:
        """The local Slack's people and channels."""
        return self.folder / "workspace.json"

    @property
    def conversation(self) -> Path:
        """What has been said in the local Slack."""
        return self.folder / "slack.json"

    def find_ready(self) -> Ready | None:
        """What the last preparation left; None when there was none or it was cut short."""
        try:
            return Ready(**json.loads(self._marker.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def mark_ready(self, ready: Ready) -> None:
        """Say that everything is there; the last act of a preparation, so that half of one is made again."""
        _replace(self._marker, json.dumps(asdict(ready)))

    def find_turning(self) -> date | None:
        """The day that was being turned to when the demo ended; None when none was."""
        try:
            return date.fromisoformat(self._turning.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def mark_turning(self, day: date) -> None:
        """Say that the demo is on its way to the morning of that day."""
        _replace(self._turning, day.isoformat())

    def clear_turning(self) -> None:
        """Say that it has arrived."""
        self._turning.unlink(missing_ok=True)

    def clear(self, server: EmbeddedPostgres) -> None:
        """Begin from nothing: no marker, no conversation, no database."""
        for path in (self._marker, self._turning, self.conversation, self.workspace):
            path.unlink(missing_ok=True)
        DemoClock.forget(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        name = sql.Identifier(self.database)
        address = server.url_of("postgres").replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(name))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside the block the demo is this process's alone. Raises UserError when another has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "demo.lock").open("w") as lock:
            try:
                # The kernel lets go of it with the process, however that ends.
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UserError(
                    f"The demo in {self.folder} is running already. Stop it with Ctrl-C where it was "
                    "started, or set STAYSAIL_HOME to another folder for a second one."
                ) from error
            yield

    @property
    def _marker(self) -> Path:
        return self.folder / "ready.json"

    @property
    def _turning(self) -> Path:
        return self.folder / "turning_to"


def _replace(path: Path, content: str) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_text(content, encoding="utf-8")
    unfinished.replace(path)


def describe_folder(folder: Path) -> str:
    """What tells a folder from another, and from what it was before its files were changed."""
    files = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.iterdir())]
    digest = hashlib.sha256(repr(files).encode()).hexdigest()[:16]
    return f"{folder.resolve()} {digest}"
