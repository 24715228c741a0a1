"""Why a score is what it is: each signal's part, and what moved it, adding up to the millionth (SPEC H8)."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import CATALOGUE
from scoring.columns import Raws
from scoring.engine import ABSENT, DEFAULT, FULL, HELD, ScoreTable, compute_points
from scoring.levels import compute_arr_at_risk, compute_trends, find_level, find_trend
from scoring.model.schema import Cap, Part, ScoringModel
from scoring.phrases import compute_change_phrase, compute_phrase, format_percent
from scoring.views import (
    MICRO,
    ScoreChange,
    ScoreExplanation,
    SignalChange,
    SignalPoints,
    compute_rounded,
)

#: The dimension of what a cap took away.
CAP = "cap"


@dataclass(frozen=True)
class ScoredAccount:
    """The account a score is explained for."""

    id: int
    external_id: str
    name: str
    #: None where no ARR is known.
    arr_cents: int | None


@dataclass(frozen=True)
class ScoredDay:
    """One account's score on one day with all it was computed from: ``table`` and ``raws`` have one row."""

    as_of: date
    model: ScoringModel
    raws: Raws
    table: ScoreTable
    #: Rank of the level (compute_levels), −1 without a score.
    level: int

    @property
    def score_micro(self) -> int | None:
        score = int(self.table.score_micro[0])
        return None if score < 0 else score


@dataclass(frozen=True)
class _Line:
    """A signal or cap of a day, as both the explanation and the changes need it."""

    part: Part | None
    title: str
    raw: float | None
    value: float
    weight: float
    points_micro: int


def compute_explanation(
    account: ScoredAccount,
    now: ScoredDay,
    *,
    previous_micro: int | None,
    week_ago: ScoredDay | None,
    month_ago: ScoredDay | None,
    fresh_to: Mapping[str, date | None],
) -> ScoreExplanation:
    """The score of ``now`` explained: parts that lost most first, and the changes since 7 and 30 days ago.

    ``previous_micro`` is the score before, for the trend. A day without a score gives no change.
    """
    model, table = now.model, now.table
    cap = int(table.cap[0])
    return ScoreExplanation(
        account_id=account.id,
        external_id=account.external_id,
        account_name=account.name,
        model=model.name,
        version=model.version,
        as_of=now.as_of,
        score_micro=now.score_micro,
        level=find_level(model, now.level),
        trend=find_trend(_compute_trend(model, now.score_micro, previous_micro)),
        coverage=int(table.coverage_percent[0]) / 100,
        fresh_to=dict(fresh_to),
        signals=compute_signals(now),
        caps=(model.caps[cap].title,) if cap >= 0 else (),
        change_7=compute_change(now, week_ago, 7),
        change_30=compute_change(now, month_ago, 30),
        arr_at_risk_cents=_compute_arr_at_risk(model, now.score_micro, account.arr_cents),
    )


def compute_signals(day: ScoredDay) -> tuple[SignalPoints, ...]:
    """Every signal that is for the account: most points lost first, unknown last, then what a cap took."""
    table = day.table
    points = compute_points(table)[0]
    found = []
    for number, (dimension, part) in enumerate(_placed(day.model)):
        if (line := _find_line(day, part, number, points)) is not None:
            found.append(_describe(day, dimension, part, number, line))
    found.sort(key=lambda signal: (signal.value is None, signal.points_micro - signal.weight * FULL))
    if points[-1]:
        cap = day.model.caps[int(table.cap[0])]
        found.append(
            SignalPoints(_cap_name(cap), cap.title, CAP, None, "", None, 0.0, int(points[-1]), cap.title)
        )
    return tuple(found)


def _cap_name(cap: Cap) -> str:
    return f"cap_{cap.name}"


def _placed(model: ScoringModel) -> list[tuple[str, Part]]:
    """Every leaf with the name of its dimension, in file order."""
    names: list[tuple[str, Part]] = []
    for dimension in model.dimensions:
        waiting: list[Part] = [dimension]
        while waiting:
            part = waiting.pop(0)
            waiting[:0] = part.signals
            if part.signal is not None:
                names.append((dimension.name, part))
    return names


def _find_line(day: ScoredDay, part: Part, number: int, points: Any) -> _Line | None:
    """The signal's line of the day; None where it is not for the account."""
    if day.table.states[0, number] == ABSENT or part.signal is None:
        return None
    raw = float(day.raws[part.signal][0])
    return _Line(
        part=part,
        title=part.label,
        raw=raw if np.isfinite(raw) else None,
        value=float(day.table.values[0, number]),
        weight=float(day.table.weights[0, number]),
        points_micro=int(points[number]),
    )


def _describe(day: ScoredDay, dimension: str, part: Part, number: int, line: _Line) -> SignalPoints:
    assert part.signal is not None
    return SignalPoints(
        name=part.name,
        title=part.label,
        dimension=dimension,
        raw=line.raw,
        unit=CATALOGUE[part.signal.name].unit,
        value=None if np.isnan(line.value) else line.value,
        weight=line.weight,
        points_micro=line.points_micro,
        phrase=_compute_words(part, line.raw, line.value, int(day.table.states[0, number])),
    )


def _compute_words(part: Part, raw: float | None, value: float, state: int) -> str:
    if state == DEFAULT:
        return f"{part.label}: no data, counted as {format_percent(value)}"
    if raw is None or np.isnan(value):
        return f"{part.label}: no data"
    phrase = compute_phrase(part, raw)
    return f"{phrase}, held at its value from before the season" if state == HELD else phrase


def compute_change(now: ScoredDay, earlier: ScoredDay | None, days: int) -> ScoreChange | None:
    """What moved the score since an earlier day; None where one of the two days has no score."""
    if earlier is None or now.score_micro is None or earlier.score_micro is None:
        return None
    level = find_level(earlier.model, earlier.level)
    return ScoreChange(
        days=days,
        since=earlier.as_of,
        from_micro=earlier.score_micro,
        from_level=None if level is None else level.name,
        delta_micro=now.score_micro - earlier.score_micro,
        parts=_compute_parts(_compute_lines(now), _compute_lines(earlier)),
    )


def _compute_lines(day: ScoredDay) -> dict[str, _Line]:
    """Name → line of every signal of the day, the cap among them."""
    points = compute_points(day.table)[0]
    lines = {}
    for number, (_, part) in enumerate(_placed(day.model)):
        if (line := _find_line(day, part, number, points)) is not None:
            lines[part.name] = line
    if points[-1]:
        cap = day.model.caps[int(day.table.cap[0])]
        lines[_cap_name(cap)] = _Line(None, cap.title, None, np.nan, 0.0, int(points[-1]))
    return lines


def _compute_parts(now: Mapping[str, _Line], earlier: Mapping[str, _Line]) -> tuple[SignalChange, ...]:
    """What each signal moved the score by, the largest first; what moved nothing is left out."""
    names = tuple(dict.fromkeys((*now, *earlier)))
    pairs = {name: (now.get(name), earlier.get(name)) for name in names}
    moved = {name: _get_points(after) - _get_points(before) for name, (after, before) in pairs.items()}
    turned = {name: _get_weight_turned(*pair) for name, pair in pairs.items() if _has_turned(*pair)}
    shifted = {name: _compute_shifted(*pair) for name, pair in pairs.items() if name not in turned}
    if sum(turned.values()) > 0:
        _give_back(moved, turned, shifted)
    parts = [
        SignalChange(name, (after or earlier[name]).title, moved[name], _compute_moved(after, before, turned))
        for name, (after, before) in pairs.items()
        if moved[name]
    ]
    return tuple(sorted(parts, key=lambda part: -abs(part.points_micro)))


def _give_back(moved: dict[str, int], turned: Mapping[str, float], shifted: Mapping[str, int]) -> None:
    """Where a signal's data begins or ends its weight comes from the others, whose points then move without
    anything having happened to them. That share is counted as the doing of the signals that turned, by the
    weight each took or gave; the sum stays what it was, to the millionth."""
    for name, points in shifted.items():
        moved[name] -= points
    left, weight_left = sum(shifted.values()), sum(turned.values())
    for name, weight in turned.items():
        share = round(left * weight / weight_left) if weight < weight_left else left
        moved[name] += share
        left, weight_left = left - share, weight_left - weight


def _get_points(line: _Line | None) -> int:
    return line.points_micro if line else 0


def _is_known(line: _Line | None) -> bool:
    return line is not None and not np.isnan(line.value)


def _has_turned(after: _Line | None, before: _Line | None) -> bool:
    """Whether a signal's data began or ended; a cap is no signal."""
    is_cap = any(line is not None and line.part is None for line in (after, before))
    return not is_cap and _is_known(after) != _is_known(before)


def _get_weight_turned(after: _Line | None, before: _Line | None) -> float:
    line = after if _is_known(after) else before
    return line.weight if line else 0.0


def _compute_shifted(after: _Line | None, before: _Line | None) -> int:
    """Millionths of a point that a signal known on both days moved by its weight alone."""
    if after is None or before is None or not (_is_known(after) and _is_known(before)):
        return 0
    return round(FULL * (after.weight - before.weight) * before.value)


def _compute_moved(after: _Line | None, before: _Line | None, turned: Container[str]) -> str:
    """The change in words: the figures, or what else it was that moved the points."""
    line = after or before
    assert line is not None  # the name came from one of the two
    if line.part is None:
        return line.title if after else f"no longer: {line.title}"
    if after is None or before is None:
        return f"{line.title}: {'counts now' if after else 'no longer counts'}"
    words = compute_change_phrase(line.part, before.raw, after.raw)
    if not turned and before.value == after.value and before.weight != after.weight:
        words += f", its weight {format_percent(before.weight)} → {format_percent(after.weight)}"
    return words


def _compute_trend(model: ScoringModel, now: int | None, previous: int | None) -> int:
    return int(compute_trends(_column(now), _column(previous), points=model.trend_points)[0])


def _compute_arr_at_risk(model: ScoringModel, score: int | None, arr_cents: int | None) -> int:
    return int(compute_arr_at_risk(model, _column(score), _column(arr_cents))[0])


def _column(value: int | None) -> NDArray[np.int64]:
    """A column of one account, −1 for unknown."""
    return np.array([-1 if value is None else value], dtype=np.int64)


def compute_score_json(
    model: ScoringModel, as_of: date, explanations: Iterable[ScoreExplanation]
) -> dict[str, Any]:
    """The document of ``staysail score --json`` (DESIGN 4). Points are decimals with at most six places."""
    return {
        "model": model.name,
        "version": model.version,
        "as_of": as_of.isoformat(),
        "accounts": [_account_json(explanation) for explanation in explanations],
    }


def _account_json(explanation: ScoreExplanation) -> dict[str, Any]:
    return {
        "id": explanation.external_id,
        "name": explanation.account_name,
        "score": explanation.score,
        "level": None if explanation.level is None else explanation.level.name,
        "trend": explanation.trend,
        "delta_7": _delta(explanation, explanation.change_7),
        "delta_30": _delta(explanation, explanation.change_30),
        "coverage": explanation.coverage,
        "arr_at_risk": _plain(explanation.arr_at_risk_cents / 100),
        "signals": [
            {
                "name": signal.name,
                "dimension": signal.dimension,
                "raw": _plain(signal.raw),
                "value": _plain(signal.value),
                "weight": _plain(signal.weight),
                "points": _plain(signal.points_micro / MICRO),
            }
            for signal in explanation.signals
        ],
    }


def _delta(explanation: ScoreExplanation, change: ScoreChange | None) -> int | None:
    """The difference of the two scores as they are printed, in whole points."""
    if change is None or explanation.score is None:
        return None
    return explanation.score - compute_rounded(change.from_micro)


def _plain(value: float | None) -> float | int | None:
    """A whole number without the decimal point, as people write it."""
    return int(value) if value is not None and value == int(value) else value
