"""Alerts people trust: few, believable, each with one message for life."""

from bot.alerts.acts import (
    acknowledge_alert,
    dismiss_alert,
    reopen_alert,
    resolve_alert,
    snooze_alert,
    wake_alert,
)
from bot.alerts.answering import confirm_alert, give_feedback, keep_alert_open
from bot.alerts.cards import load_alert_card, load_alert_cards, load_flood_card, load_open_alert_cards
from bot.alerts.evaluate import evaluate_alerts
from bot.alerts.handing_on import assign_alert, escalate_alert
from bot.alerts.plays import start_play
from bot.alerts.rules import Rule, load_rules
from bot.alerts.timeline import load_line, load_timeline
from bot.alerts.views import Acknowledgement, Acted, AlertCard, FloodCard

__all__ = [
    "Acknowledgement",
    "Acted",
    "AlertCard",
    "FloodCard",
    "Rule",
    "acknowledge_alert",
    "assign_alert",
    "confirm_alert",
    "dismiss_alert",
    "escalate_alert",
    "evaluate_alerts",
    "give_feedback",
    "keep_alert_open",
    "load_alert_card",
    "load_alert_cards",
    "load_flood_card",
    "load_line",
    "load_open_alert_cards",
    "load_rules",
    "load_timeline",
    "reopen_alert",
    "resolve_alert",
    "snooze_alert",
    "start_play",
    "wake_alert",
]
