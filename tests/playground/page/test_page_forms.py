"""Modals, inputs, selects and confirmations, used by keyboard as much as by mouse."""

from harbour_page import Harbour, composer, message
from playwright.sync_api import Locator, Page, expect


def open_by_command(page: Page, command: str) -> Locator:
    """Types a command and returns the dialog it opens."""
    composer(page).fill(command)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def test_a_modal_is_refused_corrected_and_taken(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    dialog = open_by_command(page, "/tide note")
    ship = dialog.get_by_role("textbox", name="Ship")
    expect(ship).to_be_focused()

    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Please complete this required field.")
    expect(ship).to_have_attribute("aria-invalid", "true")

    page.keyboard.type("aurora")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Ships have a capital letter.")
    expect(ship).to_have_accessible_description("Ships have a capital letter.")
    expect(ship).to_be_focused()

    ship.fill("Aurora")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(message(page, "Aurora is in the book, says @Ada Okafor")).to_be_visible()


def test_escape_leaves_a_modal_and_the_focus_never_does(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    dialog = open_by_command(page, "/tide note")
    inside = "() => document.querySelector('dialog').contains(document.activeElement)"
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate(inside)
    for _ in range(4):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(inside)

    # Whatever happens to the page, the server still knows the modal.
    page.reload()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    harbour.slack.wait_for(lambda: harbour.slack.modal("U1") is None)


def test_modals_stack_and_are_left_one_by_one_or_all_at_once(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    open_by_command(page, "/tide deep")
    title = page.get_by_role("dialog").get_by_role("heading")
    for level in (2, 3):
        page.get_by_role("button", name="Deeper").click()
        expect(title).to_have_text(f"Level {level}")
    page.keyboard.press("Escape")
    expect(title).to_have_text("Level 2")
    page.get_by_role("button", name="Rename").press("Enter")
    expect(title).to_have_text("Renamed")
    expect(page.get_by_role("button", name="Rename")).to_be_focused()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    harbour.slack.wait_for(lambda: harbour.slack.modal("U1") is None)


def test_every_kind_of_input_reaches_the_app(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    dialog = open_by_command(page, "/tide form")
    for label, text in {
        "Ship's name": "Aurora",
        "Story": "Built\nof oak",
        "E-mail": "crew@example.com",
        "Site": "https://example.com",
        "Crew": "12",
        "Log": "All well",
        "Arrives": "2026-03-29T12:30",
    }.items():
        dialog.get_by_label(label, exact=False).first.fill(text)
    dialog.get_by_label("Papers").set_input_files(
        {"name": "papers.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
    )
    expect(dialog.get_by_text("papers.csv")).to_be_visible()
    choose(page, dialog, "Port of call", "Enter")
    choose(page, dialog, "Ports of call", "ArrowDown", "Enter", "ArrowDown", "Enter", "Escape")
    choose(page, dialog, "People", "ArrowDown", "Enter", "Escape")
    choose(page, dialog, "Channels", "Enter", "Escape")
    dialog.get_by_role("group", name="Extras").get_by_label("Oslo").check()
    dialog.get_by_role("radiogroup", name="Class").get_by_label("Bergen").check()

    dialog.get_by_label("E-mail").fill("nobody")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("Enter a valid email address.")
    dialog.get_by_label("E-mail").fill("crew@example.com")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)

    (form,) = harbour.app.forms
    values = {block: state[block] for block, state in form.items()}
    assert {name: values[name]["value"] for name in ("name", "story", "mail", "site", "crew")} == {
        "name": "Aurora",
        "story": "Built\nof oak",
        "mail": "crew@example.com",
        "site": "https://example.com",
        "crew": "12",
    }
    assert values["log"]["rich_text_value"]["elements"][0]["elements"][0]["text"] == "All well"
    assert values["call"]["selected_option"]["value"] == "osl"
    assert [o["value"] for o in values["calls"]["selected_options"]] == ["ber", "tro"]
    assert values["people"]["selected_users"] == ["U2"]
    assert values["channels"]["selected_channels"] == ["C1"]
    assert [o["value"] for o in values["extras"]["selected_options"]] == ["osl"]
    assert values["class"]["selected_option"]["value"] == "ber"
    assert [f["name"] for f in values["papers"]["files"]] == ["papers.csv"]
    # Half past twelve in Oslo, where Ada is; that day the clocks went forward.
    assert values["eta"]["selected_date_time"] == 1774780200


def choose(page: Page, dialog: Locator, label: str, *keys: str) -> None:
    dialog.get_by_role("combobox", name=label).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("listbox", name="Select")).to_be_visible()
    expect(page.get_by_role("option").first).to_be_visible()
    for key in keys:
        page.keyboard.press(key)
    expect(page.get_by_role("listbox", name="Select")).to_have_count(0)
    expect(dialog).to_be_visible()


def test_a_menu_in_a_form_can_be_used_by_mouse(harbour: Harbour) -> None:
    page = harbour.visit("U1/C1")
    dialog = open_by_command(page, "/tide form")
    for label in ("Port of call", "Ports of call"):
        menu = dialog.get_by_role("combobox", name=label)
        menu.click()
        page.get_by_role("option", name="Oslo").click()
        if label == "Ports of call":
            # Several can be chosen: the list stays, with the focus where one types.
            expect(page.get_by_role("combobox", name="Search")).to_be_focused()
            page.keyboard.press("Escape")
        expect(menu).to_contain_text("Oslo")


def test_a_select_acts_with_the_message_s_state(harbour: Harbour) -> None:
    harbour.slack.command("U1", "C1", "/tide desk")
    page = harbour.visit("U1/C1")
    select = page.get_by_role("combobox", name="Choose a port")
    select.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("berg")
    expect(page.get_by_role("option")).to_have_text(["BergenOn the west coast"])
    page.keyboard.press("Enter")
    expect(select).to_contain_text("Bergen")
    expect(select).to_be_focused()
    page.get_by_role("button", name="1 reply").click()
    expect(page.get_by_role("complementary")).to_contain_text("Chosen ber, held ber")


def test_an_external_select_asks_the_app_while_one_types(harbour: Harbour) -> None:
    harbour.slack.command("U1", "C1", "/tide desk")
    page = harbour.visit("U1/C1")
    page.get_by_role("combobox", name="Find a ship").click()
    expect(page.get_by_text("Type to search", exact=True)).to_be_visible()
    page.keyboard.type("or")
    expect(page.get_by_role("option")).to_have_text(["Aurora", "Borealis", "Castor"])
    page.keyboard.type("e")
    expect(page.get_by_role("option")).to_have_text(["Borealis"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Find a ship")).to_contain_text("Borealis")
    page.get_by_role("button", name="1 reply").click()
    expect(page.get_by_role("complementary")).to_contain_text("Chosen borealis, held borealis")


def test_a_deed_with_a_confirmation_waits_for_it(harbour: Harbour) -> None:
    harbour.slack.command("U1", "C1", "/tide danger")
    page = harbour.visit("U1/C1")
    sink = page.get_by_role("button", name="Danger")
    sink.click()
    question = page.get_by_role("alertdialog", name="Sink it?")
    expect(question).to_contain_text("There is no way back.")
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(sink).to_be_focused()
    assert harbour.texts("C1") == ["Danger ahead"]

    page.keyboard.press("Enter")
    question.get_by_role("button", name="Sink").click()
    expect(message(page, "Sunk")).to_be_visible()

    page.get_by_role("button", name="More options").press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(message(page, "More: ber")).to_be_visible()
