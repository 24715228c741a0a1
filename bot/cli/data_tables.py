"""What an import did, as tables for the terminal."""

from rich import box
from rich.table import Table

from bot.sources.importing import FileReport, ImportReport

_COUNTS = ("rows", "added", "changed", "unchanged", "late", "duplicates", "rejected")
#: Shown only where some file has any.
_SELDOM = ("changed", "unchanged", "late", "duplicates", "rejected")


def build_files_table(report: ImportReport) -> Table:
    """A line for each file: what its rows came to."""
    shown = [c for c in _COUNTS if c not in _SELDOM or any(getattr(file, c) for file in report.files)]
    table = Table(title="Would come in" if report.dry_run else None, box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("file", overflow="fold")
    for heading in shown:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("days", no_wrap=True)
    for file in report.files:
        same = file.file.rpartition(".")[0] == file.table
        name = file.file if same else f"{file.file} → {file.table}"
        days = f"{file.first_day} – {file.last_day}" if file.first_day else ""
        table.add_row(name, *(f"{getattr(file, c):,}" for c in shown), days)
    return table


def build_columns_table(file: FileReport) -> Table:
    """Where each column of a file went, and how sure that is."""
    table = Table(title=f"Columns of {file.file}", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("column")
    table.add_column("read as")
    table.add_column("sure", justify="right")
    for match in file.columns:
        sure = f"{match.confidence:.0%}" if match.confidence else ""
        table.add_row(match.header, match.column or "(ignored)", sure)
    return table


def build_remarks(report: ImportReport) -> list[str]:
    """What else is worth saying: a line for each note and, after a dry run, for examples of changes."""
    lines = list(report.notes)
    for file in report.files:
        lines += [f"{file.file}: {note}" for note in file.notes]
        for change in file.examples if report.dry_run else ():
            lines.append(f"{file.file}: {change.key}, {change.column}: {change.before} → {change.after}")
    return lines


def build_summary(report: ImportReport) -> str:
    """One sentence: what happened, and what to do next."""
    problems = f"{report.problem_count:,} problem{'s' if report.problem_count != 1 else ''}"
    if report.stopped:
        verb = "would come" if report.dry_run else "came"
        return (
            f"Nothing {verb} in: {problems}. Correct the rows, or use --skip-bad to load the others "
            "and have these written to a file."
        )
    added = sum(file.added for file in report.files)
    changed = sum(file.changed for file in report.files)
    done = "would be" if report.dry_run else "were"
    text = f"{added:,} rows {done} added and {changed:,} changed, recorded on {report.recorded_on}."
    if report.problem_count:
        written = ", ".join(file.rejects_file for file in report.files if file.rejects_file)
        text += f" {problems}, left out" + (f": see {written}." if written else ".")
    return f"{text} Nothing was written." if report.dry_run else text
