"""The processes of the Procfile, and all of them in one (`staysail run`)."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog
from slack_bolt import App
from sqlalchemy.exc import OperationalError

from bot.alerts.keeping import Keeper
from bot.app import LISTENER_THREADS, Parts, build_parts, build_slack_app
from bot.clock import Clock
from bot.config import ConfigError, Settings, load_settings, load_team
from bot.contents import build_builders, build_losses
from bot.courier.runner import Courier
from bot.daily import build_jobs
from bot.db.migrate import is_current
from bot.jobs import JobRunner
from bot.logs import configure_logs
from bot.mail.contents import build_writers
from bot.mail.sending import Mailer
from bot.mail.setup import build_mail_setup
from bot.socket import Socket
from bot.stopping import Stop, die_with_parent
from bot.web import Door

log = structlog.get_logger(__name__)

#: A stop must be over in ten seconds, the embedded database's included.
DRAIN_SECONDS = 7.0
#: Of these, what the courier and the jobs may take after the intake has ended.
JOB_SECONDS = 2.0
#: Threads of a worker that hold a connection: four couriers, the jobs and their leases, the keeper,
#: one to spare.
WORKER_POOL = 9


def create_door() -> Door:
    """The WSGI application as a server process builds it, from the environment alone. Raises ConfigError."""
    settings = load_settings()
    configure_logs(settings.log_format)
    if not settings.database_url:
        raise ConfigError("DATABASE_URL is not set; `staysail web` sets it for the server it starts")
    parts = build_parts(settings, load_team(settings), settings.database_url)
    return build_door(parts, build_slack_app(parts))


def build_door(parts: Parts, slack: App) -> Door:
    """The WSGI application of a server process, which ends with the process that started it."""
    die_with_parent()
    return Door(parts.engine, slack, get_signing_secret(parts.settings))


def get_signing_secret(settings: Settings) -> str:
    """The secret that deliveries over HTTP are signed with. Raises ConfigError when there is none."""
    secret = settings.slack_signing_secret
    if secret is None or not secret.get_secret_value().strip():
        raise ConfigError(
            "SLACK_SIGNING_SECRET is not set, so no delivery could be trusted: copy it from the app's "
            "Basic Information page, or use Socket Mode (`staysail run` with SLACK_APP_TOKEN)"
        )
    return secret.get_secret_value()


def serve_web(settings: Settings, stop: Stop, factory: str = "bot.processes:create_door") -> None:
    """Serve HTTP on PORT until told to stop (granian: sixteen threads, in WEB_CONCURRENCY processes, which
    finish what they have begun). Raises ConfigError when the port is taken."""
    from granian.constants import Interfaces
    from granian.server import Server

    if stop.is_asked:
        return
    server = Server(
        factory,
        address="0.0.0.0",
        port=settings.port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=settings.web_concurrency,
        blocking_threads=max(4, LISTENER_THREADS // settings.web_concurrency),
        backpressure=1024,
        websockets=False,
        log_access=False,
        # Its lines go where all others go, in the same form.
        log_dictconfig={"loggers": {"_granian": {"handlers": [], "propagate": True}}},
        respawn_failed_workers=True,
        workers_kill_timeout=int(DRAIN_SECONDS),
    )
    # Its own event deadlocks when a second signal comes while the first one is being handled.
    server.main_loop_interrupt = _Interrupt()  # type: ignore[assignment]
    logging.getLogger("_granian").addFilter(_is_news)
    try:
        server.serve()
    except OSError as error:
        raise ConfigError(
            f"port {settings.port} cannot be listened on ({error.strerror or error}): set PORT to another"
        ) from error


class _Interrupt:
    """The part of an Event that a web server's main loop uses, without a lock: signals set it."""

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def clear(self) -> None:
        self._is_set = False

    def wait(self) -> None:
        while not self._is_set:
            time.sleep(0.2)


def _is_news(record: logging.LogRecord) -> bool:
    # Sixteen threads are meant: they wait for the database, not for the processor.
    return not record.getMessage().startswith("Configuration allows spawning")


@contextmanager
def working(parts: Parts, stop: Stop) -> Iterator[None]:
    """The courier and the jobs, running inside the block and drained at its end."""
    builders = build_builders(parts.team)
    courier = Courier(
        client=parts.client,
        sessions=parts.sessions,
        builders=builders,
        listen_url=parts.url,
        losses=build_losses(parts.team, parts.now),
    )
    jobs = JobRunner(parts.sessions, build_jobs(parts.team, parts.models, parts.rules), parts.now)
    keeper = Keeper(parts.sessions, parts.team, parts.now)
    courier.start()
    jobs.start()
    keeper.start()
    try:
        with mailing(parts, stop):
            yield
    finally:
        # What does not end in time is a row still: another worker takes it up when its lease has run out.
        _report("courier", courier.stop(stop.left(DRAIN_SECONDS)))
        _report("keeper", keeper.stop(stop.left(JOB_SECONDS)))
        _report("jobs", jobs.stop(stop.left(JOB_SECONDS)))


@contextmanager
def mailing(parts: Parts, stop: Stop) -> Iterator[None]:
    """The mailer, running inside the block where e-mail can be sent. Raises ConfigError."""
    setup = build_mail_setup(parts.settings)
    if setup is None:
        yield
        return
    writers = build_writers(parts.team, setup)
    mailer = Mailer(sessions=parts.sessions, setup=setup, writers=writers, listen_url=parts.url)
    mailer.start()
    try:
        yield
    finally:
        _report("mailer", mailer.stop(stop.left(DRAIN_SECONDS)))


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
def listening(parts: Parts, stop: Stop) -> Iterator[None]:
    """Slack's deliveries: over Socket Mode when there is an app token, else over HTTP in a child process."""
    token = parts.settings.slack_app_token
    if token is None:
        get_signing_secret(parts.settings)
        with _web_process(parts.url, stop):
            yield
        return
    lost = "Slack could not be reached for ten minutes: check the network, and start Staysail again"
    socket = Socket(build_slack_app(parts), token.get_secret_value(), on_dead=lambda: stop.fail(lost))
    socket.connect()
    log.info("socket.connected")
    try:
        yield
    finally:
        _report("deliveries", socket.stop(stop.left(DRAIN_SECONDS - JOB_SECONDS)))


@contextmanager
def _web_process(url: str, stop: Stop) -> Iterator[None]:
    child = subprocess.Popen(
        [sys.executable, "-m", "bot", "web"],
        env={**os.environ, "DATABASE_URL": url},
        # Ctrl-C reaches this process alone, which then ends the child in its turn.
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    ending = threading.Event()

    def watch() -> None:
        status = child.wait()
        if not ending.is_set():
            stop.fail(f"the web server ended by itself with status {status}; the lines above say why")

    watcher = threading.Thread(target=watch, name="web-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ending.set()
        child.terminate()
        watcher.join(stop.left(DRAIN_SECONDS) + 1.0)
        _report("web", not watcher.is_alive())
        if watcher.is_alive():
            child.kill()
            watcher.join()


def run_until_stopped(parts: Parts, stop: Stop, *, worker: bool, clock: bool, intake: bool) -> None:
    """Run the chosen parts until the stop is asked for, then drain: intake first, so that what was taken in
    is still carried out. Raises ConfigError when the parts could not start or could not go on."""
    _require_schema(parts.url)
    with ExitStack() as stack:
        if worker:
            stack.enter_context(working(parts, stop))
        if clock:
            stack.enter_context(ticking(parts))
        if intake:
            stack.enter_context(listening(parts, stop))
        log.info("started", worker=worker, clock=clock, intake=intake)
        stop.wait()
        log.info("stopping", problem=stop.problem)
    log.info("stopped")
    if stop.problem is not None:
        raise ConfigError(stop.problem)


def _report(part: str, ended: bool) -> None:
    if not ended:
        log.warning("not_drained", part=part)


def _require_schema(url: str) -> None:
    try:
        current = is_current(url)
    except OperationalError as error:
        raise ConfigError(f"the database cannot be reached: {str(error.orig).splitlines()[0]}") from error
    if not current:
        raise ConfigError("the database's schema is not this version's: run `staysail migrate`")
