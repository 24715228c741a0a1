"""One import from a path to a report: everything comes in, or nothing does."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.errors import UserError
from bot.models import ImportRun
from bot.sources.importing.checks import drop_duplicates, refuse_unknown_parents
from bot.sources.importing.coverage import Span, find_covered, find_staged_span, mark_complete
from bot.sources.importing.files import Planned, find_paths, plan_file
from bot.sources.importing.merge import Merged, Moment, merge_facts
from bot.sources.importing.merge_accounts import advance_sequence, merge_accounts, merge_people
from bot.sources.importing.merge_usage import merge_usage
from bot.sources.importing.rejects import write_rejects
from bot.sources.importing.report import FileReport, ImportReport, Problem
from bot.sources.importing.staging import BadRows, Cursor, Problems, Progress, find_styles, stage_source
from bot.sources.importing.tables import TABLES
from bot.sources.importing.values import Context

#: Names the lock "data is being imported" in this database.
_LOCK = 4_117_902_335


class OutOfOrder(UserError):
    """An import for a day before the newest one: what was known then cannot be changed any more."""


@dataclass
class _Import:
    """What the steps of one import share."""

    cursor: Cursor
    moment: Moment
    zone: ZoneInfo
    problems: Problems
    rejects: Path | None
    progress: Progress | None
    #: Feeds' spans before this import, so that a second file of a feed is not late because of the first.
    covered: dict[str, Span | None]
    days: set[date]


def import_path(
    session: Session,
    path: Path,
    *,
    recorded_on: date,
    now: datetime,
    zone: ZoneInfo,
    mapping: Path | None = None,
    dry_run: bool = False,
    skip_bad: bool = False,
    backfill: bool = False,
    rejects: Path | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Load a folder of CSV files, one CSV file, or YAML health records (SPEC D1, H11).

    ``recorded_on`` is the team-local date from which changes count as known. All rows come in or, when one
    is bad and ``skip_bad`` is off, none: the session is as before then, as it is after a ``dry_run``.
    Rejected rows are written to ``rejects`` (default: the current folder). ``progress`` is called with a
    file's name and a number of rows, again and again. The caller commits.

    Raises UserError when the path, the mapping or the date cannot be used at all.
    """
    paths = find_paths(path)
    savepoint = session.begin_nested()
    try:
        run = _begin(session, recorded_on, zone, backfill, progress)
        run.rejects = (rejects or Path.cwd()) if skip_bad and not dry_run else None
        files, notes = _load(run, paths)
        stopped = run.problems.count > 0 and not skip_bad
        if not stopped:
            _refresh_sheets(session, run.days)
    except BaseException:
        savepoint.rollback()
        raise
    if stopped or dry_run:
        savepoint.rollback()
    else:
        advance_sequence(run.cursor)
        session.add(ImportRun(source=str(path), recorded_on=recorded_on, at=now, counts=_count(files)))
        savepoint.commit()
    return ImportReport(
        source=str(path),
        recorded_on=recorded_on,
        dry_run=dry_run,
        loaded=not stopped and not dry_run,
        stopped=stopped,
        files=tuple(files),
        problems=tuple(run.problems.kept),
        problem_count=run.problems.count,
        notes=tuple(notes),
    )


def _begin(session: Session, on: date, zone: ZoneInfo, backfill: bool, progress: Progress | None) -> _Import:
    session.flush()
    # Two imports at once would each miss what the other one adds.
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    newest = session.scalar(select(func.max(ImportRun.recorded_on)))
    if newest is not None and newest > on:
        raise OutOfOrder(
            f"The newest import counts as recorded on {newest}, after {on}. What was known in between would "
            f"change. Import with --on {newest} or later; --backfill lets late rows count on their own days."
        )
    # Large files take longer than a statement of the application may.
    session.execute(text("set local statement_timeout = 0"))
    session.execute(text("set local work_mem = '64MB'"))
    connection: Any = session.connection().connection.driver_connection
    moment = Moment(on, zone.key, backfill)
    return _Import(connection.cursor(), moment, zone, Problems(), None, progress, {}, set())


def _load(run: _Import, paths: Sequence[Path]) -> tuple[list[FileReport], list[str]]:
    planned: list[Planned] = []
    notes: list[str] = []
    for path in paths:
        plan = plan_file(path)
        if isinstance(plan, str):
            notes.append(plan)
        elif isinstance(plan, Problem):
            run.problems.add(plan)
        else:
            planned.append(plan)
    order = [table.name for table in TABLES]
    planned.sort(key=lambda plan: (order.index(plan.table.name), plan.source.name))
    return [_load_file(run, plan) for plan in planned], notes


class _FeatureNumbers(dict[str, int]):
    """Numbers of the features by name; one that is new gets the next number."""

    def __init__(self, cursor: Cursor) -> None:
        cursor.execute("select name, id from feature")
        super().__init__(cursor.fetchall())
        self.added: list[tuple[int, str]] = []

    def __missing__(self, name: str) -> int:
        number = self[name] = max(self.values(), default=-1) + 1
        self.added.append((number, name))
        return number


def _load_file(run: _Import, plan: Planned) -> FileReport:
    cursor, table = run.cursor, plan.table
    features = _FeatureNumbers(cursor)
    context = Context(
        run.moment.on, run.zone, dict(cursor.execute("select external_id, id from account")), features
    )
    styles = find_styles(plan.source, plan.matches, {}, {})
    bad = BadRows(run.problems)
    staged = stage_source(cursor, plan.source, table, plan.matches, context, styles, bad, run.progress)
    cursor.executemany("insert into feature (id, name) values (%s, %s)", features.added)
    duplicates = drop_duplicates(cursor, plan.source, staged, bad)
    if table.name == "accounts":
        refuse_unknown_parents(cursor, plan.source, staged, bad)
    span = find_staged_span(cursor, table, run.moment.zone)
    merged = _merge(run, staged, span)
    written = write_rejects(plan.source, bad, run.rejects) if bad.count and run.rejects else None
    return FileReport(
        file=plan.source.name,
        table=table.name,
        encoding=plan.encoding,
        separator=plan.separator,
        columns=tuple(match.show() for match in plan.matches),
        rows=staged.rows,
        added=merged.added,
        changed=merged.changed,
        unchanged=merged.unchanged,
        late=merged.late,
        duplicates=duplicates,
        rejected=bad.count,
        first_day=span.first if span else None,
        last_day=span.last if span else None,
        notes=(*plan.notes, *styles.notes, *merged.notes),
        examples=merged.examples,
        rejects_file=str(written) if written else None,
    )


def _merge(run: _Import, staged: Any, span: Span | None) -> Merged:
    cursor, table, moment = run.cursor, staged.table, run.moment
    if table.name == "people":
        return merge_people(cursor, staged)
    if table.name == "accounts":
        return merge_accounts(cursor, staged, moment)
    if table.feed not in run.covered:
        run.covered[table.feed] = find_covered(cursor, table.feed)
    covered = run.covered[table.feed]
    merged = (merge_usage if table.name == "usage_daily" else merge_facts)(cursor, staged, moment, covered)
    told = span if table.own_day else Span(moment.on, moment.on)
    new_days = (
        mark_complete(cursor, table.feed, told, covered, moment.on, backfill=moment.backfill) if told else []
    )
    if table.name == "usage_daily":
        run.days.update(merged.days, new_days)
    return merged


def _refresh_sheets(session: Session, days: set[date]) -> None:
    """Let the sheets that scores read follow the days whose use has changed."""
    if not days:
        return
    with suppress(ModuleNotFoundError):
        refresh: Callable[..., object] = import_module("scoring.sheets").refresh_sheets
        refresh(session, sorted(days))


def _count(files: Sequence[FileReport]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for file in files:
        for what in ("added", "changed", "unchanged", "late", "rejected"):
            counts[file.table][what] += getattr(file, what)
    return {table: dict(row) for table, row in counts.items()}
