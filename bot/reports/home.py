"""A person's own page: their book, their open alerts, their day."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.accounts.asking import Asking
from bot.alerts import AlertCard, load_open_alert_cards
from bot.reports.portfolio import load_portfolio
from bot.reports.portfolio_views import Portfolio, PortfolioAsk


@dataclass(frozen=True)
class Home:
    """What the App Home shows one reader. ``local_now`` is in their own time zone."""

    name: str
    local_now: datetime
    portfolio: Portfolio
    alerts: tuple[AlertCard, ...]
    #: Whether the reader is of the team; a stranger sees no alerts, for they speak of money.
    of_team: bool


def load_home(session: Session, ask: PortfolioAsk, asking: Asking) -> Home:
    """The reader's page: a CSM's own book and its alerts; everybody's for the others of the team."""
    reader = asking.reader
    alerts: tuple[AlertCard, ...] = ()
    if reader.sees_money:
        book = reader.person_id if reader.role == "csm" else None
        alerts = load_open_alert_cards(session, csm_id=book, zone=reader.zone)
    return Home(
        name=reader.name,
        local_now=asking.now.astimezone(reader.zone),
        portfolio=load_portfolio(session, ask, asking),
        alerts=alerts,
        of_team=reader.person_id is not None,
    )
