"""Who wants their own digest every working morning."""

from dataclasses import dataclass
from datetime import time

from sqlalchemy.orm import Session

from bot.accounts.asking import Asking
from bot.errors import NotAllowed
from bot.preferences import set_preference


@dataclass(frozen=True)
class DigestOrder:
    """Whether the reader gets a digest as a direct message, and at what time of their own clock."""

    wanted: bool
    at: time
    timezone: str


def order_digest(session: Session, *, wanted: bool, asking: Asking) -> DigestOrder:
    """Keep the reader's wish. Raises NotAllowed for who is not of the team."""
    reader = asking.reader
    if reader.person_id is None or not reader.sees_money:
        raise NotAllowed(
            "The digest is for people of the customer-success team. Ask your admin to add you to people.csv."
        )
    set_preference(
        session,
        person_id=reader.person_id,
        event="digest",
        way="slack",
        frequency="at_once" if wanted else "never",
    )
    return DigestOrder(wanted, asking.team.digest_at, reader.timezone)
