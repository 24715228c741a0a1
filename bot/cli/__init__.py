"""The ``staysail`` command: one module a group of commands, each with ``register(app)``."""

import importlib
import os
import signal
import sys
import threading
from typing import NoReturn

import psycopg
import typer
from sqlalchemy.exc import OperationalError

from bot.errors import UserError

#: The commands of each module.
GROUPS = {
    "bot.cli.data": ("import", "generate"),
    "bot.cli.score": ("score",),
    "bot.cli.models": ("models",),
    "bot.cli.playbooks": ("playbooks",),
    "bot.cli.rules": ("rules",),
    "bot.cli.processes": ("run", "web", "worker", "clock", "migrate"),
    "bot.cli.audit": ("audit",),
    "bot.cli.check": ("check", "manifest"),
    "bot.cli.demo": ("demo",),
}


def build_app(wanted: str | None = None) -> typer.Typer:
    """The command with every group registered, or only the one that has the command ``wanted``: to import
    all of them takes a second that a process which is started again does not have."""
    app = typer.Typer(
        name="staysail",
        help="A customer-success team's assistant that lives in Slack.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    # A command alone in its app would lose its name to it.
    app.callback()(lambda: None)
    groups = [group for group, commands in GROUPS.items() if wanted in commands] or list(GROUPS)
    for group in groups:
        importlib.import_module(group).register(app)
    return app


def main() -> None:
    """Run the command. Exit status 0, 1 (something failed: a sentence on stderr), 2 (usage)."""
    # Ended from outside, a command still leaves its blocks, and with the last user the embedded database.
    signal.signal(signal.SIGTERM, _end_by_signal)
    status = _run()
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1:
        # Threads that did not end in the time they had are given up: Python would wait for them for ever.
        os._exit(status)
    raise SystemExit(status)


def _run() -> int:
    try:
        build_app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        return _say(str(end.code))
    except UserError as error:
        return _say(str(error))
    except OperationalError as error:
        return _say(f"The database cannot be used: {_first_line(error.orig or error)}. Check DATABASE_URL.")
    except psycopg.OperationalError as error:
        return _say(f"The database cannot be used: {_first_line(error)}. Check DATABASE_URL.")
    except OSError as error:
        return _say(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))
    return 0


def _say(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")


def _end_by_signal(*_: object) -> NoReturn:
    raise SystemExit("Stopped before it was finished.")
