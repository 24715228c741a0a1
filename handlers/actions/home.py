"""Clicks in the App Home, where answers go into the page or a modal."""

from collections.abc import Callable
from typing import Any

from slack_sdk import WebClient

from blocks.home import build_home
from blocks.preferences import build_preferences_form
from blocks.score_card import build_score_modal
from blocks.values import read_portfolio_value, read_score_value
from bot.accounts.score_card import get_score_card
from bot.errors import NotAllowed
from bot.preferences import load_preferences
from bot.reports.home import load_home
from handlers.desk import Desk


def handle_home_page(ack: Callable[..., Any], action: dict[str, Any], client: WebClient, desk: Desk) -> None:
    """Show another page of the portfolio in the reader's Home."""
    ack()
    ask = read_portfolio_value(action["value"])
    with desk.transaction() as (session, asking):
        home = load_home(session, ask, asking)
    client.views_publish(user_id=asking.reader.slack_id, view=build_home(home))


def handle_home_open(
    ack: Callable[..., Any], action: dict[str, Any], body: dict[str, Any], client: WebClient, desk: Desk
) -> None:
    """Open an account's card as a modal."""
    ack()
    ask = read_score_value(action["selected_option"]["value"])
    with desk.transaction() as (session, asking):
        card = get_score_card(session, ask, asking)
    client.views_open(trigger_id=body["trigger_id"], view=build_score_modal(card))


def handle_home_preferences(
    ack: Callable[..., Any], body: dict[str, Any], client: WebClient, desk: Desk
) -> None:
    """Open the form of what the reader wants to hear of."""
    ack()
    with desk.transaction() as (session, asking):
        if asking.reader.person_id is None:
            raise NotAllowed("Only people of the team have notifications. Ask your admin to add you.")
        preferences = load_preferences(session, asking.reader.person_id)
    client.views_open(trigger_id=body["trigger_id"], view=build_preferences_form(preferences))
