"""The bad rows of a file, as they were, with what is wrong: ready to be corrected and imported again."""

import csv
from pathlib import Path

from bot.sources.importing.headers import PROBLEM_COLUMN
from bot.sources.importing.staging import BadRows, Source


def write_rejects(source: Source, bad: BadRows, folder: Path) -> Path:
    """Write ``<file>.rejected.csv`` to ``folder``: the file's columns and what is wrong. Returns its path."""
    path = folder / f"{source.stem}.rejected.csv"
    wanted = set(bad.lines)
    # Of rejects imported once more, the old remarks go.
    kept = [i for i, header in enumerate(source.headers) if header != PROBLEM_COLUMN]
    headers = [source.headers[i] for i in kept]
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*headers, PROBLEM_COLUMN])
        for chunk in source.read_chunks():
            for line, row in zip(chunk.lines, chunk.rows, strict=True):
                if line in wanted:
                    writer.writerow(
                        [*(row[i] for i in kept), bad.reasons.get(line, "see the import's report")]
                    )
            for problem in chunk.problems:
                blank = [problem.value or "", *[""] * (len(headers) - 1)]
                writer.writerow([*blank, f"line {problem.line}: {problem.message}"])
    return path
