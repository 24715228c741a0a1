"""The end of a process that runs for long: asked for by a signal, or by a part that cannot go on."""

import atexit
import contextlib
import ctypes
import os
import queue
import signal
import sys
import time

LOOK_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1


class Stop:
    """The wish to end, and the time that is left to end well.

    The first SIGTERM or SIGINT asks; more of them change nothing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline: float | None = None
        # Unlike an Event it may be touched by a signal's handler while the same thread waits for it.
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._problem: str | None = None

    def listen(self) -> None:
        """Heed SIGTERM and SIGINT from now on, until the process ends. Call it in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.ask())
        # While it winds up, Python gives signals back to the system, and one more would look like a kill.
        atexit.register(_ignore_signals)

    def ask(self) -> None:
        """Ask for the end."""
        if self._deadline is None:
            self._deadline = time.monotonic() + self._seconds
        self._asked.put(None)

    def fail(self, problem: str) -> None:
        """Ask for the end from any thread, because of a problem. The first one is kept."""
        self._problem = self._problem or problem
        # As a signal it reaches whatever waits in the main thread, a web server's own loop too.
        os.kill(os.getpid(), signal.SIGTERM)

    @property
    def problem(self) -> str | None:
        """Why the process ends, None when it was told to."""
        return self._problem

    @property
    def is_asked(self) -> bool:
        """Whether the end has been asked for."""
        return self._deadline is not None

    def wait(self, timeout: float | None = None) -> bool:
        """Whether the end has been asked for, within so many seconds. Call it in the main thread."""
        ends = None if timeout is None else time.monotonic() + timeout
        while self._deadline is None:
            left = LOOK_SECONDS if ends is None else min(LOOK_SECONDS, ends - time.monotonic())
            if left <= 0:
                return False
            # Never for ever: a signal that comes in the instant before the wait does not end it.
            with contextlib.suppress(queue.Empty):
                self._asked.get(timeout=left)
        return True

    def left(self, most: float) -> float:
        """The seconds that may still be spent on ending well, at most so many."""
        if self._deadline is None:
            return most
        return min(most, max(0.1, self._deadline - time.monotonic()))


def _ignore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def die_with_parent() -> None:
    """Have the kernel end this process with its parent, so that a parent that was killed leaves nothing
    running. Only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
