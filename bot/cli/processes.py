"""run, web, worker, clock, migrate: the commands that keep running, and the one before them."""

import os

import typer

from bot.app import LISTENER_THREADS, build_parts
from bot.cli.opening import Opened, open_database
from bot.logs import configure_logs
from bot.processes import WORKER_POOL, run_until_stopped, serve_web


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (run, web, worker, clock, migrate):
        app.command()(command)


def run() -> None:
    """Run everything in one process: Slack's deliveries, the courier, the jobs and the clock.

    Over Socket Mode when SLACK_APP_TOKEN is set, else over HTTP on PORT.
    """
    with open_database(pool_size=1) as opened:
        _run(opened, pool_size=LISTENER_THREADS + WORKER_POOL, worker=True, clock=True, intake=True)


def web() -> None:
    """Serve Slack's deliveries over HTTP on PORT (/slack/events, /healthz, /readyz)."""
    with open_database(migrated=False, pool_size=1) as opened:
        configure_logs(opened.settings.log_format)
        # The server's own process reads the environment, the embedded database's address included.
        os.environ["DATABASE_URL"] = opened.url
        serve_web(opened.settings)


def worker() -> None:
    """Run the courier, which makes Slack agree with the database, and the jobs."""
    with open_database(migrated=False, pool_size=1) as opened:
        _run(opened, pool_size=WORKER_POOL, worker=True, clock=False, intake=False)


def clock() -> None:
    """Write down what is due and when. Several may run; nothing happens twice."""
    with open_database(migrated=False, pool_size=1) as opened:
        _run(opened, pool_size=2, worker=False, clock=True, intake=False)


def migrate() -> None:
    """Bring the database to this version's schema."""
    with open_database(migrated=True, pool_size=1):
        typer.echo("The database is at this version's schema.")


def _run(opened: Opened, *, pool_size: int, worker: bool, clock: bool, intake: bool) -> None:
    configure_logs(opened.settings.log_format)
    parts = build_parts(opened.settings, opened.team, opened.url, pool_size=pool_size)
    try:
        run_until_stopped(parts, worker=worker, clock=clock, intake=intake)
    finally:
        parts.engine.dispose()
