"""CSV files as people export them: any of four encodings, any of four separators, read in bounded memory."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.errors import UserError
from bot.sources.importing.report import Problem

CHUNK_ROWS = 4096
_BLOCK_BYTES = 1 << 20
_SEPARATORS = (",", ";", "\t", "|")
#: A cell beyond this is a quote that was opened and never closed.
_LONGEST_CELL = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Rows(Protocol):
    """What ``csv.reader`` returns."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


class UnreadableFile(UserError):
    """A file is not text that can be read as a table."""


@dataclass(frozen=True)
class Chunk:
    """Some rows of a source: where each begins, and its cells, one for every header."""

    lines: list[int]
    rows: list[list[str]]
    problems: list[Problem]


@dataclass(frozen=True)
class TextFile:
    """A CSV file whose form is known. ``headers`` is empty when the file has not one line."""

    path: Path
    encoding: str
    separator: str
    headers: tuple[str, ...]
    notes: tuple[str, ...] = ()
    #: Lines before the header: Excel's ``sep=;``.
    skipped: int = 0

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def stem(self) -> str:
        return self.path.stem

    def find_line(self, line: int) -> int:
        """The line of the file: the line itself."""
        return line

    def read_chunks(self) -> Iterator[Chunk]:
        """The rows after the header, ``CHUNK_ROWS`` at a time; rows of the wrong width become problems."""
        with self.path.open(encoding=self.encoding, newline="") as stream:
            for _ in range(self.skipped):
                stream.readline()
            reader = csv.reader(stream, delimiter=self.separator, strict=True)
            chunk = Chunk([], [], [])
            for line, row, problem in self._read_rows(reader):
                if problem is not None:
                    chunk.problems.append(problem)
                elif row:
                    chunk.lines.append(line)
                    chunk.rows.append(row)
                if len(chunk.lines) + len(chunk.problems) >= CHUNK_ROWS:
                    yield chunk
                    chunk = Chunk([], [], [])
            yield chunk

    def _read_rows(self, reader: Rows) -> Iterator[tuple[int, list[str], Problem | None]]:
        width = len(self.headers)
        next(reader, None)
        while True:
            line = reader.line_num + 1 + self.skipped
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, [], self._broken(line, error)
                continue
            if len(row) == width:
                yield line, row, None
            elif any(cell.strip() for cell in row):
                yield line, row, self._ragged(line, row)

    def _ragged(self, line: int, row: list[str]) -> Problem:
        return Problem(
            self.name,
            line,
            None,
            self.separator.join(row)[:200],
            f"{len(row)} cells where the header has {len(self.headers)}",
            'Put text that contains the separator between double quotes ("…")',
        )

    def _broken(self, line: int, error: csv.Error) -> Problem:
        remedy = 'Close every double quote, and write a quote inside a cell twice ("")'
        return Problem(self.name, line, None, None, f"the quotes do not match up: {error}", remedy)


def open_text_file(path: Path) -> TextFile:
    """How the file at ``path`` is written. Raises UnreadableFile when it is not text."""
    csv.field_size_limit(_LONGEST_CELL)
    encoding, notes = _find_encoding(path)
    with path.open(encoding=encoding, newline="") as stream:
        first = stream.readline()
        skipped = 0
        if first.lower().startswith("sep=") and len(first.strip()) == 5:
            skipped, first = 1, stream.readline()
    separator = _find_separator(first)
    with path.open(encoding=encoding, newline="") as stream:
        for _ in range(skipped):
            stream.readline()
        try:
            header = next(csv.reader(stream, delimiter=separator, strict=True), [])
        except csv.Error as error:
            raise UnreadableFile(f"{path.name} line 1: the header cannot be read: {error}") from error
    return TextFile(path, encoding, separator, tuple(cell.strip() for cell in header), notes, skipped)


def _find_encoding(path: Path) -> tuple[str, tuple[str, ...]]:
    """The encoding and what is worth saying about it. The whole file is decoded once, block by block."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name, ()
    guessed = _find_utf16(head)
    if guessed:
        return guessed, ("no byte order mark; read as UTF-16",)
    for name, note in (("utf-8", ()), ("cp1252", ("not UTF-8; read as Windows-1252",))):
        if _decodes(path, name):
            return name, note
    raise UnreadableFile(
        f"{path.name} is neither UTF-8, UTF-16 nor Windows-1252 text. "
        "Save it as CSV UTF-8 and import it again."
    )


def _find_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Latin text is zero."""
    if len(head) < 8:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.7 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.7 and odd < half * 0.1:
        return "utf-16-be"
    return None


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        try:
            while block := stream.read(_BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _find_separator(header: str) -> str:
    """The separator that splits the header into most cells; a comma where nothing does."""
    counts = {s: len(next(csv.reader([header], delimiter=s), [])) for s in _SEPARATORS}
    return max(_SEPARATORS, key=lambda separator: counts[separator])
