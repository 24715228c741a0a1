from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from blocks.help import HelpLine, build_help
from blocks.home import build_home
from blocks.portfolio import build_portfolio
from blocks.values import read_portfolio_value
from bot.preferences import DEFAULTS, Preferences
from bot.reports.home import Home
from bot.reports.portfolio_views import Filter, LevelShare, Portfolio, PortfolioAsk, PortfolioRow
from tests.blocks.checks import assert_no_markup, check_reply, check_view, find_elements
from tests.blocks.test_alerts import make_alert
from tests.blocks.views import GREEN, HOSTILE, RED, TODAY


def make_row(number: int, name: str = "Acme", **changes: object) -> PortfolioRow:
    row = PortfolioRow(
        account_id=number,
        name=name,
        level=RED,
        score=38,
        delta_30_micro=-17_000_000,
        trend="declining",
        arr_cents=8_400_000,
        at_risk_cents=5_040_000,
        renewal_on=TODAY,
        owner="Maria Lopez",
    )
    return replace(row, **changes)


def make_portfolio(**changes: object) -> Portfolio:
    portfolio = Portfolio(
        title="Your book",
        ask=PortfolioAsk((Filter("csm", "#1"),), page=1),
        model_title="Four dimensions",
        as_of=TODAY,
        accounts=45,
        arr_cents=500_000_000,
        at_risk_cents=125_000_000,
        mean_score=61,
        shares=(LevelShare(RED, 9, 100_000_000), LevelShare(GREEN, 36, 400_000_000)),
        at_risk=tuple(make_row(n, f"Account {n}") for n in range(20)),
        improving=tuple(make_row(n, f"Better {n}", delta_30_micro=9_000_000) for n in range(50, 60)),
        pages=3,
        money_symbol="$",
        no_money_reason=None,
        today=TODAY,
    )
    return replace(portfolio, **changes)


def test_totals_levels_and_lists() -> None:
    text = check_reply(build_portfolio(make_portfolio()))

    assert "*45* accounts · *$5M* ARR · *$1.2M* at risk (25 %) · mean score *61*" in text
    assert "🔴 Red: 9 (20 %) · $1M ARR" in text
    assert "*Most at risk* (1–20 of 45)" in text
    assert "🔴 *Account 7* Red 38 (−17) · $50.4k of $84k at risk · renews 22 Nov · Maria Lopez" in text
    assert text.index("Improving most") < text.index("Better 50")


def test_without_money_nothing_speaks_of_it() -> None:
    bare = [replace(row, arr_cents=None, at_risk_cents=None) for row in make_portfolio().at_risk]
    shares = tuple(replace(share, arr_cents=None) for share in make_portfolio().shares)
    portfolio = make_portfolio(
        arr_cents=None,
        at_risk_cents=None,
        at_risk=tuple(bare),
        improving=(),
        shares=shares,
        no_money_reason="Why.",
    )
    text = check_reply(build_portfolio(portfolio))
    assert "$" not in text
    assert "ARR" not in text
    assert "Why." in text


@pytest.mark.parametrize(("page", "buttons"), [(1, [2]), (2, [1, 3]), (3, [2])])
def test_paging_goes_where_there_are_pages(page: int, buttons: list[int]) -> None:
    ask = replace(make_portfolio().ask, page=page)
    reply = build_portfolio(make_portfolio(ask=ask))
    check_reply(reply)

    turning = [each for each in find_elements(reply.blocks) if each["type"] == "button"]
    assert [read_portfolio_value(each["value"]) for each in turning] == [
        replace(ask, page=n) for n in buttons
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(name: str) -> None:
    rows = tuple(make_row(n, name, owner=name) for n in range(20))
    portfolio = make_portfolio(title=name, at_risk=rows, improving=rows[:10], model_title=name)
    home = Home(
        name,
        datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("UTC")),
        portfolio,
        (make_alert(account_name=name),),
        20,
        Preferences(dict(DEFAULTS)),
        True,
    )
    check_reply(build_portfolio(portfolio))
    check_view(build_home(home))
    assert_no_markup(build_portfolio(portfolio), build_home(home))


def test_help_is_taken_by_slack() -> None:
    check_reply(build_help([HelpLine("/cs x <y>", "/x", "Does x.", ("Like `/cs x`",))]))


@pytest.mark.parametrize(
    ("hour", "greeting"), [(8, "Good morning"), (13, "Good afternoon"), (21, "Good evening")]
)
def test_home_greets_by_the_readers_clock(hour: int, greeting: str) -> None:
    now = datetime(2026, 11, 22, hour, 5, tzinfo=ZoneInfo("Asia/Tokyo"))
    text = check_view(build_home(Home("Maria", now, make_portfolio(), (), 0, None, True)))
    assert f"{greeting}, Maria" in text
    assert f"Sunday, 22 November, {now:%H}:05 JST" in text
