"""A person's own page: their book, their open alerts, their day."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.accounts.asking import Asking
from bot.alerts import AlertCard
from bot.alerts.cards import load_alert_cards
from bot.preferences import Preferences, load_preferences
from bot.reports.alert_list import AlertAsk, load_alert_list
from bot.reports.portfolio import load_portfolio
from bot.reports.portfolio_views import Portfolio, PortfolioAsk

#: A page is to be looked through; the rest is a command away.
ALERTS_SHOWN = 8


@dataclass(frozen=True)
class Home:
    """What the App Home shows one reader. ``local_now`` is in their own time zone."""

    name: str
    local_now: datetime
    portfolio: Portfolio
    #: The newest of those that are not over, and how many there are.
    alerts: tuple[AlertCard, ...]
    alerts_in_all: int
    #: None for a stranger, who is told nothing.
    preferences: Preferences | None
    #: Whether the reader is of the team; a stranger sees no alerts, for they speak of money.
    of_team: bool


def load_home(session: Session, ask: PortfolioAsk, asking: Asking) -> Home:
    """The reader's page: a CSM's own book and its alerts; everybody's for the others of the team."""
    reader = asking.reader
    of_team = reader.person_id is not None
    alerts, in_all = _load_alerts(session, asking) if of_team and reader.sees_money else ((), 0)
    return Home(
        name=reader.name,
        local_now=asking.now.astimezone(reader.zone),
        portfolio=load_portfolio(session, ask, asking),
        alerts=alerts,
        alerts_in_all=in_all,
        preferences=None if reader.person_id is None else load_preferences(session, reader.person_id),
        of_team=of_team,
    )


def _load_alerts(session: Session, asking: Asking) -> tuple[tuple[AlertCard, ...], int]:
    found = load_alert_list(session, AlertAsk(), asking)
    shown = [row.alert_id for row in found.rows[:ALERTS_SHOWN]]
    return load_alert_cards(session, shown, zone=asking.reader.zone), found.total
