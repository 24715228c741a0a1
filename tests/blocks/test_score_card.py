from datetime import date

import pytest

from blocks.choices import build_choice
from blocks.score_card import build_score_card, build_score_modal, build_shared_card
from blocks.signals import build_signals_modal
from bot.accounts.advice import compute_advice
from bot.accounts.name_index import NameMatch
from bot.accounts.score_card import AccountChoice
from tests.blocks.checks import assert_no_markup, check_reply, check_view, find_elements
from tests.blocks.views import HOSTILE, TODAY, make_card, make_change, make_explanation, make_signal


def test_card_says_what_a_csm_needs_at_a_glance():
    text = check_reply(build_score_card(make_card()))

    assert "🔴 *Acme* · Red · *48* (−17 in 30 d) · ↘ declining" in text
    assert "$84k ARR · $50.4k of it at risk" in text
    assert "opt-out by 2 Jan 2027 (in 41 d) · renewal 12 Feb 2027 (in 82 d)" in text
    assert "CSM Maria Lopez · Enterprise · adoption" in text
    assert "logins 12 in 30 days (30 expected): costs 30.0" in text
    assert "3 open tickets: +28.0" in text
    assert "*Next:* Ask the admin" in text
    assert "coverage 82 %" in text
    assert "surveys only to 13 Oct" in text
    assert "model Four dimensions, version a1b2c3d4e5f6" in text


def test_card_shows_changes_whose_parts_add_up():
    text = check_reply(build_score_card(make_card()))

    assert "30 days: 65.3 → 48.0 (−17.3): Logins −20.1, Support +2.8" in text
    assert "7 days: 65.3 → 65.3 (±0.0): nothing moved" in text


def test_card_draws_the_trend_a_week_apart():
    reply = build_score_card(make_card())

    (chart,) = [block for block in reply.blocks if block["type"] == "data_visualization"]
    values = [point["value"] for point in chart["chart"]["series"][0]["data"]]
    assert len(values) == 13
    assert values[-1] == 50
    assert values == sorted(values, reverse=True)
    assert "▇" in reply.text


def test_card_without_money_says_why_and_shows_none():
    reason = "Figures in money are left out: you are not on the team's list of people."
    text = check_reply(build_score_card(make_card(money=None, no_money_reason=reason)))

    assert "$" not in text
    assert "ARR" not in text
    assert reason in text


def test_card_of_an_account_without_a_score_says_why():
    card = make_card(explanation=None, no_score_reason="It has no score yet.", trend=(), advice=None)
    reply = build_score_card(card)

    assert "It has no score yet." in check_reply(reply)
    assert [element["action_id"] for element in find_elements(reply.blocks)] == ["score.share"]


def test_card_of_a_model_that_refuses_says_so():
    explanation = make_explanation(score_micro=None, level=None, trend=None, change_7=None, change_30=None)
    assert "too little data for a score" in check_reply(build_score_card(make_card(explanation=explanation)))


def test_card_of_a_past_day_names_the_day_and_its_buttons_keep_it():
    reply = build_score_card(make_card(as_of=date(2026, 9, 1)))

    assert "as of 1 Sep" in check_reply(reply)
    assert {element["value"] for element in find_elements(reply.blocks)} == {"17|four_dimension|2026-09-01"}


def test_shared_card_has_no_buttons_and_calls_nobody():
    reply = build_shared_card(make_card(), "<!here> Maria")

    text = check_reply(reply)
    assert list(find_elements(reply.blocks)) == []
    assert "Shared by &lt;!here&gt; Maria" in text


def test_caps_are_told_before_the_drivers():
    text = check_reply(build_score_card(make_card(explanation=make_explanation(caps=("Notice given",)))))
    assert text.index("⚠️ Notice given") < text.index("Pulls it down")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(name: str):
    signal = make_signal(title=name, phrase=name, dimension=name)
    part = make_change().parts[0]
    change = make_change(
        delta_micro=part.points_micro, parts=(type(part)(name, name, part.points_micro, name),)
    )
    explanation = make_explanation(signals=(signal,), caps=(name,), change_30=change, version=name)
    card = make_card(name, explanation=explanation, understood_from=name, model_title=name)

    check_reply(build_score_card(card))
    check_reply(build_shared_card(card, name))
    check_view(build_signals_modal(card))
    check_view(build_score_modal(card))
    assert_no_markup(
        build_score_card(card),
        build_shared_card(card, name),
        build_signals_modal(card),
        build_score_modal(card),
    )


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("fits", [True, False])
def test_hostile_names_stay_options(name: str, fits: bool):
    option = NameMatch(1, name, "acme.com", "A-1", live=False)
    choice = AccountChoice(name, (option, NameMatch(2, name, None, "A-2", True)), fits, 3, None, None)
    check_reply(build_choice(choice))


def test_namesakes_are_told_apart():
    options = (NameMatch(1, "Acme", "acme.com", "A-1", True), NameMatch(2, "Acme", None, "A-2", False))
    reply = build_choice(AccountChoice("acme", options, True, 0, "six_signal", date(2026, 9, 1)))

    (menu,) = find_elements(reply.blocks)
    assert [option["text"]["text"] for option in menu["options"]] == [
        "Acme · acme.com",
        "Acme · A-2 (churned)",
    ]
    assert menu["options"][0]["value"] == "1|six_signal|2026-09-01"
    check_reply(reply)


def test_modal_lists_every_signal_with_points_that_add_up():
    view = build_signals_modal(make_card())
    check_view(view)

    (table,) = [block for block in view["blocks"] if block["type"] == "rich_text"]
    rows = table["elements"][0]["elements"][0]["text"].splitlines()
    points = [float(row.split()[-1]) for row in rows[1:]]
    assert sum(points[:-1]) == points[-1] == 48.0
    assert rows[1].split() == ["Logins", "0.40", "50", "%", "20.00"]
    assert rows[3].split() == ["Nps", "–", "10", "%", "0.00"]


def test_modal_of_a_model_with_sixty_signals_stays_within_limits():
    signals = tuple(make_signal(f"signal_{n}", title=f"Signal {n}", phrase="x" * 800) for n in range(60))
    view = build_signals_modal(make_card(explanation=make_explanation(signals=signals)))
    check_view(view)


def test_advice_is_about_what_weighs_most():
    assert "logging in" in compute_advice(make_explanation())
    champion = make_signal("champion_presence", value=0.0, weight=0.9, points_micro=0)
    assert "new champion" in compute_advice(make_explanation(signals=(make_signal(), champion)))
    fine = make_signal(value=0.95, points_micro=47_500_000)
    assert "Nothing presses" in compute_advice(make_explanation(signals=(fine,)))


def test_today_is_named_plainly():
    account = make_card().account
    card = make_card(account=type(account)(**{**vars(account), "renewal_on": TODAY, "opt_out_on": None}))
    assert "renewal 22 Nov (today)" in check_reply(build_score_card(card))
