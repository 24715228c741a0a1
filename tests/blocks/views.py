"""Views as the domain makes them, with quiet defaults."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.accounts.score_card import AccountFacts, Money, ScoreCard
from scoring.views import (
    LevelView,
    ScoreChange,
    ScoreExplanation,
    SignalChange,
    SignalPoints,
    TrendPoint,
)

TODAY = date(2026, 11, 22)
RED = LevelView("red", "Red", "red", 0)
GREEN = LevelView("green", "Green", "green", 2)

HOSTILE = [
    "Smith & Sons <b>",
    "<!channel> urgent",
    "<@U123> and <https://evil.example|your bank>",
    "*bold* _it_ ~no~ `code` :tada:",
    "Ø" * 4000,
    "🔥🚀 Émile's Fußball GmbH 東京",
    "",
    "   \n\t ",
    "line\nbreak > quote",
    "\u202eevil\u202c\u200b",
    "a" * 200 + " & " + "<" * 2000,
    "```",
]


def make_signal(name: str = "logins", **changes: Any) -> SignalPoints:
    signal = SignalPoints(
        name=name,
        title=name.replace("_", " ").capitalize(),
        dimension="usage",
        raw=12.0,
        unit="count",
        value=0.4,
        weight=0.5,
        points_micro=20_000_000,
        phrase=f"{name} 12 in 30 days (30 expected)",
    )
    return replace(signal, **changes)


def make_change(days: int = 30, **changes: Any) -> ScoreChange:
    change = ScoreChange(
        days=days,
        since=TODAY - timedelta(days=days),
        from_micro=65_300_000,
        from_level="green",
        delta_micro=-17_300_000,
        parts=(
            SignalChange("logins", "Logins", -20_150_000, "30 → 12"),
            SignalChange("support", "Support", 2_850_000, "5 → 3"),
        ),
    )
    return replace(change, **changes)


def make_explanation(**changes: Any) -> ScoreExplanation:
    explanation = ScoreExplanation(
        account_id=17,
        external_id="A-17",
        account_name="Acme",
        model="four_dimension",
        version="a1b2c3d4e5f6",
        as_of=TODAY - timedelta(days=1),
        score_micro=48_000_000,
        level=RED,
        trend="declining",
        coverage=0.82,
        fresh_to={"usage": TODAY - timedelta(days=1), "surveys": TODAY - timedelta(days=40)},
        signals=(
            make_signal(),
            make_signal("support", value=0.7, weight=0.4, points_micro=28_000_000, phrase="3 open tickets"),
            make_signal("nps", value=None, raw=None, weight=0.1, points_micro=0, phrase="no survey"),
        ),
        caps=(),
        change_7=make_change(7, delta_micro=0, parts=()),
        change_30=make_change(),
        arr_at_risk_cents=5_040_000,
    )
    return replace(explanation, **changes)


def make_card(name: str = "Acme", **changes: Any) -> ScoreCard:
    card = ScoreCard(
        account=AccountFacts(
            account_id=17,
            name=name,
            segment="enterprise",
            stage="adoption",
            owner="Maria Lopez",
            renewal_on=date(2027, 2, 12),
            opt_out_on=date(2027, 1, 2),
            churned_on=None,
            live=True,
        ),
        model="four_dimension",
        model_title="Four dimensions",
        explanation=make_explanation(),
        no_score_reason=None,
        trend=tuple(
            TrendPoint(TODAY - timedelta(days=91 - day), (80 - day // 3) * 1_000_000) for day in range(91)
        ),
        advice="Ask the admin what keeps people from logging in.",
        money=Money(8_400_000, 5_040_000, "USD"),
        no_money_reason=None,
        today=TODAY,
    )
    return replace(card, **changes)
