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
from bot.sources.importing.checks import check_whole, drop_duplicates
from bot.sources.importing.coverage import Span, find_covered, find_staged_span, mark_complete
from bot.sources.importing.derived import (
    Relation,
    create_query_source,
    create_step,
    match_mapped,
    stage_raw,
)
from bot.sources.importing.files import YAML_ENDINGS, Planned, find_paths, plan_file, plan_mapped
from bot.sources.importing.health_records import load_health_records, match_record
from bot.sources.importing.mapping import Mapping, load_mapping
from bot.sources.importing.merge import Merged, Moment, merge_facts
from bot.sources.importing.merge_accounts import advance_sequence, merge_accounts, merge_people
from bot.sources.importing.merge_usage import merge_usage
from bot.sources.importing.rejects import write_rejects
from bot.sources.importing.report import FileReport, ImportReport, Problem
from bot.sources.importing.staging import (
    BadRows,
    Cursor,
    Problems,
    Progress,
    Source,
    find_styles,
    stage_source,
)
from bot.sources.importing.tables import ACCOUNTS, BY_NAME, PEOPLE, SIGNALS, TABLES
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
    #: Ids of accounts that are bad.
    left_out: set[str]
    skip_bad: bool


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


def _begin(
    session: Session, on: date, zone: ZoneInfo, backfill: bool, skip_bad: bool, progress: Progress | None
) -> _Import:
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
    return _Import(connection.cursor(), moment, zone, Problems(), None, progress, {}, set(), set(), skip_bad)


def _load(
    run: _Import, paths: Sequence[Path], mapping: Path | None, root: Path
) -> tuple[list[FileReport], list[str]]:
    """Load every source, those that others refer to first."""
    notes: list[str] = []
    plans: list[Planned | Problem | str] = []
    if mapping is not None:
        plans, notes = _plan_mapping(run, load_mapping(mapping), root if root.is_dir() else root.parent)
    plans += [plan_file(path) for path in paths if path.suffix.lower() not in YAML_ENDINGS]
    files = _load_plans(run, [plan for plan in plans if _is_first(plan)], notes)
    # Records name accounts and people, which the files before may have brought.
    rest = [plan for plan in plans if not _is_first(plan)]
    for path in paths:
        if path.suffix.lower() in YAML_ENDINGS:
            rest += _plan_records(run, path)
    return [*files, *_load_plans(run, rest, notes)], notes


def _is_first(plan: Planned | Problem | str) -> bool:
    return isinstance(plan, Planned) and plan.table in (PEOPLE, ACCOUNTS)


def _load_plans(run: _Import, plans: Sequence[Planned | Problem | str], notes: list[str]) -> list[FileReport]:
    notes += [plan for plan in plans if isinstance(plan, str)]
    for plan in plans:
        if isinstance(plan, Problem):
            run.problems.add(plan)
    planned = [plan for plan in plans if isinstance(plan, Planned)]
    planned.sort(key=lambda plan: (TABLES.index(plan.table), plan.source.name))
    return [_load_source(run, plan) for plan in planned]


def _plan_records(run: _Import, path: Path) -> list[Planned | Problem | str]:
    known = run.cursor.execute("select lower(name), min(external_id) from account group by 1").fetchall()
    records = load_health_records(path, run.moment.on, dict(known))
    plans: list[Planned | Problem | str] = list(records.problems)
    people = run.cursor.execute("select lower(name), min(email) from person group by 1").fetchall()
    for source, table in (
        (records.accounts.with_addresses(dict(people)), ACCOUNTS),
        (records.signals, SIGNALS),
    ):
        if source.rows:
            matches = tuple(match_record(header, table) for header in source.headers)
            plans.append(plan_mapped(source, table, matches))
    return plans or [f"{path.name} holds no health record"]


def _plan_mapping(
    run: _Import, mapping: Mapping, folder: Path
) -> tuple[list[Planned | Problem | str], list[str]]:
    """Stage the mapping's sources and work out its steps and tables."""
    notes: list[str] = []
    relations: dict[str, Relation] = {}
    on, zone = run.moment.on, run.moment.zone
    context = Context(on, run.zone, {}, {})
    for key, description in mapping.sources.items():
        bad = BadRows(run.problems, lambda line: line)
        relations[key], source, said = stage_raw(
            run.cursor, key, description, folder, context, bad, run.progress
        )
        notes += [f"{source.name}: {note}" for note in said]
        if bad.count:
            written = write_rejects(source, bad, run.rejects) if run.rejects else None
            notes.append(
                f"{source.name}: {bad.count} rows left out" + (f": see {written}" if written else "")
            )
    for key, query in mapping.steps.items():
        relations[key] = create_step(run.cursor, key, query, relations, on, zone)
    plans: list[Planned | Problem | str] = []
    for name, queries in mapping.tables.items():
        for number, query in enumerate(queries):
            table = BY_NAME[name]
            made = create_query_source(run.cursor, table, number, query, relations, on, zone)
            plans.append(plan_mapped(made, table, match_mapped(made, table)))
    return plans, notes


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


def _load_source(run: _Import, plan: Planned) -> FileReport:
    cursor, table, source = run.cursor, plan.table, plan.source
    features = _FeatureNumbers(cursor)
    accounts = cursor.execute("select external_id, id from account").fetchall()
    context = Context(run.moment.on, run.zone, dict(accounts), features, run.left_out)
    styles = find_styles(source, plan.matches, {}, {})
    # Where one bad row stops everything, an account's thousand rows of use need not be named after it.
    bad = BadRows(run.problems, source.find_line, names_followers=run.skip_bad)
    staged = stage_source(cursor, source, table, plan.matches, context, styles, bad, run.progress)
    cursor.executemany("insert into feature (id, name) values (%s, %s)", features.added)
    duplicates = drop_duplicates(cursor, source, staged, bad)
    said = check_whole(cursor, source, staged, bad)
    if table is ACCOUNTS and bad.count:
        run.left_out |= _find_ids(source, plan, set(bad.lines))
    span = find_staged_span(cursor, table, run.moment.zone)
    merged = _merge(run, staged, span)
    written = write_rejects(source, bad, run.rejects) if bad.count and run.rejects else None
    return FileReport(
        file=source.name,
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
        notes=(*plan.notes, *styles.notes, *said, *merged.notes),
        examples=merged.examples,
        rejects_file=str(written) if written else None,
    )


def _find_ids(source: Source, plan: Planned, lines: set[int]) -> set[str]:
    """The ids of the accounts on some lines."""
    at = next(i for i, match in enumerate(plan.matches) if match.column and match.column.name == "id")
    return {
        row[at].strip()
        for chunk in source.read_chunks()
        for line, row in zip(chunk.lines, chunk.rows, strict=True)
        if line in lines
    }


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
