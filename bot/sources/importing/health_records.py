"""Health records in YAML (SPEC H11): an account, its facts, five dimensions of 0–10 with their inputs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.sources.importing.headers import Match
from bot.sources.importing.report import Problem
from bot.sources.importing.tables import Table
from bot.sources.importing.textfile import CHUNK_ROWS, Chunk

#: Names a list of records may stand under.
_LISTS = ("accounts", "records", "health_records", "customers")
#: Names one record may stand under.
_WRAPPERS = ("customer_health", "health_score", "health_record", "record", "customer")
_DIMENSIONS = ("dimensions", "scores", "health")
_SCORE = ("score", "value", "rating")
_DAY = ("date", "as_of", "day", "scored_on", "updated")
#: What a record says of the account itself, and the column it goes to.
_FACTS = {
    "account": "name",
    "name": "name",
    "id": "id",
    "account_id": "id",
    "arr": "arr",
    "tier": "segment",
    "segment": "segment",
    "csm": "csm_email",
    "csm_email": "csm_email",
    "renewal_date": "renewal_on",
    "renewal_on": "renewal_on",
    "domain": "domain",
    "stage": "stage",
    "plan": "plan",
    "seats": "seats",
}
#: The dimensions that the shipped model reads, by the names they go by.
_NAMES = {
    "product_usage": "product_usage",
    "engagement": "engagement",
    "relationship": "relationship",
    "outcomes": "outcomes",
    "financial": "financial",
    "usage": "product_usage",
    "product": "product_usage",
    "financial_health": "financial",
    "outcome": "outcomes",
}
_ADVICE = "See the example in docs/importing.md"
_LARGEST_BYTES = 32 * 1024 * 1024


class _LineLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Mappings know the line they begin on; dates and numbers stay as they are written."""


def _construct_mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    found["__line__"] = node.start_mark.line + 1
    return found


def _construct_text(loader: Any, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_LineLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)
for _tag in ("int", "float", "timestamp", "bool"):
    _LineLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _construct_text)


@dataclass(frozen=True)
class RecordSource:
    """Rows made of health records, read as if they were a canonical file."""

    name: str
    stem: str
    headers: tuple[str, ...]
    lines: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]

    def find_line(self, line: int) -> int:
        """The line of the file that a row's record begins on."""
        return self.lines[line - 1]

    def with_addresses(self, addresses: Mapping[str, str]) -> "RecordSource":
        """The same rows with CSMs' names replaced by their addresses; a name nobody has stays in
        ``custom.csm``, since a person is known by an address."""
        if "csm_email" not in self.headers:
            return self
        at = self.headers.index("csm_email")
        rows = []
        for row in self.rows:
            said = row[at]
            address = said if "@" in said else addresses.get(said.casefold(), "")
            rows.append((*row[:at], address, *row[at + 1 :], "" if address else said))
        return replace(self, headers=(*self.headers, "custom.csm"), rows=tuple(rows))

    def read_chunks(self) -> Iterator[Chunk]:
        """The rows in order, some at a time."""
        for at in range(0, len(self.rows), CHUNK_ROWS):
            rows = [list(row) for row in self.rows[at : at + CHUNK_ROWS]]
            yield Chunk(list(range(at + 1, at + 1 + len(rows))), rows, [])


@dataclass(frozen=True)
class HealthRecords:
    """What a file of health records says: rows of accounts.csv and signals.csv, and what is wrong."""

    accounts: RecordSource
    signals: RecordSource
    problems: tuple[Problem, ...]


def load_health_records(path: Path, recorded_on: date, known: Mapping[str, str]) -> HealthRecords:
    """Read a file of health records.

    ``known`` gives the ids of the accounts there are by their names in lower case, so that a record that
    names an account without its id finds it; a new one gets an id made of its name. A dimension becomes
    the signal ``health_<dimension>``, an input of it ``health_<dimension>.<input>``.
    """
    reader = _Reader(path.name, recorded_on, known)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            message = f"is larger than {_LARGEST_BYTES // 2**20} MB"
            reader.refuse(None, None, None, message, "Split it, or write signals.csv instead")
        else:
            for document in yaml.load_all(path.read_text(encoding="utf-8-sig"), _LineLoader):
                reader.read(document)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        said = re.sub(r"\s+", " ", str(getattr(error, "problem", None) or error))
        reader.refuse(mark.line + 1 if mark else None, None, None, f"is not YAML: {said}", "Correct the line")
    return reader.finish()


def match_record(header: str, table: Table) -> Match:
    """Where a column of a record's rows goes."""
    if header.startswith("custom."):
        return Match(header, None, 0.0, custom=header.removeprefix("custom."))
    return Match(header, table.get_column(header), 1.0)


class _Reader:
    def __init__(self, file: str, recorded_on: date, known: Mapping[str, str]) -> None:
        self._file = file
        self._on = recorded_on
        self._known = known
        self._problems: list[Problem] = []
        self._accounts: list[tuple[int, dict[str, str]]] = []
        self._signals: list[tuple[int, tuple[str, ...]]] = []

    def refuse(self, line: int | None, column: str | None, value: Any, message: str, remedy: str) -> None:
        shown = None if value is None else str(value)[:200]
        self._problems.append(Problem(self._file, line, column, shown, message, remedy))

    def read(self, document: Any) -> None:
        """Take in a document: a record, a list of them, or either under a name."""
        if document is None:
            return
        if isinstance(document, list):
            for record in document:
                self.read(record)
            return
        if not isinstance(document, dict):
            self.refuse(None, None, document, "is no health record", _ADVICE)
            return
        keys = {_plain(key): key for key in document if key != "__line__"}
        if {"sources", "tables"} <= set(keys):
            self.refuse(1, None, None, "is a mapping file, not a health record", "Give it with --mapping")
            return
        inner = next((document[keys[k]] for k in (*_LISTS, *_WRAPPERS) if k in keys and len(keys) == 1), None)
        if isinstance(inner, dict | list):
            self.read(inner)
        else:
            self._read_record(document)

    def _read_record(self, record: dict[Any, Any]) -> None:
        line = int(record["__line__"])
        facts: dict[str, str] = {}
        dimensions: dict[str, Any] = {}
        day = self._on.isoformat()
        for key, value in record.items():
            plain = _plain(key)
            if key == "__line__" or value is None or isinstance(value, list):
                continue
            if isinstance(value, dict):
                dimensions.update(value if plain in _DIMENSIONS else {key: value})
            elif _NAMES.get(plain) and plain not in _FACTS:
                dimensions[key] = value
            elif plain in _DAY:
                day = str(value)
            else:
                facts[_FACTS.get(plain, f"custom.{plain}")] = str(value)
        account = self._add_account(line, facts)
        for key, value in dimensions.items() if account else ():
            if key != "__line__":
                self._read_dimension(line, account, day, _plain(key), value)

    def _add_account(self, line: int, facts: dict[str, str]) -> str:
        """The id of the record's account; empty, with a problem, when the record does not name one."""
        if "name" not in facts and "id" not in facts:
            self.refuse(line, "account", None, "the record does not say which account it is of", _ADVICE)
            return ""
        name = facts.setdefault("name", facts.get("id", ""))
        facts.setdefault("id", self._known.get(name.casefold(), _plain(name)))
        self._accounts.append((line, facts))
        return facts["id"]

    def _read_dimension(self, line: int, account: str, day: str, name: str, value: Any) -> None:
        signal = f"health_{_NAMES.get(name, name)}"
        if not isinstance(value, dict):
            self._add(line, account, day, signal, value, of_ten=True)
            return
        line = int(value.get("__line__", line))
        for key, inner in value.items():
            plain = _plain(key)
            if key == "__line__" or inner is None or plain == "weight":
                continue
            if plain in _SCORE:
                self._add(line, account, day, signal, inner, of_ten=True)
            elif isinstance(inner, dict):
                for input_, number in inner.items():
                    if input_ != "__line__":
                        self._add(line, account, day, f"{signal}.{_plain(input_)}", number)
            else:
                self._add(line, account, day, f"{signal}.{plain}", inner)

    def _add(
        self, line: int, account: str, day: str, signal: str, value: Any, *, of_ten: bool = False
    ) -> None:
        number = parse_input(value)
        if number is None and not of_ten:
            # Inputs in words are remarks for people: there is nothing to score in them.
            return
        if number is None or (of_ten and not 0 <= number <= 10):
            self.refuse(line, signal, value, "is no number from 0 to 10", "Write the dimension as 0 to 10")
            return
        self._signals.append((line, (account, day, signal, repr(number))))

    def finish(self) -> HealthRecords:
        columns = tuple(dict.fromkeys(column for _, facts in self._accounts for column in facts))
        rows = tuple(tuple(facts.get(c, "") for c in columns) for _, facts in self._accounts)
        stem = Path(self._file).stem
        accounts = RecordSource(
            self._file, f"{stem}.accounts", columns, tuple(line for line, _ in self._accounts), rows
        )
        signals = RecordSource(
            self._file,
            f"{stem}.signals",
            ("account_id", "day", "name", "value"),
            tuple(line for line, _ in self._signals),
            tuple(row for _, row in self._signals),
        )
        return HealthRecords(accounts, signals, tuple(self._problems))


def parse_input(value: Any) -> float | None:
    """The number an input says: ``35%`` is .35, yes and true are 1, no and false 0; None for words."""
    text = str(value).strip().casefold()
    if text in ("true", "yes"):
        return 1.0
    if text in ("false", "no"):
        return 0.0
    percent = text.endswith("%")
    plain = text.rstrip("%").strip().replace("$", "").replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", plain):
        return None
    return float(plain) / 100 if percent else float(plain)


def _plain(key: Any) -> str:
    return re.sub(r"[^0-9a-z]+", "_", str(key).casefold()).strip("_")
