"""What each kind of message shows: the present state loaded, and built into blocks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from blocks.alerts import build_alert
from blocks.digest import build_digest
from blocks.elements import Reply
from blocks.floods import build_flood
from blocks.nudges import build_nudge
from blocks.rules import build_rule_report
from blocks.timeline import build_line
from bot.alerts import load_alert_card, load_flood_card
from bot.alerts.fallback import follow_main, move_alert, move_notice, tell_otherwise
from bot.alerts.timeline import load_line
from bot.config import TeamConfig
from bot.courier.delivery import Builder, Content
from bot.courier.outcomes import Loss
from bot.models import Digest
from bot.reports.digest_views import leave_money_out, read_digest
from bot.reports.rule_report import RULES, load_report_changes, read_report


def build_builders(team: TeamConfig) -> dict[str, Builder]:
    """The builders by kind of message (bot/messages.py). Times are in the team's zone: a channel has many
    readers."""
    zone = team.zone

    def alert(session: Session, alert_id: int) -> Content | None:
        card = load_alert_card(session, alert_id, zone=zone)
        if card is None:
            return None
        plain = replace(card, arr_cents=0, arr_at_risk_cents=0)
        return _content(build_alert(card), for_guests=build_alert(plain))

    def flood(session: Session, flood_id: int) -> Content | None:
        card = load_flood_card(session, flood_id)
        return None if card is None else _content(build_flood(card))

    def digest(session: Session, digest_id: int) -> Content | None:
        row = session.get(Digest, digest_id)
        if row is None:
            return None
        if row.kind == RULES:
            report = read_report(row.facts)
            return _content(build_rule_report(report, load_report_changes(session, report), zone))
        shown = read_digest(row.facts)
        if row.person_id is not None:
            return _content(build_digest(shown, to_person=True))
        return _content(build_digest(shown), for_guests=build_digest(leave_money_out(shown)))

    def alert_line(session: Session, event_id: int) -> Content | None:
        found = load_line(session, event_id)
        return None if found is None else _content(build_line(found[0], zone))

    def alert_nudge(session: Session, event_id: int) -> Content | None:
        found = load_line(session, event_id)
        card = None if found is None else load_alert_card(session, found[2], zone=zone)
        return None if found is None or card is None else _content(build_nudge(card, found[0]))

    return {
        "alert": alert,
        "alert_line": alert_line,
        "alert_nudge": alert_nudge,
        "digest": digest,
        "flood": flood,
    }


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


def _content(reply: Reply, *, for_guests: Reply | None = None) -> Content:
    plain = None if for_guests is None else _content(for_guests)
    return Content(reply.text, list(reply.blocks), reply.color, plain)
