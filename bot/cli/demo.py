"""demo: Staysail at work, from one command."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.alerts import load_rules
from bot.cli.opening import Opened, open_demo_database
from bot.demo.company import Company, describe_company
from bot.demo.place import Place, Ready, describe_folder
from bot.demo.playing import Playground, choose_port
from bot.demo.preparing import (
    Preparation,
    introduce_people,
    load_data,
    make_company,
    score_everything,
    write_workspace,
)
from bot.errors import UserError
from scoring.run import load_models_for

OUT = Console()


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(demo)


def demo(
    data: Annotated[
        Path | None,
        typer.Option(help="Your own CSV folder instead of a made-up company; nothing leaves this machine."),
    ] = None,
    accounts: Annotated[int, typer.Option(min=20, help="Accounts of the made-up company.")] = 300,
    weeks: Annotated[int, typer.Option(min=8, help="Weeks of history.")] = 78,
    seed: Annotated[int, typer.Option(help="Another seed makes another company.")] = 7,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the playground is; 0 for any free port.")
    ] = 8910,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the last demo and begin again.")] = False,
) -> None:
    """See Staysail at work: a database, a company, a local Slack in your browser. Ctrl-C stops it all."""
    if data is not None and not data.is_dir():
        raise UserError(f"{data} is not a folder; give the folder with your CSV files (docs/importing.md)")
    # Before the minute that preparing takes.
    port = choose_port(port)
    name = "own" if data else "demo"
    wanted = describe_folder(data) if data else describe_company(accounts, weeks, seed)
    with open_demo_database(f"playground_{name}") as (server, open_it):
        place = Place(server.home / "playground" / name, f"playground_{name}")
        with place.held():
            ready = None if fresh else place.find_ready()
            if ready is not None and ready.source != wanted:
                ready = None
            if ready is None:
                place.clear(server)
            opened = open_it()
            told_on = date.fromisoformat(ready.told_on) if ready and ready.told_on else opened.yesterday()
            company = None if data else Company(accounts, weeks, seed, told_on)
            ready = ready or _prepare(opened, place, data, company, wanted)
            Playground(opened, server, place, ready, company, port, OUT.print).run()


def _prepare(opened: Opened, place: Place, data: Path | None, company: Company | None, wanted: str) -> Ready:
    today = opened.today()
    preparation = Preparation(
        sessions=opened.sessions,
        team=opened.team,
        models=load_models_for(opened.team, opened.settings.staysail_config),
        rules=load_rules(opened.settings.staysail_config),
        now=opened.now(),
        step=_step,
    )
    if company is not None:
        make_company(place.company, company, _step)
    last = load_data(preparation, data or place.company, today)
    introduce_people(opened.sessions)
    alerts = score_everything(preparation, last)
    write_workspace(opened.sessions, opened.team, place.workspace)
    told_on = company.told_on.isoformat() if company else None
    ready = Ready(ends_on=last.isoformat(), source=wanted, told_on=told_on)
    place.mark_ready(ready)
    OUT.print(f"{alerts} alerts opened for the days up to {last:%d %b %Y}.")
    return ready


@contextmanager
def _step(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar for one step, and a line that stays with the time it took."""
    began = time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=OUT, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        yield advance
    OUT.print(f"  {title}: {time.monotonic() - began:.1f} s")
