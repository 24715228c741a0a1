from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.figures import (
    compute_shown_parts,
    format_change,
    format_day,
    format_distance,
    format_money,
    format_points,
    format_share,
    format_sparkline,
)
from scoring.views import MICRO, TrendPoint


@given(st.lists(st.integers(-100 * MICRO, 100 * MICRO), min_size=1, max_size=30))
def test_shown_parts_add_up_and_are_near(parts: list[int]) -> None:
    step = MICRO // 10
    total = sum(parts)
    shown = compute_shown_parts(parts, total, step)
    assert sum(shown) == (total + step // 2) // step * step
    assert all(abs(part - there) <= step for part, there in zip(shown, parts, strict=True))


@pytest.mark.parametrize(
    ("cents", "shown"),
    [
        *[
            (0, "$0"),
            (95_000, "$950"),
            (99_940, "$999"),
            (99_960, "$1k"),
            (8_400_000, "$84k"),
            (8_450_000, "$84.5k"),
        ],
        *[(99_994_000, "$1M"), (123_456_789, "$1.2M"), (100_000_000_000, "$1B"), (-8_400_000, "−$84k")],
    ],
)
def test_money_for_a_glance(cents: int, shown: str) -> None:
    assert format_money(cents) == shown


def test_money_of_other_currencies() -> None:
    assert format_money(8_400_000, "EUR") == "€84k"
    assert format_money(8_400_000, "CHF") == "CHF 84k"


def test_points_and_changes() -> None:
    assert format_points(12_450_000) == "12.5"
    assert format_points(-50_000) == "0.0"
    assert format_points(48_004_000, MICRO // 100) == "48.00"
    assert format_change(-17_300_000, MICRO) == "−17"
    assert format_change(2_000_000) == "+2.0"
    assert format_change(0, MICRO) == "±0"


def test_days() -> None:
    today = date(2026, 11, 22)
    assert format_day(date(2026, 2, 1), today) == "1 Feb"
    assert format_day(date(2027, 2, 1), today) == "1 Feb 2027"
    assert [format_distance(date(2026, 11, day), today) for day in (22, 25, 20)] == [
        "today",
        "in 3 d",
        "2 d ago",
    ]


def test_shares() -> None:
    assert [format_share(share) for share in (0.15, 0.125, 1, 0)] == ["15 %", "12.5 %", "100 %", "0 %"]


def test_sparkline_goes_from_nought_to_a_hundred() -> None:
    scores = [0, 50, 100]
    assert format_sparkline([TrendPoint(date(2026, 1, 1), score * MICRO) for score in scores]) == "▁▄█"
