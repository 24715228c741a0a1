"""audit: who did what to which alert, the newest first."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.audit import AuditLine, load_audit
from bot.cli.opening import open_database
from bot.errors import UserError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(audit)


def audit(
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="From this day on, such as 2026-11-01.")
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", metavar="X", help="About one account: its name or id.")
    ] = None,
    person: Annotated[
        str | None, typer.Option("--person", metavar="EMAIL", help="What one person of the team did.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 100,
) -> None:
    """Show the audit log: every act of a person, which nobody can change or delete afterwards."""
    day = _read_day(since)
    with open_database() as opened, opened.sessions() as session:
        zone = opened.team.zone
        start = None if day is None else datetime.combine(day, time(), zone)
        lines = load_audit(session, since=start, account=account, person=person, limit=limit)
    if as_json:
        document = {"acts": [_as_json(line, zone) for line in lines]}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    _print(lines, zone)
    if len(lines) == limit:
        sys.stderr.write(f"Only the newest {limit} are shown; ask for more with --limit.\n")


def _read_day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"--since: {text!r} is no date; write it like 2026-11-01") from None


def _as_json(line: AuditLine, zone: ZoneInfo) -> dict[str, Any]:
    return {**asdict(line), "at": line.at.astimezone(zone).isoformat()}


def _print(lines: tuple[AuditLine, ...], zone: ZoneInfo) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    if not lines:
        console.print("Nobody has done anything that is asked for.")
        return
    table = Table(title=f"Acts, the newest first ({zone.key})", title_justify="left")
    for column in ("When", "Who", "Act", "On", "Account", "Detail"):
        table.add_column(column, no_wrap=column == "When")
    for line in lines:
        cells = (line.actor, line.act, line.subject, line.account or "", _say(line.detail))
        when = f"{line.at.astimezone(zone):%Y-%m-%d %H:%M}"
        # Names and remarks are people's own: brackets and line breaks in them are text.
        table.add_row(when, *(escape(_in_one_line(cell)) for cell in cells))
    console.print(table)


def _say(detail: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in detail.items() if value not in (None, ""))


def _in_one_line(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text)
