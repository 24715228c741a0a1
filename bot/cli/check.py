"""check and manifest: is this installation well, and what to paste into Slack."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.app import build_client
from bot.checks import Finding, check_data, check_slack
from bot.cli.opening import open_database
from bot.db.migrate import is_current
from bot.errors import UserError
from bot.mail.checks import check_mail, check_mails, check_routes
from bot.mail.queue import revive_mails
from bot.manifest import build_manifest
from bot.messages import revive_dead_messages
from bot.web import SLACK_PATH

MARKS = {"ok": "[green]ok[/]", "warn": "[yellow]look[/]", "fail": "[red]wrong[/]"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(check)
    app.command()(manifest)


def check(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try messages and e-mails that were given up once more.")
    ] = False,
) -> None:
    """Look at everything that can be wrong with this installation and say what to do about it."""
    revived = 0
    with open_database(migrated=False) as opened:
        now = opened.now()
        if is_current(opened.url):
            with opened.sessions() as session, session.begin():
                revived = revive_dead_messages(session) + revive_mails(session) if retry else 0
                findings = [
                    *check_data(session, team=opened.team, now=now),
                    *check_routes(session, opened.team),
                    *check_mails(session),
                ]
        else:
            findings = [
                Finding("fail", "database", "its schema is not this version's", "run `staysail migrate`")
            ]
        findings += check_slack(opened.settings, opened.team, build_client)
        findings += check_mail(opened.settings)
    if as_json:
        typer.echo(json.dumps({"findings": [asdict(each) for each in findings], "retried": revived}))
    else:
        _print(findings, revived)
    if any(each.mark == "fail" for each in findings):
        raise typer.Exit(1)


def manifest(
    request_url: Annotated[
        str | None,
        typer.Option(
            help="Where Slack delivers over HTTP (https://…/slack/events); without it: Socket Mode."
        ),
    ] = None,
) -> None:
    """Print the Slack app's manifest, to paste at api.slack.com/apps → Create New App → From a manifest."""
    if request_url is not None and not (
        request_url.startswith("https://") and request_url.endswith(SLACK_PATH)
    ):
        raise UserError(
            f"Slack delivers only over https, and Staysail listens at https://your.host{SLACK_PATH}"
        )
    typer.echo(json.dumps(build_manifest(request_url=request_url), indent=2))


def _print(findings: list[Finding], revived: int) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for each in findings:
        remedy = f" → {each.remedy}" if each.remedy else ""
        table.add_row(MARKS[each.mark], each.what, f"{each.found}{remedy}")
    console = Console()
    console.print(table)
    if revived:
        console.print(f"{revived} messages and e-mails are tried again.")
