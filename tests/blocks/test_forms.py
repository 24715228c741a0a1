from datetime import UTC, datetime, time

import pytest

from blocks.alert_forms import (
    build_alert_modal,
    build_assign_form,
    build_dismiss_form,
    build_snooze_form,
    build_why_modal,
)
from blocks.alert_list import build_alert_list
from blocks.preferences import build_preferences_form, build_preferences_section
from blocks.values import read_alerts_value, read_choice, read_origin, write_alerts_value
from bot.alerts.forms import AlertForm, Assignee
from bot.alerts.views import LevelMark
from bot.errors import UserError
from bot.preferences import DEFAULTS, Preferences, Quiet
from bot.reports.alert_list import PAGE, AlertAsk, AlertList, AlertRow
from tests.blocks.checks import assert_no_markup, check_blocks, check_reply, check_view, find_elements
from tests.blocks.test_alerts import MADRID, make_alert
from tests.blocks.views import HOSTILE, TODAY, make_card

FORM = AlertForm(5, "Acme", 1, "Maria")


@pytest.mark.parametrize("name", HOSTILE)
def test_forms_take_any_name(name: str) -> None:
    form = AlertForm(5, name, 1, name)
    people = [Assignee(number, name, "manager") for number in range(100)]
    for view in (
        build_snooze_form(form, TODAY),
        build_dismiss_form(form),
        build_assign_form(form, people),
        build_why_modal(make_alert(account_name=name, rule_title=name), make_card(name)),
        build_alert_modal(make_alert(account_name=name)),
    ):
        check_view(view)
        assert_no_markup(view)


def test_a_form_carries_the_alert_and_where_it_was_opened() -> None:
    assert read_origin(build_snooze_form(FORM, TODAY)["private_metadata"]) == (5, False)
    assert read_origin(build_dismiss_form(FORM, in_home=True)["private_metadata"]) == (5, True)


def test_a_small_team_is_a_menu_and_a_large_one_is_everybody() -> None:
    few = [Assignee(1, "Maria", "csm"), Assignee(2, "Jonas", "csm")]
    element = build_assign_form(FORM, few)["blocks"][1]["element"]
    assert element["initial_option"]["text"]["text"] == "Maria · csm"
    many = build_assign_form(FORM, [Assignee(number, "M", "csm") for number in range(101)])
    assert many["blocks"][1]["element"]["type"] == "users_select"
    check_view(many)


@pytest.mark.parametrize("value", ["", "5", "5|", "x|day", "٥|day", "9" * 40 + "|day"])
def test_a_choice_that_no_menu_of_ours_holds_is_refused(value: str) -> None:
    with pytest.raises(UserError, match="older message"):
        read_choice(value)


def make_row(number: int, name: str = "Acme") -> AlertRow:
    return AlertRow(
        alert_id=number,
        account_name=name,
        state="acknowledged",
        severity="critical",
        rule_title="Fell into a worse level",
        level=LevelMark("Red", "red"),
        score=48,
        delta=-17,
        at_risk_cents=5_040_000,
        currency="USD",
        owner=name,
        acknowledged_by=name,
        opened_at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
    )


def make_list(rows: int = 1, name: str = "Acme", ask: AlertAsk | None = None, **changes: object) -> AlertList:
    values = {
        "ask": ask or AlertAsk(everyone=True),
        "whose": None,
        "is_own": False,
        "rows": tuple(make_row(number, name) for number in range(rows)),
        "total": rows,
        "pages": 1,
        "of_team": True,
        "no_money_reason": None,
        "zone": MADRID,
        "today": TODAY,
        **changes,
    }
    return AlertList(**values)  # type: ignore[arg-type]


def test_a_list_has_a_line_and_a_button_for_each() -> None:
    reply = build_alert_list(make_list())
    text = check_reply(reply)
    assert reply.text == "1 live alert"
    assert "🔴 *Acme* · Red · *48* (−17) · $50.4k at risk" in text
    assert "Fell into a worse level · acknowledged by Acme · 07:00 · Acme" in text
    assert [(each["action_id"], each["value"]) for each in find_elements(reply.blocks)] == [
        ("alert.open", "0")
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_full_page_fits(name: str) -> None:
    found = make_list(PAGE, name, AlertAsk(csm="#1", severity="critical", page=2), pages=3, whose=name)
    reply = build_alert_list(found)
    check_reply(reply)
    assert_no_markup(reply)
    assert [each["action_id"] for each in find_elements(reply.blocks)][-2:] == [
        "alerts.previous",
        "alerts.next",
    ]


def test_strangers_get_no_buttons_and_are_told_why() -> None:
    reply = build_alert_list(make_list(of_team=False, no_money_reason="Figures in money are left out."))
    assert list(find_elements(reply.blocks)) == []
    assert "left out" in check_reply(reply)


@pytest.mark.parametrize(
    "ask",
    [
        AlertAsk(everyone=True),
        AlertAsk(csm="#3", state="snoozed", severity="at_risk", page=7),
        AlertAsk(),
    ],
)
def test_the_question_survives_a_button(ask: AlertAsk) -> None:
    assert read_alerts_value(write_alerts_value(ask)) == ask


@pytest.mark.parametrize("value", ["", "1", "x|all||", "1|all|melted|", "1|all|||"])
def test_a_page_that_no_button_of_ours_asks_for_is_refused(value: str) -> None:
    with pytest.raises(UserError, match="older message"):
        read_alerts_value(value)


def test_notifications_say_what_is_set_and_the_form_starts_there() -> None:
    wishes = Preferences(dict(DEFAULTS), Quiet(time(22), time(7, 30)))
    section = check_blocks(build_preferences_section(wishes))
    assert "critical alerts (direct message and e-mail)" in section
    assert "Nothing rings from 22:00 to 07:30" in section
    form = build_preferences_form(wishes)
    check_view(form)
    entries = {block["block_id"]: block["element"] for block in form["blocks"] if block["type"] == "input"}
    assert len(entries) == len(DEFAULTS) + 2
    for (event, way), frequency in DEFAULTS.items():
        assert entries[f"{event}.{way}"]["initial_option"]["value"] == frequency
    assert entries["quiet_from"]["initial_time"] == "22:00"


def test_who_hears_of_nothing_is_told_so() -> None:
    silent = Preferences(dict.fromkeys(DEFAULTS, "never"))
    assert "Nothing reaches you directly. No quiet hours" in check_blocks(build_preferences_section(silent))
