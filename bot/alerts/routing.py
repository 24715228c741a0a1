"""Where an alert goes: the first route that fits, else the team's alerts channel (SPEC A6)."""

from bot.config import TeamConfig
from bot.models import Person

#: A route's word for a direct message to the account's CSM.
OWNER = "owner"


def find_channel(team: TeamConfig, *, segment: str | None, severity: str, owner: Person | None) -> str:
    """The channel's name or id, or the owner's Slack id. An owner whom Slack does not know leaves the
    alerts channel: an alert nobody sees would be lost."""
    for route in team.routes:
        if route.segment in (None, segment) and route.severity in (None, severity):
            if route.to != OWNER:
                return route.to
            if owner is not None and owner.slack_id:
                return owner.slack_id
            return team.alerts_channel
    return team.alerts_channel
