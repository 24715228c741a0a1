from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.alert_states import DISMISS_REASONS, FEEDBACK_REASONS
from blocks.alerts import build_alert, build_alert_line, build_already_acknowledged, build_private_alert
from blocks.floods import build_flood
from blocks.moments import spell_out
from bot.alerts.views import (
    Acknowledgement,
    AheadLine,
    AlertCard,
    Dismissal,
    End,
    FloodCard,
    LevelMark,
    Snooze,
)
from tests.blocks.checks import assert_no_markup, check_reply, find_elements, find_texts
from tests.blocks.views import HOSTILE, TODAY

MADRID = ZoneInfo("Europe/Madrid")


def make_alert(**changes: Any) -> AlertCard:
    card = AlertCard(
        alert_id=5,
        state="open",
        severity="critical",
        rule="level_fall",
        rule_title="Fell into a worse level",
        account_name="Acme",
        segment="mid_market",
        level_before=LevelMark("Yellow", "yellow"),
        level=LevelMark("Red", "red"),
        score_before=65,
        score=48,
        over_days=14,
        arr_cents=8_400_000,
        arr_at_risk_cents=5_040_000,
        currency="USD",
        renewal_on=date(2027, 2, 12),
        opt_out_on=date(2027, 1, 2),
        owner="Maria Lopez",
        reasons=("logins −41 % (21 d)", "urgent ticket open 6 d", "sponsor left 3 Nov"),
        next_step="Book a meeting this week.",
        as_of=date(2026, 11, 21),
        coverage=0.82,
        model="four_dimension",
        version="a1b2c3d4e5f6",
        opened_at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
        acknowledged_by=None,
        acknowledged_at=None,
        resolved_at=None,
        also=(),
        zone=MADRID,
    )
    return replace(card, **changes)


def test_an_alert_says_all_in_a_few_lines() -> None:
    reply = build_alert(make_alert())
    check_reply(reply)

    # Slack shows the text above the bar of colour, so it is the first line; a locked screen shows it alone.
    assert reply.text == "🔴 *Acme* · Yellow → Red · 65 → *48* (−17 in 14 d)"
    lines = reply.blocks[0]["text"]["text"].splitlines()
    assert lines == [
        "$84k ARR · $50.4k at risk · opt-out by 2 Jan 2027 (in 41 d) · renewal 12 Feb 2027 (in 82 d)"
        " · CSM Maria Lopez · Mid-market",
        "*Why:* logins −41 % (21 d) · urgent ticket open 6 d · sponsor left 3 Nov",
        "*Do:* Book a meeting this week.",
    ]
    assert "$" not in reply.text


def press(card: AlertCard) -> list[str]:
    """What can be pressed: labels, placeholders of menus, and what is under the dots in brackets."""
    pressed = []
    for element in find_elements(build_alert(card).blocks):
        if element["type"] == "overflow":
            pressed += [f"[{option['text']['text']}]" for option in element["options"]]
        else:
            pressed.append(element.get("text", element.get("placeholder"))["text"])
    return pressed


ACKNOWLEDGED = {
    "state": "acknowledged",
    "acknowledged_by": "Maria",
    "acknowledged_at": datetime(2026, 11, 22, 13, 2, tzinfo=UTC),
}
MORE = ["[Assign…]", "[Timeline]", "[Escalate]"]
FEEDBACK = ["👍 Useful", "👎 Not useful…"]
STATES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "open": (
        {"play": "Usage rescue"},
        ["Acknowledge", "Snooze…", "Start play", "Why", *MORE, "[Resolve]", "[Dismiss…]"],
    ),
    "open without a play": ({}, ["Acknowledge", "Snooze…", "Why", *MORE, "[Resolve]", "[Dismiss…]"]),
    "open and perhaps over": (
        {"proposes_end": True},
        ["Resolve", "Not over yet", "Acknowledge", "Snooze…", "Why", *MORE, "[Resolve]", "[Dismiss…]"],
    ),
    "acknowledged": (
        {**ACKNOWLEDGED, "play": "Usage rescue"},
        ["Resolve", "Snooze…", "Start play", "Why", *MORE, "[Reopen]", "[Dismiss…]"],
    ),
    "acknowledged and in play": (
        {**ACKNOWLEDGED, "play": "Usage rescue", "play_started": "Usage rescue"},
        ["Resolve", "Snooze…", "Why", *MORE, "[Reopen]", "[Dismiss…]"],
    ),
    "asked for": (
        {**ACKNOWLEDGED, "asks_confirmation": True},
        ["Still on it", "Resolve", "Snooze…", "Why", *MORE, "[Reopen]", "[Dismiss…]"],
    ),
    "perhaps over": (
        {**ACKNOWLEDGED, "proposes_end": True},
        ["Resolve", "Not over yet", "Snooze…", "Why", *MORE, "[Reopen]", "[Dismiss…]"],
    ),
    "snoozed": (
        {"state": "snoozed", "snooze": Snooze(None, "Maria", "waiting for legal")},
        ["Wake", "Resolve", "Why", *MORE, "[Dismiss…]"],
    ),
    "resolved": (
        {"state": "resolved", "end": End("by_hand", by="Maria"), "resolved_at": datetime.now(UTC)},
        ["Reopen", "Why", "Timeline"],
    ),
    "dismissed": (
        {"state": "dismissed", "dismissal": Dismissal("other", "Maria", datetime.now(UTC), "no customer")},
        ["Reopen", "Why", "Timeline"],
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_buttons(state: str) -> None:
    changes, buttons = STATES[state]
    card = make_alert(**changes)
    assert press(card) == [*buttons, *FEEDBACK]
    for reply in (build_alert(card), build_private_alert(card)):
        check_reply(reply)
    elements = list(find_elements(build_alert(card).blocks))
    assert sum(element.get("style") == "primary" for element in elements) <= 1
    # Six lines of text and two rows of buttons.
    assert [block["type"] for block in build_alert(card).blocks] == [
        "section",
        "context",
        "actions",
        "actions",
    ]
    assert len(build_alert(card).blocks[0]["text"]["text"].splitlines()) <= 4


def test_the_bar_has_the_colour_of_the_state() -> None:
    colors = {state: build_alert(make_alert(**changes)).color for state, (changes, _) in STATES.items()}
    red, amber, grey, green = "#d64545", "#e0a528", "#8a8f98", "#3b9b5f"
    assert (colors["open"], colors["acknowledged"], colors["snoozed"]) == (red, amber, grey)
    assert (colors["resolved"], colors["dismissed"]) == (green, grey)
    churned = make_alert(state="resolved", end=End("churned"))
    assert build_alert(churned).color == grey


def test_every_value_leads_back_to_the_alert() -> None:
    for changes, _ in STATES.values():
        for element in find_elements(build_alert(make_alert(**changes)).blocks):
            values = [option["value"] for option in element.get("options", [])] or [element["value"]]
            assert all(value.split("|")[0] == "5" for value in values)


def test_a_menu_forgets_what_was_chosen_once_the_alert_has_changed() -> None:
    before, after = make_alert(), make_alert(not_useful=1)
    rows = [[block["block_id"] for block in build_alert(card).blocks[2:]] for card in (before, after)]
    assert not set(rows[0]) & set(rows[1])
    assert rows[0] == [block["block_id"] for block in build_alert(make_alert()).blocks[2:]]


def test_acknowledged_it_says_by_whom_and_when() -> None:
    reply = build_alert(make_alert(**ACKNOWLEDGED))
    assert "✅ Acknowledged by Maria, 14:02" in check_reply(reply)


THURSDAY = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"ahead": AheadLine("escalate", THURSDAY, "Vera Stone", 1)},
            "Next: calls in Vera Stone on Thu 26 Nov, 15:00 if nobody acts",
        ),
        (
            {"escalated_to": "Vera Stone", "ahead": AheadLine("escalate", THURSDAY, "Otto", 2)},
            "🔔 Escalated to Vera Stone · next: calls in Otto on Thu 26 Nov, 15:00 if nobody acts",
        ),
        (
            {**ACKNOWLEDGED, "ahead": AheadLine("confirm", THURSDAY, "Maria")},
            "✅ Acknowledged by Maria, 14:02"
            " · next: asks Maria on Thu 26 Nov, 15:00 whether it is still in hand",
        ),
        (
            {**ACKNOWLEDGED, "asks_confirmation": True, "ahead": AheadLine("unanswered", THURSDAY, "Maria")},
            "✅ Acknowledged by Maria, 14:02 · ❓\u00a0is it still in hand?"
            " · opens again on Thu 26 Nov, 15:00 if nobody answers",
        ),
        (
            {**ACKNOWLEDGED, "proposes_end": True, "ahead": AheadLine("close", THURSDAY)},
            "❓\u00a0is it over? · ends by itself on Thu 26 Nov, 15:00 unless somebody objects",
        ),
        (
            {
                "state": "snoozed",
                "snooze": Snooze(THURSDAY, "Maria", "waiting for legal"),
                "ahead": AheadLine("wake", THURSDAY),
            },
            "💤 Snoozed by Maria until Thu 26 Nov, 15:00: “waiting for legal”",
        ),
        ({"state": "snoozed", "snooze": Snooze(None, "Maria", None)}, "until the score changes"),
        (
            {"state": "dismissed", "dismissal": Dismissal("wrong_data", "Maria", THURSDAY, "old import")},
            "🚫 Dismissed by Maria, 26 Nov, 15:00: wrong data “old import”",
        ),
        (
            {"state": "resolved", "resolved_at": THURSDAY, "end": End("recovered", "Yellow", 62)},
            "🟢 Recovered to 62, Yellow · 26 Nov, 15:00",
        ),
        ({"rerouted": "#cs-gone is archived, so it stands here."}, "↪️ #cs-gone is archived"),
    ],
)
def test_it_says_what_was_done_and_what_comes_next(changes: dict[str, Any], said: str) -> None:
    assert said in check_reply(build_alert(make_alert(**changes)))


def test_at_the_same_level_it_says_what_happened() -> None:
    yellow = LevelMark("Yellow", "yellow")
    card = make_alert(
        level_before=yellow, level=yellow, score_before=62, score=62, rule_title="Payment failed"
    )
    assert build_alert(card).text == "🟡 *Acme* · Payment failed · Yellow · *62*"


def test_answers_are_counted() -> None:
    assert press(make_alert(useful=2, not_useful=1))[-2:] == ["👍 Useful (2)", "👎 Not useful (1)…"]


def test_acknowledged_on_a_later_day_it_names_the_day() -> None:
    at = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    reply = build_alert(make_alert(state="acknowledged", acknowledged_by="Maria", acknowledged_at=at))
    assert "✅ Acknowledged by Maria, 24 Nov, 00:30" in check_reply(reply)


def test_recovered_it_says_so() -> None:
    at = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
    reply = build_alert(make_alert(state="resolved", resolved_at=at))
    assert "🟢 Recovered · 29 Nov, 07:00" in check_reply(reply)


def test_an_alert_with_little_to_say() -> None:
    bare = make_alert(
        level_before=None,
        level=None,
        segment=None,
        arr_cents=0,
        renewal_on=None,
        opt_out_on=None,
        owner=None,
        reasons=(),
    )
    reply = build_alert(bare)
    assert reply.text == "⚪ *Acme* · Fell into a worse level · 65 → *48* (−17 in 14 d)"
    assert check_reply(reply).startswith("no CSM\n*Do:*")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(name: str) -> None:
    card = make_alert(
        account_name=name,
        owner=name,
        reasons=(name,) * 3,
        next_step=name,
        rule_title=name,
        also=(name,) * 9,
        segment=name,
        level=LevelMark(name, "red"),
        acknowledged_by=name,
        acknowledged_at=datetime(2026, 11, 22, 7, tzinfo=UTC),
        state="acknowledged",
        play=name,
        escalated_to=name,
        rerouted=name or None,
        ahead=AheadLine("confirm", THURSDAY, name),
        asks_confirmation=True,
    )
    snoozed = replace(card, state="snoozed", snooze=Snooze(THURSDAY, name, name))
    dismissed = replace(card, state="dismissed", dismissal=Dismissal("other", name, THURSDAY, name))
    resolved = replace(card, state="resolved", end=End("by_hand", name, 5, name))
    flood = FloodCard(TODAY, "down", 60, 300, ((name, 20),) * 9, 25, name)
    told = build_already_acknowledged(Acknowledgement(name, False, name, card.opened_at), MADRID, TODAY)
    alerts = [build_alert(each) for each in (card, snoozed, dismissed, resolved)]
    for reply in (*alerts, build_private_alert(card), build_flood(flood), told):
        check_reply(reply)
        assert_no_markup(reply)
    assert "<!" not in spell_out(build_alert_line(card, TODAY))


def test_a_flood_says_what_is_broken_and_what_to_do() -> None:
    flood = FloodCard(date(2026, 11, 21), "down", 60, 300, (("Logins", 22),), 25, "four_dimension")
    reply = build_flood(flood)
    text = check_reply(reply)
    assert "60 of 300 scores (20 %) fell" in reply.text
    assert "*Moved most:* Logins (22 of 25)" in text
    assert "*Do:* look at the newest days of that data" in text


@given(name=st.text(max_size=300), words=st.text(max_size=600), state=st.sampled_from(list(STATES)))
def test_whatever_people_write_stays_text(name: str, words: str, state: str) -> None:
    card = make_alert(**STATES[state][0])
    card = replace(
        card,
        account_name=name,
        owner=name,
        reasons=(words,),
        snooze=card.snooze and replace(card.snooze, by=name, reason=words),
        dismissal=card.dismissal and replace(card.dismissal, by=name, words=words),
        escalated_to=name,
    )
    reply = build_alert(card)
    check_reply(reply)
    assert_no_markup(reply)


def test_every_reason_has_a_word() -> None:
    labels = [*DISMISS_REASONS.values(), *FEEDBACK_REASONS.values()]
    assert all(label.strip() for label in labels)
    shown = list(find_texts(build_alert(make_alert()).blocks))
    assert set(FEEDBACK_REASONS.values()) <= set(shown)
