from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from blocks.elements import Reply
from blocks.ids import Action
from bot.accounts.reader import SlackProfile
from bot.accounts.sharing import Channel, is_of_team
from bot.config import TeamConfig
from bot.errors import NotFound, UserError
from handlers.actions import LISTENERS
from handlers.actions.home import handle_home_open, handle_home_page
from handlers.actions.portfolio import handle_turn_page
from handlers.actions.score import handle_choose, handle_open, handle_share, handle_signals
from handlers.events.app_home import handle_app_home_opened
from tests.blocks.checks import check_reply, check_view
from tests.handlers.company import JONAS, MARIA, STRANGER, Heard, make_desk

Sessions = sessionmaker[Session]
SOMEWHERE = {"id": "C1", "name": "general"}


class Client:
    """The two methods of Slack's client that listeners call, kept."""

    def __init__(self) -> None:
        self.views_open = Heard()
        self.views_publish = Heard()


def choose(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value}}


def read(message: dict[str, Any]) -> str:
    return check_reply(Reply(message["text"], tuple(message["blocks"])))


def test_every_action_has_a_listener() -> None:
    assert set(LISTENERS) == set(Action)


def test_choosing_puts_the_card_in_the_menus_place(company: Sessions) -> None:
    ack, respond = Heard(), Heard()
    handle_choose(ack, choose("4||"), respond, make_desk(company))

    assert ack.calls == [{}]
    assert respond.only["replace_original"] is True
    assert "Northwind Logistics GmbH" in read(respond.only)


def test_opening_from_a_list_leaves_the_list(company: Sessions) -> None:
    respond = Heard()
    handle_open(Heard(), choose("1|crm_pattern|2026-11-05"), respond, make_desk(company))

    assert respond.only["replace_original"] is False
    assert respond.only["response_type"] == "ephemeral"
    assert "as of 5 Nov" in read(respond.only)
    assert "CRM pattern" in read(respond.only)


def test_a_shared_card_leaves_money_out(company: Sessions) -> None:
    respond = Heard()
    handle_share(Heard(), {"value": "1||"}, {"channel": SOMEWHERE}, respond, make_desk(company))

    assert respond.only["response_type"] == "in_channel"
    text = read(respond.only)
    assert "Shared by Maria Lopez" in text
    assert "Acme Corp" in text
    assert "$" not in text


@pytest.mark.parametrize(("slack_id", "money"), [(MARIA, True), (STRANGER, False)])
def test_in_the_teams_own_channel_money_stays_for_those_who_may(
    company: Sessions, slack_id: str, money: bool
) -> None:
    respond = Heard()
    desk = make_desk(company, slack_id, profile=SlackProfile(STRANGER, name="Bob"))
    channel = {"id": "C2", "name": "cs-alerts"}
    handle_share(Heard(), {"value": "1||"}, {"channel": channel}, respond, desk)

    assert ("$84k ARR" in read(respond.only)) is money


def test_a_channel_of_the_team_is_known_by_name_or_id() -> None:
    team = TeamConfig(alerts_channel="C77", digest_channel="#cs-team")
    assert is_of_team(Channel("C77", "privategroup"), team)
    assert is_of_team(Channel("C1", "cs-team"), team)
    assert not is_of_team(Channel("C1", "cs-team-2"), team)
    assert not is_of_team(Channel("C1"), team)


def test_all_signals_open_as_a_modal(company: Sessions) -> None:
    client = Client()
    handle_signals(Heard(), {"value": "1||"}, {"trigger_id": "T.1"}, client, make_desk(company))

    assert client.views_open.only["trigger_id"] == "T.1"
    assert "logins 80 in 30 days" in check_view(client.views_open.only["view"])


def test_pages_turn_in_place_and_stay_with_the_question(company: Sessions) -> None:
    respond = Heard()
    handle_turn_page(Heard(), {"value": "1||all|segment=smb"}, respond, make_desk(company))

    assert respond.only["replace_original"] is True
    assert respond.only["blocks"][0]["text"]["text"] == "All accounts · SMB"


@pytest.mark.parametrize("value", ["", "x", "1", "x||", "1|m|yesterday", "1|2|3|4"])
def test_a_value_no_button_of_ours_holds_is_refused(company: Sessions, value: str) -> None:
    with pytest.raises(UserError, match="older message"):
        handle_choose(Heard(), choose(value), Heard(), make_desk(company))


def test_an_account_that_is_gone_is_said_so(company: Sessions) -> None:
    with pytest.raises(NotFound, match="no longer there"):
        handle_choose(Heard(), choose("4711||"), Heard(), make_desk(company))


def test_a_stranger_pressing_a_teammates_button_sees_no_money(company: Sessions) -> None:
    client = Client()
    desk = make_desk(company, STRANGER, profile=SlackProfile(STRANGER, email="bob@else.example"))
    handle_home_open(Heard(), choose("1||"), {"trigger_id": "T.1"}, client, desk)

    text = check_view(client.views_open.only["view"])
    assert "$" not in text
    assert "not on the team's list of people" in text


def test_home_is_the_readers_own(company: Sessions, alert: int) -> None:
    client = Client()
    handle_app_home_opened({"tab": "home"}, client, make_desk(company, MARIA))

    assert client.views_publish.only["user_id"] == MARIA
    text = check_view(client.views_publish.only["view"])
    assert "Good morning, Maria Lopez" in text
    assert "Sunday, 22 November, 10:00 CET" in text
    assert "*Acme Corp* · Green → Yellow · *62* (−18 in 7 d) · $21k at risk · 10:00" in text
    assert "Notifications" in text
    assert "no tasks yet" in text
    assert "Your book" in text


def test_home_of_another_csm_has_no_alerts_of_this_one(company: Sessions, alert: int) -> None:
    client = Client()
    profile = SlackProfile(JONAS, email="jonas@corp.example", timezone="Asia/Tokyo")
    handle_app_home_opened({"tab": "home"}, client, make_desk(company, JONAS, profile=profile))

    text = check_view(client.views_publish.only["view"])
    assert "Good evening, Jonas Weber" in text
    assert "Alerts of your accounts show here" in text


def test_home_of_a_stranger_says_why_it_is_bare(company: Sessions, alert: int) -> None:
    client = Client()
    desk = make_desk(company, STRANGER, profile=SlackProfile(STRANGER, name="Bob", timezone="Nowhere/Land"))
    handle_app_home_opened({"tab": "home"}, client, desk)

    text = check_view(client.views_publish.only["view"])
    assert "Good morning, Bob" in text
    assert "$" not in text
    assert "Open alerts" not in text


def test_the_messages_tab_is_left_alone(company: Sessions) -> None:
    client = Client()
    handle_app_home_opened({"tab": "messages"}, client, make_desk(company))
    assert client.views_publish.calls == []


def test_home_pages_turn_in_the_home(company: Sessions) -> None:
    client = Client()
    handle_home_page(Heard(), {"value": "1||all"}, client, make_desk(company))
    assert "All accounts" in check_view(client.views_publish.only["view"])
