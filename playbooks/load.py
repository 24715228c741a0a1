"""Reading the playbooks: the shipped files, each replaced by the team's own of the same name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.config import ConfigError, read_yaml
from playbooks.definition import Playbook
from playbooks.letters import Letters
from playbooks.problems import describe_problems
from playbooks.steps import AnyStep
from scoring.catalogue import find_nearest

SHIPPED = Path(__file__).parent / "library"
ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Library:
    """Every playbook by name, sorted, and the texts they use."""

    plays: Mapping[str, Playbook]
    letters: Letters

    def find(self, name: str) -> Playbook | None:
        """The playbook of that name; None when there is none."""
        return self.plays.get(name)

    def get(self, name: str) -> Playbook:
        """The playbook of that name. Raises ConfigError naming the nearest when there is none."""
        if name not in self.plays:
            raise ConfigError(f"no playbook is called {name!r}; {find_nearest(name, list(self.plays))}")
        return self.plays[name]


def load_library(folder: Path | None = None) -> Library:
    """The shipped playbooks, and the team's from ``folder``/playbooks with texts from ``folder``/templates.

    ``folder`` is the one STAYSAIL_CONFIG names. Raises ConfigError with the problems of all files.
    """
    return _load_shipped() if folder is None else _load(folder)


@cache
def get_library(folder: Path | None = None) -> Library:
    """The library as this process uses it: read once. Raises ConfigError."""
    return load_library(folder)


def find_play(name: str, folder: Path | None = None) -> Playbook | None:
    """The playbook of that name; None when there is none. Raises ConfigError where files are wrong."""
    return get_library(folder).find(name)


def find_playbook_files(folder: Path | None) -> dict[str, Path]:
    """Playbook's name → the file that defines it, a team's own before the shipped one."""
    found = {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}
    if folder is not None:
        own = sorted((folder / "playbooks").glob("*"))
        found.update({path.stem: path for path in own if path.suffix in ENDINGS})
    return dict(sorted(found.items()))


@cache
def _load_shipped() -> Library:
    return _load(None)


@cache
def _read_shipped(path: Path) -> Any:
    return read_yaml(path)


def _load(folder: Path | None) -> Library:
    letters = Letters(folder)
    plays: dict[str, Playbook] = {}
    files = find_playbook_files(folder)
    problems = letters.find_problems()
    for name, path in files.items():
        try:
            document = _read_shipped(path) if path.parent == SHIPPED else read_yaml(path)
            plays[name] = read_playbook(path, document, letters)
        except ConfigError as error:
            problems.append(str(error))
    problems += _find_problems_between(plays, files)
    if problems:
        raise ConfigError("\n".join(problems))
    return Library(dict(sorted(plays.items())), letters)


def read_playbook(path: Path, document: Any, letters: Letters) -> Playbook:
    """The playbook a document describes. Raises ConfigError with file, step and remedy of every problem."""
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: not a playbook; it needs name, title, class and steps")
    marked = _mark(document, letters)
    try:
        play = Playbook.model_validate(marked)
    except ValidationError as error:
        raise ConfigError(describe_problems(path, marked, error)) from error
    if play.name != path.stem:
        raise ConfigError(f"{path}: name: {play.name!r} differs from the file's name; use name: {path.stem}")
    problems = [f"{path}: {problem}" for problem in _find_text_problems(play, letters)]
    if problems:
        raise ConfigError("\n".join(problems))
    return play


def _mark(value: Any, letters: Letters) -> Any:
    """The document with the templates' own marks written at the e-mails that use them."""
    if isinstance(value, list):
        return [_mark(each, letters) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: _mark(inner, letters) for key, inner in value.items()}
    if found.get("action") == "send_email" and letters.needs_yes(str(found.get("template"))):
        found["needs_yes"] = True
    return found


def _find_text_problems(play: Playbook, letters: Letters) -> Iterator[str]:
    for step in play.all_steps:
        template = getattr(step, "template", None)
        if template is not None and template not in letters.names:
            near = find_nearest(template, sorted(letters.names))
            yield f"step {step.name}: template: there is no templates/{template}.j2; {near}"
        for place, text in inline_texts(step):
            if problem := letters.find_text_problem(text):
                yield f"step {step.name}: {place}: {problem}"


def inline_texts(step: AnyStep) -> Iterator[tuple[str, str]]:
    """The jinja2 texts that stand in the step itself, each with its key."""
    match step.action:
        case "create_task":
            yield "details", step.details
        case "post_message" | "approval":
            yield "text", step.text
        case "crm_update":
            yield from ((f"set.{field}", text) for field, text in step.set.items())


def _find_problems_between(plays: Mapping[str, Playbook], files: Mapping[str, Path]) -> Iterator[str]:
    for play in plays.values():
        named = {step.name: step.play for step in play.all_steps if step.action == "start_play"}
        places = [(f"step {step}: play", name) for step, name in named.items()]
        places += [("replaces", name) for name in play.replaces]
        for place, name in places:
            if name not in files:
                near = find_nearest(name, list(files))
                yield f"{files[play.name]}: {place}: no playbook is called {name!r}; {near}"
        if circle := _find_circle(play.name, plays):
            yield (
                f"{files[play.name]}: plays start each other in a circle ({' → '.join(circle)}); "
                "take one of the start_play steps out"
            )


def _find_circle(start: str, plays: Mapping[str, Playbook]) -> list[str] | None:
    """The way from a playbook back to itself by start_play; None when there is none."""
    ways, seen = [[start]], set[str]()
    while ways:
        way = ways.pop()
        play = plays.get(way[-1])
        for step in play.all_steps if play else ():
            if step.action != "start_play":
                continue
            if step.play == start:
                return [*way, start]
            if step.play not in seen:
                seen.add(step.play)
                ways.append([*way, step.play])
    return None
