"""What open pages and waiting tests are told when something changes."""

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from playground.server.kinds import Json


@dataclass(eq=False, slots=True)
class Page:
    """One open page: who it acts as, and the frames it has not been sent yet."""

    user: str
    frames: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)


class Live:
    """Carries changes to pages, and wakes threads that wait for a change."""

    def __init__(self) -> None:
        self.pages: set[Page] = set()
        self.changed = threading.Condition()
        # `version` counts what a waiting test may care about, `changes` what a state file must hold.
        self.version = 0
        self.changes = 0

    def send(self, frame: Json, users: Iterable[str] | None = None) -> None:
        """Queues `frame` for the pages of `users` (everyone's when None) and wakes whoever waits."""
        readers = None if users is None else set(users)
        for page in self.pages:
            if readers is None or page.user in readers:
                page.frames.put_nowait(frame)
        self.touch()

    def moved_on(self, version: int) -> bool:
        """Returns whether anything changed since `version` was read."""
        return self.version != version

    def touch(self) -> None:
        """Notes that the state changed, without telling the pages."""
        self.changes += 1
        self.wake()

    def wake(self) -> None:
        """Lets waiting tests look again, as after a call that changed nothing."""
        with self.changed:
            self.version += 1
            self.changed.notify_all()
