"""models: the scoring models there are, whether they are sound, and what they say."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.cli.model_tables import build_model_list, build_model_pages
from bot.config import ConfigError, load_settings, load_team_config
from scoring.catalogue import find_nearest
from scoring.model import ScoringModel, find_model_files, get_model, load_models


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(models)


def models(
    check: Annotated[
        bool, typer.Option("--check", help="Check every model's file; exit 1 with all problems.")
    ] = False,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="NAME", help="Print one model as a table.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the scoring models, check their files, or explain one."""
    if check:
        _check(as_json)
    elif explain is not None:
        model = get_model(explain, load_settings().staysail_config)
        if as_json:
            _print_json({"version": model.version, **model.definition})
        else:
            _print(*build_model_pages(model))
    else:
        _list(as_json)


def _check(as_json: bool) -> None:
    """Print what is wrong, or that nothing is. Exit status 1 when anything is."""
    problems = _find_problems()
    if as_json:
        _print_json({"ok": not problems, "problems": problems})
    elif problems:
        sys.stderr.write("\n".join(problems) + "\n")
    else:
        names = ", ".join(find_model_files(load_settings().staysail_config))
        sys.stdout.write(f"All scoring models are sound: {names}.\n")
    if problems:
        raise typer.Exit(1)


def _find_problems() -> list[str]:
    folder = load_settings().staysail_config
    try:
        found = load_models(folder)
        team = load_team_config(folder)
    except ConfigError as error:
        return str(error).splitlines()
    return [
        f"staysail.yaml: no scoring model is called {name!r}; {find_nearest(name, list(found))}"
        for name in team.all_models
        if name not in found
    ]


def _list(as_json: bool) -> None:
    folder = load_settings().staysail_config
    found, files = load_models(folder), find_model_files(folder)
    default = load_team_config(folder).default_model
    if as_json:
        _print_json(
            {
                "models": [
                    {**_summarise(model), "default": name == default, "file": str(files[name])}
                    for name, model in found.items()
                ]
            }
        )
    else:
        _print(build_model_list(found, files, default))


def _summarise(model: ScoringModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.label,
        "description": model.description,
        "version": model.version,
        "signals": [key.text for key in model.signals],
        "levels": [{"name": level.name, "from": level.start} for level in model.levels],
    }


def _print(*tables: Any) -> None:
    # Rich takes 80 columns where there is no terminal, which breaks the tables of a log or a pipe.
    console = Console(width=None if sys.stdout.isatty() else 140)
    for table in tables:
        console.print(table)


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
