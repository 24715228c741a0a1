"""Start the embedded PostgreSQL with its first user, stop it with its last.

Users are counted by shared locks on a file. The kernel drops a lock with its process, so one that
was killed no longer counts, and whoever leaves last stops the server it did not start.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import structlog

from bot.db.embedded.account import home_folder, server_account
from bot.db.embedded.binaries import find_binaries
from bot.db.embedded.cluster import PORT, SUPERUSER, Answer, Cluster
from bot.db.embedded.errors import EmbeddedPostgresError

_log = structlog.get_logger(__name__)

_POLL_SECONDS = 0.02
_NOTICE_SECONDS = 5.0
# How long a server may live without a socket, and processes of a killed server may take to end.
_PATIENCE_SECONDS = 60.0
# A fast stop writes everything out; an immediate one leaves that to the next start. Both are safe.
_STOP_PATIENCE_SECONDS = 45.0

_left_running: list[subprocess.Popen[bytes]] = []


class EmbeddedPostgres:
    """A PostgreSQL server shared by all processes that name the same `home`.

    `home` is the folder it keeps its data in (default: `STAYSAIL_HOME`, else this user's data folder);
    `database` is created if it is missing; `settings` are server parameters, heeded by whoever starts
    the server. Use it as a context manager, or call `start()` and `close()`.
    """

    def __init__(
        self,
        home: Path | None = None,
        database: str = "staysail",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        # Resolved: two names of one folder must not be taken for two databases.
        self.home = (home or home_folder()).resolve()
        self.database = database
        self._settings = dict(settings or {})
        self._cluster: Cluster | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._users: int | None = None
        self._owner = os.getpid()

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the database."""
        return self.url_of(self.database)

    def url_of(self, database: str) -> str:
        """The SQLAlchemy URL of another database on this server. Raises RuntimeError before start()."""
        if self._cluster is None:
            raise RuntimeError("The embedded PostgreSQL has no address before start().")
        folder = quote(str(self._cluster.socket_folder), safe="/")
        # The port is said, or a PGPORT meant for another server would name another socket.
        return f"postgresql+psycopg://{SUPERUSER}@/{quote(database, safe='')}?host={folder}&port={PORT}"

    def start(self) -> Self:
        """Return when the server runs and the database exists; starts the server if nobody has.

        However long a recovery takes, it is waited for while the server's process lives. Called again,
        it brings back a server that has died meanwhile.

        Raises EmbeddedPostgresError with the reason and the remedy.
        """
        self._make_home()
        with _exclusive(self.home / "postgres.lock") as lock:
            if self._users is None:
                self._owner = os.getpid()
                self._users = _open(self.home / "postgres.users")
                fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                self._cluster = self._cluster or self._find_cluster()
                self._cluster.create_missing(lock)
                self._bring_up(self._cluster)
                self._cluster.create_database(self.database)
            except BaseException:
                self._leave()
                raise
        return self

    def close(self) -> None:
        """Leave the server, and stop it if nobody else uses it. May be called again."""
        if self._users is None:
            return
        if os.getpid() != self._owner:
            # In a forked child the lock is the parent's: closing this copy leaves it in place.
            os.close(self._users)
            self._users = None
            return
        with _exclusive(self.home / "postgres.lock"):
            self._leave()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _make_home(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"The database's folder {self.home} cannot be made ({error.strerror}). "
                "Set STAYSAIL_HOME to a folder you may write to."
            ) from error

    def _find_cluster(self) -> Cluster:
        account = server_account()
        binaries = find_binaries(self.home, account)
        base = account.reachable_folder(self.home) / f"pg{binaries.major}"
        others = sorted(path.name for path in base.parent.glob("pg[0-9]*") if (path / "data").is_dir())
        if others and base.name not in others:
            # An empty database in place of the team's data would look like all of it was lost.
            raise EmbeddedPostgresError(
                f"The data in {base.parent} were written by PostgreSQL {others[-1][2:]}, and the programs "
                f"in {binaries.folder} are version {binaries.major}. Set STAYSAIL_PG_BINDIR to the bin "
                f"folder of a PostgreSQL {others[-1][2:]}, or STAYSAIL_HOME to a new folder to begin anew."
            )
        return Cluster(base, binaries, account, self._settings)

    def _bring_up(self, cluster: Cluster) -> None:
        """Return once the server takes connections, starting it when there is none."""
        begun = time.monotonic()
        launched = noticed = False
        offset = 0
        while (answer := cluster.answer()) is not Answer.READY:
            waited = time.monotonic() - begun
            if not noticed and waited > _NOTICE_SECONDS:
                noticed = True
                _log.info("database_starting", log=str(cluster.log))
            if answer is Answer.NONE:
                if self._process is not None and self._process.poll() is not None:
                    if launched:
                        self._explain_exit(cluster, offset, waited)
                    self._process = None
                if self._process is None and cluster.running_pid() is None:
                    launched = True
                    offset = cluster.log_size()
                    self._process = cluster.launch()
                elif waited > _PATIENCE_SECONDS:
                    raise EmbeddedPostgresError(
                        f"The database server (process {cluster.running_pid()}) runs but cannot be reached "
                        f"at {cluster.socket_folder}. Stop that process and start again."
                    )
            time.sleep(_POLL_SECONDS)

    def _explain_exit(self, cluster: Cluster, offset: int, waited: float) -> None:
        """Return if starting again will help, else raise with what the server said."""
        said = cluster.log_since(offset)
        if cluster.refused_for_another(said) and waited < _PATIENCE_SECONDS:
            return
        raise EmbeddedPostgresError(
            f"The database server did not start. It said:\n{said}\n"
            f"Mend what it names (the whole log is {cluster.log}), or set STAYSAIL_HOME to another folder."
        )

    def _leave(self) -> None:
        assert self._users is not None
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # someone else still uses the server, and will stop it
        else:
            if self._cluster is not None:
                self._stop(self._cluster)
        finally:
            os.close(self._users)
            self._users = None
        if self._process is not None:
            # Others use it on. Kept, or Python complains of a child that it forgets.
            _left_running.append(self._process)
            self._process = None

    def _stop(self, cluster: Cluster) -> None:
        pid = cluster.running_pid()
        if pid is None and self._process is not None and self._process.poll() is None:
            pid = self._process.pid  # so young that it has not written its number down
        for number in (signal.SIGINT, signal.SIGQUIT):
            if pid is None or not cluster.is_served_by(pid):
                break
            os.kill(pid, number)
            deadline = time.monotonic() + _STOP_PATIENCE_SECONDS
            while cluster.is_served_by(pid) and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
        if self._process is not None and (pid is None or not cluster.is_served_by(pid)):
            self._process.wait()
            self._process = None
        cluster.remove_socket_folder()


@contextmanager
def _exclusive(path: Path) -> Iterator[int]:
    """One process at a time inside the block; a killed one leaves it free. Yields the lock's open file."""
    file = _open(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"The database's folder {path.parent} belongs to another user. Start Staysail as that user, "
            "or set STAYSAIL_HOME to a folder you may write to."
        ) from error
