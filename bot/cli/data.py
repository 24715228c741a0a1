"""import, generate: data in, and data made up."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

from bot.cli.data_tables import build_columns_table, build_files_table, build_remarks, build_summary
from bot.cli.opening import open_database
from bot.config import load_settings, load_team_config
from bot.generator import generate as generate_company
from bot.sources.importing import ImportReport, import_path

#: Problems shown on the screen; the others are counted.
_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("import")(import_data)
    app.command()(generate)


def import_data(
    path: Annotated[
        Path, typer.Argument(help="A folder of CSV files, one CSV file, or YAML health records.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Load the good rows; write the others to <file>.rejected.csv.")
    ] = False,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Late rows count on their own days. Past scores change.")
    ] = False,
    mapping: Annotated[
        Path | None, typer.Option(help="A mapping file for tables that are not in the canonical form.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Folder for the rejected rows; the current one by default.")
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day the data counts as recorded; today by default."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Load a team's data: all of it, or nothing when a row is wrong."""
    with open_database() as opened, opened.sessions.begin() as session, _progress(quiet=as_json) as advance:
        report = import_path(
            session,
            path,
            recorded_on=_find_day(on, opened.today()),
            now=opened.now(),
            zone=opened.team.zone,
            mapping=mapping,
            dry_run=dry_run,
            skip_bad=skip_bad,
            backfill=backfill,
            rejects=rejects,
            progress=advance,
        )
    if as_json:
        sys.stdout.write(json.dumps(asdict(report), default=str, ensure_ascii=False, indent=2) + "\n")
    else:
        _print_report(report, backfill=backfill)
    if report.stopped:
        raise typer.Exit(1)


def _print_report(report: ImportReport, *, backfill: bool) -> None:
    out, err = Console(), Console(stderr=True)
    for file in report.files:
        if any(match.confidence < 1 for match in file.columns):
            out.print(build_columns_table(file))
    if report.files:
        out.print(build_files_table(report))
    for line in build_remarks(report):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    for problem in report.problems[:_SHOWN]:
        err.print(str(problem), markup=False, highlight=False, soft_wrap=True)
    if report.problem_count > _SHOWN:
        err.print(f"… and {report.problem_count - _SHOWN:,} more problems (--json lists up to 1,000)")
    if backfill and report.loaded:
        out.print("Late rows count on their own days: scores of those days change when scored again.")
    (err if report.stopped else out).print(
        build_summary(report), markup=False, highlight=False, soft_wrap=True
    )


def _find_day(on: str | None, today: date) -> date:
    day = _parse_day(on, "--on") if on else today
    if day > today:
        raise typer.BadParameter(f"{day} has not come yet; today is {today}", param_hint="--on")
    return day


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int], None] | None]:
    """A line per file that counts its rows, on a terminal only."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,.0f} rows"))
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(name: str, rows: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=None)
            bar.advance(tasks[name], rows)

        yield advance


def generate(
    out: Annotated[Path, typer.Argument(help="The folder to write the CSV files to.")],
    accounts: Annotated[int, typer.Option(min=1, help="How many accounts.")] = 300,
    weeks: Annotated[int, typer.Option(min=1, help="How many weeks of history.")] = 78,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same company.")] = 1,
    end: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day of the data; yesterday by default.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Only what was known by the end of this day, at or before --end."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Of that, only what is new or reads otherwise than on this day."),
    ] = None,
) -> None:
    """Make up a company with believable customers, as a folder that `staysail import` reads."""
    last = _parse_day(end, "--end") if end else _find_yesterday()
    known = _parse_day(until, "--until") if until else last
    known_before = _parse_day(since, "--since") if since else None
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
    )
    with bar:
        task = bar.add_task("accounts", total=accounts)
        try:
            made = generate_company(
                out,
                accounts=accounts,
                weeks=weeks,
                seed=seed,
                end=last,
                until=known,
                since=known_before,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    rows = ", ".join(f"{count:,} {name}" for name, count in made.rows.items())
    told = f"{made.folder}: {made.start} to {made.end}; {rows}"
    Console().print(told, markup=False, highlight=False, soft_wrap=True)


def _find_yesterday() -> date:
    team = load_team_config(load_settings().staysail_config)
    return datetime.now(team.zone).date() - timedelta(days=1)


def _parse_day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as YYYY-MM-DD", param_hint=option) from None
