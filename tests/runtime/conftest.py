"""Processes of Staysail's own, started for a test and ended after it; and requests that Slack would sign."""

import contextlib
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest

SECRET = "s" * 32
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": SECRET}
FORM = "application/x-www-form-urlencoded"
ROOT = Path(__file__).parents[2]


@dataclass
class Started:
    """A process of a test, with what it has written so far."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, condition: Callable[[], object], timeout: float = 30) -> None:
        """Return when the condition holds; fail with the process's own words when it does not."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.said}"
            assert time.monotonic() < deadline, f"not within {timeout} s:\n{self.said}"
            time.sleep(0.02)

    def wait_for_words(self, words: str, timeout: float = 30) -> None:
        self.wait_for(lambda: words in self.said, timeout)

    def stop(self, *signals: signal.Signals, within: float = 10) -> int:
        """Send the signals and return the exit status; fail when the process takes longer."""
        for number in signals or (signal.SIGTERM,):
            self.process.send_signal(number)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {within} s:\n{self.said}") from None

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


Start = Callable[..., Started]


@contextmanager
def _starting(folder: Path) -> Iterator[Start]:
    started: list[Started] = []
    numbers = count(1)

    def run(*arguments: str, env: Mapping[str, str] | None = None) -> Started:
        log = folder / f"process-{next(numbers)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env=clean_environment() | dict(env or {}),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        started.append(Started(process, log))
        return started[-1]

    yield run
    for each in started:
        if each.process.poll() is None:
            left = each.descendants()
            each.process.kill()
            for child in left:
                child.kill()
        each.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `python -m MODULE …` with these variables added to an environment free of Staysail's own."""
    with _starting(tmp_path) as run:
        yield run


@pytest.fixture(scope="class")
def start_for_class(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """The same for all tests of a class."""
    with _starting(tmp_path_factory.mktemp("processes")) as run:
        yield run


def clean_environment() -> dict[str, str]:
    """The environment without anything that configures Staysail."""
    ours = ("SLACK_", "STAYSAIL_", "DATABASE_URL", "PORT", "PG", "LOG_FORMAT", "SMTP_", "MAIL_", "PUBLIC_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@pytest.fixture
def port() -> int:
    """A port nobody listens on."""
    return find_free_port()


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def sign(body: bytes, stamp: str | None = None, secret: str = SECRET) -> dict[str, str]:
    """Slack's headers for a body."""
    stamp = stamp or str(int(time.time()))
    base = b"v0:" + stamp.encode() + b":" + body
    mark = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mark}"}


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def command_body(name: str, text: str, trigger: str, user: str = "UMARIA") -> bytes:
    """A slash command as Slack delivers it over HTTP."""
    place = {
        "team_id": "T1",
        "channel_id": "C1",
        "channel_name": "talk",
        "user_id": user,
        "user_name": "maria",
    }
    return form(**place, command=name, text=text, trigger_id=trigger, response_url="http://127.0.0.1:9/r")


def post(
    port: int, body: bytes, headers: Mapping[str, str] | None = None, content: str = FORM
) -> tuple[int, bytes]:
    """The status and body of a signed delivery; other headers instead of the signature when given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        sent = {"Content-Type": content, **(sign(body) if headers is None else headers)}
        connection.request("POST", "/slack/events", body, sent)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def get(port: int, path: str) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def is_healthy(port: int) -> bool:
    """Whether a server answers there yet."""
    try:
        return get(port, "/healthz")[0] == 200
    except OSError:
        return False


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for an embedded server of the test's own, which its user may enter when root runs the tests.
    Whatever still runs on it afterwards is killed."""
    memory = Path("/dev/shm")
    spacious = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    folder = Path(tempfile.mkdtemp(prefix="staysail-runtime-", dir=memory if spacious else None))
    folder.chmod(0o755)
    yield folder
    left = processes_on(folder)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=10)
    shutil.rmtree(folder)


def processes_on(home: Path) -> list[psutil.Process]:
    """Every process that has to do with a home: by its command, or by its environment."""
    return [process for process, _name in names_on(home)]


def names_on(home: Path) -> list[tuple[psutil.Process, str]]:
    """The same with each process's name, taken while it lived."""
    found = []
    for process in psutil.process_iter():
        try:
            parts = [*process.cmdline(), process.environ().get("STAYSAIL_HOME", "")]
            if process.status() != psutil.STATUS_ZOMBIE and any(str(home) in part for part in parts):
                found.append((process, process.name()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def find_process(home: Path, *words: str) -> psutil.Process:
    """The oldest process on a home whose command has these words."""
    found = [p for p in processes_on(home) if all(word in " ".join(p.cmdline()) for word in words)]
    return min(found, key=lambda process: process.create_time())
