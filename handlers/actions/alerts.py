"""Clicks on an alert, wherever it stands: in a channel, a direct message, a private card or the Home tab."""

from typing import Any

from slack_sdk import WebClient

from blocks.alert_states import FEEDBACK_REASONS
from blocks.alerts import build_already_acknowledged
from blocks.values import read_choice, read_id
from bot.alerts import (
    acknowledge_alert,
    confirm_alert,
    give_feedback,
    keep_alert_open,
    reopen_alert,
    resolve_alert,
    snooze_alert,
    wake_alert,
)
from bot.alerts.plays import start_play
from bot.alerts.snoozing import compute_snooze_end
from bot.errors import UserError
from handlers.actions.alert_modals import open_snooze
from handlers.desk import Desk
from handlers.doing import Body, Click, Send, do
from handlers.replies import beside

Action = dict[str, Any]


def handle_acknowledge(
    ack: Send, action: Action, body: Body, respond: Send, publish: Send, desk: Desk
) -> None:
    """Acknowledge an alert. The message itself tells everyone; only whoever comes second is told here."""
    ack()
    done, reader = do(acknowledge_alert, Click(read_id(action["value"]), body, respond, publish, desk))
    if not done.first:
        today = desk.now().astimezone(reader.zone).date()
        respond(**beside(build_already_acknowledged(done, reader.zone, today)))


def handle_confirm(ack: Send, action: Action, body: Body, respond: Send, publish: Send, desk: Desk) -> None:
    """Still on it."""
    ack()
    do(confirm_alert, Click(read_id(action["value"]), body, respond, publish, desk))


def handle_keep_open(ack: Send, action: Action, body: Body, respond: Send, publish: Send, desk: Desk) -> None:
    """Not over yet."""
    ack()
    do(keep_alert_open, Click(read_id(action["value"]), body, respond, publish, desk))


def handle_play(ack: Send, action: Action, body: Body, respond: Send, publish: Send, desk: Desk) -> None:
    """Start the play that the alert suggests; its plan comes into the thread."""
    ack()
    do(start_play, Click(read_id(action["value"]), body, respond, publish, desk))


def handle_reopen(ack: Send, action: Action, body: Body, respond: Send, publish: Send, desk: Desk) -> None:
    """Open an alert again."""
    ack()
    do(reopen_alert, Click(read_id(action["value"]), body, respond, publish, desk))


def handle_resolve(ack: Send, action: Action, body: Body, respond: Send, publish: Send, desk: Desk) -> None:
    """End an alert: the matter is dealt with."""
    ack()
    do(resolve_alert, Click(read_id(action["value"]), body, respond, publish, desk))


def handle_wake(ack: Send, action: Action, body: Body, respond: Send, publish: Send, desk: Desk) -> None:
    """End a snooze."""
    ack()
    do(wake_alert, Click(read_id(action["value"]), body, respond, publish, desk))


def handle_useful(ack: Send, action: Action, body: Body, respond: Send, publish: Send, desk: Desk) -> None:
    """Mark an alert as worth the interruption."""
    ack()
    do(give_feedback, Click(read_id(action["value"]), body, respond, publish, desk), useful=True, reason=None)


def handle_not_useful(
    ack: Send, action: Action, body: Body, respond: Send, publish: Send, desk: Desk
) -> None:
    """Mark an alert as not worth it, with the reason that was chosen."""
    ack()
    alert_id, reason = read_choice(action["selected_option"]["value"])
    if reason not in FEEDBACK_REASONS:
        raise UserError("I do not know that reason. Choose one from the alert's menu.")
    do(give_feedback, Click(alert_id, body, respond, publish, desk), useful=False, reason=reason)


def handle_snooze(
    ack: Send, action: Action, body: Body, respond: Send, publish: Send, client: WebClient, desk: Desk
) -> None:
    """Silence an alert for as long as was chosen; a date and a reason are asked for by a form."""
    ack()
    alert_id, word = read_choice(action["selected_option"]["value"])
    if word == "date":
        open_snooze(alert_id, body, client, desk)
        return
    until = compute_snooze_end(word, desk.now())
    do(snooze_alert, Click(alert_id, body, respond, publish, desk), until=until, reason=None)
