"""Keeps an embedded server alive for a process that runs for long."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import structlog

from bot.db.embedded import EmbeddedPostgres, EmbeddedPostgresError
from bot.stopping import Stop

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
JOIN_SECONDS = 5.0


@contextmanager
def kept_running(server: EmbeddedPostgres, stop: Stop | None) -> Iterator[None]:
    """Inside the block a server that has died is started again within two seconds or so; the stop is asked
    for when it cannot be. Without a stop nothing is watched."""
    if stop is None:
        yield
        return
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(server, stop, ended), name="database-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        # Before the server is closed, or it would be brought back once more.
        ended.set()
        watcher.join(JOIN_SECONDS)


def _watch(server: EmbeddedPostgres, stop: Stop, ended: threading.Event) -> None:
    while not ended.wait(LOOK_SECONDS):
        if _is_there(server.url):
            continue
        log.warning("database.died")
        try:
            server.start()
        except EmbeddedPostgresError as error:
            stop.fail(str(error))
            return
        log.info("database.revived")


def _is_there(url: str) -> bool:
    """Whether a server answers, if only to say that it is busy."""
    try:
        psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return "FATAL" in str(error)
    return True
