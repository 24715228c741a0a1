"""One source into its table: read, checked, merged, and reported."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from psycopg import sql

from bot.sources.importing.bad_value import BadValue
from bot.sources.importing.checks import check_whole, drop_duplicates
from bot.sources.importing.coverage import Span, find_covered, find_staged_span, mark_complete
from bot.sources.importing.files import Planned
from bot.sources.importing.merge import Merged, Moment, find_first_changed, merge_facts
from bot.sources.importing.merge_accounts import merge_accounts
from bot.sources.importing.merge_people import merge_people
from bot.sources.importing.merge_usage import merge_usage
from bot.sources.importing.rejects import write_rejects
from bot.sources.importing.report import FileReport
from bot.sources.importing.staging import (
    BadRows,
    Cursor,
    Problems,
    Progress,
    Source,
    Staged,
    find_styles,
    stage_source,
)
from bot.sources.importing.tables import ACCOUNTS, USAGE
from bot.sources.importing.values import Context

#: Ids of features are small integers.
_LAST_FEATURE = 32_767


@dataclass
class Run:
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
    #: The first day whose knowledge this import changes, None while nothing has changed.
    since: date | None = None


class _FeatureNumbers(dict[str, int]):
    """Numbers of the features by name; one that is new gets the next number."""

    def __init__(self, cursor: Cursor) -> None:
        # Numbers given here must not be given elsewhere before this import is over.
        cursor.execute("lock table feature in share row exclusive mode")
        cursor.execute("select name, id from feature")
        super().__init__(cursor.fetchall())
        self._next = max(self.values(), default=-1) + 1
        self.added: list[tuple[int, str]] = []

    def __missing__(self, name: str) -> int:
        number = self._next
        if number > _LAST_FEATURE:
            message = f"would be one more feature than the {_LAST_FEATURE + 1} there may be"
            raise BadValue(message, "Name features, not pages or objects")
        self[name] = number
        self._next += 1
        self.added.append((number, name))
        return number


def load_source(run: Run, plan: Planned) -> FileReport:
    cursor, table, source = run.cursor, plan.table, plan.source
    features = _FeatureNumbers(cursor) if table is USAGE else None
    context = _build_context(run, features)
    styles = find_styles(source, plan.matches, {}, {})
    # Where one bad row stops everything, an account's thousand rows of use need not be named after it.
    bad = BadRows(run.problems, source.find_line, names_followers=run.skip_bad)
    staged = stage_source(cursor, source, table, plan.matches, context, styles, bad, run.progress)
    if features is not None:
        cursor.executemany("insert into feature (id, name) values (%s, %s)", features.added)
    duplicates = drop_duplicates(cursor, source, staged, bad)
    said = check_whole(cursor, source, staged, bad)
    if table is ACCOUNTS and bad.count:
        run.left_out |= _find_ids(source, plan, set(bad.lines))
    span = find_staged_span(cursor, table, run.moment.zone)
    merged = _merge(run, staged, span)
    if merged.added or merged.changed:
        first = find_first_changed(cursor, table, run.moment)
        run.since = first if run.since is None else min(run.since, first)
    written = write_rejects(source, bad, run.rejects) if bad.count and run.rejects else None
    told = FileReport(
        file=source.name,
        table=table.name,
        encoding=plan.encoding,
        separator=plan.separator,
        columns=tuple(match.show() for match in plan.matches),
        rows=staged.rows,
        duplicates=duplicates,
        rejected=bad.count,
        first_day=span.first if span else None,
        last_day=span.last if span else None,
        notes=(*plan.notes, *styles.notes, *said, *merged.notes),
        rejects_file=str(written) if written else None,
    )
    return add_merged(told, merged)


def add_merged(told: FileReport, merged: Merged) -> FileReport:
    """The report with what the merge did."""
    return replace(
        told,
        added=merged.added,
        changed=merged.changed,
        unchanged=merged.unchanged,
        late=merged.late,
        examples=merged.examples,
    )


def _build_context(run: Run, features: _FeatureNumbers | None) -> Context:
    cursor = run.cursor
    return Context(
        run.moment.on,
        run.zone,
        accounts=dict(cursor.execute("select external_id, id from account").fetchall()),
        features={} if features is None else features,
        addresses=find_addresses(cursor),
        left_out=run.left_out,
    )


def find_addresses(cursor: Cursor) -> dict[str, str]:
    """Addresses of the team's people by name in lower case; of two people with one name, neither's."""
    cursor.execute("select lower(name), min(email) from person group by 1 having count(*) = 1")
    return dict(cursor.fetchall())


def _find_ids(source: Source, plan: Planned, lines: set[int]) -> set[str]:
    """The ids of the accounts on some lines."""
    at = next(i for i, match in enumerate(plan.matches) if match.column and match.column.name == "id")
    return {
        row[at].strip()
        for chunk in source.read_chunks()
        for line, row in zip(chunk.lines, chunk.rows, strict=True)
        if line in lines
    }


def _merge(run: Run, staged: Staged, span: Span | None) -> Merged:
    cursor, table, moment = run.cursor, staged.table, run.moment
    if table.name == "people":
        return merge_people(cursor, staged)
    if table.name == "accounts":
        return merge_accounts(cursor, staged, moment)
    if table.feed not in run.covered:
        run.covered[table.feed] = find_covered(cursor, table.feed)
    covered = run.covered[table.feed]
    # What else writes there waits; two that add the same row at once would fail.
    cursor.execute(sql.SQL("lock table {} in share row exclusive mode").format(sql.Identifier(table.target)))
    merged = (merge_usage if table.name == "usage_daily" else merge_facts)(cursor, staged, moment, covered)
    told = span if table.own_day else Span(moment.on, moment.on)
    new_days = (
        mark_complete(cursor, table.feed, told, covered, moment.on, backfill=moment.backfill) if told else []
    )
    cursor.execute(sql.SQL("analyze {}").format(sql.Identifier(table.target)))
    if table.name == "usage_daily":
        run.days.update(merged.days, new_days)
    return merged
