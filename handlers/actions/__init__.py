"""Clicks on buttons and choices in menus."""

from slack_bolt import App

from blocks.ids import Action
from handlers.actions.alerts import handle_acknowledge
from handlers.actions.home import handle_home_open, handle_home_page
from handlers.actions.portfolio import handle_turn_page
from handlers.actions.score import handle_choose, handle_open, handle_share, handle_signals
from handlers.errors import Guard, Listener

LISTENERS: dict[Action, Listener] = {
    Action.ALERT_ACKNOWLEDGE: handle_acknowledge,
    Action.HOME_NEXT: handle_home_page,
    Action.HOME_PREVIOUS: handle_home_page,
    Action.HOME_SCORE: handle_home_open,
    Action.PORTFOLIO_NEXT: handle_turn_page,
    Action.PORTFOLIO_PREVIOUS: handle_turn_page,
    Action.SCORE_CHOOSE: handle_choose,
    Action.SCORE_OPEN: handle_open,
    Action.SCORE_SHARE: handle_share,
    Action.SCORE_SIGNALS: handle_signals,
}


def register(app: App, guard: Guard) -> None:
    """Register a listener for every action there is."""
    for action, listener in LISTENERS.items():
        app.action(action.value)(guard(listener))
