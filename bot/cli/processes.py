"""run, web, worker, clock, migrate: the commands that keep running, and the one before them."""

import os

import typer

from bot.app import LISTENER_POOL, build_parts
from bot.cli.opening import open_database
from bot.logs import configure_logs
from bot.processes import DRAIN_SECONDS, WORKER_POOL, get_signing_secret, run_until_stopped, serve_web
from bot.stopping import Stop


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (run, web, worker, clock, migrate):
        app.command()(command)


def run() -> None:
    """Run everything in one process: Slack's deliveries, the courier, the jobs and the clock.

    Over Socket Mode when SLACK_APP_TOKEN is set, else over HTTP on PORT.
    """
    _run(LISTENER_POOL + WORKER_POOL, migrated=True, worker=True, clock=True, intake=True)


def web() -> None:
    """Serve Slack's deliveries over HTTP on PORT (/slack/events, /healthz, /readyz)."""
    stop = _listen()
    with open_database(migrated=False, pool_size=1, stop=stop) as opened:
        configure_logs(opened.settings.log_format)
        # Said here in a sentence, before the server's process would say it in a traceback.
        get_signing_secret(opened.settings)
        build_parts(opened.settings, opened.team, opened.url)
        # The server's own process reads the environment, the embedded database's address included.
        os.environ["DATABASE_URL"] = opened.url
        serve_web(opened.settings, stop)


def worker() -> None:
    """Run the courier, which makes Slack agree with the database, and the jobs."""
    _run(WORKER_POOL, migrated=False, worker=True, clock=False, intake=False)


def clock() -> None:
    """Write down what is due and when. Several may run; nothing happens twice."""
    _run(2, migrated=False, worker=False, clock=True, intake=False)


def migrate() -> None:
    """Bring the database to this version's schema."""
    with open_database(migrated=True, pool_size=1):
        typer.echo("The database is at this version's schema.")


def _listen() -> Stop:
    stop = Stop(DRAIN_SECONDS)
    stop.listen()
    return stop


def _run(pool_size: int, *, migrated: bool, worker: bool, clock: bool, intake: bool) -> None:
    stop = _listen()
    with open_database(migrated=migrated, pool_size=1, stop=stop) as opened:
        configure_logs(opened.settings.log_format)
        parts = build_parts(opened.settings, opened.team, opened.url, pool_size=pool_size)
        try:
            run_until_stopped(parts, stop, worker=worker, clock=clock, intake=intake)
        finally:
            parts.engine.dispose()
