"""Clicks on an alert."""

from collections.abc import Callable
from typing import Any

from blocks.alerts import build_already_acknowledged
from blocks.values import read_id
from bot.alerts import acknowledge_alert
from handlers.desk import Desk
from handlers.replies import beside


def handle_acknowledge(
    ack: Callable[..., Any], action: dict[str, Any], respond: Callable[..., Any], desk: Desk
) -> None:
    """Acknowledge an alert. The message itself tells everyone; only whoever comes second is told here."""
    ack()
    alert_id = read_id(action["value"])
    with desk.transaction() as (session, asking):
        done = acknowledge_alert(
            session, alert_id=alert_id, slack_user_id=asking.reader.slack_id, now=asking.now, team=asking.team
        )
    if not done.first:
        zone = asking.reader.zone
        respond(**beside(build_already_acknowledged(done, zone, asking.now.astimezone(zone).date())))
