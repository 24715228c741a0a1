"""Scoring all live accounts, for a day or for a span of days, and writing down what was found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.config import TeamConfig
from scoring.computing import DayScores, compute_day, compute_first_day, compute_model_needs
from scoring.explaining import (
    compute_explanation,
    find_current_explanation,
    load_fresh_days,
    load_trend,
)
from scoring.facts import BlockFacts, Facts
from scoring.levels import HISTORY_DAYS, compute_levels
from scoring.model import ScoringModel, get_model
from scoring.packing import NOT_SCORED, pack_inputs, pack_scores
from scoring.results import CurrentScores, is_newest, write_current
from scoring.stored import (
    SheetRow,
    find_run_id,
    load_days_done,
    load_scores,
    lock_version,
    register_model,
    write_runs,
    write_sheets,
)

__all__ = [
    "ModelRun",
    "RunReport",
    "compute_explanation",
    "find_current_explanation",
    "forget_scores",
    "load_models_for",
    "load_trend",
    "score_day",
    "score_history",
]

#: The farthest day a score is compared with (SPEC H7).
COMPARED_DAYS = 30
_DAY = timedelta(days=1)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ModelRun:
    """What one model did: for which day, how many accounts it scored, and how many days it had to compute."""

    model: str
    version: str
    run_id: int
    as_of: date
    accounts: int
    days_scored: int

    @property
    def was_done(self) -> bool:
        """Whether the day had been scored before and was left as it was."""
        return self.days_scored == 0


@dataclass(frozen=True)
class RunReport:
    """What a run did, model by model."""

    as_of: date
    runs: tuple[ModelRun, ...]


def load_models_for(team: TeamConfig, folder: Path | None) -> tuple[ScoringModel, ...]:
    """The models the team scores by, its default first. Raises ConfigError for a wrong or unknown one."""
    return tuple(get_model(name, folder) for name in team.all_models)


def score_day(
    session: Session,
    *,
    models: Sequence[ScoringModel],
    as_of: date,
    now: datetime,
    zone: ZoneInfo,
    progress: Progress | None = None,
    force: bool = False,
) -> RunReport:
    """Score every live account for a day, by each of the models (SPEC H6).

    A day that was scored by the same version of a model is left alone unless `force`. The days before, which
    its comparisons and its level are made from, are scored too where they were not. A second run at the same
    time waits for the first and finds the work done. `progress` is called with steps done and steps in all.
    """
    first = as_of - timedelta(days=COMPARED_DAYS)
    runs = _score_span(session, models, first, as_of, now, zone, progress, as_of if force else None)
    return RunReport(as_of, runs)


def score_history(
    session: Session,
    *,
    model: ScoringModel,
    first: date,
    last: date,
    now: datetime,
    zone: ZoneInfo,
    progress: Progress | None = None,
) -> RunReport:
    """Score every live account for each day from `first` to `last`, in one pass over the facts."""
    return RunReport(last, _score_span(session, [model], first, last, now, zone, progress, None))


def forget_scores(session: Session, *, since: date) -> None:
    """Drop what was scored for `since` and later, so that the next run computes it anew.

    To be called when facts are written as if they had been known earlier than they were.
    """
    for table in ("score_sheet", "score_run", "account_score"):
        session.execute(text(f"DELETE FROM {table} WHERE as_of >= :since"), {"since": since})


@dataclass(frozen=True)
class _Plan:
    """The days a model has to compute: those it stores, and those it needs for their levels besides."""

    model: ScoringModel
    version_id: int
    first: date
    last: date
    done: frozenset[date]
    to_store: tuple[date, ...]

    @property
    def low(self) -> date:
        """The first day whose scores are needed."""
        # A day more than a level needs: lists show the level of the day before as well.
        return min(self.first, self.to_store[0] - HISTORY_DAYS * _DAY) if self.to_store else self.first

    @property
    def days(self) -> tuple[date, ...]:
        """Every day from `low` to `last`."""
        return tuple(self.low + at * _DAY for at in range((self.last - self.low).days + 1))

    @property
    def to_compute(self) -> tuple[date, ...]:
        """The days to be computed from facts."""
        if not self.to_store:
            return ()
        needed = self.to_store[0] - HISTORY_DAYS * _DAY
        last = self.to_store[-1]
        return tuple(day for day in self.days if needed <= day <= last and day not in self.done)


def _plan(session: Session, model: ScoringModel, first: date, last: date, forced: date | None) -> _Plan:
    version_id = register_model(session, model, last)
    lock_version(session, version_id)
    done = load_days_done(session, version_id, first - HISTORY_DAYS * _DAY, last) - {forced}
    days = (first + at * _DAY for at in range((last - first).days + 1))
    to_store = tuple(day for day in days if day not in done)
    return _Plan(model, version_id, first, last, frozenset(done), to_store)


def _score_span(
    session: Session,
    models: Sequence[ScoringModel],
    first: date,
    last: date,
    now: datetime,
    zone: ZoneInfo,
    progress: Progress | None,
    forced: date | None,
) -> tuple[ModelRun, ...]:
    # In the order of names, so that two runs of several models wait for each other and do not deadlock.
    plans = {
        model.name: _plan(session, model, first, last, forced)
        for model in sorted(models, key=lambda model: model.name)
    }
    days = sorted({day for plan in plans.values() for day in plan.to_compute})
    counts = {name: dict.fromkeys(plan.to_store, 0) for name, plan in plans.items()}
    if days:
        busy = [plan for plan in plans.values() if plan.to_store]
        _score_blocks(session, busy, days, counts, zone, progress)
        notes = load_fresh_days(session, [day for plan in busy for day in plan.to_store])
        for plan in busy:
            accounts = counts[plan.model.name]
            write_runs(session, plan.model, plan.version_id, accounts, notes, now)
    return tuple(_report(session, plans[model.name], counts[model.name]) for model in models)


def _report(session: Session, plan: _Plan, counts: dict[date, int]) -> ModelRun:
    run_id = find_run_id(session, plan.version_id, plan.last)
    if run_id is None:
        raise LookupError(f"{plan.last} was scored and is not there")
    accounts = counts.get(plan.last, 0)
    return ModelRun(plan.model.name, plan.model.version, run_id, plan.last, accounts, len(plan.to_store))


def _score_blocks(
    session: Session,
    plans: Sequence[_Plan],
    days: Sequence[date],
    counts: dict[str, dict[date, int]],
    zone: ZoneInfo,
    progress: Progress | None,
) -> None:
    models = [plan.model for plan in plans]
    needs = compute_model_needs(models)
    first = compute_first_day(models, days)
    facts = Facts(session, needs, first=first, last=days[-1], zone=zone)
    current: dict[str, list[CurrentScores]] = {plan.model.name: [] for plan in plans}
    blocks = list(facts.blocks())
    total = len(blocks) * sum(len(plan.to_compute) for plan in plans)
    step = _Steps(total, progress)
    for block in blocks:
        for plan in plans:
            name = plan.model.name
            newest = _score_block(session, plan, block, counts[name], step)
            if newest is not None:
                current[name].append(newest)
    for plan in plans:
        if plan.last in plan.to_store and is_newest(session, plan.model, plan.last):
            write_current(session, plan.model, plan.last, current[plan.model.name])


class _Steps:
    """Counts what is done for the progress bar."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def __call__(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def _score_block(
    session: Session, plan: _Plan, block: BlockFacts, counts: dict[date, int], step: _Steps
) -> CurrentScores | None:
    """Compute and write a plan's days of one block; what lists show of the last day, if it was computed."""
    days = plan.days
    at = {day: number for number, day in enumerate(days)}
    scores = np.full((len(days), block.size), NOT_SCORED, dtype=np.int64)
    wanted = [day for day in days if day in plan.done]
    for day, stored in load_scores(session, plan.version_id, block.block, block.slots, wanted).items():
        scores[at[day]] = stored.score_micro
    to_store = set(plan.to_store)
    fresh: dict[date, _Packed] = {}
    newest: DayScores | None = None
    for day in plan.to_compute:
        found = compute_day(plan.model, block, day)
        scores[at[day], found.positions] = found.table.score_micro
        if day in to_store:
            fresh[day] = _Packed(found.positions, found.table.coverage_percent, pack_inputs(found.inputs))
            newest = found
        step()
    levels = _compute_level_rows(plan, scores, at)
    rows = []
    for day, packed in fresh.items():
        mine = packed.positions
        data = pack_scores(block.slots[mine], scores[at[day], mine], levels[day][mine], packed.coverage)
        rows.append(SheetRow(block.block, day, data, packed.inputs))
        counts[day] += len(mine)
    write_sheets(session, plan.version_id, rows)
    if newest is None or plan.last not in fresh:
        return None
    return _build_current(plan.model, block, newest, scores, levels[plan.last])


@dataclass(frozen=True)
class _Packed:
    """What is kept of a day until the levels are known, which need the days around it."""

    positions: NDArray[np.int64]
    coverage: NDArray[np.int16]
    inputs: bytes


def _compute_level_rows(
    plan: _Plan, scores: NDArray[np.int64], at: dict[date, int]
) -> dict[date, NDArray[np.int8]]:
    """The ranks of the block's accounts on each day to be stored.

    All windows go through one call, each day's accounts beside the next one's, since a level depends on its
    own account's scores alone.
    """
    known = np.maximum(scores, -1)
    size = scores.shape[1]
    found: dict[date, NDArray[np.int8]] = {}
    # So many days at once that the windows stay in the processor's cache.
    step = max(1, 100_000 // max(1, size))
    for start in range(0, len(plan.to_store), step):
        days = plan.to_store[start : start + step]
        windows = np.stack([known[at[day] - HISTORY_DAYS + 1 : at[day] + 1] for day in days], axis=1)
        ranks = compute_levels(plan.model, windows.reshape(HISTORY_DAYS, len(days) * size))
        found.update(zip(days, ranks.reshape(len(days), size), strict=True))
    return found


def _build_current(
    model: ScoringModel,
    block: BlockFacts,
    found: DayScores,
    scores: NDArray[np.int64],
    levels: NDArray[np.int8],
) -> CurrentScores:
    def before(days: int) -> NDArray[np.int64]:
        row = len(scores) - 1 - days
        if row < 0:
            return np.full(len(found.positions), NOT_SCORED, dtype=np.int64)
        return np.asarray(scores[row, found.positions])

    return CurrentScores(
        ids=block.ids[found.positions],
        score_micro=found.table.score_micro,
        previous=before(1),
        before_7=before(7),
        before_30=before(COMPARED_DAYS),
        levels=levels[found.positions],
        previous_levels=compute_levels(model, scores[-1 - HISTORY_DAYS : -1, found.positions]),
        coverage=found.table.coverage_percent,
        arr_cents=found.inputs.arr_cents,
    )
