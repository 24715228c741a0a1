"""Clicks about one account's score."""

from collections.abc import Callable
from typing import Any

from slack_sdk import WebClient

from blocks.answers import build_score_answer
from blocks.score_card import build_shared_card
from blocks.signals import build_signals_modal
from blocks.values import read_score_value
from bot.accounts.score_card import answer_score, get_score_card
from bot.accounts.sharing import Channel, get_shared_card
from handlers.desk import Desk
from handlers.replies import beside, in_channel, in_place

Action = dict[str, Any]
Reply = Callable[..., Any]


def handle_choose(ack: Reply, action: Action, respond: Reply, desk: Desk) -> None:
    """Answer with the account chosen from a menu, in the menu's place."""
    ack()
    ask = read_score_value(action["selected_option"]["value"])
    with desk.transaction() as (session, asking):
        view = answer_score(session, ask, asking)
    respond(**in_place(build_score_answer(view)))


def handle_open(ack: Reply, action: Action, respond: Reply, desk: Desk) -> None:
    """Answer with the account chosen in a list, below the list."""
    ack()
    ask = read_score_value(action["selected_option"]["value"])
    with desk.transaction() as (session, asking):
        view = answer_score(session, ask, asking)
    respond(**beside(build_score_answer(view)))


def handle_share(ack: Reply, action: Action, body: dict[str, Any], respond: Reply, desk: Desk) -> None:
    """Post the card in the channel where it was asked for, as far as a channel may read it."""
    ack()
    ask, channel = read_score_value(action["value"]), Channel(**body["channel"])
    with desk.transaction() as (session, asking):
        card = get_shared_card(session, ask, asking, channel)
    respond(**in_channel(build_shared_card(card, asking.reader.name)))


def handle_signals(ack: Reply, action: Action, body: dict[str, Any], client: WebClient, desk: Desk) -> None:
    """Open the table of every signal. Opened at once: the trigger is good for three seconds."""
    ack()
    ask = read_score_value(action["value"])
    with desk.transaction() as (session, asking):
        card = get_score_card(session, ask, asking)
    client.views_open(trigger_id=body["trigger_id"], view=build_signals_modal(card))
