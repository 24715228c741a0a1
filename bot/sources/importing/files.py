"""Which files an import reads, which table each holds, and which column is which."""

from dataclasses import dataclass
from pathlib import Path

from bot.errors import UserError
from bot.sources.importing.headers import SURE, Match, find_table, match_headers
from bot.sources.importing.report import Problem
from bot.sources.importing.staging import Source
from bot.sources.importing.tables import TABLES, Table
from bot.sources.importing.textfile import TextFile, open_text_file

CSV_ENDINGS = (".csv", ".tsv", ".txt")
YAML_ENDINGS = (".yaml", ".yml")


class NothingToImport(UserError):
    """The path names nothing that can be imported; the text says what can."""


@dataclass(frozen=True)
class Planned:
    """A source, the table it goes to, and where its columns go."""

    source: Source
    table: Table
    matches: tuple[Match, ...]
    encoding: str
    separator: str
    notes: tuple[str, ...]


def find_paths(path: Path) -> list[Path]:
    """The files to read: the file itself, or those of a folder. Raises NothingToImport."""
    if path.is_file():
        if path.suffix.lower() not in (*CSV_ENDINGS, *YAML_ENDINGS):
            endings = ", ".join((*CSV_ENDINGS, *YAML_ENDINGS))
            raise NothingToImport(f"{path.name}: only {endings} can be imported. Export it as CSV.")
        return [path]
    if not path.exists():
        raise NothingToImport(f"{path} does not exist. Give a folder of CSV files, or one file.")
    found = sorted(
        p
        for p in path.iterdir()
        if p.suffix.lower() in (*CSV_ENDINGS, *YAML_ENDINGS)
        and p.is_file()
        and not p.name.endswith(".rejected.csv")
        and not p.name.startswith(".")
    )
    if not found:
        names = ", ".join(f"{table.name}.csv" for table in TABLES)
        raise NothingToImport(f"{path} holds no CSV or YAML file. Put any of these there: {names}.")
    return found


def plan_mapped(source: Source, table: Table, matches: tuple[Match, ...]) -> Planned | Problem:
    """How to load a source whose columns are known; the problem when required ones are not there."""
    return find_missing(source, table, matches) or Planned(source, table, matches, "", "", ())


def plan_file(path: Path) -> Planned | Problem | str:
    """How to load a CSV file; the problem when that cannot be told; a note when there is nothing in it."""
    if path.stat().st_size == 0:
        return f"{path.name} is empty"
    text = open_text_file(path)
    if not any(text.headers):
        return f"{path.name} has no header; nothing came in from it"
    table, confidence = find_table(path.stem, text.headers)
    if table is None or confidence < SURE:
        return _unknown_table(text, table, confidence)
    matches = match_headers(text.headers, table)
    problem = find_missing(text, table, matches)
    if problem is not None:
        return problem
    notes = (*text.notes, *describe_weak(matches))
    if path.stem != table.name:
        notes = (f"taken for {table.name} ({confidence:.0%} sure)", *notes)
    return Planned(text, table, matches, text.encoding, text.separator, notes)


def find_missing(source: Source, table: Table, matches: tuple[Match, ...]) -> Problem | None:
    """The problem of a source that lacks required columns, with a mapping to begin with."""
    repeated = sorted({h for h in source.headers if h and source.headers.count(h) > 1})
    if repeated:
        message = f"the header names {', '.join(repeated)} more than once"
        return Problem(source.name, 1, repeated[0], None, message, "Rename or remove one of them")
    found = {m.column.name for m in matches if m.column}
    missing = [c.name for c in table.required if c.name not in found]
    if not missing:
        return None
    guesses = [f"{m.header} → {m.weak.name}?" for m in matches if m.weak and m.weak.name in missing]
    guess = f" (perhaps {', '.join(guesses)}; not sure enough to use)" if guesses else ""
    message = f"{table.name} needs the columns {', '.join(missing)}, which are not there{guess}"
    remedy = (
        "Add them, or say in a mapping file (--mapping) which columns hold them: see docs/importing.md. "
        f"The header is: {', '.join(source.headers)}"
    )
    return Problem(source.name, 1, missing[0], None, message, remedy)


def describe_weak(matches: tuple[Match, ...]) -> tuple[str, ...]:
    """A note for each column that was nearly taken for a canonical one."""
    used = {m.column.name for m in matches if m.column}
    return tuple(
        f"{m.header} may mean {m.weak.name}; too unsure to use, so rename it or map it"
        for m in matches
        if m.weak and m.weak.name not in used and not m.column
    )


def _unknown_table(text: TextFile, table: Table | None, confidence: float) -> Problem:
    guess = f"; the nearest is {table.name} ({confidence:.0%})" if table else ""
    names = ", ".join(f"{t.name}.csv" for t in TABLES)
    return Problem(
        text.name,
        None,
        None,
        None,
        f"cannot be told what this file holds{guess}",
        f"Name it as one of {names}, or describe it in a mapping file (--mapping): see docs/importing.md",
    )
