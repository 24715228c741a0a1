"""What the tests of the embedded server share: a home of their own, and other processes that use it."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

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


@pytest.fixture
def home() -> Iterator[Path]:
    """A new folder for a server of the test's own. Whatever still runs on it afterwards is killed."""
    # Not tmp_path: under root pytest closes that to the server's user, which is another test's matter.
    folder = Path(tempfile.mkdtemp(prefix="staysail-home-"))
    folder.chmod(0o755)
    yield folder
    places = [folder, *(link.resolve() for link in folder.rglob("elsewhere"))]
    for place in places:
        ending = processes_of(place)
        kill_all(place)
        psutil.wait_procs(ending, timeout=10)
        shutil.rmtree(place)


@pytest.fixture
def another(home: Path) -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Run Python code as another process, in a session of its own.

    The code finds `server`, not started, on the same `home`, and `run(statement)`.
    """
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", _PREAMBLE + code, str(home)],
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
        process.kill()
        process.communicate()
