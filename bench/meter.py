"""CPU seconds of this process and of the PostgreSQL server behind a connection, together.

Wall time on a busy machine says little: CPU seconds moved by a fifth where wall time moved twofold.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from sqlalchemy import Engine, text


@dataclass
class Cost:
    """What something took, in seconds; filled in when it has ended."""

    cpu: float = 0.0
    wall: float = 0.0
    #: The part of ``cpu`` that was spent in PostgreSQL.
    postgres: float = 0.0


class Meter:
    """Measures a server on this machine. Raises RuntimeError where its processes cannot be seen."""

    def __init__(self, engine: Engine) -> None:
        with engine.connect() as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        try:
            server = psutil.Process(backend).parent()
        except psutil.NoSuchProcess:
            server = None
        if server is None:
            raise RuntimeError(
                "the server's processes are not on this machine, so its CPU cannot be measured"
            )
        self._server = server
        self._own = psutil.Process()

    def _read_server(self) -> float:
        own = self._server.cpu_times()
        # Children that have ended are counted in their parent.
        total = own.user + own.system + own.children_user + own.children_system
        for child in self._server.children(recursive=True):
            try:
                times = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return float(total)

    def _read_own(self) -> float:
        times = self._own.cpu_times()
        return float(times.user + times.system)

    @contextmanager
    def measure(self) -> Iterator[Cost]:
        """The cost of what happens inside."""
        cost = Cost()
        server, own, wall = self._read_server(), self._read_own(), time.perf_counter()
        yield cost
        cost.wall = time.perf_counter() - wall
        cost.postgres = self._read_server() - server
        cost.cpu = cost.postgres + self._read_own() - own
