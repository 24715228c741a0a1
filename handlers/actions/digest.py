"""Clicks on a digest."""

from typing import Any

from blocks.digest import build_digest_order
from blocks.portfolio import build_portfolio
from blocks.values import read_portfolio_value
from bot.reports.digest_orders import order_digest
from bot.reports.portfolio import load_portfolio
from handlers.desk import Desk
from handlers.doing import Send
from handlers.replies import beside


def handle_digest_order(ack: Send, respond: Send, desk: Desk) -> None:
    """Send the one who asks their digest every working morning from now on."""
    ack()
    _order(respond, desk, wanted=True)


def handle_digest_stop(ack: Send, respond: Send, desk: Desk) -> None:
    """Send it no more."""
    ack()
    _order(respond, desk, wanted=False)


def _order(respond: Send, desk: Desk, *, wanted: bool) -> None:
    with desk.transaction() as (session, asking):
        order = order_digest(session, wanted=wanted, asking=asking)
    respond(**beside(build_digest_order(order)))


def handle_digest_portfolio(ack: Send, action: dict[str, Any], respond: Send, desk: Desk) -> None:
    """Show the clicker's own portfolio, below the digest and to nobody else."""
    ack()
    ask = read_portfolio_value(action["value"])
    with desk.transaction() as (session, asking):
        portfolio = load_portfolio(session, ask, asking)
    respond(**beside(build_portfolio(portfolio)))
