"""Clicks on buttons and choices in menus."""

from slack_bolt import App

from blocks.ids import Action
from handlers.actions.alert_list import handle_alerts_page
from handlers.actions.alert_modals import handle_more, handle_timeline, handle_why
from handlers.actions.alert_modals import handle_open as handle_alert_open
from handlers.actions.alerts import (
    handle_acknowledge,
    handle_confirm,
    handle_keep_open,
    handle_not_useful,
    handle_play,
    handle_reopen,
    handle_resolve,
    handle_snooze,
    handle_useful,
    handle_wake,
)
from handlers.actions.digest import handle_digest_order, handle_digest_portfolio, handle_digest_stop
from handlers.actions.home import handle_home_open, handle_home_page, handle_home_preferences
from handlers.actions.portfolio import handle_turn_page
from handlers.actions.rules import (
    handle_rule_accept,
    handle_rule_decline,
    handle_rule_false,
    handle_rule_open,
    handle_rule_put_back,
    handle_rule_review,
    handle_rule_true,
)
from handlers.actions.score import handle_choose, handle_open, handle_share, handle_signals
from handlers.errors import Guard, Listener

LISTENERS: dict[Action, Listener] = {
    Action.ALERT_ACKNOWLEDGE: handle_acknowledge,
    Action.ALERT_CONFIRM: handle_confirm,
    Action.ALERT_KEEP_OPEN: handle_keep_open,
    Action.ALERT_MORE: handle_more,
    Action.ALERT_NOT_USEFUL: handle_not_useful,
    Action.ALERT_OPEN: handle_alert_open,
    Action.ALERT_PLAY: handle_play,
    Action.ALERT_REOPEN: handle_reopen,
    Action.ALERT_RESOLVE: handle_resolve,
    Action.ALERT_SNOOZE: handle_snooze,
    Action.ALERT_TIMELINE: handle_timeline,
    Action.ALERT_USEFUL: handle_useful,
    Action.ALERT_WAKE: handle_wake,
    Action.ALERT_WHY: handle_why,
    Action.ALERTS_NEXT: handle_alerts_page,
    Action.ALERTS_PREVIOUS: handle_alerts_page,
    Action.DIGEST_ORDER: handle_digest_order,
    Action.DIGEST_PORTFOLIO: handle_digest_portfolio,
    Action.DIGEST_STOP: handle_digest_stop,
    Action.HOME_NEXT: handle_home_page,
    Action.HOME_PREFERENCES: handle_home_preferences,
    Action.HOME_PREVIOUS: handle_home_page,
    Action.HOME_SCORE: handle_home_open,
    Action.PORTFOLIO_NEXT: handle_turn_page,
    Action.PORTFOLIO_PREVIOUS: handle_turn_page,
    Action.RULE_ACCEPT: handle_rule_accept,
    Action.RULE_DECLINE: handle_rule_decline,
    Action.RULE_FALSE: handle_rule_false,
    Action.RULE_OPEN: handle_rule_open,
    Action.RULE_PUT_BACK: handle_rule_put_back,
    Action.RULE_REVIEW: handle_rule_review,
    Action.RULE_TRUE: handle_rule_true,
    Action.SCORE_CHOOSE: handle_choose,
    Action.SCORE_OPEN: handle_open,
    Action.SCORE_SHARE: handle_share,
    Action.SCORE_SIGNALS: handle_signals,
}


def register(app: App, guard: Guard) -> None:
    """Register a listener for every action there is."""
    for action, listener in LISTENERS.items():
        app.action(action.value)(guard(listener))
