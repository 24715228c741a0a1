"""The demo's processes: started, kept alive, and stopped together."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.stopping import Stop, die_with_parent

#: A process that ends more often than this within a minute is not started again.
MOST_RESTARTS = 5
STOP_SECONDS = 9.0
LOOK_SECONDS = 0.5


@dataclass(eq=False)
class Child:
    """A process of the demo and how to start it again."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    started: list[float] = field(default_factory=list)
    _begun: int = 0

    def start(self) -> None:
        """Start it, its output added to its log."""
        self.started = [at for at in self.started if at > time.monotonic() - 60] + [time.monotonic()]
        with self.log.open("ab") as out:
            self._begun = out.tell()
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                # Ctrl-C reaches the demo alone, which then stops its processes in order.
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    @property
    def said(self) -> str:
        """What it has written since it was started last."""
        with self.log.open("rb") as log:
            log.seek(self._begun)
            return log.read().decode(errors="replace")

    @property
    def has_ended(self) -> bool:
        """Whether it ran and runs no more."""
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        if self.process is None or self.has_ended:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class ChildFailed(Exception):
    """A process of the demo does not start, or keeps ending."""


def watch(
    children: Mapping[Child, Callable[[], None]],
    stop: Stop,
    say: Callable[[str], None],
    look: Callable[[], None],
) -> None:
    """Start whatever ends by itself again, each in its own way, until told to stop; ``look`` is called again
    and again meanwhile. Raises ChildFailed when one keeps ending."""
    while not stop.wait(LOOK_SECONDS):
        look()
        for child, restart in children.items():
            if not child.has_ended:
                continue
            if len(child.started) > MOST_RESTARTS:
                raise ChildFailed(f"{child.name} keeps ending; its log says why: {child.log}")
            say(f"{child.name} ended by itself and is started again.")
            restart()
