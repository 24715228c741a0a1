"""The page can be used by keyboard and by screen reader, in light and in dark."""

from typing import Any

import pytest
from harbour_page import Harbour, composer, message
from playwright.sync_api import Page, expect

ACTING = {
    "button", "link", "textbox", "combobox", "listbox", "option", "checkbox", "radio", "tab", "menuitem",
    "searchbox", "spinbutton", "Date", "InputTime", "DateTime", "dialog", "alertdialog", "image", "table",
    "navigation", "main", "complementary",
}  # fmt: skip
# Text against the nearest painted ground, by the formula of WCAG 2.
FAINT = """() => {
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (c) => { const [r, g, b, a = 1] = c.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = ([r, g, b, a], under) => [r, g, b].map((v, i) => v * a + under[i] * (1 - a));
  const ground = (n) => {
    if (!n) return [255, 255, 255];
    const style = getComputedStyle(n);
    const stop = /gradient/.test(style.backgroundImage) && style.backgroundImage.match(/rgba?\\([^)]*\\)/);
    if (stop) return parse(stop[0]).slice(0, 3);
    return over(parse(style.backgroundColor), ground(n.parentElement));
  };
  const found = [];
  for (const n of document.querySelectorAll("body *")) {
    const words = [...n.childNodes].map((c) => (c.nodeType === 3 ? c.data.trim() : "")).join("");
    const isSeen = n.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
    if (!words || !isSeen || n.closest(".sr-only, [disabled], .emoji, svg, noscript")) continue;
    const style = getComputedStyle(n);
    const back = ground(n);
    const [a, b] = [light(over(parse(style.color), back)), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${words.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""
STRUCTURE = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((n) => n.id);
  const shown = (q) => [...document.querySelectorAll(q)].filter((n) => n.checkVisibility());
  const dangling = ["aria-labelledby", "aria-describedby", "for"]
    .flatMap((name) => [...document.querySelectorAll(`[${name}]`)].map((n) => n.getAttribute(name)))
    .flatMap((named) => named.split(/\\s+/))
    .filter((id) => id && !document.getElementById(id));
  return {
    repeated: ids.filter((id, i) => ids.indexOf(id) !== i),
    dangling,
    withoutAlt: [...document.querySelectorAll("img:not([alt])")].length,
    mains: shown("main").length,
    titles: shown("h1").length,
    forcedOrder: [...document.querySelectorAll("[tabindex]")].filter((n) => n.tabIndex > 0).length,
  };
}"""
SOUND = {"repeated": [], "dangling": [], "withoutAlt": 0, "mains": 1, "titles": 1, "forcedOrder": 0}


def nameless(page: Page, least: int = 11) -> list[str]:
    """Returns the roles of what Chromium itself finds to act on and without a name."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    acting = [n for n in nodes if not n["ignored"] and n.get("role", {}).get("value") in ACTING]
    assert len(acting) >= least
    return [n["role"]["value"] for n in acting if not n.get("name", {}).get("value", "").strip()]


def check(page: Page) -> None:
    """Asserts names, structure and contrast of what the page shows now."""
    assert nameless(page) == []
    assert page.evaluate(STRUCTURE) == SOUND
    assert page.evaluate(FAINT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_names_structure_and_contrast_hold_everywhere(harbour: Harbour, scheme: str) -> None:
    page = harbour.visit(scheme=scheme)
    expect(page.get_by_role("link", name="Ada Okafor")).to_be_visible()
    check_people = page.evaluate(FAINT)
    assert check_people == []

    for command in ("/tide gallery", "/tide bar", "/tide hello"):
        harbour.slack.command("U1", "C1", command)
    harbour.slack.say("U2", "C2", "unread")
    page.get_by_role("link", name="Ada Okafor").click()
    expect(message(page, "You said: hello")).to_be_visible()
    check(page)

    page.get_by_role("combobox", name="Choose a port").click()
    expect(page.get_by_role("option").first).to_be_visible()
    check(page)
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Tide").click()
    expect(page.get_by_text("Good day")).to_be_visible()
    check(page)

    page.get_by_role("link", name="alerts").click()
    composer(page).fill("/tide form")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("Please complete")
    check(page)


def test_the_keyboard_reaches_messages_and_skips_what_is_before_them(harbour: Harbour) -> None:
    for text in ("first", "second", "third"):
        harbour.slack.say("U2", "C1", text)
    page = harbour.visit("U1/C1")
    expect(message(page, "third")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to writing")).to_be_focused()
    page.keyboard.press("Enter")
    expect(composer(page)).to_be_focused()

    message(page, "third").focus()
    page.keyboard.press("ArrowUp")
    expect(message(page, "second")).to_be_focused()
    page.keyboard.press("Home")
    expect(message(page, "first")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Add reaction")).to_be_focused()


def test_the_drawer_of_a_narrow_screen_opens_closes_and_gives_the_focus_back(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1", width=360)
    expect(composer(page)).to_be_visible()
    expect(page.get_by_role("navigation")).to_be_hidden()
    page.get_by_role("button", name="Open sidebar").press("Enter")
    expect(page.get_by_role("link", name="general")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation")).to_be_hidden()
    page.get_by_role("button", name="Open sidebar").click()
    page.get_by_role("link", name="alerts").click()
    expect(page.get_by_role("heading", level=1, name="alerts")).to_be_visible()
    expect(page.get_by_role("navigation")).to_be_hidden()
