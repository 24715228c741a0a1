"""The control bar: what another program offers, pressed in the page."""

from collections.abc import Iterator

import pytest
from harbour_page import Harbour
from offering import Offering, offering
from playwright.sync_api import Locator, Page, expect
from test_page_access import FAINT, SOUND, STRUCTURE, nameless

DAY = 86_400


@pytest.fixture
def offered(harbour: Harbour) -> Iterator[Offering]:
    """A program whose buttons the local Slack shows."""
    with offering() as program:
        harbour.slack._do(lambda: harbour.slack.slack.controls.start(program.url))
        yield program


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Controls")


def test_a_press_is_passed_on_and_what_follows_is_shown(harbour: Harbour, offered: Offering) -> None:
    page, other = harbour.visit("U1/C1"), harbour.visit("U2/C1")
    expect(bar(page)).to_contain_text("Mon 23 Nov 2026, 09:05")
    button = bar(page).get_by_role("button", name="Next day")
    button.focus()
    page.keyboard.press("Enter")
    for each in (page, other):
        expect(bar(each)).to_contain_text("Waiting for the morning")
        expect(bar(each).get_by_role("button", name="Next day")).to_have_attribute("aria-disabled", "true")
    # Pressed again while it works: nothing is asked for twice.
    page.keyboard.press("Enter")
    offered.shown = {**offered.shown, "busy": False, "note": "", "title": "Tue 24 Nov 2026, 08:35"}
    for each in (page, other):
        expect(bar(each)).to_contain_text("Tue 24 Nov 2026, 08:35")
        expect(bar(each)).not_to_contain_text("Waiting")
    expect(button).to_be_focused()
    assert offered.pressed == ["next_day"]


def test_a_refusal_is_said_and_a_program_that_is_gone_offers_nothing(
    harbour: Harbour, offered: Offering
) -> None:
    page = harbour.visit("U1/C1")
    offered.refusal = "The bot is not running."
    button = bar(page).get_by_role("button", name="Next day")
    button.click()
    expect(page.get_by_text("The bot is not running.")).to_be_visible()
    expect(button).to_have_attribute("aria-disabled", "false")
    assert offered.pressed == []
    harbour.slack._do(lambda: setattr(harbour.slack.slack.controls, "_url", "http://127.0.0.1:9/"))
    expect(bar(page)).to_contain_text("does not answer")
    expect(bar(page).get_by_role("button")).to_have_count(0)
    expect(bar(page)).to_contain_text("Mon 23 Nov 2026, 09:05")


def test_without_a_program_there_is_no_bar(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    expect(page.get_by_role("main")).to_be_visible()
    expect(bar(page)).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bar_fits_a_phone_and_every_reader(harbour: Harbour, offered: Offering, scheme: str) -> None:
    offered.shown["note"] = "2 alerts opened, 1 escalated to a manager, 1 resolved"
    page = harbour.visit("U1/C1", width=360, scheme=scheme)
    button = bar(page).get_by_role("button", name="Next day")
    expect(button).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("textbox", name="Message")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert nameless(page, least=5) == []
    assert page.evaluate(STRUCTURE) == SOUND
    assert page.evaluate(FAINT) == []


def test_days_are_named_as_the_moved_clock_has_them(harbour: Harbour) -> None:
    harbour.slack.say("U1", "C1", "cast off")
    page = harbour.visit("U1/C1")
    expect(page.get_by_text("Today").first).to_be_visible()
    harbour.slack.move_clock(DAY)
    expect(page.get_by_text("Yesterday").first).to_be_visible()
    harbour.slack.say("U2", "C1", "moored")
    expect(page.get_by_text("Today").first).to_be_visible()
