"""People read, write, type commands and press buttons, each in their own tab."""

import re

from harbour_page import Harbour, composer, message
from playwright.sync_api import Page, Route, WebSocketRoute, expect


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_choosing_a_person_leads_into_the_workspace_and_the_switcher_out_of_it(harbour: Harbour) -> None:
    page = harbour.visit()
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    ada = page.get_by_role("link", name="Ada Okafor Harbour master")
    ada.focus()
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1, name="general")).to_be_visible()
    assert "#/U1/C1" in page.url

    page.get_by_role("button", name="You are Ada Okafor").click()
    press(page, "c", "Enter")
    expect(page.get_by_role("button", name="You are Cleo Marsh")).to_be_visible()
    expect(page.get_by_role("link", name="board")).to_have_count(0)
    assert "#/U3/" in page.url


def test_a_command_is_completed_by_keyboard_and_answered_to_its_writer_alone(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    composer(page).press_sequentially("/ti")
    options = page.get_by_role("option")
    expect(options).to_have_text(
        [re.compile("^/tide.*Ask the harbour"), re.compile("^/tidy.*Clean the quay")]
    )
    press(page, "ArrowDown", "ArrowUp", "Tab")
    expect(composer(page)).to_have_value("/tide ")
    page.keyboard.type("when is low water")
    press(page, "Enter")

    answer = message(page, "Low tide at noon. You said: is low water")
    expect(answer).to_contain_text("Only visible to you")
    expect(composer(page)).to_have_value("")
    expect(composer(page)).to_be_focused()
    assert harbour.texts("C1", "U2") == []

    answer.get_by_role("button", name="Dismiss").click()
    expect(answer).to_have_count(0)


def test_what_cannot_be_sent_is_explained_beside_the_composer_and_kept(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    composer(page).fill("/nonsense at all")
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_contain_text("/nonsense is not a valid command")
    expect(composer(page)).to_have_value("/nonsense at all")


def test_a_button_edits_the_message_for_everyone_and_keeps_the_focus(harbour: Harbour) -> None:
    harbour.slack.command("U1", "C1", "/tide desk")
    ada, ben = harbour.visit("U1/C1"), harbour.visit("U2/C1")
    button = ada.get_by_role("button", name="Acknowledge")
    button.focus()
    press(ada, "Enter")
    for page in (ada, ben):
        expect(message(page, "Acknowledged by @Ada Okafor")).to_contain_text("(edited)")
        expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(message(ada, "it is yours now")).to_contain_text("Only visible to you")
    expect(message(ben, "it is yours now")).to_have_count(0)
    expect(message(ada, "Acknowledged by")).to_be_focused()


def test_a_button_whose_app_does_not_answer_says_so_in_its_place(harbour: Harbour) -> None:
    harbour.slack.limits(ack_seconds=0.3)
    harbour.slack.say("U2", "C1", "before")
    harbour.slack.command("U1", "C1", "/tide desk")
    page = harbour.visit("U1/C1")
    button = page.get_by_role("button", name="Fail")
    button.click()
    expect(message(page, "Berth 7").get_by_role("alert")).to_contain_text("operation_timeout")
    expect(button).not_to_have_attribute("aria-busy", "true")
    expect(message(page, "before").get_by_role("alert")).to_have_count(0)


def test_a_thread_is_read_and_answered_beside_the_channel(harbour: Harbour) -> None:
    harbour.slack.say("U2", "C1", "Who takes berth 7?")
    page = harbour.visit("U1/C1")
    message(page, "Who takes berth 7?").focus()
    page.get_by_role("button", name="Reply in thread").press("Enter")
    thread = page.get_by_role("complementary", name="Thread")
    expect(thread).to_contain_text("Who takes berth 7?")

    reply = thread.get_by_role("textbox", name="Reply")
    expect(reply).to_be_focused()
    page.keyboard.type("I do")
    press(page, "Enter")
    expect(thread.locator(".msg").last).to_contain_text("I do")
    expect(page.get_by_role("button", name="1 reply")).to_be_visible()
    assert harbour.texts("C1") == ["Who takes berth 7?"]

    reply.fill("/tide desk")
    press(page, "Enter")
    expect(thread.get_by_role("alert")).to_contain_text("not supported in threads")
    press(page, "Escape")
    expect(thread).to_be_hidden()


def test_two_people_talk_with_mentions_lines_and_reactions(harbour: Harbour) -> None:
    ada, ben = harbour.visit("U1/C1"), harbour.visit("U2/C1")
    box = composer(ada)
    box.press_sequentially("@be")
    expect(ada.get_by_role("option")).to_have_text("Ben SørensenPilot")
    press(ada, "Enter")
    box.press_sequentially("see #ale")
    press(ada, "Tab")
    press(ada, "Shift+Enter")
    ada.keyboard.type(":tad")
    press(ada, "Enter", "Enter")

    seen = message(ben, "@Ben Sørensen see #alerts")
    expect(seen.locator(".mention-me")).to_have_text("@Ben Sørensen")
    expect(seen.get_by_role("link", name="#alerts")).to_have_attribute("href", "#/U2/C2")
    (text,) = harbour.texts("C1")
    assert re.fullmatch(r"<@U2> see <#C2(\|alerts)?> \n🎉", text.strip())

    seen.focus()
    ben.get_by_role("button", name="Add reaction").press("Enter")
    ben.get_by_role("menuitem", name="eyes").press("Enter")
    pill = ada.get_by_role("button", name="eyes, 1 reaction")
    expect(pill).to_have_attribute("aria-pressed", "false")
    pill.click()
    expect(ben.get_by_role("button", name="eyes, 2 reactions")).to_be_visible()


def test_what_people_and_apps_write_is_never_markup(harbour: Harbour) -> None:
    hostile = (
        '<script>alert(1)</script> <img src=x onerror=alert(2)> "><b>&amp; &lt;i&gt; *bold* javascript:0'
    )
    ada, ben = harbour.visit("U1/C1"), harbour.visit("U2/C1")
    opened: list[str] = []
    ben.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    composer(ada).fill(hostile)
    press(ada, "Enter")
    seen = message(ben, "<script>alert(1)</script>").locator(".bk-text")
    expect(seen).to_have_text(hostile.replace("*", ""))
    assert seen.evaluate("n => [...n.querySelectorAll('*')].map(e => e.tagName).join()") == "STRONG"

    composer(ada).fill("no shout: <!channel> <@U2>")
    press(ada, "Enter")
    expect(message(ben, "no shout:").locator(".bk-text")).to_have_text("no shout: <!channel> <@U2>")
    expect(message(ben, "no shout:").locator(".mention")).to_have_count(0)
    assert opened == []


def test_news_elsewhere_is_counted_until_it_is_read(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    expect(composer(page)).to_be_visible()
    harbour.slack.say("U2", "C2", "one")
    harbour.slack.say("U2", "C2", "two")
    link = page.get_by_role("navigation").get_by_role("link", name="alerts")
    expect(link).to_contain_text("2 unread messages")
    expect(page.locator("#announcer")).to_have_text("New message in alerts")

    link.click()
    expect(message(page, "two")).to_be_visible()
    expect(link).not_to_contain_text("unread")
    harbour.slack.say("U2", "C2", "three")
    expect(page.locator("#announcer")).to_contain_text("Ben Sørensen:")
    expect(link).not_to_contain_text("unread")


def test_a_lost_connection_heals_by_itself_and_misses_nothing(harbour: Harbour) -> None:
    page = harbour.new_page()
    sockets: list[WebSocketRoute] = []
    is_down = False

    def attach(route: WebSocketRoute) -> None:
        sockets.append(route)
        if is_down:
            route.close()
        else:
            route.connect_to_server()

    page.route_web_socket(re.compile("/_page/live"), attach)
    page.goto(f"{harbour.slack.url}/#/U1/C1")
    expect(composer(page)).to_be_visible()
    is_down = True
    sockets[0].close()
    expect(page.get_by_text("Connection lost")).to_be_visible()
    harbour.slack.say("U2", "C1", "said meanwhile")
    is_down = False
    expect(message(page, "said meanwhile")).to_be_visible()
    expect(page.get_by_text("Connection lost")).to_be_hidden()
    harbour.slack.say("U2", "C1", "said after")
    expect(message(page, "said after")).to_be_visible()


def test_an_answer_that_was_overtaken_by_news_does_not_undo_it(harbour: Harbour) -> None:
    harbour.slack.say("U3", "C1", "old")
    page = harbour.new_page()
    old = page.request.get(f"{harbour.slack.url}/_page/messages?as=U1&channel=C1")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(re.compile("/_page/messages"), hold_the_first)
    page.goto(f"{harbour.slack.url}/#/U1/C1")
    expect(composer(page)).to_be_visible()
    harbour.slack.wait_for(lambda: harbour.slack.slack.live.pages)
    harbour.slack.say("U2", "C1", "new")
    expect(message(page, "new")).to_be_visible()
    message(page, "new").evaluate("node => { node.dataset.same = 'yes' }")
    held[0].fulfill(response=old)
    expect(message(page, "old")).to_be_visible()
    expect(message(page, "new")).to_have_attribute("data-same", "yes")


def test_a_long_channel_shows_its_end_and_more_on_demand(harbour: Harbour) -> None:
    for number in range(100):
        harbour.slack.say("U2", "C1", f"number {number:03}")
    page = harbour.visit("U1/C1")
    expect(message(page, "number 099")).to_be_in_viewport()
    expect(message(page, "number 019")).to_have_count(0)
    page.get_by_role("button", name="Show earlier messages (20)").click()
    expect(message(page, "number 000")).to_have_count(1)
    expect(message(page, "number 020")).to_be_in_viewport()

    ts = harbour.slack.messages("C1")[3]["ts"]
    other = harbour.visit(f"U3/C1/{ts}")
    expect(message(other, "number 003")).to_be_focused()


def test_shortcuts_start_from_a_message_and_from_the_composer(harbour: Harbour) -> None:
    harbour.slack.say("U2", "C1", "Remember the crane")
    page = harbour.visit("U1/C1")
    message(page, "Remember the crane").hover()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Pin to rota").click()
    expect(page.get_by_role("button", name="1 reply")).to_be_visible()

    page.get_by_role("button", name="Shortcuts and commands").click()
    page.get_by_role("menuitem", name="Log a call").click()
    expect(page.get_by_role("dialog", name="A note")).to_be_visible()


def test_an_agent_says_what_it_does_and_offers_what_to_ask(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    composer(page).fill("/tide think")
    press(page, "Enter")
    status = page.get_by_role("status").filter(has_text="is reading the tables…")
    expect(status).to_be_visible()
    page.get_by_role("button", name="And tomorrow?").click()
    expect(message(page, "What about tomorrow?")).to_be_visible()
    harbour.slack.command("U1", "C1", "/tide bar")
    expect(message(page, "With a bar")).to_be_visible()
    expect(status).to_have_count(0)


def test_a_direct_message_and_a_permalink_lead_where_they_say(harbour: Harbour) -> None:
    harbour.slack.say("U2", "C2", "the first")
    ts = harbour.slack.messages("C2")[0]["ts"]
    page = harbour.visit(f"-/C2/{ts}")
    page.get_by_role("link", name="Ben Sørensen").click()
    expect(message(page, "the first")).to_be_focused()

    page.get_by_role("button", name="Cleo Marsh").click()
    page.get_by_role("textbox", name="Message Cleo Marsh").fill("Just us two")
    press(page, "Enter")
    expect(message(page, "Just us two")).to_be_visible()
    cleo = harbour.visit("U3")
    cleo.get_by_role("link", name="Ben Sørensen").click()
    expect(message(cleo, "Just us two")).to_be_visible()
