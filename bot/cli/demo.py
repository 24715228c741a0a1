"""demo: Staysail at work, from one command."""

import json
import secrets
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.alerts import load_rules
from bot.cli.opening import Opened, open_demo_database
from bot.db.embedded import EmbeddedPostgres
from bot.demo.children import Child, ChildFailed, watch
from bot.demo.place import Place, Ready
from bot.demo.preparing import Preparation, load_data, make_company, score_everything, write_workspace
from bot.errors import UserError
from bot.manifest import build_manifest
from scoring.run import load_models_for

OUT = Console()
APP_ID = "A0STAYSAIL"


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
    port: Annotated[int, typer.Option(help="Where the playground's page is; 0 for any free port.")] = 8910,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the last demo and begin again.")] = False,
) -> None:
    """See Staysail at work: a database, a company, a local Slack in your browser. Ctrl-C stops it all."""
    if data is not None and not data.is_dir():
        raise UserError(f"{data} is not a folder; give the folder with your CSV files (docs/importing.md)")
    name = "own" if data else "demo"
    with open_demo_database(f"playground_{name}") as (server, opened):
        place = Place(server.home / "playground" / name, f"playground_{name}")
        ready = None if fresh else place.find_ready()
        wanted = str(data.resolve()) if data else f"{accounts} accounts, {weeks} weeks, seed {seed}"
        if ready is None or ready.source != wanted:
            place.clear(server)
            ready = _prepare(opened(), place, data, accounts, weeks, seed, wanted)
        _open_playground(opened(), server, place, ready, port)


def _prepare(
    opened: Opened, place: Place, data: Path | None, accounts: int, weeks: int, seed: int, wanted: str
) -> Ready:
    today = opened.today()
    preparation = Preparation(
        sessions=opened.sessions,
        team=opened.team,
        models=load_models_for(opened.team, opened.settings.staysail_config),
        rules=load_rules(opened.settings.staysail_config),
        now=opened.now(),
        step=_step,
    )
    if data is None:
        end = today - timedelta(days=1)
        make_company(place.company, accounts=accounts, weeks=weeks, seed=seed, end=end, step=_step)
    last = load_data(preparation, data or place.company, today)
    alerts = score_everything(preparation, last)
    people = write_workspace(opened.sessions, place.workspace)
    if not people:
        raise UserError("people.csv names nobody with a slack_id, so nobody could use the playground")
    ready = Ready(ends_on=last.isoformat(), source=wanted)
    place.mark_ready(ready)
    OUT.print(f"{alerts} alerts opened for the days up to {last:%d %b %Y}.")
    return ready


def _open_playground(opened: Opened, server: EmbeddedPostgres, place: Place, ready: Ready, port: int) -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    port = port or _find_free_port()
    address = f"http://127.0.0.1:{port}"
    slack = Child(
        "the local Slack",
        _compute_slack_command(place, port),
        place.folder / "slack.log",
    )
    slack.start()
    children = [slack]
    try:
        tokens = _install(address, slack, stopping)
        bot = Child(
            "the bot",
            ["-m", "bot", "run"],
            place.folder / "bot.log",
            _build_environment(opened, server, place, address, tokens, ready),
        )
        bot.start()
        children.append(bot)
        _greet(address, place, ready)
        watch(children, stopping)
    except ChildFailed as error:
        raise UserError(str(error)) from error
    finally:
        OUT.print("Stopping…")
        for child in reversed(children):
            child.stop()


def _compute_slack_command(place: Place, port: int) -> list[str]:
    files = ["--workspace", str(place.workspace), "--state", str(place.conversation)]
    return ["-m", "playground", "--port", str(port), *files]


def _install(address: str, slack: Child, stopping: threading.Event) -> dict[str, str]:
    """Install the app in the local Slack once it listens; returns its tokens."""
    wanted = {
        "manifest": build_manifest(),
        "mode": "socket",
        "app_id": APP_ID,
        "bot_token": f"xoxb-playground-{secrets.token_hex(12)}",
        "app_token": f"xapp-1-{APP_ID}-{secrets.token_hex(16)}",
        "signing_secret": secrets.token_hex(16),
    }
    body = json.dumps(wanted).encode()
    for _ in range(200):
        if stopping.wait(0.05):
            raise ChildFailed("stopped before the local Slack was up")
        if slack.process is not None and slack.process.poll() is not None:
            raise ChildFailed(f"the local Slack did not start; its log says why: {slack.log}")
        request = urllib.request.Request(
            f"{address}/_control/apps", body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                installed: dict[str, str] = json.load(answer)
                return installed
        except urllib.error.HTTPError as error:
            raise ChildFailed(f"the local Slack refused the app: {error.read().decode()[:300]}") from error
        except OSError:
            continue
    raise ChildFailed(f"the local Slack does not answer at {address}; its log: {slack.log}")


def _build_environment(
    opened: Opened, server: EmbeddedPostgres, place: Place, address: str, tokens: dict[str, Any], ready: Ready
) -> dict[str, str]:
    return {
        "DATABASE_URL": server.url_of(place.database),
        "SLACK_API_BASE_URL": f"{address}/api/",
        "SLACK_BOT_TOKEN": tokens["bot_token"],
        "SLACK_APP_TOKEN": tokens["app_token"],
        "SLACK_SIGNING_SECRET": tokens["signing_secret"],
        "STAYSAIL_DAYS_BACK": str(ready.compute_days_back(opened.today())),
    }


def _greet(address: str, place: Place, ready: Ready) -> None:
    last = date.fromisoformat(ready.ends_on)
    OUT.print(f"\n[bold green]Staysail is at work:[/] [bold]{address}[/]  (data up to {last:%d %b %Y})")
    OUT.print(
        "Choose who you are, look into #cs-alerts, type [bold]/cs score[/] and a name, open the App Home."
    )
    OUT.print(f"Logs are in {place.folder}. Ctrl-C stops everything.\n")


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
