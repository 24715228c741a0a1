"""The engine's promises for any figures: exact sums, bounds, and rows that know nothing of each other."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.engine import ABSENT, DEFAULT, KNOWN, UNKNOWN, AccountColumns, compute_points, compute_scores
from scoring.model import ScoringModel, load_models
from tests.scoring.core.building import SIMPLE, read_model, score

MODELS = load_models()

figures = st.one_of(st.just(np.nan), st.floats(-5, 120), st.sampled_from([0.0, 1.0, 0.4, 1e300, np.inf]))


@st.composite
def batches(draw: st.DrawFn) -> tuple[ScoringModel, dict[Any, Any]]:
    model = MODELS[draw(st.sampled_from(sorted(MODELS)))]
    count = draw(st.integers(1, 6))
    columns = st.lists(figures, min_size=count, max_size=count)
    return model, {key: np.array(draw(columns)) for key in model.signals}


def score_batch(model: ScoringModel, raws: dict[Any, Any]) -> Any:
    return compute_scores(model, raws, AccountColumns(len(next(iter(raws.values())))))


@settings(max_examples=60, deadline=None)
@given(batches())
def test_points_add_up_and_scores_are_in_range(batch: tuple[ScoringModel, dict[Any, Any]]) -> None:
    table = score_batch(*batch)
    points = compute_points(table)
    scored = table.score_micro >= 0
    assert np.array_equal(points.sum(axis=1), np.where(scored, table.score_micro, 0))
    assert np.all(table.score_micro <= 100_000_000)
    assert np.all(points[:, :-1] >= 0)
    assert np.all(points[:, -1] <= 0)
    assert np.all((table.coverage_percent >= 0) & (table.coverage_percent <= 100))
    # No score exactly where nothing at all is known.
    assert np.array_equal(scored, (table.states == KNOWN).any(axis=1))
    assert table.weights.sum(axis=1)[scored] == pytest.approx(1.0)


@settings(max_examples=40, deadline=None)
@given(batches(), st.randoms(use_true_random=False))
def test_a_row_is_the_same_bytes_in_any_batch(
    batch: tuple[ScoringModel, dict[Any, Any]], random: Any
) -> None:
    model, raws = batch
    whole = score_batch(model, raws)
    points = compute_points(whole)
    order = list(range(len(whole.score_micro)))
    random.shuffle(order)
    shuffled = score_batch(model, {key: column[order] for key, column in raws.items()})
    assert shuffled.values.tobytes() == whole.values[order].tobytes()
    for row in order:
        alone = score_batch(model, {key: column[row : row + 1] for key, column in raws.items()})
        assert alone.score_micro[0] == whole.score_micro[row]
        assert alone.values[0].tobytes() == whole.values[row].tobytes()
        assert alone.weights[0].tobytes() == whole.weights[row].tobytes()
        assert compute_points(alone)[0].tobytes() == points[row].tobytes()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 30), min_size=6, max_size=6), st.integers(0, 5), st.floats(0, 30))
def test_more_of_a_good_signal_never_lowers_the_score(raws: list[float], which: int, more: float) -> None:
    model = MODELS["six_signal"]
    payments = [key.name for key in model.signals].index("failed_payment_share")
    better = list(raws)
    better[which] += -more if which == payments else more
    table = score_batch(
        model, {key: np.array(pair) for key, *pair in zip(model.signals, raws, better, strict=True)}
    )
    assert table.score_micro[1] >= table.score_micro[0]


def test_whole_points_round_half_up() -> None:
    # 0.5 × 5/20 × 100 = 12.5 and 0.5 × 10/10 × 100 = 50: 62.5 points.
    table = score(read_model(SIMPLE), {"sessions": 5, "tickets": 0})
    assert table.score_micro.tolist() == [62_500_000]


def test_a_missing_signals_weight_is_shared_out() -> None:
    table = score(read_model(SIMPLE), {"sessions": [12, np.nan, np.nan], "tickets": [np.nan, 4, np.nan]})
    # 12/20 alone; (10 − 4)/10 alone; nothing.
    assert table.score_micro.tolist() == [60_000_000, 60_000_000, -1]
    assert table.coverage_percent.tolist() == [50, 50, 0]
    assert table.weights.tolist() == [[1, 0], [0, 1], [0, 0]]
    assert table.states.tolist() == [[KNOWN, UNKNOWN], [UNKNOWN, KNOWN], [UNKNOWN, UNKNOWN]]


def test_infinity_is_unknown() -> None:
    assert score(read_model(SIMPLE), {"sessions": np.inf, "tickets": 4}).coverage_percent.tolist() == [50]


NESTED = """
name: nested
missing: {share: SHARE}
dimensions:
  - name: usage
    weight: 0.6
    signals:
      - {name: logins, weight: 0.5, signal: sessions, normalise: {capped_ratio: 20}}
      - {name: breadth, weight: 0.5, signal: features_used, normalise: {capped_ratio: 10}}
  - {name: support, weight: 0.4, signal: tickets, normalise: {inverse: {worst: 10}}}
"""


@pytest.mark.parametrize(
    ("share", "weights"),
    [
        # The dimension keeps its 60 %: all of it is now logins'.
        ("dimension", [0.6, 0.0, 0.4]),
        # 0.3 and 0.4 of 0.7.
        ("model", [0.3 / 0.7, 0.0, 0.4 / 0.7]),
    ],
)
def test_where_a_missing_weight_goes(share: str, weights: list[float]) -> None:
    table = score(read_model(NESTED.replace("SHARE", share)), {"sessions": 10, "tickets": 0})
    assert table.weights[0].tolist() == pytest.approx(weights)
    assert table.score_micro[0] == round(1e8 * (weights[0] * 0.5 + weights[2] * 1.0))


def test_a_whole_missing_dimension_shares_its_weight_out() -> None:
    table = score(read_model(NESTED.replace("SHARE", "dimension")), {"tickets": 0})
    assert table.score_micro.tolist() == [100_000_000]
    assert table.coverage_percent.tolist() == [40]


def test_a_default_counts_but_not_as_coverage() -> None:
    model = read_model(SIMPLE.replace("{capped_ratio: 20}", "{capped_ratio: 20}, missing: {default: 0.5}"))
    table = score(model, {"tickets": [2, np.nan]})
    # 0.5 × 0.5 + 0.5 × 0.8 = 0.65; with defaults alone there is no score.
    assert table.score_micro.tolist() == [65_000_000, -1]
    assert table.coverage_percent.tolist() == [50, 0]
    assert table.states[0].tolist() == [DEFAULT, KNOWN]


def test_a_required_signal_refuses_when_it_is_unknown() -> None:
    model = read_model(SIMPLE.replace("{capped_ratio: 20}", "{capped_ratio: 20}, missing: required"))
    assert score(model, {"sessions": [np.nan, 20], "tickets": [0, 0]}).score_micro.tolist() == [
        -1,
        100_000_000,
    ]


def test_too_little_coverage_refuses() -> None:
    model = read_model(NESTED.replace("{share: SHARE}", "{refuse_below: 0.5}"))
    table = score(model, {"sessions": [20, np.nan], "features_used": [10, np.nan], "tickets": [np.nan, 0]})
    assert table.score_micro.tolist() == [100_000_000, -1]
    assert table.coverage_percent.tolist() == [60, 40]


CAPPED = (
    SIMPLE
    + """
caps:
  - name: overdue
    title: Overdue
    at_most: 49
    when: {signals: [{signal: oldest_unpaid_days, above: 60}]}
  - name: notice
    title: Notice
    at_most: 29
    when: {signals: [{signal: "custom(name=notice)", at_least: 1}]}
"""
)


def test_the_lowest_cap_holds_the_score_and_is_a_part_of_it() -> None:
    table = score(
        read_model(CAPPED),
        {
            "sessions": [20, 20, 20, 1],
            "tickets": [0, 0, 0, 10],
            "oldest_unpaid_days": [61, 61, 60, 61],
            "custom(name=notice)": [0, 1, np.nan, 1],
        },
    )
    assert table.score_micro.tolist() == [49_000_000, 29_000_000, 100_000_000, 2_500_000]
    assert table.cap.tolist() == [0, 1, -1, -1]
    assert compute_points(table)[:, -1].tolist() == [-51_000_000, -71_000_000, 0, 0]


def test_a_score_at_the_cap_is_not_held_down() -> None:
    # 0.5 × 9.6/20 + 0.5 × 5/10 = 0.49
    table = score(read_model(CAPPED), {"sessions": 9.6, "tickets": 5, "oldest_unpaid_days": 61})
    assert (table.score_micro[0], table.cap[0]) == (49_000_000, -1)


def test_the_odd_millionth_goes_to_the_first_of_equals() -> None:
    model = read_model(
        """
name: thirds
dimensions:
  - {name: one, signal: sessions, normalise: {capped_ratio: 1}}
  - {name: two, signal: tickets, normalise: {capped_ratio: 1}}
  - {name: three, signal: nps, normalise: {capped_ratio: 1}}
"""
    )
    points = compute_points(score(model, {"sessions": 1, "tickets": 1, "nps": 1}))
    assert points.tolist() == [[33_333_334, 33_333_333, 33_333_333, 0]]


CONDITIONS = """
name: conditions
dimensions:
  - {name: logins, weight: 0.5, signal: sessions, normalise: {capped_ratio: 20}}
  - name: onboarding
    weight: 0.5
    signal: tickets
    normalise: {inverse: {worst: 10}}
    when: {WHEN}
"""


@pytest.mark.parametrize(
    ("when", "stages", "started", "state"),
    [
        ("stages: [onboarding]", "onboarding", np.nan, KNOWN),
        ("stages: [onboarding]", "live", np.nan, ABSENT),
        ("stages: [onboarding]", None, np.nan, ABSENT),
        ("signals: [{signal: days_since_start, below: 90}]", None, 10, KNOWN),
        ("signals: [{signal: days_since_start, below: 90}]", None, 90, ABSENT),
        ("signals: [{signal: days_since_start, below: 90}]", None, np.nan, UNKNOWN),
        ("signals: [{signal: days_since_start, known: false}]", None, np.nan, KNOWN),
        # What fails settles it, whatever is unknown besides.
        ("stages: [live], signals: [{signal: days_since_start, below: 90}]", "onboarding", np.nan, ABSENT),
    ],
)
def test_a_part_is_for_the_accounts_its_condition_names(
    when: str, stages: str | None, started: float, state: int
) -> None:
    model = read_model(CONDITIONS.replace("WHEN", when))
    figures = {"sessions": 10, "tickets": 0}
    if "days_since_start" in when:
        figures["days_since_start"] = started
    table = score(model, figures, stage=[stages])
    assert table.states[0, 1] == state
    # 50 from logins alone; with the other part at its best half of 50 and half of 100.
    assert table.score_micro[0] == (75_000_000 if state == KNOWN else 50_000_000)
    assert table.coverage_percent[0] == (50 if state == UNKNOWN else 100)


def test_a_variant_weighs_differently_for_its_segment() -> None:
    model = read_model(
        SIMPLE
        + """
variants:
  - {name: small, when: {segments: [smb, self_serve]}, weights: {logins: 0.8, support: 0.2}}
  - {name: never_reached, when: {segments: [smb]}, weights: {logins: 0, support: 1}}
"""
    )
    table = score(model, {"sessions": [20] * 3, "tickets": [10] * 3}, segment=["enterprise", "smb", None])
    assert table.score_micro.tolist() == [50_000_000, 80_000_000, 50_000_000]


def test_a_weight_of_zero_leaves_no_hole() -> None:
    model = read_model(
        NESTED.replace("SHARE", "dimension")
        + "variants: [{name: small, when: {segments: [smb]}, weights: {logins: 0, breadth: 1}}]"
    )
    # Breadth is unknown and logins weigh nothing: support alone makes the score.
    table = score(model, {"sessions": 20, "tickets": 0}, segment=["smb"])
    assert table.score_micro.tolist() == [100_000_000]
