"""Where a click came from, and what has to be drawn again there.

An alert's own messages are edited by the courier. What only one person sees, a private card or their Home,
nobody else keeps up to date.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from blocks.alerts import build_private_alert
from blocks.home import build_home
from bot.accounts.asking import Asking
from bot.alerts import load_alert_card
from bot.alerts.views import AlertCard
from bot.reports.home import Home, load_home
from bot.reports.portfolio_views import PortfolioAsk
from handlers.desk import Session
from handlers.replies import in_place


@dataclass(frozen=True)
class Surface:
    """What one person sees, as it is now: their Home or a private card, where the click came from one."""

    slack_id: str
    home: Home | None = None
    card: AlertCard | None = None

    def draw(self, publish: Callable[..., None], respond: Callable[..., None] | None = None) -> None:
        """Show it. Both arguments send later; a form, which is no message, has no ``respond``."""
        if self.home is not None:
            publish(user_id=self.slack_id, view=build_home(self.home))
        elif self.card is not None and respond is not None:
            respond(**in_place(build_private_alert(self.card)))


def load_surface(session: Session, asking: Asking, body: Mapping[str, Any], alert_id: int) -> Surface:
    """What the place of the click shows once the deed is done."""
    if is_in_home(body):
        return load_home_again(session, asking)
    slack_id = asking.reader.slack_id
    if (body.get("container") or {}).get("is_ephemeral"):
        return Surface(slack_id, card=load_alert_card(session, alert_id, zone=asking.reader.zone))
    return Surface(slack_id)


def load_home_again(session: Session, asking: Asking) -> Surface:
    """The reader's Home as it is now."""
    home = load_home(session, PortfolioAsk(), asking)
    return Surface(asking.reader.slack_id, home=home)


def is_in_home(body: Mapping[str, Any]) -> bool:
    """Whether the click came from the Home tab."""
    return (body.get("view") or {}).get("type") == "home"


def is_in_view(body: Mapping[str, Any]) -> bool:
    """Whether the click came from the Home tab or a modal, below which no message can be shown."""
    return bool(body.get("view"))
