import re
from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from blocks.elements import Reply
from bot.accounts.reader import SlackProfile
from bot.errors import NotFound, UserError
from bot.models import Account, Person
from handlers.commands.cs import handle_cs
from handlers.commands.shortcuts import handle_portfolio, handle_score
from handlers.commands.verbs import VERBS
from tests.blocks.checks import check_reply, find_elements
from tests.handlers.company import JONAS, MARIA, STRANGER, VERA, Heard, make_desk

Sessions = sessionmaker[Session]


def ask(sessions: Sessions, text: str, slack_id: str = MARIA, **desk: object) -> str:
    """What `/cs text` answers, as Slack would take it."""
    ack = Heard()
    handle_cs(ack, {"text": text}, make_desk(sessions, slack_id, **desk))
    assert ack.only["response_type"] == "ephemeral"
    return check_reply(Reply(ack.only["text"], tuple(ack.only["blocks"])))


def test_score_answers_with_the_card(company: Sessions) -> None:
    text = ask(company, "score acme")

    assert "*Acme Corp*" in text
    assert "$84k ARR" in text
    assert "opt-out by 2 Jan 2027 (in 41 d)" in text
    assert "CSM Maria Lopez" in text
    assert "Pulls it down" in text
    assert "model Six signals" in text or "six" in text.lower()
    assert "Scored for 21 Nov" in text


def test_what_changed_adds_up(company: Sessions) -> None:
    text = ask(company, "score acme")

    (line,) = [line for line in text.splitlines() if line.startswith("• 30 days")]
    numbers = [float(figure.replace("−", "-")) for figure in re.findall(r"[+−][0-9.]+", line)]
    assert numbers[0] != 0
    assert round(sum(numbers[1:]), 1) == numbers[0]


@pytest.mark.parametrize(
    "called", ["ACME", "acm", "Acme Corp.", "amce corp", "acme.example", "A-1", "acmecorp"]
)
def test_an_account_is_found_by_what_people_type(company: Sessions, called: str) -> None:
    assert "*Acme Corp*" in ask(company, f"score {called}")


def test_a_name_from_outside_is_only_text(company: Sessions) -> None:
    text = ask(company, "score umbrella")
    assert "*Umbrella &amp; Söhne &lt;b&gt;*" in text


def test_several_that_fit_are_offered(company: Sessions) -> None:
    ack = Heard()
    handle_score(ack, {"text": "northwind model=crm_pattern"}, make_desk(company))

    (menu,) = find_elements(ack.only["blocks"])
    assert [option["text"]["text"] for option in menu["options"]] == [
        "Northwind Traders",
        "Northwind Logistics GmbH",
    ]
    assert menu["options"][0]["value"] == "5|crm_pattern|"


def test_none_that_fits_offers_the_nearest(company: Sessions) -> None:
    assert "I know no account called “initial tech”" in ask(company, "score initial tech")


def test_nothing_near_is_said_in_a_sentence(company: Sessions) -> None:
    with pytest.raises(NotFound, match="no account like “qqqq”"):
        ask(company, "score qqqq")


def test_a_past_day_is_computed_from_what_was_known(company: Sessions) -> None:
    past, now = ask(company, "score acme 2026-11-05"), ask(company, "score acme")

    assert "as of 5 Nov" in past
    assert "Scored for 5 Nov" in past
    assert past != now


def test_a_day_ahead_is_refused(company: Sessions) -> None:
    with pytest.raises(UserError, match="lies ahead"):
        ask(company, "score acme 2027-01-01")


def test_another_model_can_be_named(company: Sessions) -> None:
    assert "CRM pattern" in ask(company, "score acme model=crm_pattern")
    with pytest.raises(NotFound, match="does not score your accounts"):
        ask(company, "score acme model=five_dimension")
    with pytest.raises(NotFound, match="Did you mean six_signal"):
        ask(company, "score acme model=six_signals")


def test_a_churned_account_says_why_it_has_no_score(company: Sessions) -> None:
    assert "it churned on 2026-09-30" in ask(company, "score gone")


def test_an_account_that_was_just_added_is_found(company: Sessions, session: Session) -> None:
    ask(company, "score acme")
    session.add(Account(id=99, external_id="A-99", name="Zebra Lines"))
    session.commit()

    assert "It has no score yet" in ask(company, "score zebra")


def test_a_stranger_is_told_why_money_is_missing(company: Sessions) -> None:
    profile = SlackProfile(STRANGER, email="bob@else.example", name="Bob")
    for text in (
        ask(company, "score acme", STRANGER, profile=profile),
        ask(company, "portfolio", STRANGER, profile=profile),
    ):
        assert "$" not in text
        assert "ARR" not in text
        assert "you (bob@else.example) are not on the team's list of people" in text


def test_a_person_is_known_by_email_from_then_on(company: Sessions, session: Session) -> None:
    profile = SlackProfile("UJONAS", email="Jonas@Corp.example", timezone="Europe/Berlin")
    assert "$40k ARR" in ask(company, "score globex", "UJONAS", profile=profile)

    jonas = session.scalars(select(Person).where(Person.email == "jonas@corp.example")).one()
    assert (jonas.slack_id, jonas.timezone) == ("UJONAS", "Europe/Berlin")
    assert "$40k ARR" in ask(company, "score globex", JONAS)


def test_an_outsider_is_nobody_by_email(company: Sessions, session: Session) -> None:
    profile = SlackProfile("UEVIL", email="jonas@corp.example", is_outsider=True)

    assert "another workspace" in ask(company, "score globex", "UEVIL", profile=profile)
    assert session.scalar(select(Person.slack_id).where(Person.email == "jonas@corp.example")) is None


def test_a_person_with_another_slack_id_is_not_taken_over(company: Sessions, session: Session) -> None:
    profile = SlackProfile("UEVIL", email="maria@corp.example")

    assert "$" not in ask(company, "score globex", "UEVIL", profile=profile)
    assert session.scalar(select(Person.slack_id).where(Person.email == "maria@corp.example")) == MARIA


def test_portfolio_is_the_readers_own_book(company: Sessions) -> None:
    text = ask(company, "portfolio")

    assert "Your book" in text
    assert "*3* accounts · *$136k* ARR" in text
    assert "Northwind" not in text
    assert text.index("Acme Corp") < text.index("Initech")


def test_portfolio_of_a_manager_is_everybodys(company: Sessions) -> None:
    text = ask(company, "portfolio", VERA)

    assert "All accounts" in text
    assert "*6* accounts · *$298k* ARR" in text
    assert "Improving most in 30 days" in text
    assert "Globex" in text[text.index("Improving") :]


@pytest.mark.parametrize(
    ("words", "title", "accounts"),
    [
        ("all", "All accounts", 6),
        ("csm jonas", "Book of Jonas Weber", 3),
        ("csm=jonas segment=enterprise", "Book of Jonas Weber · Enterprise", 1),
        ("enterprise all", "All accounts · Enterprise", 2),
        ("tier smb", "Your book · SMB", 1),
        ("all stage adoption", "All accounts · adoption", 4),
        ("mid-market jonas", "Book of Jonas Weber · Mid-market", 1),
        ("mine", "Your book", 3),
    ],
)
def test_portfolio_can_be_narrowed(company: Sessions, words: str, title: str, accounts: int) -> None:
    ack = Heard()
    handle_portfolio(ack, {"text": words}, make_desk(company))

    assert ack.only["blocks"][0]["text"]["text"] == title
    assert f"*{accounts}* account" in check_reply(Reply(ack.only["text"], tuple(ack.only["blocks"])))


def test_portfolio_by_level_counts_what_the_levels_say(company: Sessions) -> None:
    everyone = ask(company, "portfolio all")
    counts = {
        line.split(": ")[0][2:]: line.split(": ")[1].split()[0]
        for line in everyone.splitlines()
        if line[:1] in "🔴🟠🟡🟢" and ": " in line
    }
    assert sum(map(int, counts.values())) == 6
    for level, count in counts.items():
        narrowed = ask(company, f"portfolio all level={level.replace(' ', '_')}")
        assert f"*{count}* account" in narrowed if int(count) else "No live accounts" in narrowed


@pytest.mark.parametrize("words", ["segment=huge", "csm nobody", "blorp", "level purple"])
def test_portfolio_refuses_words_that_mean_nothing(company: Sessions, words: str) -> None:
    with pytest.raises(NotFound, match="I know no"):
        ask(company, f"portfolio {words}")


def test_an_empty_book_says_how_to_see_more(company: Sessions, session: Session) -> None:
    session.execute(update(Person).where(Person.id == 2).values(slack_id=JONAS))
    session.commit()
    assert "`/portfolio all`" in ask(company, "portfolio stage renewal smb", JONAS)


def test_help_lists_every_verb(company: Sessions) -> None:
    text = ask(company, "help")
    assert text == ask(company, "")
    for verb in VERBS.values():
        assert verb.usage.split()[1] in text
        assert verb.details[0].split("`")[0].strip() in ask(company, f"help {verb.name}")


def test_an_unknown_verb_names_the_nearest(company: Sessions) -> None:
    with pytest.raises(NotFound, match="Did you mean `/cs score`"):
        ask(company, "scroe acme")
    with pytest.raises(NotFound, match="`/cs score acme`"):
        ask(company, "acme")


def test_without_a_name_the_verb_says_what_it_needs(company: Sessions) -> None:
    with pytest.raises(UserError, match="Which account"):
        ask(company, "score")


def test_the_newest_day_is_the_team_s(company: Sessions) -> None:
    assert date(2026, 11, 21).strftime("%-d %b") in ask(company, "portfolio")
