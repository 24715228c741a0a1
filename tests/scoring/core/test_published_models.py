"""The five published schemes (SPEC H1–H5), with the arithmetic written out beside each figure."""

from fractions import Fraction

import numpy as np
import pytest

from scoring.engine import compute_points
from scoring.levels import compute_levels
from scoring.model import load_models
from scoring.model.weights import compute_shares
from tests.scoring.core.building import score

MODELS = load_models()


def level_of(name: str, points: int) -> str:
    model = MODELS[name]
    return model.levels[int(compute_levels(model, np.array([[points * 1_000_000]]))[0])].name


@pytest.mark.parametrize(
    ("model", "weights"),
    [
        ("four_dimension", {"product_usage": "0.40", "support": "0.25", "nps": "0.20", "engagement": "0.15"}),
        (
            "six_signal",
            {
                "login_frequency": "0.20",
                "feature_adoption": "0.20",
                "support_sentiment": "0.15",
                "api_usage_trend": "0.15",
                "payment_health": "0.15",
                "team_growth": "0.15",
            },
        ),
        (
            "five_dimension",
            {
                "product_usage": "0.30",
                "engagement": "0.20",
                "relationship": "0.15",
                "outcomes": "0.20",
                "financial": "0.15",
            },
        ),
        (
            "crm_pattern",
            dict.fromkeys(
                (
                    "usage_trend",
                    "support_tickets",
                    "nps",
                    "engagement",
                    "payment_status",
                    "days_to_renewal",
                ),
                "1/6",
            ),
        ),
        (
            "eighteen_component",
            {"usage": "0.40", "engagement": "0.30", "business": "0.20", "relationship": "0.10"},
        ),
    ],
)
def test_dimensions_weigh_as_published(model: str, weights: dict[str, str]) -> None:
    shares = compute_shares(MODELS[model])
    names = [dimension.name for dimension in MODELS[model].dimensions]
    assert {name: shares[name] for name in names} == {
        name: Fraction(weight) for name, weight in weights.items()
    }


def test_components_weigh_as_published() -> None:
    published = {
        "daily_active_rate": "0.15",
        "feature_adoption_depth": "0.10",
        "usage_trend_30d": "0.10",
        "plan_utilization": "0.05",
        "support_sentiment": "0.10",
        "feature_requests": "0.08",
        "community": "0.05",
        "onboarding_completion": "0.04",
        "docs_engagement": "0.03",
        "payment_health": "0.08",
        "contract_utilization_trend": "0.06",
        "team_adoption": "0.04",
        "integration_usage": "0.02",
        "csm_interactions": "0.04",
        "executive_engagement": "0.03",
        "referrals": "0.02",
        "case_studies": "0.01",
    }
    assert {leaf.name: leaf.weight for leaf in MODELS["eighteen_component"].leaves} == {
        name: Fraction(weight) for name, weight in published.items()
    }


@pytest.mark.parametrize(
    ("model", "borders"),
    [
        ("four_dimension", [(0, "red"), (39, "red"), (40, "yellow"), (64, "yellow"), (65, "green")]),
        (
            "six_signal",
            [
                (29, "critical"),
                (30, "at_risk"),
                (49, "at_risk"),
                (50, "monitor"),
                (69, "monitor"),
                (70, "healthy"),
            ],
        ),
        (
            "five_dimension",
            [(39, "critical"), (40, "at_risk"), (59, "at_risk"), (60, "healthy"), (80, "thriving")],
        ),
        ("crm_pattern", [(39, "critical"), (40, "at_risk"), (60, "stable"), (79, "stable"), (80, "healthy")]),
        (
            "eighteen_component",
            [
                (19, "critical"),
                (20, "high_risk"),
                (40, "at_risk"),
                (60, "healthy"),
                (80, "thriving"),
                (100, "thriving"),
            ],
        ),
    ],
)
def test_levels_begin_as_published(model: str, borders: list[tuple[int, str]]) -> None:
    assert [(points, level_of(model, points)) for points, _ in borders] == borders


def test_four_dimension() -> None:
    table = score(
        MODELS["four_dimension"],
        {
            "stickiness": 0.2,  # 0.2 / 0.4 = 0.5          × 0.20
            "features_used": 6,  # 6 / 10 = 0.6             × 0.20
            "tickets": 3,  # (10 − 3) / 10 = 0.7           × 0.125
            "tickets(severity=high+urgent)": 1,  # (4 − 1) / 4 = 0.75  × 0.125
            "nps": 20,  # (20 + 100) / 200 = 0.6           × 0.20
            "touches(kinds=meeting+call+executive)": 2,  # 2 / 3        × 0.06
            "touches(kinds=qbr, days=180)": 1,  # 1                     × 0.045
            "contacts(role=champion)": 0,  # 0                          × 0.045
        },
    )
    # 10 + 12 + 8.75 + 9.375 + 12 + 4 + 4.5 + 0 = 60.625, in file order:
    assert compute_points(table)[0].tolist() == [
        10_000_000,
        12_000_000,
        8_750_000,
        9_375_000,
        12_000_000,
        4_000_000,
        4_500_000,
        0,
        0,
    ]
    assert table.score_micro[0] == 60_625_000
    assert level_of("four_dimension", 61) == "yellow"


def test_four_dimension_is_capped_by_nothing_that_was_not_published() -> None:
    assert MODELS["four_dimension"].caps == ()
    best = {"stickiness": 1, "features_used": 10, "tickets": 0, "nps": 100}
    assert score(MODELS["four_dimension"], best).score_micro[0] == 100 * 1_000_000


def test_six_signal() -> None:
    table = score(
        MODELS["six_signal"],
        {
            "sessions": 12,  # 12 / 20 = 0.6           × 20 = 12
            "features_used": 4,  # 4 / 10 = 0.4            × 20 =  8
            "ticket_rating": 4,  # 4 / 5 = 0.8             × 15 = 12
            "usage_change(metric=api_calls)": 0.5,  # 0.5  × 15 =  7.5
            "failed_payment_share": 0.2,  # 1 − 0.2 = 0.8   × 15 = 12
            "new_users": 1,  # 1 / 3                        × 15 =  5
        },
    )
    assert table.score_micro[0] == 56_500_000
    assert compute_points(table)[0].tolist() == [
        12_000_000,
        8_000_000,
        12_000_000,
        7_500_000,
        12_000_000,
        5_000_000,
        0,
    ]


def test_six_signal_without_ratings_and_payments() -> None:
    table = score(MODELS["six_signal"], {"sessions": 40, "features_used": 10, "new_users": 3})
    # 20 + 20 + 15 at their caps, half of 15 for no ratings, 15 for no payments; the unknown API trend's 15
    # are shared out: (20 + 20 + 7.5 + 15 + 15) / 0.85 = 91.176470…
    assert table.score_micro[0] == 91_176_471
    assert table.coverage_percent[0] == 55


def test_five_dimension() -> None:
    table = score(
        MODELS["five_dimension"],
        {
            # Product usage: 40 % × 5/10 (30 % active: in the middle of 4–6), 30 % × 0.8, 30 % × 0.5 = 0.59
            "stickiness": 0.3,
            "features_used": 8,
            "core_actions": 50,
            # Engagement: logins flat (5/10) 50 %, tickets (10 − 5) / 10 = 0.5 30 %, no community: its 20 %
            # are shared out, so (0.25 + 0.15) / 0.8 = 0.5
            "usage_change(metric=logins)": 1.0,
            "tickets": 5,
            # Relationship: champion alone (1 of 1–3: 4/10) 70 %, no sponsor = 0.28
            "champion_threads": 1,
            "contacts(role=exec_sponsor)": 0,
            # Outcomes: some goals (half: 5/10) 60 %, ROI documented 20 %, milestones 0.5 20 %
            # = 0.3 + 0.2 + 0.1 = 0.6
            "goals_met_share": 0.5,
            "custom(name=roi_documented, days=365)": 1,
            "custom(name=milestones_done, days=180)": 0.5,
            # Financial: 30 days late: half of 3/10 = 0.15
            "oldest_unpaid_days": 30,
        },
    )
    # 30 × 0.59 + 20 × 0.5 + 15 × 0.28 + 20 × 0.6 + 15 × 0.15 = 17.7 + 10 + 4.2 + 12 + 2.25
    assert table.score_micro[0] == 46_150_000


@pytest.mark.parametrize(
    ("signal", "raw", "tenths"),
    [
        ("stickiness", 0.19, (0, 3)),
        ("stickiness", 0.2, (4, 4)),
        ("stickiness", 0.4, (6, 6)),
        ("stickiness", 0.41, (7, 7.1)),
        ("usage_change(metric=logins)", 0.94, (0, 3)),
        ("usage_change(metric=logins)", 1.0, (4, 6)),
        ("usage_change(metric=logins)", 1.06, (7, 10)),
        ("champion_threads", 0, (0, 3)),
        ("champion_threads", 1, (4, 6)),
        ("champion_threads", 3, (7, 10)),
        ("goals_met_share", 0, (0, 3)),
        ("goals_met_share", 0.3, (4, 6)),
        ("goals_met_share", 1, (7, 10)),
    ],
)
def test_five_dimension_bands(signal: str, raw: float, tenths: tuple[float, float]) -> None:
    table = score(MODELS["five_dimension"], {signal: raw})
    value = 10 * float(np.nansum(table.values))
    assert tenths[0] - 1e-9 <= value <= tenths[1] + 1e-9


@pytest.mark.parametrize(
    ("late", "growth", "tenths"),
    [(1, 0.5, 2.95), (60, 0.5, 0), (0, 0, 6), (0, np.nan, 5), (0, 0.1, 8.5), (0, 0.2, 10), (0, -0.2, 4)],
)
def test_five_dimension_money(late: float, growth: float, tenths: float) -> None:
    figures = {"oldest_unpaid_days": late, "arr_growth": growth, "goals_met_share": 0}
    table = score(MODELS["five_dimension"], figures)
    financial = table.values[0, [leaf.name.startswith("paying") for leaf in MODELS["five_dimension"].leaves]]
    assert 10 * np.nansum(financial) == pytest.approx(tenths)


def test_five_dimension_takes_what_the_team_recorded() -> None:
    recorded = {
        f"custom(name=health_{name})": tenths
        for name, tenths in {
            "product_usage": 8,
            "engagement": 6,
            "relationship": 4,
            "outcomes": 7,
            "financial": 5,
        }.items()
    }
    table = score(MODELS["five_dimension"], recorded | {"stickiness": 0, "goals_met_share": 0})
    # 30 × 0.8 + 20 × 0.6 + 15 × 0.4 + 20 × 0.7 + 15 × 0.5 = 24 + 12 + 6 + 14 + 7.5, measured figures aside.
    assert table.score_micro[0] == 63_500_000
    assert table.coverage_percent[0] == 100


def test_crm_pattern() -> None:
    table = score(
        MODELS["crm_pattern"],
        {
            "usage_change(metric=active_users)": 1,  # 0.7
            "tickets": 1,  # 0.9
            "nps": 0,  # 0.5
            "touches": 3,  # 1
            "oldest_unpaid_days": 15,  # (60 − 15) / 60 = 0.75
            "days_to_renewal": 60,  # halfway from 0.4 to 0.8 = 0.6
        },
    )
    # (0.7 + 0.9 + 0.5 + 1 + 0.75 + 0.6) / 6 = 4.45 / 6 = 0.7416666…
    assert table.score_micro[0] == 74_166_667
    assert compute_points(table).sum() == 74_166_667


def test_eighteen_component() -> None:
    table = score(
        MODELS["eighteen_component"],
        {
            "stickiness": 0.4,  # 1                              × 15
            "features_used": 5,  # 0.5                           × 10
            "usage_change(metric=core_actions)": 0.5,  # 0       × 10
            "seat_utilization": 0.4,  # 0.4 / 0.8 = 0.5          ×  5
            "ticket_rating": 3,  # (3 − 1) / 4 = 0.5             × 10
            "failed_payment_share": 0.25,  # 0.75                ×  8
            "usage_change(metric=seats_used)": 1,  # 0.7         ×  6
            "new_users": 3,  # 1                                 ×  4
            "active_days(metric=api_calls)": 10,  # 10/20 = 0.5  ×  2
            "touches(kinds=any, days=30)": 4,  # 1               ×  4
            "touches(kinds=executive+qbr, days=180)": 1,  # 0.5  ×  3
        },
    )
    # 15 + 5 + 0 + 2.5 + 5 + 6 + 4.2 + 4 + 1 + 4 + 1.5 = 48.2 of the 77 known: 62.597402…
    assert table.score_micro[0] == 62_597_403
    assert table.coverage_percent[0] == 77
