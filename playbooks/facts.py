"""What a play knows of an account when it decides: frozen, looked up once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from scoring.catalogue import SignalKey


@dataclass(frozen=True)
class ContactFacts:
    """Somebody at the customer who is still there."""

    email: str
    name: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class PlayFacts:
    """An account as conditions see it.

    None is unknown. ``color`` is that of the level by the team's own scoring model, ``score`` whole points.
    ``columns`` are the team's own text columns. ``touched``, ``renewed`` and ``recovered`` are since the
    run's start.
    """

    account_id: int
    name: str
    status: str = "live"
    segment: str | None = None
    stage: str | None = None
    plan: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    arr_cents: int | None = None
    renewal_on: date | None = None
    churned_on: date | None = None
    churn_reason: str | None = None
    level: str | None = None
    color: str | None = None
    score: int | None = None
    signals: Mapping[SignalKey, float | None] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    contacts: tuple[ContactFacts, ...] = ()
    touched: bool = False
    renewed: bool = False
    recovered: bool = False
    urgent_tickets: int = 0

    def find_contact(self, roles: tuple[str, ...]) -> ContactFacts | None:
        """Whom to write to: the first of these roles that somebody has, else anybody; None for nobody."""
        for role in roles:
            for contact in self.contacts:
                if contact.role == role:
                    return contact
        return self.contacts[0] if self.contacts else None
