"""What an import did, or would do: the rows that came in, and the rows that are wrong."""

from dataclasses import dataclass
from datetime import date

#: Bad rows kept in full; beyond these they are only counted.
PROBLEMS_KEPT = 1000


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file, with the place and what to do about it."""

    file: str
    #: Line in the file, the header being line 1; None when the file as a whole is meant.
    line: int | None
    column: str | None
    value: str | None
    message: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file} line {self.line}"
        column = f", column {self.column}" if self.column else ""
        value = f" (found {self.value!r})" if self.value is not None else ""
        return f"{place}{column}: {self.message}{value}. {self.remedy}"


@dataclass(frozen=True)
class ColumnMatch:
    """Where a column of a file went."""

    header: str
    #: The canonical column; ``custom.…`` for a column kept as the team's own; None when ignored.
    column: str | None
    #: 1 for the canonical name, less for an alias or a guess.
    confidence: float


@dataclass(frozen=True)
class Change:
    """One value that differs from what was known."""

    key: str
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class FileReport:
    """One file: how it was read, and what its rows came to."""

    file: str
    table: str
    encoding: str
    separator: str
    columns: tuple[ColumnMatch, ...]
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    #: Of ``added``: rows of days that earlier imports covered; they count from the import's date on.
    late: int = 0
    #: Rows that repeat another one of the file exactly.
    duplicates: int = 0
    rejected: int = 0
    first_day: date | None = None
    last_day: date | None = None
    notes: tuple[str, ...] = ()
    examples: tuple[Change, ...] = ()
    rejects_file: str | None = None


@dataclass(frozen=True)
class ImportReport:
    """A whole import. ``loaded`` is False after a dry run and when a problem stopped it."""

    source: str
    recorded_on: date
    dry_run: bool
    loaded: bool
    #: Whether bad rows kept, or would keep, everything out.
    stopped: bool
    files: tuple[FileReport, ...]
    #: The first bad rows; ``problem_count`` counts all of them.
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0
    notes: tuple[str, ...] = ()
