"""Every shape: its ends, its middle, what lies outside, and that unknown stays unknown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.normalise import Normalise

BANDS = {
    "out_of": 10,
    "steps": [
        {"below": 0.2, "value": [0, 3]},
        {"up_to": 0.4, "value": [4, 6]},
        {"up_to": 0.8, "value": [7, 10]},
    ],
}


def value_of(shape: dict[str, object], raw: float) -> float:
    return float(Normalise.model_validate(shape).compute(np.array([raw]))[0])


@pytest.mark.parametrize(
    ("shape", "raw", "value"),
    [
        ({"linear": {"from": -100, "to": 100}}, -150, 0.0),
        ({"linear": {"from": -100, "to": 100}}, 0, 0.5),
        ({"linear": {"from": -100, "to": 100}}, 50, 0.75),
        ({"linear": {"from": 10, "to": 0}}, 2.5, 0.75),
        ({"capped_ratio": 20}, 12, 0.6),
        ({"capped_ratio": 20}, 21, 1.0),
        ({"capped_ratio": 20}, -1, 0.0),
        ({"inverse": {"worst": 10}}, 4, 0.6),
        ({"inverse": {"best": 2, "worst": 6}}, 2, 1.0),
        ({"inverse": {"best": 2, "worst": 6}}, 7, 0.0),
        ({"piecewise": [[0, 0.2], [30, 0.4], [90, 0.8]]}, -5, 0.2),
        ({"piecewise": [[0, 0.2], [30, 0.4], [90, 0.8]]}, 30, 0.4),
        ({"piecewise": [[0, 0.2], [30, 0.4], [90, 0.8]]}, 60, 0.6),
        ({"piecewise": [[0, 0.2], [30, 0.4], [90, 0.8]]}, 900, 0.8),
        ({"bands": BANDS}, 0.0, 0.0),
        ({"bands": BANDS}, 0.1, 0.15),
        ({"bands": BANDS}, 0.2, 0.4),
        ({"bands": BANDS}, 0.4, 0.6),
        ({"bands": BANDS}, 0.6, 0.85),
        ({"bands": BANDS}, 5.0, 1.0),
        ({"bands": {"steps": [{"up_to": 0, "value": 0}, {"below": 1, "value": 0.5}, {"value": 1}]}}, 1, 1.0),
        ({"boolean": {"at_least": 1}}, 1, 1.0),
        ({"boolean": {"at_least": 1}}, 0.9, 0.0),
        ({"boolean": {"at_most": 0}}, 0, 1.0),
        ({"boolean": {"at_most": 0}}, 1, 0.0),
        ({"trend": {"falling": 0.5, "flat": 0.7, "rising": 1.2}}, 0.5, 0.0),
        ({"trend": {"falling": 0.5, "flat": 0.7, "rising": 1.2}}, 0.75, 0.35),
        ({"trend": {"falling": 0.5, "flat": 0.7, "rising": 1.2}}, 1.0, 0.7),
        ({"trend": {"falling": 0.5, "flat": 0.7, "rising": 1.2}}, 2.0, 1.0),
    ],
)
def test_value(shape: dict[str, object], raw: float, value: float) -> None:
    assert value_of(shape, raw) == pytest.approx(value, abs=1e-12)


SHAPES = [
    {"linear": {"from": -100, "to": 100}},
    {"capped_ratio": 20},
    {"inverse": {"worst": 10}},
    {"piecewise": [[0, 0.2], [30, 0.4], [90, 0.8]]},
    {"bands": BANDS},
    {"boolean": {"at_least": 1}},
    {"trend": {}},
]


@pytest.mark.parametrize("shape", SHAPES)
def test_unknown_stays_unknown(shape: dict[str, object]) -> None:
    assert np.isnan(value_of(shape, np.nan))


@pytest.mark.parametrize("shape", SHAPES)
@given(raws=st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=20))
def test_values_are_shares_and_never_turn_back(shape: dict[str, object], raws: list[float]) -> None:
    values = Normalise.model_validate(shape).compute(np.array(sorted(raws)))
    assert np.all((values >= 0) & (values <= 1))
    steps = np.diff(values)
    assert np.all(steps <= 0) if "inverse" in shape else np.all(steps >= 0)


def test_zero_has_no_sign() -> None:
    # −0.0 equals 0.0 but is other bytes, and equal scores are to be equal bytes.
    value = Normalise.model_validate({"capped_ratio": 20}).compute(np.array([-0.0]))
    assert not np.signbit(value[0])
