"""The demo's processes: started, kept alive, and stopped together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: A process that ends more often than this within a minute is not started again.
MOST_RESTARTS = 5
STOP_SECONDS = 9.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A process of the demo and how to start it again."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    started: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it, its output added to its log."""
        self.started = [at for at in self.started if at > time.monotonic() - 60] + [time.monotonic()]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                # Ctrl-C reaches the demo alone, which then stops its processes in order.
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _die_with_parent() -> None:
    # A demo that was killed must leave nothing running.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class ChildFailed(Exception):
    """A process of the demo keeps ending."""


def watch(children: list[Child], stopping: threading.Event) -> None:
    """Start whatever ends by itself again until told to stop. Raises ChildFailed when one keeps ending."""
    while not stopping.wait(0.5):
        for child in children:
            if child.process is None or child.process.poll() is None:
                continue
            if len(child.started) > MOST_RESTARTS:
                raise ChildFailed(f"{child.name} keeps ending; its log says why: {child.log}")
            child.start()
