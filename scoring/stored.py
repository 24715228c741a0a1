"""Score sheets and runs in the database."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from scoring.copying import driver
from scoring.model import ScoringModel
from scoring.packing import Inputs, Scores, unpack_inputs, unpack_scores
from scoring.sheets import BLOCK_BITS, BLOCK_SIZE

_LOCK: Final = 730_002


def register_model(session: Session, model: ScoringModel, on: date) -> int:
    """The id of the model's version, new when it has never scored before."""
    session.execute(
        text(
            "INSERT INTO model_version (name, version, definition, first_used_on) "
            "VALUES (:name, :version, CAST(:definition AS jsonb), :on) ON CONFLICT (name, version) DO NOTHING"
        ),
        {
            "name": model.name,
            "version": model.version,
            "definition": json.dumps(model.definition),
            "on": on,
        },
    )
    return _require(find_version_id(session, model))


def _require(found: int | None) -> int:
    if found is None:
        raise LookupError("a model version that was just written is not there")
    return found


def find_version_id(session: Session, model: ScoringModel) -> int | None:
    """The id of the model's version; None when it has never scored."""
    query = text("SELECT id FROM model_version WHERE name = :name AND version = :version")
    found = session.execute(query, {"name": model.name, "version": model.version}).scalar()
    return None if found is None else int(found)


def lock_version(session: Session, version_id: int) -> None:
    """Wait until no other run of this model version is under way, and keep others out until the commit."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(:space, :version)"), {"space": _LOCK, "version": version_id}
    )


def load_days_done(session: Session, version_id: int, first: date, last: date) -> frozenset[date]:
    """The days from `first` to `last` that this model version has scored whole.

    A day on which no account was known is not among them: the first import may bring its accounts still.
    """
    query = text(
        "SELECT as_of FROM score_run WHERE model_version_id = :version AND finished_at IS NOT NULL "
        "AND accounts > 0 AND as_of BETWEEN :first AND :last"
    )
    found = session.execute(query, {"version": version_id, "first": first, "last": last})
    return frozenset(row[0] for row in found)


def outdate_scores(session: Session, *, since: date) -> None:
    """Let the next run that needs `since` or a later day compute it anew; until then its scores are shown.

    To be called when what was known of these days has changed, by data that came after they were scored.
    """
    session.execute(
        text("UPDATE score_run SET finished_at = NULL WHERE as_of >= :since AND finished_at IS NOT NULL"),
        {"since": since},
    )


def load_scores(
    session: Session, version_id: int, block: int, slots: NDArray[np.int64], days: Sequence[date]
) -> dict[date, Scores]:
    """The stored scores of a block's accounts on those of `days` that have a sheet."""
    query = (
        "SELECT as_of, scores FROM score_sheet "
        "WHERE model_version_id = %s AND block = %s AND as_of BETWEEN %s AND %s"
    )
    if not days:
        return {}
    wanted = set(days)
    with driver(session).cursor(binary=True) as cursor:
        cursor.execute(query, (version_id, block, min(days), max(days)))
        return {day: unpack_scores(data, slots) for day, data in cursor if day in wanted}


@dataclass(frozen=True)
class SheetRow:
    """A row of ``score_sheet`` to be written."""

    block: int
    as_of: date
    scores: bytes
    inputs: bytes


def write_sheets(session: Session, version_id: int, rows: Sequence[SheetRow]) -> None:
    """Write score sheets, in the place of those that are there."""
    if not rows:
        return
    with driver(session).cursor() as cursor:
        days = sorted({row.as_of for row in rows})
        cursor.execute(
            "DELETE FROM score_sheet WHERE model_version_id = %s AND block = ANY(%s) AND as_of = ANY(%s)",
            (version_id, sorted({row.block for row in rows}), days),
        )
        into = "COPY score_sheet (model_version_id, block, as_of, scores, inputs) FROM STDIN (FORMAT BINARY)"
        with cursor.copy(into) as copy:
            copy.set_types(["int4", "int4", "date", "bytea", "bytea"])
            for row in rows:
                copy.write_row((version_id, row.block, row.as_of, row.scores, row.inputs))


def write_runs(
    session: Session,
    model: ScoringModel,
    version_id: int,
    accounts: dict[date, int],
    notes: dict[date, dict[str, Any]],
    started: datetime,
) -> None:
    """Mark days as scored: how many accounts, and what the run learnt about the data of the day."""
    session.execute(
        text(
            "INSERT INTO score_run "
            "(model, model_version_id, as_of, started_at, finished_at, accounts, notes) "
            "VALUES (:model, :version, :as_of, :started, clock_timestamp(), :accounts, "
            "CAST(:notes AS jsonb)) "
            "ON CONFLICT (model_version_id, as_of) DO UPDATE SET started_at = excluded.started_at, "
            "finished_at = excluded.finished_at, accounts = excluded.accounts, notes = excluded.notes"
        ),
        [
            {
                "model": model.name,
                "version": version_id,
                "as_of": day,
                "started": started,
                "accounts": count,
                "notes": json.dumps(notes[day]),
            }
            for day, count in accounts.items()
        ],
    )


def find_run_id(session: Session, version_id: int, as_of: date) -> int | None:
    """The id of the run of a day; None when the day was not scored."""
    query = text("SELECT id FROM score_run WHERE model_version_id = :version AND as_of = :as_of")
    found = session.execute(query, {"version": version_id, "as_of": as_of}).scalar()
    return None if found is None else int(found)


@dataclass(frozen=True)
class StoredDay:
    """What was stored of one account on one day."""

    as_of: date
    inputs: Inputs
    level: int


def load_account_days(
    session: Session, version_id: int, account_id: int, days: Iterable[date]
) -> dict[date, StoredDay]:
    """The inputs and levels of one account on those of `days` on which it was scored."""
    block, slot = account_id >> BLOCK_BITS, account_id & (BLOCK_SIZE - 1)
    query = (
        "SELECT as_of, inputs, "
        "get_byte(scores, length(scores) / 6 * 4 + %(slot)s) FROM score_sheet "
        "WHERE model_version_id = %(version)s AND block = %(block)s AND as_of = ANY(%(days)s) "
        "AND length(scores) / 6 > %(slot)s"
    )
    found: dict[date, StoredDay] = {}
    asked = {"slot": slot, "version": version_id, "block": block, "days": list(days)}
    with driver(session).cursor(binary=True) as cursor:
        for day, data, rank in cursor.execute(query, asked):
            inputs = unpack_inputs(data, slot)
            if len(inputs.slots):
                found[day] = StoredDay(day, inputs, rank if rank < 128 else rank - 256)
    return found


@dataclass(frozen=True)
class StoredBlockDay:
    """What was stored of a block on one day; levels by slot."""

    inputs: Inputs
    levels: dict[int, int]


def load_blocks(session: Session, version_id: int, as_of: date) -> list[int]:
    """The blocks that have a sheet of the day."""
    query = text(
        "SELECT block FROM score_sheet WHERE model_version_id = :version AND as_of = :as_of ORDER BY 1"
    )
    return [int(row[0]) for row in session.execute(query, {"version": version_id, "as_of": as_of})]


def load_block_days(
    session: Session, version_id: int, block: int, days: Iterable[date]
) -> dict[date, StoredBlockDay]:
    """The inputs and levels of a block on those of `days` that have a sheet."""
    query = (
        "SELECT as_of, scores, inputs FROM score_sheet "
        "WHERE model_version_id = %s AND block = %s AND as_of = ANY(%s)"
    )
    found = {}
    with driver(session).cursor(binary=True) as cursor:
        for day, scores, data in cursor.execute(query, (version_id, block, list(days))):
            inputs = unpack_inputs(data)
            levels = unpack_scores(scores, inputs.slots).levels
            found[day] = StoredBlockDay(
                inputs, dict(zip(inputs.slots.tolist(), levels.tolist(), strict=True))
            )
    return found


def load_account_scores(
    session: Session, version_id: int, account_id: int, first: date, last: date
) -> list[tuple[date, int]]:
    """One account's stored scores in millionths, oldest first; days without a score are left out.

    Reads four bytes a day, whatever the number of accounts.
    """
    block, slot = account_id >> BLOCK_BITS, account_id & (BLOCK_SIZE - 1)
    query = (
        "SELECT as_of, substring(scores FROM %s FOR 4) FROM score_sheet "
        "WHERE model_version_id = %s AND block = %s AND as_of BETWEEN %s AND %s "
        "AND length(scores) / 6 > %s ORDER BY as_of"
    )
    with driver(session).cursor(binary=True) as cursor:
        rows = cursor.execute(query, (4 * slot + 1, version_id, block, first, last, slot)).fetchall()
    found = [(day, int.from_bytes(data, "little", signed=True)) for day, data in rows]
    return [(day, score) for day, score in found if score >= 0]
