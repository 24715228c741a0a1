"""A score explained: every part in words, changes that add up to the millionth, and its JSON (SPEC H8)."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.catalogue import CATALOGUE, SignalKey
from scoring.engine import AccountColumns, compute_scores
from scoring.explain import ScoredAccount, ScoredDay, compute_explanation, compute_score_json
from scoring.levels import compute_levels
from scoring.model import ScoringModel, get_model
from scoring.model.schema import Part
from scoring.normalise import Normalise
from scoring.phrases import compute_change_phrase, compute_phrase
from scoring.views import ScoreExplanation
from tests.scoring.core.building import build_raws, read_model
from tests.scoring.core.test_engine import CAPPED

ACME = ScoredAccount(7, "acme-1", "Acme", arr_cents=84_000_00)
TODAY, LAST_WEEK = date(2026, 3, 10), date(2026, 3, 3)


def score_day(model: ScoringModel, figures: Mapping[str, Any], as_of: date = TODAY, **held: Any) -> ScoredDay:
    raws = build_raws(model, figures)
    table = compute_scores(model, raws, AccountColumns(1), held)
    return ScoredDay(as_of, model, raws, table, int(compute_levels(model, table.score_micro[None])[0]))


def explain(
    now: ScoredDay, week_ago: ScoredDay | None = None, previous: int | None = None
) -> ScoreExplanation:
    return compute_explanation(
        ACME,
        now,
        previous_micro=previous,
        week_ago=week_ago,
        month_ago=None,
        fresh_to={"usage_daily": TODAY, "tickets": None},
    )


SIX = get_model("six_signal")
NOW = {
    "sessions": 12,
    "features_used": 10,
    "ticket_rating": np.nan,
    "usage_change(metric=api_calls)": 0.59,
    "failed_payment_share": 0.5,
    "new_users": np.nan,
}


def test_the_whole_explanation() -> None:
    found = explain(score_day(SIX, NOW), previous=64_000_000)
    # 12 + 20 + 7.5 + 8.85 + 7.5 = 55.85 of the 85 that are known or have a default.
    assert found.score_micro == 65_705_882
    assert found.score == 66
    assert (found.model, found.version, found.as_of) == ("six_signal", SIX.version, TODAY)
    assert found.level is not None
    assert found.level.title == "Monitor"
    assert found.trend == "stable"
    # 20 + 20 + 15 + 15 of 100 were known.
    assert found.coverage == 0.7
    assert found.fresh_to == {"usage_daily": TODAY, "tickets": None}
    assert found.change_7 is None
    # Seen as 66, so the probability is .05; × .9 above $50k.
    assert found.arr_at_risk_cents == 84_000_00 * 45 // 1000
    assert sum(signal.points_micro for signal in found.signals) == found.score_micro


def test_the_most_points_lost_come_first_and_the_unknown_last() -> None:
    found = explain(score_day(SIX, NOW))
    assert [(signal.name, signal.phrase) for signal in found.signals] == [
        ("login_frequency", "logins 12 in 30 days (20 expected)"),
        ("support_sentiment", "Support sentiment: no data, counted as 50 %"),
        ("payment_health", "failed payments 50 % in 90 days"),
        ("api_usage_trend", "API calls −41 % on the 30 days before"),
        ("feature_adoption", "features used 10 in 30 days (10 expected)"),
        ("team_growth", "Team growth: no data"),
    ]
    unknown = found.signals[-1]
    assert (unknown.raw, unknown.value, unknown.weight, unknown.points_micro) == (None, None, 0.0, 0)


def test_what_moved_the_score() -> None:
    before = NOW | {"sessions": 18, "new_users": 3}
    found = explain(score_day(SIX, NOW), score_day(SIX, before, LAST_WEEK)).change_7
    assert found is not None
    assert (found.days, found.since, found.from_level) == (7, LAST_WEEK, "healthy")
    # 18 + 20 + 7.5 + 8.85 + 7.5 + 15 = 76.85 a week ago.
    assert found.from_micro == 76_850_000
    assert found.delta_micro == 65_705_882 - 76_850_000
    assert sum(part.points_micro for part in found.parts) == found.delta_micro
    # Without a figure for team growth its weight goes to the others, 15/85 of it to each of theirs: that
    # they count more is its doing, not theirs.
    others = 0.9 * 20 + 20 + 7.5 + 8.85 + 7.5
    assert [(part.name, part.points_micro, part.phrase) for part in found.parts] == [
        ("login_frequency", round(-30e6 * 0.2 / 0.85), "logins 18 → 12 in 30 days"),
        ("team_growth", round(1e6 * (others * 0.15 / 0.85 - 15)), "new users 3 → no data in 30 days"),
    ]


def test_a_cap_is_the_last_part_and_moves_the_score() -> None:
    model = read_model(CAPPED)
    free = score_day(model, {"sessions": 20, "tickets": 0, "oldest_unpaid_days": 10}, LAST_WEEK)
    held = score_day(model, {"sessions": 20, "tickets": 0, "oldest_unpaid_days": 61})
    found = explain(held, free)
    assert found.score == 49
    assert found.caps == ("Overdue",)
    assert (found.signals[-1].name, found.signals[-1].dimension) == ("cap_overdue", "cap")
    assert found.signals[-1].points_micro == -51_000_000
    assert found.change_7 is not None
    assert [(part.points_micro, part.phrase) for part in found.change_7.parts] == [(-51_000_000, "Overdue")]
    lifted = explain(free, held).change_7
    assert lifted is not None
    assert [part.phrase for part in lifted.parts] == ["no longer: Overdue"]


def test_no_score_is_explained_too() -> None:
    found = explain(score_day(SIX, {}), score_day(SIX, NOW, LAST_WEEK), previous=50_000_000)
    assert (found.score, found.level, found.trend, found.change_7) == (None, None, None, None)
    assert (found.coverage, found.arr_at_risk_cents) == (0.0, 0)
    assert sum(signal.points_micro for signal in found.signals) == 0


def test_a_signal_held_in_a_season_says_so() -> None:
    model = read_model(CAPPED + "\nseasons: [{name: break, from: 03-01, to: 03-31, signals: [logins]}]")
    before = build_raws(model, {"sessions": 20})
    day = score_day(model, {"sessions": 2, "tickets": 0}, **{"break": before})
    phrases = [signal.phrase for signal in explain(day).signals]
    assert "logins 2 in 30 days (20 expected), held at its value from before the season" in phrases


figures = st.one_of(st.just(np.nan), st.floats(0, 40))


@settings(max_examples=40, deadline=None)
@given(st.lists(figures, min_size=8, max_size=8), st.lists(figures, min_size=8, max_size=8))
def test_changes_add_up_for_any_two_days(now: list[float], before: list[float]) -> None:
    model = get_model("four_dimension")
    texts = [key.text for key in model.signals]
    today = score_day(model, dict(zip(texts, now, strict=True)))
    earlier = score_day(model, dict(zip(texts, before, strict=True)), LAST_WEEK)
    found = explain(today, earlier)
    assert sum(signal.points_micro for signal in found.signals) == (found.score_micro or 0)
    if today.score_micro is None or earlier.score_micro is None:
        assert found.change_7 is None
        return
    assert found.change_7 is not None
    assert found.change_7.delta_micro == today.score_micro - earlier.score_micro
    assert sum(part.points_micro for part in found.change_7.parts) == found.change_7.delta_micro


def test_changes_between_two_versions_of_a_model_add_up() -> None:
    one = read_model(CAPPED)
    other = read_model(
        CAPPED.replace("name: support", "name: tickets").replace("weight: 0.5", "weight: 0.50")
    )
    found = explain(
        score_day(other, {"sessions": 12, "tickets": 4}),
        score_day(one, {"sessions": 10, "tickets": 2}, LAST_WEEK),
    ).change_7
    assert found is not None
    assert sum(part.points_micro for part in found.parts) == found.delta_micro
    phrases = {part.name: part.phrase for part in found.parts}
    assert phrases["support"] == "Support: no longer counts"
    assert phrases["tickets"] == "Tickets: counts now"


def test_json() -> None:
    found = explain(score_day(SIX, NOW), score_day(SIX, NOW | {"sessions": 18, "new_users": 3}, LAST_WEEK))
    document = json.loads(json.dumps(compute_score_json(SIX, TODAY, [found])))
    assert (document["model"], document["version"], document["as_of"]) == (
        "six_signal",
        SIX.version,
        "2026-03-10",
    )
    (account,) = document["accounts"]
    signals = account.pop("signals")
    assert account == {
        "id": "acme-1",
        "name": "Acme",
        "score": 66,
        "level": "monitor",
        "trend": None,
        # 66 against 76.85, which is seen as 77.
        "delta_7": -11,
        "delta_30": None,
        "coverage": 0.7,
        "arr_at_risk": 3780,
    }
    assert sum(round(signal["points"] * 1_000_000) for signal in signals) == 65_705_882
    assert signals[0] == {
        "name": "login_frequency",
        "dimension": "login_frequency",
        "raw": 12,
        "value": 0.6,
        "weight": pytest.approx(0.2 / 0.85),
        "points": 14.117647,
    }
    assert signals[-1] == {
        "name": "team_growth",
        "dimension": "team_growth",
        "raw": None,
        "value": None,
        "weight": 0,
        "points": 0,
    }


def part_of(text: str, shape: dict[str, Any] | None = None) -> Part:
    return Part.model_validate(
        {"name": "part", "signal": text, "normalise": shape or {"boolean": {"at_least": 1}}}
    )


@pytest.mark.parametrize(
    ("text", "raw", "phrase"),
    [
        ("stickiness", 0.234, "users active on a day 23 % over 30 days"),
        ("active_days(metric=api_calls)", 12, "days with API calls 12 of 30"),
        ("usage_change(metric=logins, days=3)", 0.5, "logins −50 % on the 3 days before"),
        ("usage_change(metric=logins)", 1.001, "logins unchanged on the 30 days before"),
        ("usage_change(metric=logins)", 12, "logins ×12 on the 30 days before"),
        ("days_since(metric=logins)", 7, "last login 7 days ago"),
        ("days_since(metric=core_actions)", 0, "last core action today"),
        ("tickets", 1234, "tickets 1,234 in 30 days"),
        ("tickets(severity=high+urgent)", 2, "high or urgent tickets 2 in 30 days"),
        ("ticket_rating", 4.25, "ticket rating 4.2 of 5 over 90 days"),
        ("nps", -33.333333, "NPS −33 over 180 days"),
        ("oldest_unpaid_days", 0, "all invoices paid"),
        ("oldest_unpaid_days", 34, "invoice unpaid for 34 days"),
        ("arr_growth", 0.12, "ARR +12 % in 365 days"),
        ("arr", 84000, "ARR on record"),
        ("days_to_renewal", 41, "renewal in 41 days"),
        ("days_to_renewal", -1, "renewal 1 day past"),
        ("touches", 2, "touches 2 in 90 days"),
        ("touches(kinds=qbr, days=180)", 1, "QBRs 1 in 180 days"),
        ("touches(kinds=email+call)", 1, "calls or emails 1 in 90 days"),
        ("contacts(role=champion)", 0, "no champion"),
        ("contacts(role=admin+technical_lead)", 2, "admins or technical leads 2"),
        ("champion_threads", 1, "champion the only contact"),
        ("champion_threads", 4, "champion and 3 other contacts"),
        ("days_since_champion_left", 50, "without a champion for 50 days"),
        ("custom(name=docs_views, agg=sum)", 4.5, "docs views 4.5 in all"),
        ("field(name=seats)", 40, "seats 40"),
    ],
)
def test_a_signal_in_words(text: str, raw: float, phrase: str) -> None:
    assert compute_phrase(part_of(text), raw) == phrase


def test_what_is_expected_is_said_in_the_signals_own_unit() -> None:
    assert compute_phrase(part_of("stickiness", {"capped_ratio": 0.4}), 0.1).endswith("(40 % expected)")
    assert compute_phrase(part_of("sessions", {"capped_ratio": 20}), 5).endswith("(20 expected)")


def test_a_change_that_rounds_to_nothing_is_said_once() -> None:
    assert (
        compute_change_phrase(part_of("stickiness"), 0.231, 0.233)
        == "users active on a day 23 % over 30 days"
    )


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_signal_can_be_said(name: str) -> None:
    params = {key: param.default or "thing" for key, param in CATALOGUE[name].params.items()}
    key = SignalKey(name, tuple(sorted(params.items())))
    part = Part(name="part", signal=key, normalise=Normalise(capped_ratio=20))
    for raw in (0.0, 0.5, 1.0, 12.0, 400.0):
        phrase = compute_phrase(part, raw)
        assert "{" not in phrase
        assert any(letter.isalpha() for letter in phrase)
