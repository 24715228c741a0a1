"""Every table, so that ``Base.metadata`` is whole wherever it is used."""

from bot.models.account import Account, AccountProduct, AccountVersion, ArrMovement, Contact, Person
from bot.models.alert import Alert, AlertEvent, HeldFlood
from bot.models.base import ALWAYS, Base
from bot.models.facts import (
    Feature,
    FeedDay,
    Goal,
    Payment,
    SignalValue,
    Survey,
    Ticket,
    Touch,
    UsageDaily,
    UsageDailyPast,
    UsageEvent,
    UsageEventBatch,
    UsageEventGap,
)
from bot.models.job import ImportRun, JobRun, Schedule
from bot.models.score import (
    AccountScore,
    ModelVersion,
    PortfolioTotal,
    ScoreRun,
    ScoreSheet,
    UsageFirstDay,
    UsageSheet,
)
from bot.models.slack import DeliveryKey, SlackLane, SlackMessage

__all__ = [
    "ALWAYS",
    "Account",
    "AccountProduct",
    "AccountScore",
    "AccountVersion",
    "Alert",
    "AlertEvent",
    "ArrMovement",
    "Base",
    "Contact",
    "DeliveryKey",
    "Feature",
    "FeedDay",
    "Goal",
    "HeldFlood",
    "ImportRun",
    "JobRun",
    "ModelVersion",
    "Payment",
    "Person",
    "PortfolioTotal",
    "Schedule",
    "ScoreRun",
    "ScoreSheet",
    "SignalValue",
    "SlackLane",
    "SlackMessage",
    "Survey",
    "Ticket",
    "Touch",
    "UsageDaily",
    "UsageDailyPast",
    "UsageEvent",
    "UsageEventBatch",
    "UsageEventGap",
    "UsageFirstDay",
    "UsageSheet",
]
