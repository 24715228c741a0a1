"""Alerts people trust: few, believable, each with one message for life."""

from bot.alerts.cards import load_alert_card, load_flood_card, load_open_alert_cards
from bot.alerts.evaluate import evaluate_alerts
from bot.alerts.lifecycle import acknowledge_alert
from bot.alerts.rules import Rule, load_rules
from bot.alerts.views import Acknowledgement, AlertCard, FloodCard

__all__ = [
    "Acknowledgement",
    "AlertCard",
    "FloodCard",
    "Rule",
    "acknowledge_alert",
    "evaluate_alerts",
    "load_alert_card",
    "load_flood_card",
    "load_open_alert_cards",
    "load_rules",
]
