"""Scores explained: from what was stored, or computed from data for any past day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from scoring import explain
from scoring.computing import build_inputs, compute_first_day, compute_model_needs, compute_table
from scoring.engine import ScoreTable
from scoring.explain import ScoredAccount, ScoredDay
from scoring.facts import Facts
from scoring.levels import HISTORY_DAYS, compute_levels
from scoring.model import ScoringModel
from scoring.packing import Inputs
from scoring.sheets import BLOCK_BITS, BLOCK_SIZE
from scoring.stored import (
    StoredDay,
    find_version_id,
    load_account_days,
    load_account_scores,
    load_block_days,
    load_blocks,
)
from scoring.views import ScoreChange, ScoreExplanation, SignalPoints, TrendPoint

_DAY: Final = timedelta(days=1)
_WEEK, _MONTH = 7 * _DAY, 30 * _DAY


def compute_explanation(
    session: Session, *, model: ScoringModel, account_id: int, as_of: date, zone: ZoneInfo
) -> ScoreExplanation | None:
    """One account's score on any day, from the data as it stood then; None when it was not live that day.

    The same bytes as the daily run of that day gave or would have given (SPEC H6).
    """
    first = as_of - _MONTH - (HISTORY_DAYS - 1) * _DAY
    days = [first + at * _DAY for at in range((as_of - first).days + 1)]
    facts = Facts(
        session,
        compute_model_needs([model]),
        first=compute_first_day([model], days),
        last=as_of,
        zone=zone,
        only=account_id,
    )
    block = next(facts.blocks(), None)
    if block is None:
        return None
    found: dict[date, tuple[Inputs, ScoreTable]] = {}
    scores = np.full((len(days), 1), -1, dtype=np.int64)
    for at, day in enumerate(days):
        inputs = build_inputs(model, block, day)
        if len(inputs.slots):
            found[day] = (inputs, compute_table(model, inputs))
            scores[at] = found[day][1].score_micro
    scored = {}
    for day in (as_of, as_of - _WEEK, as_of - _MONTH):
        if day in found:
            end = (day - first).days + 1
            level = int(compute_levels(model, scores[end - HISTORY_DAYS : end])[0])
            scored[day] = ScoredDay(day, model, found[day][0].raws, found[day][1], level)
    if as_of not in scored:
        return None
    account = _load_account(session, account_id, int(found[as_of][0].arr_cents[0]), as_of)
    fresh = load_fresh_days(session, [as_of])[as_of]
    return _explain(account, scored, as_of, int(scores[-2, 0]), fresh)


def find_current_explanation(
    session: Session, *, model: ScoringModel, account_id: int
) -> ScoreExplanation | None:
    """The account's newest stored score; None when it is not on the lists.

    Reads no facts. Where the model's file was edited since, the explanation is of the version that scored.
    """
    asked = {"model": model.name, "version": model.version, "account": account_id}
    found = session.execute(text(_CURRENT), asked).one_or_none()
    if found is None:
        return None
    as_of: date = found.as_of
    if found.version != model.version:
        model = ScoringModel.model_validate(found.definition)
    days = load_account_days(
        session, found.model_version_id, account_id, (as_of, as_of - _WEEK, as_of - _MONTH)
    )
    if as_of not in days:
        return None
    scored = _score_together(model, days)
    cents = int(days[as_of].inputs.arr_cents[0])
    account = ScoredAccount(account_id, found.external_id, found.name, None if cents < 0 else cents)
    previous = -1 if found.previous_micro is None else found.previous_micro
    return _explain(account, scored, as_of, previous, found.notes)


_CURRENT: Final = """
    SELECT s.as_of, s.previous_micro, a.external_id, a.name, r.model_version_id, r.notes, v.version,
           CASE WHEN v.version <> :version THEN v.definition END AS definition
      FROM account_score s
      JOIN account a ON a.id = s.account_id
      JOIN LATERAL (SELECT model_version_id, notes FROM score_run
                     WHERE model = s.model AND as_of = s.as_of ORDER BY id DESC LIMIT 1) r ON true
      JOIN model_version v ON v.id = r.model_version_id
     WHERE s.model = :model AND s.account_id = :account"""


def load_explanations(session: Session, *, model: ScoringModel, as_of: date) -> Iterator[ScoreExplanation]:
    """Every account's stored score of a day, explained, in the order of account ids."""
    version_id = find_version_id(session, model)
    if version_id is None:
        return
    query = text("SELECT notes FROM score_run WHERE model_version_id = :version AND as_of = :as_of")
    notes = session.execute(query, {"version": version_id, "as_of": as_of}).scalar() or {}
    for block in load_blocks(session, version_id, as_of):
        yield from _explain_block(session, model, version_id, block, as_of, notes)


def _explain_block(
    session: Session,
    model: ScoringModel,
    version_id: int,
    block: int,
    as_of: date,
    notes: Mapping[str, Any],
) -> Iterator[ScoreExplanation]:
    names = {
        row.id: row
        for row in session.execute(
            text(f"{_NAMES} WHERE a.id >> :bits = :block"),
            {"bits": BLOCK_BITS, "block": block, "as_of": as_of},
        )
    }
    days = (as_of, as_of - _WEEK, as_of - _MONTH, as_of - _DAY)
    stored = load_block_days(session, version_id, block, days)
    tables = {day: compute_table(model, found.inputs) for day, found in stored.items()}
    rows = {
        day: {slot: at for at, slot in enumerate(found.inputs.slots.tolist())}
        for day, found in stored.items()
    }
    for slot, at in rows.get(as_of, {}).items():
        scored = {
            day: _score_row(model, day, stored[day].inputs, tables[day], rows[day][slot], stored[day].levels)
            for day in stored
            if slot in rows[day]
        }
        before = scored.get(as_of - _DAY)
        previous = -1 if before is None else int(before.table.score_micro[0])
        named = names[(block << BLOCK_BITS) + slot]
        cents = int(stored[as_of].inputs.arr_cents[at])
        account = ScoredAccount(named.id, named.external_id, named.name, None if cents < 0 else cents)
        yield _explain(account, scored, as_of, previous, notes)


@dataclass(frozen=True)
class Comparison:
    """A stored score beside an earlier one: every signal on both days, and what moved the score."""

    before: tuple[SignalPoints, ...]
    now: tuple[SignalPoints, ...]
    change: ScoreChange


class Comparisons:
    """Compares stored days of many accounts, reading each block's day once."""

    def __init__(self, session: Session, model: ScoringModel) -> None:
        self._session = session
        self._model = model
        self._version_id = find_version_id(session, model)
        self._days: dict[tuple[int, date], _BlockDay | None] = {}

    def find(self, account_id: int, *, as_of: date, since: date) -> Comparison | None:
        """Two days of an account compared; None where one of them has no score by this model version."""
        now, before = self._find_day(account_id, as_of), self._find_day(account_id, since)
        if now is None or before is None:
            return None
        change = explain.compute_change(now, before, (as_of - since).days)
        if change is None:
            return None
        return Comparison(explain.compute_signals(before), explain.compute_signals(now), change)

    def _find_day(self, account_id: int, day: date) -> ScoredDay | None:
        block, slot = account_id >> BLOCK_BITS, account_id & (BLOCK_SIZE - 1)
        if (block, day) not in self._days:
            self._days[block, day] = self._load(block, day)
        found = self._days[block, day]
        if found is None or slot not in found.rows:
            return None
        return _score_row(self._model, day, found.inputs, found.table, found.rows[slot], found.levels)

    def _load(self, block: int, day: date) -> "_BlockDay | None":
        if self._version_id is None:
            return None
        stored = load_block_days(self._session, self._version_id, block, (day,)).get(day)
        if stored is None:
            return None
        rows = {slot: at for at, slot in enumerate(stored.inputs.slots.tolist())}
        return _BlockDay(stored.inputs, compute_table(self._model, stored.inputs), rows, stored.levels)


@dataclass(frozen=True)
class _BlockDay:
    """A block's day scored again, and the row of each slot in it."""

    inputs: Inputs
    table: ScoreTable
    rows: Mapping[int, int]
    levels: Mapping[int, int]


def _score_together(model: ScoringModel, days: Mapping[date, StoredDay]) -> dict[date, ScoredDay]:
    """One account's days scored in one pass: most of the cost of a row is the cost of a batch."""
    joined = Inputs.joined([stored.inputs for stored in days.values()])
    if joined is None:
        return {day: _score(model, stored) for day, stored in days.items()}
    table = compute_table(model, joined)
    scored = {}
    for at, (day, stored) in enumerate(days.items()):
        row = ScoreTable(**{name: column[at : at + 1] for name, column in vars(table).items()})
        scored[day] = ScoredDay(day, model, stored.inputs.raws, row, stored.level)
    return scored


def _score(model: ScoringModel, stored: StoredDay) -> ScoredDay:
    table = compute_table(model, stored.inputs)
    return ScoredDay(stored.as_of, model, stored.inputs.raws, table, stored.level)


def _score_row(
    model: ScoringModel, day: date, inputs: Inputs, table: ScoreTable, at: int, levels: Mapping[int, int]
) -> ScoredDay:
    """One account's day out of a block's."""
    mine = slice(at, at + 1)
    row = ScoreTable(**{name: column[mine] for name, column in vars(table).items()})
    raws = {key: raw[mine] for key, raw in inputs.raws.items()}
    return ScoredDay(day, model, raws, row, levels[int(inputs.slots[at])])


def _explain(
    account: ScoredAccount,
    scored: Mapping[date, ScoredDay],
    as_of: date,
    previous_micro: int,
    notes: Mapping[str, Any],
) -> ScoreExplanation:
    fresh = {feed: date.fromisoformat(day) for feed, day in notes.get("fresh_to", {}).items()}
    return explain.compute_explanation(
        account,
        scored[as_of],
        previous_micro=None if previous_micro < 0 else previous_micro,
        week_ago=scored.get(as_of - _WEEK),
        month_ago=scored.get(as_of - _MONTH),
        fresh_to={**dict.fromkeys(FEEDS), **fresh},
    )


#: The feeds whose freshness a score shows, seen or not.
FEEDS: Final = ("usage", "tickets", "surveys", "payments", "touches")


# As the account was called on the day: a name learnt later must not change what was said of the past.
_NAMES: Final = """
    SELECT a.id, a.external_id, coalesce(v.name, a.name) AS name
      FROM account a
      LEFT JOIN LATERAL (SELECT name FROM account_version
                          WHERE account_id = a.id AND recorded_on <= :as_of
                          ORDER BY recorded_on DESC LIMIT 1) v ON true"""


def _load_account(session: Session, account_id: int, arr_cents: int, as_of: date) -> ScoredAccount:
    query = text(f"{_NAMES} WHERE a.id = :id")
    found = session.execute(query, {"id": account_id, "as_of": as_of}).one()
    return ScoredAccount(account_id, found.external_id, found.name, None if arr_cents < 0 else arr_cents)


def load_fresh_days(session: Session, days: Sequence[date]) -> dict[date, dict[str, Any]]:
    """For each day the newest complete day of every feed as known then, as a run's notes keep it."""
    found: dict[date, dict[str, Any]] = {day: {"fresh_to": {}} for day in days}
    query = text("SELECT feed, day, recorded_on FROM feed_day WHERE day <= :last AND recorded_on <= :last")
    rows = session.execute(query, {"last": max(days)}).all() if days else []
    feeds: dict[str, list[tuple[date, date]]] = {}
    for feed, day, recorded in rows:
        feeds.setdefault(feed, []).append((max(day, recorded), day))
    for feed, known in sorted(feeds.items()):
        known.sort()
        at, newest = 0, None
        for day in sorted(found):
            while at < len(known) and known[at][0] <= day:
                newest = known[at][1] if newest is None else max(newest, known[at][1])
                at += 1
            if newest is not None:
                found[day]["fresh_to"][feed] = newest.isoformat()
    return found


@dataclass(frozen=True)
class _Newest:
    version_id: int
    as_of: date


def _find_newest(session: Session, model: ScoringModel) -> _Newest | None:
    """The newest run of the model's own version, else of the version that ran last."""
    query = text(
        "SELECT r.model_version_id, r.as_of "
        "FROM score_run r JOIN model_version v ON v.id = r.model_version_id "
        "WHERE r.model = :model ORDER BY (v.version = :own) DESC, r.as_of DESC, r.id DESC LIMIT 1"
    )
    found = session.execute(query, {"model": model.name, "own": model.version}).one_or_none()
    return None if found is None else _Newest(found.model_version_id, found.as_of)


def load_trend(
    session: Session, *, model: ScoringModel, account_id: int, days: int = 90
) -> tuple[TrendPoint, ...]:
    """The stored scores of the `days` days up to the newest, oldest first; days without one are left out."""
    newest = _find_newest(session, model)
    if newest is None:
        return ()
    first = newest.as_of - (days - 1) * _DAY
    found = load_account_scores(session, newest.version_id, account_id, first, newest.as_of)
    return tuple(TrendPoint(day, score) for day, score in found)
