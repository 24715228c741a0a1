"""playbooks: the playbooks there are, whether they are sound, what they say, and what they would do."""

import json
import sys
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.cli.opening import Opened, open_database
from bot.cli.playbook_tables import build_playbook_list, build_simulation, build_timeline
from bot.config import ConfigError, load_settings, load_team_config
from bot.errors import NotFound, UserError
from bot.models import Account
from bot.plays.facts import load_facts
from bot.plays.people import load_account_week
from bot.plays.simulating import Happening, simulate
from bot.plays.starting import find_refusal
from bot.plays.world import World
from bot.plays.writing import Texts
from bot.working_time import compute_next_working_moment
from playbooks import Library, Playbook, find_playbook_files, load_library
from scoring.catalogue import find_nearest


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(playbooks)


def playbooks(
    check: Annotated[
        bool, typer.Option("--check", help="Check every playbook and text; exit 1 with all problems.")
    ] = False,
    show: Annotated[
        str | None, typer.Option("--show", metavar="NAME", help="Print one playbook as a timeline.")
    ] = None,
    simulate_: Annotated[
        str | None,
        typer.Option("--simulate", metavar="NAME", help="Print what it would do with --account, and when."),
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="The account to simulate, by the id in accounts.csv.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(metavar="DATE", help="When the play would start; now by default.")
    ] = None,
    variant: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which variant; the first by default.")
    ] = None,
    texts: Annotated[bool, typer.Option("--texts", help="Print what would be written, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the playbooks, check their files, show one, or simulate one without doing anything."""
    if check:
        _check(as_json)
    elif simulate_ is not None:
        _simulate(simulate_, account, start, variant, texts=texts, as_json=as_json)
    elif show is not None:
        _show(load_library(load_settings().staysail_config).get(show), as_json)
    else:
        _list(as_json)


def _check(as_json: bool) -> None:
    folder = load_settings().staysail_config
    try:
        library = load_library(folder)
        problems = _find_wrong_starts(library, load_team_config(folder).start_plays)
    except ConfigError as error:
        problems = str(error).splitlines()
    if as_json:
        _print_json({"ok": not problems, "problems": problems})
    elif problems:
        sys.stderr.write("\n".join(problems) + "\n")
    else:
        names, texts = ", ".join(library.plays), len(library.letters.names)
        sys.stdout.write(f"All playbooks and their {texts} texts are sound: {names}.\n")
    if problems:
        raise typer.Exit(1)


def _find_wrong_starts(library: Library, names: Iterable[str]) -> list[str]:
    """What is wrong with the plays that the team lets start by themselves."""
    found = []
    for name in names:
        play = library.find(name)
        if play is None:
            near = find_nearest(name, list(library.plays))
            found.append(f"staysail.yaml: start_plays: no playbook is called {name!r}; {near}")
        elif play.starts is None:
            found.append(
                f"staysail.yaml: start_plays: {name} does not say when it starts; "
                "give it starts, or take it out"
            )
    return found


def _list(as_json: bool) -> None:
    folder = load_settings().staysail_config
    plays, files = load_library(folder).plays, find_playbook_files(folder)
    if as_json:
        _print_json(
            {"playbooks": [{**_summarise(play), "file": str(files[name])} for name, play in plays.items()]}
        )
    else:
        _print([build_playbook_list(plays, files)])


def _show(play: Playbook, as_json: bool) -> None:
    if as_json:
        _print_json({"version": play.version, **play.definition})
    else:
        _print(build_timeline(play))


def _summarise(play: Playbook) -> dict[str, Any]:
    return {
        "name": play.name,
        "title": play.title,
        "description": play.description,
        "class": play.play_class,
        "version": play.version,
        "steps": [{"name": step.name, "action": step.action, "title": step.label} for step in play.all_steps],
    }


def _simulate(
    name: str, external_id: str | None, start: str | None, variant: str | None, *, texts: bool, as_json: bool
) -> None:
    if external_id is None:
        raise typer.BadParameter("--simulate needs an account: add --account ID, as in accounts.csv")
    with open_database() as opened, opened.sessions() as session:
        # The database itself refuses whatever a simulation might want to write.
        session.execute(text("set transaction read only"))
        library = load_library(opened.settings.staysail_config)
        play = library.get(name)
        account = _get_account(session, external_id)
        began = _parse_start(start, session, account, opened)
        world = _build_world(session, account, play, library, began, opened)
        happened = list(simulate(play, start=began, world=world, variant=_choose_variant(play, variant)))
        session.rollback()
    if as_json:
        _print_json(
            {"playbook": play.name, "account": external_id, "happenings": [_jsonify(h) for h in happened]}
        )
        return
    said = (
        f"{play.title} with {world.facts.name}, if the account stays as it is and everybody does what falls "
        "to them at the last moment. Nothing is sent or written."
    )
    _print([Text(said), *build_simulation(play, happened, opened.team.zone, texts=texts)])


def _build_world(
    session: Session, account: Account, play: Playbook, library: Library, now: datetime, opened: Opened
) -> World:
    team = opened.team
    facts = load_facts(session, account, now=now, team=team, since=now, signals=play.signals)
    if refusal := find_refusal(play, facts):
        raise UserError(refusal)
    written = Texts(session, account, facts, library.letters, now=now, team=team)
    week = load_account_week(session, account, team, now)
    return World(facts, week, now, written.write, written.write_fields)


def _choose_variant(play: Playbook, wanted: str | None) -> str | None:
    names = [variant.name for variant in play.variants]
    if wanted is not None and wanted not in names:
        near = find_nearest(wanted, names) if names else "the playbook has none"
        raise typer.BadParameter(f"--variant: no variant is called {wanted!r}; {near}")
    return wanted or (names[0] if names else None)


def _get_account(session: Session, external_id: str) -> Account:
    found = session.scalars(select(Account).where(Account.external_id == external_id)).one_or_none()
    if found is None:
        raise NotFound(f"--account: no account has the id {external_id!r}; look it up in accounts.csv")
    return found


def _parse_start(start: str | None, session: Session, account: Account, opened: Opened) -> datetime:
    if start is None:
        return opened.now()
    try:
        day = date.fromisoformat(start.strip())
    except ValueError as error:
        raise typer.BadParameter(f"--start {start!r} is no date; write it as 2026-05-31") from error
    week = load_account_week(session, account, opened.team, opened.now())
    return compute_next_working_moment(week, datetime.combine(day, time(), week.zone))


def _jsonify(happening: Happening) -> dict[str, Any]:
    deed = happening.deed
    return {"at": happening.at.isoformat(), "what": deed.kind, "step": deed.step, **deed.detail}


def _print(parts: Iterable[Any]) -> None:
    # Rich takes 80 columns where there is no terminal, which breaks the tables of a log or a pipe.
    console = Console(width=None if sys.stdout.isatty() else 160)
    for part in parts:
        console.print(part)


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
