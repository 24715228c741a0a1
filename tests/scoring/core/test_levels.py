"""Levels that do not flap, trends, the order of the at-risk list, and revenue at risk to the cent."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.levels import (
    compute_arr_at_risk,
    compute_churn_probability,
    compute_levels,
    compute_risk_order,
    compute_trends,
    find_level,
    find_trend,
)
from scoring.model import get_model
from tests.scoring.core.building import SIMPLE, read_model

MODEL = get_model("four_dimension")  # red, yellow from 40, green from 65; two points to climb
RED, YELLOW, GREEN = 0, 1, 2


def micros(*points: float) -> np.ndarray:
    return np.array([-1 if np.isnan(point) else round(point * 1_000_000) for point in points], dtype=np.int64)


def level_after(*points: float) -> int:
    return int(compute_levels(MODEL, micros(*points)[:, None])[0])


@pytest.mark.parametrize(
    ("days", "level"),
    [
        ((39.4,), RED),
        # What people see is 40, and that is not under 40.
        ((39.5,), YELLOW),
        ((64,), YELLOW),
        ((65,), GREEN),
        # Down at once, up only past the margin.
        ((40, 39), RED),
        ((39, 40), RED),
        ((39, 41), RED),
        ((39, 42), YELLOW),
        ((39, 42, 40), YELLOW),
        ((39, 90), GREEN),
        ((39, 66), YELLOW),
        ((80, 39, 66), YELLOW),
        ((80, 39, 67), GREEN),
        # Days without a score are passed over; a day without one has no level.
        ((39, np.nan, 41), RED),
        ((np.nan, np.nan, 41), YELLOW),
        ((80, np.nan), -1),
    ],
)
def test_level(days: tuple[float, ...], level: int) -> None:
    assert level_after(*days) == level


@given(st.lists(st.floats(39, 41.4), min_size=2, max_size=30))
def test_an_account_at_the_border_changes_its_level_once_at_most(days: list[float]) -> None:
    levels = [level_after(*days[: end + 1]) for end in range(len(days))]
    assert sum(before != after for before, after in pairwise(levels)) <= 1


@given(st.lists(st.lists(st.integers(-1, 100), min_size=4, max_size=4), min_size=1, max_size=30))
def test_accounts_do_not_look_at_each_other(days: list[list[int]]) -> None:
    history = np.array(days, dtype=np.int64) * 1_000_000
    history[history < 0] = -1
    together = compute_levels(MODEL, history)
    alone = [int(compute_levels(MODEL, history[:, [account]])[0]) for account in range(4)]
    assert together.tolist() == alone


def test_a_border_near_the_top_can_be_climbed() -> None:
    model = read_model(
        SIMPLE
        + "levels: [{name: low, color: red, from: 0}, {name: top, color: green, from: 99, hysteresis: 5}]"
    )
    history = micros(50, 99, 100)[:, None]
    assert [int(compute_levels(model, history[:end])[0]) for end in (1, 2, 3)] == [0, 0, 1]


def test_a_wide_margin_never_lowers_the_level() -> None:
    model = read_model(
        SIMPLE
        + """
levels:
  - {name: low, color: red, from: 0}
  - {name: middle, color: yellow, from: 40, hysteresis: 10}
  - {name: high, color: green, from: 45, hysteresis: 10}
"""
    )
    # Fallen to the middle; 46 is above high's border but below both margins.
    assert compute_levels(model, micros(80, 42, 46)[:, None]).tolist() == [1]


def test_a_level_has_a_word_and_a_colour() -> None:
    level = find_level(MODEL, YELLOW)
    assert level is not None
    assert (level.name, level.title, level.color, level.rank) == ("yellow", "Yellow", "yellow", 1)
    assert find_level(MODEL, -1) is None


def test_trend() -> None:
    now, before = micros(60, 60, 60, 60, np.nan, 60), micros(55, 56, 65, 64, 60, np.nan)
    words = [find_trend(code) for code in compute_trends(now, before).tolist()]
    assert words == ["improving", "stable", "declining", "stable", None, None]


def test_trend_is_of_the_points_people_see() -> None:
    # 54.6 is seen as 55 and 59.5 as 60, five points apart.
    assert compute_trends(micros(59.5), micros(54.6)).tolist() == [1]


def test_a_new_risk_stands_above_a_recovering_account() -> None:
    now, month_ago = micros(55, 60, 58, np.nan, 30, 66), micros(35, 80, np.nan, 80, 30, 66)
    # 35 → 55 counts as 65, 80 → 60 as 50, 58 without a past as 58, 30 and 66 as they are; no score is last.
    order = np.argsort(compute_risk_order(now, month_ago), kind="stable").tolist()
    assert order == [4, 1, 2, 0, 5, 3]


@pytest.mark.parametrize(
    ("points", "arr", "at_risk"),
    [
        (39, 10_000_00, 6_000_00),  # .6
        (40, 10_000_00, 2_500_00),  # .25
        (65, 10_000_00, 500_00),  # .05
        (39, 50_000_00, 30_000_00),  # $50,000 is not above $50,000
        (39, 100_000_00, 54_000_00),  # .6 × .9
        (70, 100_000_00, 4_500_00),  # .05 × .9
        (65, 10, 1),  # half a cent, up
        (39, 0, 0),
        (39, -1, 0),  # no ARR known
        (np.nan, 10_000_00, 0),  # no score
        (10, 1_000_000_000_00, 540_000_000_00),  # a billion
    ],
)
def test_arr_at_risk(points: float, arr: int, at_risk: int) -> None:
    assert compute_arr_at_risk(MODEL, micros(points), np.array([arr])).tolist() == [at_risk]


@given(st.integers(0, 100), st.integers(0, 10**12))
def test_arr_at_risk_is_exact(points: int, arr: int) -> None:
    odds = Fraction(3, 5) if points < 40 else Fraction(1, 4) if points < 65 else Fraction(1, 20)
    odds *= Fraction(9, 10) if arr > 50_000_00 else 1
    exact = int(arr * odds + Fraction(1, 2))
    assert compute_arr_at_risk(MODEL, micros(points), np.array([arr])).tolist() == [exact]


def test_probability_of_churn() -> None:
    found = compute_churn_probability(MODEL, micros(10, 90, np.nan), np.array([90_000_00, 1, 1]))
    assert found[:2].tolist() == pytest.approx([0.54, 0.05])
    assert np.isnan(found[2])
