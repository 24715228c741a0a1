"""Clicks on a portfolio."""

from collections.abc import Callable
from typing import Any

from blocks.portfolio import build_portfolio
from blocks.values import read_portfolio_value
from bot.reports.portfolio import load_portfolio
from handlers.desk import Desk
from handlers.replies import in_place


def handle_turn_page(
    ack: Callable[..., Any], action: dict[str, Any], respond: Callable[..., Any], desk: Desk
) -> None:
    """Show another page in the place of this one."""
    ack()
    ask = read_portfolio_value(action["value"])
    with desk.transaction() as (session, asking):
        portfolio = load_portfolio(session, ask, asking)
    respond(**in_place(build_portfolio(portfolio)))
