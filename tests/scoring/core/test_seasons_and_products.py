"""Expected dips that do not lower a score, and one score over several products (SPEC H10)."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bot.config import ConfigError
from scoring.engine import ABSENT, HELD, AccountColumns, compute_points, compute_scores, find_seasons
from scoring.model import ScoringModel, load_models
from tests.scoring.core.building import SIMPLE, build_raws, read_model

SEASON = (
    SIMPLE
    + """
seasons:
  - name: year_end
    from: "12-15"
    to: "01-05"
    recovery_days: 10
    when: {columns: {industry: [education]}}
    signals: [logins]
"""
)


@pytest.mark.parametrize(
    ("as_of", "baseline"),
    [
        (date(2025, 12, 14), None),
        (date(2025, 12, 15), date(2025, 12, 14)),
        (date(2026, 1, 5), date(2025, 12, 14)),
        # Ten days of recovery, then the windows no longer reach into the season.
        (date(2026, 1, 15), date(2025, 12, 14)),
        (date(2026, 1, 16), None),
    ],
)
def test_a_season_and_its_recovery(as_of: date, baseline: date | None) -> None:
    model = read_model(SEASON)
    found = find_seasons(model, as_of)
    assert [season.baseline for season in found] == ([] if baseline is None else [baseline])
    assert all([key.text for key in season.signals] == ["sessions(days=30)"] for season in found)


def test_the_29th_of_february_is_the_28th_in_other_years() -> None:
    model = read_model(SEASON.replace("12-15", "02-29").replace("01-05", "03-02"))
    assert [season.baseline for season in find_seasons(model, date(2025, 3, 1))] == [date(2025, 2, 27)]
    assert [season.baseline for season in find_seasons(model, date(2024, 3, 1))] == [date(2024, 2, 28)]


def test_a_dip_in_the_season_does_not_lower_the_score() -> None:
    model = read_model(SEASON)
    now = build_raws(model, {"sessions": [2, 2, 18, np.nan], "tickets": [0, 0, 0, 0]})
    before = build_raws(model, {"sessions": [16, 16, 16, 16]})
    industry = np.array(["education", "retail", "education", "education"], dtype=object)
    columns = AccountColumns(4, {"industry": industry})

    held = compute_scores(model, now, columns, {"year_end": before})
    plain = compute_scores(model, now, columns)
    # 100 × (0.5 × logins / 20 + 0.5): held at 16; another industry; better than before; unknown stays so.
    assert held.score_micro.tolist() == [90_000_000, 55_000_000, 95_000_000, 100_000_000]
    assert plain.score_micro.tolist() == [55_000_000, 55_000_000, 95_000_000, 100_000_000]
    assert held.states[0, 0] == HELD
    assert held.coverage_percent.tolist() == [100, 100, 100, 50]


def test_a_default_is_not_held_since_nobody_knows_how_it_is_now() -> None:
    model = read_model(SEASON.replace("{capped_ratio: 20}", "{capped_ratio: 20}, missing: {default: 0.5}"))
    now, before = build_raws(model, {"tickets": 0}), build_raws(model, {"sessions": 20})
    columns = AccountColumns(1, {"industry": np.array(["education"], dtype=object)})
    assert compute_scores(model, now, columns, {"year_end": before}).score_micro.tolist() == [75_000_000]


PRODUCTS = """
name: by_product
dimensions:
  - {name: analytics, product: Analytics, signal: custom(name=dashboards), normalise: {capped_ratio: 50}}
  - {name: platform, product: Platform, signal: sessions, normalise: {capped_ratio: 20}}
levels:
  - {name: low, color: red, from: 0}
  - {name: fine, color: green, from: 50}
"""


def score_products(model: ScoringModel, analytics: list[int], platform: list[int]) -> np.ndarray:
    count = len(analytics)
    raws = build_raws(model, {"custom(name=dashboards)": [20] * count, "sessions": [16] * count})
    arr = {"Analytics": np.array(analytics), "Platform": np.array(platform)}
    table = compute_scores(model, raws, AccountColumns(count, product_arr=arr))
    assert compute_points(table).sum(axis=1).tolist() == table.score_micro.tolist()
    return table


def test_products_weigh_as_much_as_their_arr() -> None:
    table = score_products(read_model(PRODUCTS), [30_000_00, 0, 0], [10_000_00, 10_000_00, 0])
    # 0.75 × 0.4 + 0.25 × 0.8; Platform alone; no ARR of any product known: evenly.
    assert table.score_micro.tolist() == [50_000_000, 80_000_000, 60_000_000]
    assert table.states[1, 0] == ABSENT
    assert table.coverage_percent.tolist() == [100, 100, 100]


def test_a_product_takes_another_models_signals(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "by_product.yaml").write_text(
        PRODUCTS.replace("signal: sessions, normalise: {capped_ratio: 20}", "model: four_dimension"),
        encoding="utf-8",
    )
    model = load_models(tmp_path)["by_product"]
    leaves = [leaf.name for leaf in model.leaves]
    assert leaves[:3] == ["analytics", "platform_daily_active_rate", "platform_feature_adoption"]
    # The definition that is kept with a score needs no other file.
    assert ScoringModel.model_validate(model.definition).version == model.version

    raws = build_raws(model, {"custom(name=dashboards)": 20, "stickiness": 0.2, "nps": 100})
    arr = {"Analytics": np.array([1_00]), "Platform": np.array([1_00])}
    table = compute_scores(model, raws, AccountColumns(1, product_arr=arr))
    # Half of 0.4; of the other half what the model's known weights make: (0.2 × 0.5 + 0.2 × 1) of 0.4 known,
    # shared out over all that is known: weights 1, 0.2 and 0.2 of 1.4.
    assert table.score_micro[0] == round(1e8 * (1 * 0.4 + 0.2 * 0.5 + 0.2 * 1) / 1.4)


def test_only_a_plain_model_can_be_taken_from(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "simple.yaml").write_text(
        SEASON + "levels: [{name: a, color: red, from: 0}, {name: b, color: red, from: 9}]", encoding="utf-8"
    )
    (tmp_path / "models" / "by_product.yaml").write_text(
        PRODUCTS.replace("signal: sessions, normalise: {capped_ratio: 20}", "model: simple"), encoding="utf-8"
    )
    with pytest.raises(
        ConfigError, match=r"dimensions\[platform\]\.model: simple has variants, products or seasons"
    ):
        load_models(tmp_path)
