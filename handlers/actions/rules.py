"""Clicks on rules: their pages, proposals, and reviews of rules in shadow."""

from collections.abc import Callable
from typing import Any

from blocks.rules import build_rule_page, build_rules_answer, build_shadow_page
from blocks.values import read_id
from bot.alerts.changes import accept_change, decline_change, put_back_change
from bot.alerts.shadow import review_fire
from bot.reports.rule_report import RulesAsk, answer_rules, load_rule_page, load_shadow_page
from handlers.desk import Desk
from handlers.doing import Body, Send
from handlers.replies import beside, in_place

Choice = dict[str, Any]


def handle_rule_open(ack: Send, action: Choice, respond: Send, desk: Desk) -> None:
    """Show one rule's page, below the table."""
    ack()
    ask = RulesAsk(action["selected_option"]["value"])
    with desk.transaction() as (session, asking):
        page = answer_rules(session, ask, asking)
    respond(**beside(build_rules_answer(page)))


def handle_rule_accept(ack: Send, action: Choice, body: Body, respond: Send, desk: Desk) -> None:
    """Let a proposed figure count."""
    ack()
    _decide(accept_change, action, body, respond, desk)


def handle_rule_decline(ack: Send, action: Choice, body: Body, respond: Send, desk: Desk) -> None:
    """Leave the rule as it is."""
    ack()
    _decide(decline_change, action, body, respond, desk)


def handle_rule_put_back(ack: Send, action: Choice, body: Body, respond: Send, desk: Desk) -> None:
    """Undo an accepted change."""
    ack()
    _decide(put_back_change, action, body, respond, desk)


def _decide(act: Callable[..., Any], action: Choice, body: Body, respond: Send, desk: Desk) -> None:
    """Do it, and show the rule as it is now to the one who did; a channel's message is edited by the
    courier."""
    change_id = read_id(action["value"])
    with desk.transaction() as (session, asking):
        change = act(session, change_id=change_id, slack_user_id=asking.reader.slack_id, now=asking.now)
        page = load_rule_page(session, asking, change.rule)
    is_private = (body.get("container") or {}).get("is_ephemeral")
    respond(**(in_place if is_private else beside)(build_rule_page(page)))


def handle_rule_review(ack: Send, action: Choice, respond: Send, desk: Desk) -> None:
    """Show the next fire of a rule in shadow that is to be judged."""
    ack()
    with desk.transaction() as (session, asking):
        page = answer_rules(session, RulesAsk(action["value"], shadow=True), asking)
    respond(**in_place(build_rules_answer(page)))


def handle_rule_true(ack: Send, action: Choice, respond: Send, desk: Desk) -> None:
    """Judge a fire to have been useful, and show the next."""
    ack()
    _review(action, respond, desk, useful=True)


def handle_rule_false(ack: Send, action: Choice, respond: Send, desk: Desk) -> None:
    """Judge a fire to have been false, and show the next."""
    ack()
    _review(action, respond, desk, useful=False)


def _review(action: Choice, respond: Send, desk: Desk, *, useful: bool) -> None:
    fire_id = read_id(action["value"])
    with desk.transaction() as (session, asking):
        slack_id = asking.reader.slack_id
        rule = review_fire(session, fire_id=fire_id, slack_user_id=slack_id, useful=useful, now=asking.now)
        page = load_shadow_page(session, asking, rule)
    respond(**in_place(build_shadow_page(page)))
