"""A server in a thread of its own, for tests and tools that are not asynchronous."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from playground.running import Running, start_server

Result = TypeVar("Result")


class Started:
    """A server in its own thread and event loop."""

    def __init__(self, **options: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name="local-slack", daemon=True)
        self.thread.start()
        try:
            self.running: Running = self.call(start_server(**options))
        except BaseException:
            self._end()
            raise

    def call(self, work: Coroutine[Any, Any, Result], timeout: float = 30) -> Result:
        """Runs `work` in the server's loop and returns its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def stop(self) -> None:
        """Stops the server and its thread."""
        if self.thread.is_alive():
            self.call(self.running.stop())
            self._end()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def _end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
