"""What has to be read before it can be loaded: health records, and tables that a mapping describes."""

from pathlib import Path

from bot.sources.importing.derived import (
    Relation,
    create_query_source,
    create_step,
    match_mapped,
    stage_raw,
)
from bot.sources.importing.files import Planned, plan_mapped
from bot.sources.importing.health_records import load_health_records, match_record
from bot.sources.importing.loading import Run, find_addresses
from bot.sources.importing.mapping import Mapping
from bot.sources.importing.rejects import write_rejects
from bot.sources.importing.report import Problem
from bot.sources.importing.staging import BadRows
from bot.sources.importing.tables import ACCOUNTS, BY_NAME, SIGNALS
from bot.sources.importing.values import Context


def plan_records(run: Run, path: Path) -> list[Planned | Problem | str]:
    """How to load a file of health records: as accounts and as signals of theirs."""
    known = run.cursor.execute("select lower(name), min(external_id) from account group by 1").fetchall()
    records = load_health_records(path, run.moment.on, dict(known))
    plans: list[Planned | Problem | str] = list(records.problems)
    addresses = find_addresses(run.cursor)
    for source, table in (
        (records.accounts.with_addresses(addresses), ACCOUNTS),
        (records.signals, SIGNALS),
    ):
        if source.rows:
            matches = tuple(match_record(header, table) for header in source.headers)
            plans.append(plan_mapped(source, table, matches))
    return plans or [f"{path.name} holds no health record"]


def plan_mapping(run: Run, mapping: Mapping, folder: Path) -> tuple[list[Planned | Problem | str], list[str]]:
    """Stage the mapping's sources, work out its steps and tables, and say how to load these; with notes."""
    notes: list[str] = []
    relations: dict[str, Relation] = {}
    on, zone = run.moment.on, run.moment.zone
    for key in mapping.sources:
        relations[key] = _stage(run, mapping, key, folder, notes)
    for key, query in mapping.steps.items():
        relations[key] = create_step(run.cursor, key, query, relations, on, zone)
    plans: list[Planned | Problem | str] = []
    for name, queries in mapping.tables.items():
        for number, query in enumerate(queries):
            table = BY_NAME[name]
            made = create_query_source(run.cursor, table, number, query, relations, on, zone)
            plans.append(plan_mapped(made, table, match_mapped(made, table)))
    return plans, notes


def _stage(run: Run, mapping: Mapping, key: str, folder: Path, notes: list[str]) -> Relation:
    bad = BadRows(run.problems, lambda line: line)
    context = Context(run.moment.on, run.zone, {}, {}, {})
    relation, source, said = stage_raw(
        run.cursor, key, mapping.sources[key], folder, context, bad, run.progress
    )
    notes += [f"{source.name}: {note}" for note in said]
    if bad.count:
        written = write_rejects(source, bad, run.rejects) if run.rejects else None
        notes.append(f"{source.name}: {bad.count} rows left out" + (f": see {written}" if written else ""))
    return relation
