"""What each kind of message shows: the present state loaded, and built into blocks."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from blocks.alerts import build_alert
from blocks.elements import Reply
from blocks.floods import build_flood
from bot.alerts import load_alert_card, load_flood_card
from bot.alerts.fallback import follow_main, move_alert, move_notice, tell_otherwise
from bot.config import TeamConfig
from bot.courier.delivery import Builder, Content
from bot.courier.outcomes import Loss


def build_builders(team: TeamConfig) -> dict[str, Builder]:
    """The builders by kind of message (bot/messages.py). Times are in the team's zone: a channel has many
    readers."""
    zone = team.zone

    def alert(session: Session, alert_id: int) -> Content | None:
        card = load_alert_card(session, alert_id, zone=zone)
        return None if card is None else _content(build_alert(card))

    def flood(session: Session, flood_id: int) -> Content | None:
        card = load_flood_card(session, flood_id)
        return None if card is None else _content(build_flood(card))

    return {"alert": alert, "flood": flood}


def build_losses(team: TeamConfig, now: Callable[[], datetime]) -> dict[str, Loss]:
    """What to do by kind of message when one cannot be shown where it was meant to be."""
    return {
        "alert": lambda session, message_id, problem: move_alert(
            session, message_id, problem, now=now(), team=team
        ),
        "alert_line": follow_main,
        "alert_nudge": lambda session, message_id, problem: tell_otherwise(
            session, message_id, problem, now=now(), team=team
        ),
        "flood": partial(move_notice, team=team),
        "digest": partial(move_notice, team=team),
    }


def _content(reply: Reply) -> Content:
    return Content(reply.text, list(reply.blocks), reply.color)
