"""Someone opens the App Home."""

from typing import Any

from slack_sdk import WebClient

from blocks.home import build_home
from bot.reports.home import load_home
from bot.reports.portfolio_views import PortfolioAsk
from handlers.desk import Desk


def handle_app_home_opened(event: dict[str, Any], client: WebClient, desk: Desk) -> None:
    """Publish the reader's page. The Messages tab, which tells of itself by the same event, has none."""
    if event.get("tab", "home") != "home":
        return
    with desk.transaction() as (session, asking):
        home = load_home(session, PortfolioAsk(), asking)
    client.views_publish(user_id=asking.reader.slack_id, view=build_home(home))
