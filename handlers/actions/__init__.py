"""Clicks on buttons and choices in menus."""

from slack_bolt import App

from blocks.ids import Action
from handlers.actions.portfolio import handle_turn_page
from handlers.actions.score import handle_choose, handle_open, handle_share, handle_signals
from handlers.errors import Guard


def register(app: App, guard: Guard) -> None:
    """Register a listener for every action there is."""
    app.action(Action.SCORE_CHOOSE)(guard(handle_choose))
    app.action(Action.SCORE_OPEN)(guard(handle_open))
    app.action(Action.SCORE_SHARE)(guard(handle_share))
    app.action(Action.SCORE_SIGNALS)(guard(handle_signals))
    app.action(Action.PORTFOLIO_PAGE)(guard(handle_turn_page))
    app.action(Action.PORTFOLIO_NEXT)(guard(handle_turn_page))
