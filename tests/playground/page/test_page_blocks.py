"""The page draws every block, by itself and whole, and never blank."""

from typing import Any

import gallery
import pytest
from harbour_page import Harbour, composer, message
from playwright.sync_api import Page, expect

Json = dict[str, Any]
DRAW = """async ([blocks, me]) => {
  const { renderBlocks } = await import("/static/js/blocks/index.js");
  const { Surface } = await import("/static/js/surface.js");
  const box = document.createElement("div");
  box.append(...renderBlocks(blocks, { surface: new Surface({ type: "message" }) }));
  return [...box.children].map((n) => n.textContent);
}"""
MRKDWN = """async (texts) => {
  const { mrkdwn } = await import("/static/js/mrkdwn.js");
  return texts.map((text) => {
    const box = document.createElement("div");
    box.append(...mrkdwn(text));
    return box.innerHTML.replace(/ (class|target|rel|title|style|tabindex|role|aria-label)="[^"]*"/g, "");
  });
}"""


def types_of(blocks: list[Json]) -> set[str]:
    """Returns the types of blocks, and of the blocks inside them."""
    inner = [
        b for block in blocks for key in ("elements", "child_blocks", "tasks") for b in block.get(key, [])
    ]
    kinds = {"card", "task_card", "section"}
    return {b["type"] for b in blocks} | {b["type"] for b in inner if b["type"] in kinds}


def open_gallery(harbour: Harbour, person: str = "U1", **options: Any) -> Page:
    harbour.slack.command("U1", "C2", "/tide gallery")
    page = harbour.visit(f"{person}/C2", **options)
    expect(page.get_by_role("button", name="Primary")).to_be_visible()
    return page


def test_every_block_of_the_gallery_is_drawn(harbour: Harbour) -> None:
    page = open_gallery(harbour)
    drawn = set(page.eval_on_selector_all(".block", "all => all.map(n => n.classList[1].slice(6))"))
    assert types_of([b for blocks in gallery.MESSAGES for b in blocks]) - drawn - {"task_card"} == set()
    expect(page.locator(".unsupported")).to_have_count(0)
    assert page.locator(".task").count() == 4
    expect(page.get_by_role("button", name="For Ben only")).to_have_count(0)
    # The picture's address leads nowhere: its description stands in for it.
    page.get_by_text("Quay", exact=True).scroll_into_view_if_needed()
    expect(page.locator(".missing-image")).to_have_text("The quay")


def test_charts_are_named_drawn_and_readable_as_tables(harbour: Harbour) -> None:
    page = open_gallery(harbour)
    line = page.get_by_role(
        "img", name="line chart, Calls, as line, by Month, in Calls. North: from 32,000 to 43,000"
    )
    expect(line.locator("path.chart-line")).to_have_count(2)
    expect(line.locator("circle")).to_have_count(12)
    expect(line).to_contain_text("Month")
    expect(page.get_by_role("img", name="bar chart").locator("rect")).to_have_count(12)
    expect(page.get_by_role("img", name="area chart").locator("path.chart-fill")).to_have_count(1)
    expect(page.get_by_role("img", name="pie chart, Flags. Norway 48").locator("path")).to_have_count(3)

    page.get_by_role("button", name="Show as table").first.click()
    table = page.get_by_role("table", name="Calls, as line")
    expect(table.get_by_role("row", name="Mar 29,000 15,000")).to_be_visible()


def test_a_data_table_is_sorted_searched_and_paged(harbour: Harbour) -> None:
    page = open_gallery(harbour)
    table = page.get_by_role("table", name="Calls by port")
    names = table.get_by_role("rowheader")
    expect(names).to_have_text(["Oslo", "Bergen", "Tromsø", "Bodø"])
    table.get_by_role("button", name="Calls").click()
    expect(names).to_have_text(["Oslo", "Bergen", "Ålesund", "Bodø"])
    expect(table.get_by_role("columnheader", name="Calls")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("button", name="Next page").click()
    expect(names).to_have_text(["Narvik", "Tromsø"])
    page.get_by_role("searchbox", name="Search Calls by port").fill("rising")
    expect(names).to_have_text(["Bergen", "Ålesund"])


def test_one_block_that_cannot_be_drawn_leaves_the_others(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    expect(composer(page)).to_be_visible()
    blocks: list[Any] = [
        {"type": "section", "text": gallery.mrkdwn("before")},
        {"type": "hologram"},
        None,
        {"type": "data_visualization", "title": "Odd", "chart": {"type": "spiral"}},
        {"type": "rich_text", "elements": 7},
        {"type": "table", "rows": [[{"type": "raw_number", "value": 3}]]},
        {"type": "section", "text": gallery.mrkdwn("after"), "accessory": {"type": "teleporter"}},
    ]
    texts = page.evaluate(DRAW, [blocks, "U1"])
    assert texts[0] == "before"
    assert texts[1] == "unsupported block: hologram"
    assert texts[2] == "unsupported block: no type"
    assert "could not be drawn: no such chart: spiral" in texts[3]
    assert "could not be drawn" in texts[4]
    assert texts[5] == "3"
    assert texts[6] == "afterunsupported element: teleporter"


CASES = {
    "*a* _b_ ~c~ `d`": "<strong>a</strong> <em>b</em> <s>c</s> <code>d</code>",
    "*_both_*": "<strong><em>both</em></strong>",
    "a*b*c 2 * 3 * 4 snake_case_here": "a*b*c 2 * 3 * 4 snake_case_here",
    "`*not bold* <@U1>`": "<code>*not bold* &lt;@U1&gt;</code>",
    "(*bold*), *two words*.": "(<strong>bold</strong>), <strong>two words</strong>.",
    "&lt;b&gt; &amp;amp;": "&lt;b&gt; &amp;amp;",
    "<https://a.example|*label*>": '<a href="https://a.example"><strong>label</strong></a>',
    "<javascript:alert(1)|safe>": "<span>safe</span>",
    "see https://a.example/x_y_z.": 'see <a href="https://a.example/x_y_z">https://a.example/x_y_z</a>.',
    "<mailto:a@b.example|mail>": '<a href="mailto:a@b.example">mail</a>',
    "<@U2> <@U404>": "<span>@Ben Sørensen</span> <span>@U404</span>",
    "<#C2|alerts> <#C9|gone>": '<a href="#/U1/C2">#alerts</a> <span>#gone</span>',
    "<!channel> <!subteam^S1|@pilots>": "<span>@channel</span> <span>@pilots</span>",
    ":tada: :no_such: 10:30:45": "<span>🎉</span> :no_such: 10:30:45",
    "&gt; one\n&gt; two\nthree": "<blockquote>one<br>two</blockquote>three",
    "&gt;&gt;&gt; all\nof it": "<blockquote>all<br>of it</blockquote>",
    "• one\n• two": "<span><span>•</span><span>one</span></span><span><span>•</span><span>two</span></span>",
    "x\n```a &lt; b\n*c*```\ny": "x<pre>a &lt; b\n*c*</pre>y",
    # 1774780200 is 12:30 in Oslo, where Ada is, and 19:30 on the browser's own clock.
    "<!date^1774780200^{date_num} {time}|x>": "<time>2026-03-29 12:30 PM</time>",
    "<!date^1774780200^{date}^https://a.b|x>": '<time><a href="https://a.b">March 29th, 2026</a></time>',
    "<!date^soon^{time}|a fallback>": "<time>a fallback</time>",
    "<!date^1774780200^{nonsense}|a fallback>": "<time>a fallback</time>",
}


def test_mrkdwn_means_what_it_means_in_slack(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    expect(composer(page)).to_be_visible()
    assert dict(zip(CASES, page.evaluate(MRKDWN, list(CASES)), strict=True)) == CASES


def test_long_text_of_a_message_is_folded_and_opens(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    expect(composer(page)).to_be_visible()
    long = {"type": "section", "text": gallery.mrkdwn("\n".join(f"line {n}" for n in range(40)))}
    short, expanded = long | {"text": gallery.mrkdwn("one line")}, long | {"expand": True}
    folded = [text.endswith("See more") for text in page.evaluate(DRAW, [[long, short, expanded], "U1"])]
    assert folded == [True, False, False]


def test_files_of_an_older_version_are_never_kept(harbour: Harbour) -> None:
    page = harbour.visit()
    headers = page.evaluate("fetch('/static/js/main.js').then((r) => Object.fromEntries(r.headers))")
    assert headers["cache-control"] == "no-cache"
    assert headers["etag"]


def test_the_home_tab_is_published_and_acts(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    page.get_by_role("link", name="Tide").click()
    expect(page.get_by_role("tab", name="Home")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("Good day, @Ada Okafor")).to_be_visible()
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("All is calm")).to_be_visible()
    expect(page.get_by_role("button", name="Look again")).to_be_focused()

    page.get_by_role("tab", name="Home").press("ArrowRight")
    expect(page.get_by_role("tab", name="Messages")).to_be_focused()
    composer(page).fill("Hello there")
    page.keyboard.press("Enter")
    expect(message(page, "Hello there")).to_be_visible()


def test_an_attachment_has_its_bar_and_its_blocks(harbour: Harbour) -> None:
    harbour.slack.command("U1", "C1", "/tide bar")
    page = harbour.visit("U1/C1")
    bar = page.locator(".attachment .att-body")
    expect(bar.locator("strong")).to_have_text("bar")
    expect(bar).to_have_css("border-left-color", "rgb(192, 20, 60)")


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(harbour: Harbour, width: int) -> None:
    page = open_gallery(harbour, width=width)
    too_wide = page.evaluate("""() => [...document.querySelectorAll(".msg, .composer, .pane-head, .block")]
      .filter((n) => n.getBoundingClientRect().right > innerWidth + 1 && !n.closest(".carousel-track"))
      .map((n) => n.className)""")
    assert too_wide == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
