"""What of a card may stand in a channel."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from bot.accounts.asking import Asking
from bot.accounts.score_card import ScoreAsk, ScoreCard, get_score_card
from bot.config import TeamConfig


@dataclass(frozen=True)
class Channel:
    """A Slack channel by id, and by name where Slack gives it (private ones all come as "privategroup")."""

    id: str
    name: str = ""


def get_shared_card(session: Session, ask: ScoreAsk, asking: Asking, channel: Channel) -> ScoreCard:
    """The card as it may be read in a channel.

    A channel can hold guests and people of other companies (Slack Connect), and whoever joins later. So
    money is left out of a shared card, except in the team's own alerts and digest channels, which show
    money anyway, and there only if the one who shares may see it.
    """
    card = get_score_card(session, ask, asking)
    if is_of_team(channel, asking.team):
        return card
    return replace(card, money=None)


def is_of_team(channel: Channel, team: TeamConfig) -> bool:
    """Whether this is one of the channels that the team named for its alerts and its digest."""
    named = {team.alerts_channel, team.digest_channel}
    return channel.id in named or bool(channel.name and f"#{channel.name}" in named)
