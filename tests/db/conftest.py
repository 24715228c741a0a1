"""What the tests of the embedded server share: a home of their own, and other processes that use it."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bot.db.embedded import EmbeddedPostgres
from tests.db.processes import kill_all, processes_of

_PREAMBLE = """
import os, signal, sys, psycopg
from pathlib import Path
from bot.db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
def run(statement):
    with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
        return connection.execute(statement)
"""


def _new_folder() -> Path:
    """A folder that the server's user may enter: tmp_path is closed to it when the tests run as root.

    In memory where there is enough of it. Killing a process means the same there, and these tests
    wait for the disk more than for anything else: fsync is on in all of them.
    """
    memory = Path("/dev/shm")
    spacious = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    folder = Path(tempfile.mkdtemp(prefix="staysail-home-", dir=memory if spacious else None))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def empty_home() -> Iterator[Path]:
    """A new folder for a server of the test's own. Whatever still runs on it afterwards is killed."""
    folder = _new_folder()
    yield folder
    for place in [folder, *(link.resolve() for link in folder.rglob("elsewhere"))]:
        ending = processes_of(place)
        kill_all(place)
        psutil.wait_procs(ending, timeout=10)
        shutil.rmtree(place)


@pytest.fixture(scope="session")
def stopped_server() -> Iterator[Path]:
    """A home whose server was started once and stopped, to be copied: half the price of making one."""
    folder = _new_folder()
    EmbeddedPostgres(folder).start().close()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(empty_home: Path, stopped_server: Path) -> Path:
    """A home whose server has run before, and which is not running."""
    subprocess.run(["cp", "-a", f"{stopped_server}/.", empty_home], check=True)
    return empty_home


@pytest.fixture
def another(empty_home: Path) -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Run Python code as another process, in a session of its own.

    The code finds `server`, not started, on the test's home, and `run(statement)`.
    """
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", _PREAMBLE + code, str(empty_home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:  # closes its pipes and waits
            process.kill()
