from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.values import (
    read_portfolio_value,
    read_score_value,
    write_portfolio_value,
    write_score_value,
)
from bot.accounts.score_card import ScoreAsk
from bot.errors import UserError
from bot.reports.portfolio_views import Filter, PortfolioAsk
from handlers.commands.verbs import VERBS, get_verb
from handlers.parse import parse_help_topic, parse_portfolio, parse_score


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("acme", ScoreAsk("acme")),
        ("  Acme   Corp ", ScoreAsk("Acme Corp")),
        ("acme 2026-09-01", ScoreAsk("acme", as_of=date(2026, 9, 1))),
        ("acme date=2026-9-1", ScoreAsk("acme", as_of=date(2026, 9, 1))),
        ("acme model=six_signal 2026-09-01", ScoreAsk("acme", model="six_signal", as_of=date(2026, 9, 1))),
        ("acme model = six_signal", ScoreAsk("acme", model="six_signal")),
        ("<http://acme.com|acme.com>", ScoreAsk("acme.com")),
        ("<https://acme.com>", ScoreAsk("https://acme.com")),
        ("“Acme &amp; Sons”", ScoreAsk("Acme & Sons")),
        # A company may be called like a day.
        ("2026-09-01", ScoreAsk("2026-09-01")),
        ("", ScoreAsk("")),
    ],
)
def test_score_words(text: str, asked: ScoreAsk) -> None:
    assert parse_score(text) == asked


@pytest.mark.parametrize("text", ["acme 2026-13-01", "acme 2026-02-30", "acme date=soon", "acme weight=3"])
def test_score_words_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(UserError, match="2026-09-01"):
        parse_score(text)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", PortfolioAsk()),
        ("all", PortfolioAsk(everyone=True)),
        ("team level red", PortfolioAsk((Filter("level", "red"),), everyone=True)),
        ("csm maria lopez", PortfolioAsk((Filter("csm", "maria lopez"),))),
        (
            "csm maria lopez level at risk",
            PortfolioAsk((Filter("csm", "maria lopez"), Filter("level", "at risk"))),
        ),
        ("segment=smb level=red", PortfolioAsk((Filter("segment", "smb"), Filter("level", "red")))),
        ("tier=smb", PortfolioAsk((Filter("segment", "smb"),))),
        ("enterprise red", PortfolioAsk((Filter(None, "enterprise red"),))),
        ("mine", PortfolioAsk((Filter("csm", "me"),))),
        ("page=3 model=crm_pattern", PortfolioAsk(model="crm_pattern", page=3)),
        ("page=-1", PortfolioAsk()),
        ("page=99999999999", PortfolioAsk()),
    ],
)
def test_portfolio_words(text: str, asked: PortfolioAsk) -> None:
    assert parse_portfolio(text) == asked


@given(st.text())
def test_no_text_breaks_a_parser(text: str) -> None:
    for verb in VERBS.values():
        with suppress(UserError):
            verb.parse(text)


@given(st.integers(1, 2**31), st.none() | st.just("six_signal"), st.none() | st.dates())
def test_a_score_button_says_the_same_again(account_id: int, model: str | None, day: date | None) -> None:
    value = write_score_value(account_id, model, day)
    assert read_score_value(value) == ScoreAsk(account_id=account_id, model=model, as_of=day)
    assert len(value) <= 150


def test_a_portfolio_button_says_the_same_again() -> None:
    ask = PortfolioAsk(
        (Filter("csm", "#3"), Filter("stage", "on = board|ing")), everyone=True, model="m", page=4
    )
    assert read_portfolio_value(write_portfolio_value(ask)) == ask


def test_the_verb_may_be_in_capitals_and_help_in_any_form() -> None:
    assert get_verb("SCORE acme corp") == (VERBS["score"], "acme corp")
    assert get_verb("  help  portfolio ") == (VERBS["help"], "portfolio")
    assert get_verb("")[0] is VERBS["help"]
    assert parse_help_topic("/cs Score") == "score"
