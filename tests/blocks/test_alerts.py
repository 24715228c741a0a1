from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from blocks.alerts import build_alert, build_alert_line, build_already_acknowledged
from blocks.floods import build_flood
from bot.alerts.views import Acknowledgement, AlertCard, FloodCard, LevelMark
from tests.blocks.checks import assert_no_markup, check_reply, find_elements
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
    (button,) = find_elements(reply.blocks)
    assert (button["action_id"], button["value"], button["style"]) == ("alert.acknowledge", "5", "primary")
    assert "$" not in reply.text


def test_acknowledged_it_says_by_whom_and_when_and_has_no_button() -> None:
    at = datetime(2026, 11, 22, 13, 2, tzinfo=UTC)
    reply = build_alert(make_alert(state="acknowledged", acknowledged_by="Maria", acknowledged_at=at))

    assert "✅ Acknowledged by Maria, 14:02" in check_reply(reply)
    assert list(find_elements(reply.blocks)) == []
    assert reply.color != build_alert(make_alert()).color


def test_acknowledged_on_a_later_day_it_names_the_day() -> None:
    at = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    reply = build_alert(make_alert(state="acknowledged", acknowledged_by="Maria", acknowledged_at=at))
    assert "✅ Acknowledged by Maria, 24 Nov, 00:30" in check_reply(reply)


def test_recovered_it_says_so() -> None:
    at = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
    reply = build_alert(make_alert(state="resolved", resolved_at=at))
    assert "🟢 Recovered · 29 Nov, 07:00" in check_reply(reply)
    assert list(find_elements(reply.blocks)) == []


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
    assert reply.text == "⚪ *Acme* · 65 → *48* (−17 in 14 d)"
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
    )
    flood = FloodCard(TODAY, "down", 60, 300, ((name, 20),) * 9, 25, name)
    told = build_already_acknowledged(Acknowledgement(name, False, name, card.opened_at), MADRID, TODAY)
    for reply in (build_alert(card), build_flood(flood), told):
        check_reply(reply)
        assert_no_markup(reply)
    assert "<!" not in build_alert_line(card, TODAY)


def test_a_flood_says_what_is_broken_and_what_to_do() -> None:
    flood = FloodCard(date(2026, 11, 21), "down", 60, 300, (("Logins", 22),), 25, "four_dimension")
    reply = build_flood(flood)
    text = check_reply(reply)
    assert "60 of 300 scores (20 %) fell" in reply.text
    assert "*Moved most:* Logins (22 of 25)" in text
    assert "*Do:* look at the newest days of that data" in text
