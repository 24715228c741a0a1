"""Clicks on a list of alerts."""

from typing import Any

from blocks.alert_list import build_alert_list
from blocks.values import read_alerts_value
from bot.reports.alert_list import load_alert_list
from handlers.desk import Desk
from handlers.doing import Send
from handlers.replies import in_place


def handle_alerts_page(ack: Send, action: dict[str, Any], respond: Send, desk: Desk) -> None:
    """Show another page in the place of this one."""
    ack()
    ask = read_alerts_value(action["value"])
    with desk.transaction() as (session, asking):
        found = load_alert_list(session, ask, asking)
    respond(**in_place(build_alert_list(found)))
