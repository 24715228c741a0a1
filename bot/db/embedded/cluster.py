"""One PostgreSQL data folder: create it, start its server, see how it does, stop it.

Calls that change something are made by one process at a time; `server.py` holds the lock.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import psycopg
from psycopg import sql

from bot.db.embedded.account import Account
from bot.db.embedded.binaries import Binaries
from bot.db.embedded.errors import EmbeddedPostgresError

SUPERUSER = "postgres"
PORT = "5432"  # only part of the socket's name: the server does not listen on the network
_LOG_LIMIT = 5_000_000
# Bytes of a Unix socket's path the strictest system takes (macOS: 104 with the final zero).
_LONGEST_SOCKET = 103
# PostgreSQL's own words when a killed server's processes are still at its shared memory, and when a
# server that a killed process of ours started has come first.
_WORTH_WAITING = ("shared memory block", 'lock file "postmaster.pid" already exists')
# What a server says to a connection while it is about to be something else.
_PASSING_STATES = ("starting up", "shutting down", "not yet accepting", "in recovery mode")


class Answer(Enum):
    """How the server takes a connection."""

    READY = "ready"
    BUSY = "starting, recovering or shutting down"
    NONE = "nobody listens"


class Cluster:
    """The data folder `base/data`, its log and its socket, run by `account`."""

    def __init__(self, base: Path, binaries: Binaries, account: Account, settings: Mapping[str, str]) -> None:
        self.base = base
        self.data = base / "data"
        self.log = base / "server.log"
        self._binaries = binaries
        self._account = account
        self._settings = settings
        self.socket_folder = self._choose_socket_folder()

    def _choose_socket_folder(self) -> Path:
        beside = self.base / "run"
        socket = beside / f".s.PGSQL.{PORT}"
        # A comma or a quote would split the path where PostgreSQL and libpq read a list of folders.
        if len(os.fsencode(socket)) <= _LONGEST_SOCKET and not set(str(beside)) & set(",\"'\\"):
            return beside
        # Every process must come to the same name, so it is computed and not made up.
        name = hashlib.sha256(os.fsencode(self.base.resolve())).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"staysail-{self._account.uid}-{name}"

    def create_missing(self, lock: int) -> None:
        """Make the folders, and the data folder with `initdb` if it is the first time.

        `initdb` shares the open file `lock`: if we are killed, the next one to start waits for its end.
        """
        self._make_private(self.base)
        if self.data.exists():
            return
        # Built under another name and renamed when complete: a first start that is killed leaves
        # nothing that looks like a database.
        unfinished = self.base / "data.init"
        problem = ""
        for locale in self._locales():
            shutil.rmtree(unfinished, ignore_errors=True)
            made = self._account.run(self._initdb_command(unfinished, locale), str(self.base), [lock])
            if made.returncode == 0:
                unfinished.rename(self.data)
                return
            problem = made.stderr.strip() or made.stdout.strip()
        shutil.rmtree(unfinished, ignore_errors=True)
        raise EmbeddedPostgresError(
            f"The database could not be created in {self.base}{self._account.described}: {problem}\n"
            "Free some disk space or set STAYSAIL_HOME to another folder, and start again."
        )

    def _make_private(self, folder: Path) -> None:
        """Make `folder` for the server's user alone: trust authentication rests on it."""
        try:
            folder.mkdir(mode=0o700, parents=True)
            self._account.give(folder)
        except FileExistsError:
            found = folder.lstat()
            if found.st_uid != self._account.uid or not folder.is_dir() or folder.is_symlink():
                raise EmbeddedPostgresError(
                    f"{folder} belongs to another user (number {found.st_uid}), so the database cannot "
                    "use it. Start Staysail as that user, or set STAYSAIL_HOME to another folder."
                ) from None

    def _locales(self) -> list[list[str]]:
        # The built-in provider sorts the same on every system; C.UTF-8 still tells pg_trgm which
        # characters are letters, and some systems do not have it.
        if self._binaries.major >= 17:
            builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            return [[*builtin, "--locale=C.UTF-8"], [*builtin, "--locale=C"]]
        return [["--locale=C.UTF-8"], ["--locale=C"]]

    def _initdb_command(self, folder: Path, locale: list[str]) -> list[str]:
        command = [self._binaries.initdb, "-D", str(folder), "-U", SUPERUSER, "-E", "UTF8", *locale]
        if self._settings.get("fsync") == "off":
            command.append("--no-sync")
        return [*command, "--auth=trust", "--no-instructions"]

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start the server's process and return it; it is not ready yet.

        postmaster.pid is never deleted: it carries the interlock that keeps two servers off one data
        folder. When it names a process that is not our server (numbers are reused after a reboot, and
        in every container), PostgreSQL is told so the way pg_ctl tells it: the number of a grandparent
        is no server, and the check for leftover processes on the shared memory stays.
        """
        self._make_private(self.socket_folder)
        self._unlock_socket()
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.old"))
        arguments = self._account.popen_arguments
        stale = _first_number(self.data / "postmaster.pid")
        if stale is not None:
            arguments["env"] |= {"PG_GRANDPARENT_PID": str(stale)}
        with self.log.open("ab") as log:
            self._account.give(self.log)
            return subprocess.Popen(
                self._server_command(), cwd=self.base, stdout=log, stderr=log, **arguments
            )

    def _unlock_socket(self) -> None:
        """Remove a lock beside the socket that nobody holds; it may name another process than the data's."""
        lock = self.socket_folder / f".s.PGSQL.{PORT}.lock"
        pid = _first_number(lock)
        if pid is not None and not self.is_served_by(pid):
            lock.unlink()

    def _server_command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": "128MB",
            "work_mem": "16MB",
            # There is no replica to feed: less to write for bulk loads, as safe.
            "wal_level": "minimal",
            "max_wal_senders": "0",
            # What people wrote does not belong into a log, nor do their addresses.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_checkpoints": "off",
            "lc_messages": "C",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if _shared_memory_is_small():
            # A container's default of 64 MB is less than one parallel query may ask for.
            settings |= {"max_parallel_workers_per_gather": "0", "max_parallel_maintenance_workers": "0"}
        if self._binaries.major >= 18:
            settings["io_method"] = "sync"  # no idle I/O processes on a small machine
        command = [self._binaries.postgres, "-D", str(self.data), "-k", str(self.socket_folder), "-p", PORT]
        for name, value in {**settings, **self._settings}.items():
            command += ["-c", f"{name}={value}"]
        return command

    def answer(self) -> Answer:
        """How the server takes a connection now."""
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError as error:
            said = str(error)
            if "FATAL" not in said:  # the system refused the connection, and not the server
                return Answer.NONE
            if any(words in said for words in _PASSING_STATES):
                return Answer.BUSY
            raise EmbeddedPostgresError(
                f"The database server at {self.socket_folder} refuses connections: {said}\n"
                f"Mend what it names (its log is {self.log}), and start again."
            ) from error
        return Answer.READY

    def connect(self, database: str) -> psycopg.Connection:
        """Return a connection as superuser, committing each statement."""
        return psycopg.connect(
            host=str(self.socket_folder),
            port=PORT,
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
            options="-c timezone=utc",  # said, so that PGOPTIONS is not heeded
        )

    def create_database(self, name: str) -> None:
        """Create the database `name` unless it exists; any number of processes may ask at once."""
        with self.connect("postgres") as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if found is None:
                try:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    return

    def log_size(self) -> int:
        """Bytes in the server's log, to read on from later."""
        return self.log.stat().st_size if self.log.exists() else 0

    def log_since(self, offset: int) -> str:
        """What the server wrote after `offset`, at most the last 4,000 characters."""
        with self.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")[-4000:].strip()

    def refused_for_another(self, said: str) -> bool:
        """Whether the server refused to start only because of processes that are about to end or serve."""
        return any(words in said for words in _WORTH_WAITING)

    def remove_socket_folder(self) -> None:
        """Leave nothing in the system's folder for temporary files; the next launch makes it again."""
        if self.socket_folder.parent != self.base:
            with contextlib.suppress(OSError):  # still in use, or never made
                self.socket_folder.rmdir()

    def running_pid(self) -> int | None:
        """The process that serves this data folder, None if there is none.

        The number in postmaster.pid alone says nothing: it may be a dead process nobody has waited
        for, or by now a stranger.
        """
        pid = _first_number(self.data / "postmaster.pid")
        return pid if pid is not None and self.is_served_by(pid) else None

    def is_served_by(self, pid: int) -> bool:
        """Whether the process is the server of this data folder; False as soon as it has ended."""
        return f" -D {self.data} -k " in _command_line(pid)


def _first_number(path: Path) -> int | None:
    """The process that a lock file of PostgreSQL names; it writes a minus before some."""
    try:
        return abs(int(path.read_text().split("\n", 1)[0]))
    except (FileNotFoundError, ValueError):
        return None


def _shared_memory_is_small() -> bool:
    folder = Path("/dev/shm")
    return folder.is_dir() and shutil.disk_usage(folder).total < 512 * 2**20


def _command_line(pid: int) -> str:
    """The command a process runs; empty for one that is gone, dead but not waited for, or hidden."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    shown = subprocess.run(
        ["ps", "-ww", "-p", str(pid), "-o", "command="], capture_output=True, text=True, errors="replace"
    )
    return shown.stdout
