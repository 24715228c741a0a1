"""The processes of the Procfile, and all of them in one (`staysail run`)."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog

from bot.app import LISTENER_THREADS, Parts, build_parts, build_slack_app
from bot.clock import Clock
from bot.config import ConfigError, Settings, load_team_config
from bot.contents import build_builders
from bot.courier.runner import Courier
from bot.daily import build_jobs
from bot.db.migrate import is_current
from bot.jobs import JobRunner
from bot.logs import configure_logs
from bot.socket import Socket
from bot.web import Door

log = structlog.get_logger(__name__)

#: A stop must be over in ten seconds; the parts share them.
DRAIN_SECONDS = 7.0
#: Threads of a worker that hold a connection: four couriers, the jobs and their leases, one to spare.
WORKER_POOL = 8


def create_door() -> Door:
    """The WSGI application as a server process builds it, from the environment alone."""
    settings = Settings()
    configure_logs(settings.log_format)
    url = settings.database_url
    if not url:
        raise ConfigError("DATABASE_URL is not set; `staysail web` sets it for the server it starts")
    parts = build_parts(settings, load_team_config(settings.staysail_config), url)
    return Door(parts, build_slack_app(parts))


def serve_web(settings: Settings) -> None:
    """Serve HTTP on PORT until told to stop (granian: one process of sixteen threads)."""
    from granian.constants import Interfaces
    from granian.server import Server

    if settings.slack_signing_secret is None:
        raise ConfigError(
            "SLACK_SIGNING_SECRET is not set, so no request could be trusted: copy it from the app's "
            "Basic Information page, or use Socket Mode (`staysail run` with SLACK_APP_TOKEN)"
        )
    Server(
        "bot.processes:create_door",
        address="0.0.0.0",
        port=settings.port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=LISTENER_THREADS,
        backpressure=1024,
        websockets=False,
        log_access=False,
        workers_kill_timeout=int(DRAIN_SECONDS),
    ).serve()


@contextmanager
def working(parts: Parts) -> Iterator[None]:
    """The courier and the jobs, running inside the block and drained at its end."""
    builders = build_builders(parts.team)
    courier = Courier(client=parts.client, sessions=parts.sessions, builders=builders, listen_url=parts.url)
    jobs = JobRunner(parts.sessions, build_jobs(parts.team, parts.models, parts.rules), parts.now)
    courier.start()
    jobs.start()
    try:
        yield
    finally:
        courier.stop(DRAIN_SECONDS)
        jobs.stop(1.0)


@contextmanager
def ticking(parts: Parts) -> Iterator[None]:
    """The clock, running inside the block."""
    clock = Clock(parts.sessions, parts.team, parts.now)
    clock.start()
    try:
        yield
    finally:
        clock.stop()


@contextmanager
def listening(parts: Parts) -> Iterator[None]:
    """Slack's deliveries: over Socket Mode when there is an app token, else over HTTP in a child process."""
    token = parts.settings.slack_app_token
    if token is None:
        with _web_process(parts.url):
            yield
        return
    socket = Socket(build_slack_app(parts), token.get_secret_value())
    socket.connect()
    log.info("socket.connected")
    try:
        yield
    finally:
        socket.stop(DRAIN_SECONDS)


@contextmanager
def _web_process(url: str) -> Iterator[None]:
    command = [sys.executable, "-m", "bot", "web"]
    with subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}) as child:
        try:
            yield
        finally:
            child.terminate()


def run_until_stopped(parts: Parts, *, worker: bool, clock: bool, intake: bool) -> None:
    """Run the chosen parts until SIGTERM or SIGINT, then drain: intake first, so that what was taken in
    is still carried out."""
    _require_schema(parts.url)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with ExitStack() as stack:
        if worker:
            stack.enter_context(working(parts))
        if clock:
            stack.enter_context(ticking(parts))
        if intake:
            stack.enter_context(listening(parts))
        log.info("started", worker=worker, clock=clock, intake=intake)
        stopping.wait()
        log.info("stopping")
    log.info("stopped")


def _require_schema(url: str) -> None:
    if not is_current(url):
        raise ConfigError("the database's schema is not this version's: run `staysail migrate`")
