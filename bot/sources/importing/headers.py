"""Which column of a file is which: canonical names, other tools' names, and guesses with a confidence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from bot.sources.importing.report import ColumnMatch
from bot.sources.importing.tables import BY_NAME, TABLES, Column, Table

#: Below this a guess is shown, not used.
SURE = 0.80
#: What a file of rejected rows says of each; no column of anybody's.
PROBLEM_COLUMN = "staysail_problem"
_ALIAS = 0.95
_GUESS = 0.97


@dataclass(frozen=True)
class Match:
    """Where the cells under a header go: a canonical column, the team's own columns, or nowhere."""

    header: str
    column: Column | None
    confidence: float
    custom: str = ""
    #: The column a header may have meant, when the guess was too weak to use.
    weak: Column | None = None

    def show(self) -> ColumnMatch:
        """The match as the report shows it."""
        if self.column is not None:
            return ColumnMatch(self.header, self.column.name, self.confidence)
        return ColumnMatch(self.header, f"custom.{self.custom}" if self.custom else None, 0.0)


def normalise_header(header: str) -> str:
    """Letters and digits alone, in lower case; ``NextRenewalDate`` and ``next_renewal date`` are one."""
    return re.sub(r"[^0-9a-z]+", "", header.casefold())


def match_headers(headers: Sequence[str], table: Table) -> tuple[Match, ...]:
    """A match for every header, in order. No column is used twice: the surest header has it."""
    scores: list[tuple[float, int, Column]] = []
    for i, header in enumerate(headers):
        for column in table.columns:
            scores.append((score_header(header, column), i, column))
    scores.sort(key=lambda item: -item[0])
    taken: dict[int, tuple[float, Column]] = {}
    used: set[str] = set()
    weak: dict[int, Column] = {}
    for score, i, column in scores:
        if i in taken or column.name in used or score < 0.6:
            continue
        if score < SURE:
            weak.setdefault(i, column)
            continue
        taken[i] = (score, column)
        used.add(column.name)
    return tuple(_match(i, header, table, taken, weak) for i, header in enumerate(headers))


def _match(
    i: int, header: str, table: Table, taken: dict[int, tuple[float, Column]], weak: dict[int, Column]
) -> Match:
    if i in taken:
        score, column = taken[i]
        return Match(header, column, round(score, 2))
    if table.name == "accounts" and header and header != PROBLEM_COLUMN:
        return Match(header, None, 0.0, custom=header.removeprefix("cf_"), weak=weak.get(i))
    return Match(header, None, 0.0, weak=weak.get(i))


def score_header(header: str, column: Column) -> float:
    """How surely a header names a column, 0 to 1."""
    name = normalise_header(header)
    # `cf_` marks a column as the team's own in other tools' exports.
    if not name or header.casefold().startswith("cf_"):
        return 0.0
    if name == normalise_header(column.name):
        return 1.0
    names = [normalise_header(alias) for alias in column.aliases]
    if name in names:
        # Earlier aliases are the commoner meaning, so that of two headers the better one wins.
        return _ALIAS - 0.001 * names.index(name)
    if len(name) < 4:
        return 0.0
    closest = max(fuzz.ratio(name, other) for other in (normalise_header(column.name), *names))
    return _GUESS * closest / 100


def find_table(stem: str, headers: Sequence[str]) -> tuple[Table | None, float]:
    """The table a file holds, by its name, else by its headers; with a confidence."""
    name = stem.casefold().removesuffix(".rejected")
    for table in TABLES:
        for alias in (table.name, *table.aliases):
            plain = alias.replace(" ", "_")
            if re.fullmatch(rf"{plain}(?:[-_. ]?\d[\d\-_.]*)?", re.sub(r"[ \-]", "_", name)):
                return table, 1.0 if alias == table.name else _ALIAS
    ranked = sorted(((_score_table(headers, table), table.name) for table in TABLES), reverse=True)
    (best, chosen), (second, _) = ranked[0], ranked[1]
    # Two tables that fit alike are not told apart by a hair.
    confidence = best if best - second > 0.1 else best * 0.8
    return (BY_NAME[chosen], round(confidence, 2)) if best else (None, 0.0)


def _score_table(headers: Sequence[str], table: Table) -> float:
    matches = match_headers(headers, table)
    found = {m.column.name: m.confidence for m in matches if m.column}
    if any(column.name not in found for column in table.required):
        return 0.0
    required = sum(found[c.name] for c in table.required) / len(table.required)
    recognised = sum(1 for m in matches if m.column) / len(matches)
    return 0.6 * required + 0.4 * recognised
