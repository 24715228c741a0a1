"""Clicks on an alert that open something: a form, the Timeline, Why, or the whole alert."""

from collections.abc import Callable
from typing import Any

from slack_sdk import WebClient

from blocks.alert_forms import (
    build_alert_modal,
    build_assign_form,
    build_dismiss_form,
    build_snooze_form,
    build_why_modal,
)
from blocks.alerts import build_private_alert
from blocks.timeline import build_timeline_modal
from blocks.values import read_choice, read_id
from bot.accounts.score_card import ScoreAsk, get_score_card
from bot.alerts import escalate_alert, reopen_alert, resolve_alert
from bot.alerts.forms import get_alert_card, get_alert_form, load_assignees
from bot.alerts.timeline import load_timeline
from bot.errors import UserError
from handlers.desk import Desk
from handlers.doing import Body, Click, Send, by, do
from handlers.replies import beside
from handlers.surfaces import is_in_home, is_in_view


def handle_open(
    ack: Send, action: dict[str, Any], body: Body, respond: Send, client: WebClient, desk: Desk
) -> None:
    """Show the whole alert to the one who asks: below the message, or as a modal where there is none."""
    ack()
    alert_id = read_id(action.get("value") or action["selected_option"]["value"])
    with desk.transaction() as (session, asking):
        card = get_alert_card(session, alert_id, asking)
    if is_in_view(body):
        client.views_open(trigger_id=body["trigger_id"], view=build_alert_modal(card))
    else:
        respond(**beside(build_private_alert(card)))


def handle_timeline(ack: Send, action: dict[str, Any], body: Body, client: WebClient, desk: Desk) -> None:
    """Show what happened to an alert, and what comes next."""
    ack()
    _open_timeline(read_id(action["value"]), body, client, desk)


def handle_why(ack: Send, action: dict[str, Any], body: Body, client: WebClient, desk: Desk) -> None:
    """Explain an alert: its rule in its own words, and the account's score."""
    ack()
    alert_id = read_id(action["value"])
    with desk.transaction() as (session, asking):
        card = get_alert_card(session, alert_id, asking)
        score = get_score_card(session, ScoreAsk(account_id=card.account_id), asking)
    client.views_open(trigger_id=body["trigger_id"], view=build_why_modal(card, score))


def handle_more(
    ack: Send, action: dict[str, Any], body: Body, respond: Send, publish: Send, client: WebClient, desk: Desk
) -> None:
    """Do what was chosen under the three dots."""
    ack()
    alert_id, word = read_choice(action["selected_option"]["value"])
    if word in _OPENERS:
        _OPENERS[word](alert_id, body, client, desk)
    elif word in _ACTS:
        do(_ACTS[word], Click(alert_id, body, respond, publish, desk))
    else:
        raise UserError("This menu is of an older message. `/cs alerts` shows the alerts as they are now.")


def open_snooze(alert_id: int, body: Body, client: WebClient, desk: Desk) -> None:
    """Ask until when, and why."""
    with desk.transaction() as (session, asking):
        form = get_alert_form(session, **by(asking, alert_id))
    today = asking.now.astimezone(asking.reader.zone).date()
    view = build_snooze_form(form, today, in_home=is_in_home(body))
    client.views_open(trigger_id=body["trigger_id"], view=view)


def _open_assign(alert_id: int, body: Body, client: WebClient, desk: Desk) -> None:
    with desk.transaction() as (session, asking):
        form = get_alert_form(session, **by(asking, alert_id))
        people = load_assignees(session)
    view = build_assign_form(form, people, in_home=is_in_home(body))
    client.views_open(trigger_id=body["trigger_id"], view=view)


def _open_dismiss(alert_id: int, body: Body, client: WebClient, desk: Desk) -> None:
    with desk.transaction() as (session, asking):
        form = get_alert_form(session, **by(asking, alert_id))
    view = build_dismiss_form(form, in_home=is_in_home(body))
    client.views_open(trigger_id=body["trigger_id"], view=view)


def _open_timeline(alert_id: int, body: Body, client: WebClient, desk: Desk) -> None:
    with desk.transaction() as (session, asking):
        get_alert_card(session, alert_id, asking)
        timeline = load_timeline(session, alert_id, zone=asking.reader.zone)
    if timeline is not None:
        view = build_timeline_modal(timeline, asking.now)
        client.views_open(trigger_id=body["trigger_id"], view=view)


_OPENERS: dict[str, Callable[[int, Body, WebClient, Desk], None]] = {
    "assign": _open_assign,
    "dismiss": _open_dismiss,
    "timeline": _open_timeline,
}
_ACTS: dict[str, Callable[..., Any]] = {
    "escalate": escalate_alert,
    "resolve": resolve_alert,
    "reopen": reopen_alert,
}
