"""One import from a path to a report: everything comes in, or nothing does."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.errors import UserError
from bot.jobs import ask_for_job
from bot.models import Account, ImportRun
from bot.sources.importing.files import YAML_ENDINGS, Planned, find_paths, plan_file
from bot.sources.importing.loading import Run, load_source
from bot.sources.importing.mapping import load_mapping
from bot.sources.importing.merge import Moment
from bot.sources.importing.merge_accounts import advance_sequences
from bot.sources.importing.planning import plan_mapping, plan_records
from bot.sources.importing.report import FileReport, ImportReport, Problem
from bot.sources.importing.staging import Problems, Progress
from bot.sources.importing.tables import ACCOUNTS, PEOPLE, TABLES
from scoring.sheets import refresh_sheets
from scoring.stored import outdate_scores

#: Names the lock "data is being imported" in this database.
_LOCK = 4_117_902_335

#: Rows of use that the making of sheets holds in memory.
_ROWS_AT_ONCE = 25_000


class RefusedByDatabase(UserError):
    """Something in the data that the checks before did not foresee."""


class OutOfOrder(UserError):
    """An import for a day before the newest one: what was known then cannot be changed any more."""


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
    # A mapping says itself which files it reads.
    paths = [] if mapping is not None else find_paths(path)
    savepoint = session.begin_nested()
    try:
        run = _begin(session, recorded_on, zone, backfill, skip_bad, progress)
        run.rejects = (rejects or Path.cwd()) if skip_bad and not dry_run else None
        files, notes = _load(run, paths, mapping, path)
        stopped = run.problems.count > 0 and not skip_bad
        if not stopped:
            _refresh_sheets(session, run.days)
    except BaseException as error:
        savepoint.rollback()
        if isinstance(error, psycopg.DataError | psycopg.IntegrityError):
            raise RefusedByDatabase(
                f"The database refuses the data, and nothing came in: {error.diag.message_primary}. "
                "Import the files one by one to find the one. That no row was named is a fault of Staysail's."
            ) from error
        raise
    if stopped or dry_run:
        savepoint.rollback()
    else:
        if run.since is not None:
            outdate_scores(session, since=run.since)
        advance_sequences(run.cursor)
        ask_for_job(session, "arrivals")
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


def _begin(
    session: Session, on: date, zone: ZoneInfo, backfill: bool, skip_bad: bool, progress: Progress | None
) -> Run:
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
    return Run(connection.cursor(), moment, zone, Problems(), None, progress, {}, set(), set(), skip_bad)


def _load(
    run: Run, paths: Sequence[Path], mapping: Path | None, root: Path
) -> tuple[list[FileReport], list[str]]:
    """Load every source, those that others refer to first."""
    notes: list[str] = []
    plans: list[Planned | Problem | str] = []
    if mapping is not None:
        plans, notes = plan_mapping(run, load_mapping(mapping), root if root.is_dir() else root.parent)
    plans += [plan_file(path) for path in paths if path.suffix.lower() not in YAML_ENDINGS]
    files = _load_plans(run, [plan for plan in plans if _is_first(plan)], notes)
    # Records name accounts and people, which the files before may have brought.
    rest = [plan for plan in plans if not _is_first(plan)]
    for path in paths:
        if path.suffix.lower() in YAML_ENDINGS:
            rest += plan_records(run, path)
    return [*files, *_load_plans(run, rest, notes)], notes


def _is_first(plan: Planned | Problem | str) -> bool:
    return isinstance(plan, Planned) and plan.table in (PEOPLE, ACCOUNTS)


def _load_plans(run: Run, plans: Sequence[Planned | Problem | str], notes: list[str]) -> list[FileReport]:
    notes += [plan for plan in plans if isinstance(plan, str)]
    for plan in plans:
        if isinstance(plan, Problem):
            run.problems.add(plan)
    planned = [plan for plan in plans if isinstance(plan, Planned)]
    planned.sort(key=lambda plan: (TABLES.index(plan.table), plan.source.name))
    return [load_source(run, plan) for plan in planned]


def _refresh_sheets(session: Session, days: set[date]) -> None:
    """Let the sheets that scores read follow the days whose use has changed, a few days at a time."""
    accounts = session.scalar(select(func.count()).select_from(Account)) or 1
    step = max(1, _ROWS_AT_ONCE // accounts)
    ordered = sorted(days)
    for at in range(0, len(ordered), step):
        refresh_sheets(session, ordered[at : at + step])


def _count(files: Sequence[FileReport]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for file in files:
        for what in ("added", "changed", "unchanged", "late", "rejected"):
            counts[file.table][what] += getattr(file, what)
    return {table: dict(row) for table, row in counts.items()}
