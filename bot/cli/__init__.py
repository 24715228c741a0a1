"""The ``staysail`` command: one module a group of commands, each with ``register(app)``."""

import importlib
import sys

import typer

from bot.errors import UserError

GROUPS = (
    "bot.cli.data",
    "bot.cli.score",
    "bot.cli.models",
    "bot.cli.processes",
    "bot.cli.check",
    "bot.cli.demo",
)


def build_app() -> typer.Typer:
    """The command with every group registered."""
    app = typer.Typer(
        name="staysail",
        help="A customer-success team's assistant that lives in Slack.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for group in GROUPS:
        importlib.import_module(group).register(app)
    return app


def main() -> None:
    """Run the command. Exit status 0, 1 (something failed: a sentence on stderr), 2 (usage)."""
    try:
        build_app()()
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from error
