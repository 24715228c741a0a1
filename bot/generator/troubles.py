"""Trouble: named ways in which an account goes wrong, as shocks to its health and marks on its signals."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Trouble:
    """The account at ``account_index`` (0 is the first) falls into this ``kind`` of trouble on a day."""

    account_index: int
    kind: str
    starts_on: date
    #: The day from which things are well again; None when they do not get better by themselves.
    recovers_on: date | None = None

    def is_on(self, day: date) -> bool:
        """Whether the trouble lasts on that day."""
        return self.starts_on <= day and (self.recovers_on is None or day < self.recovers_on)


@dataclass(frozen=True)
class TroubleEffect:
    """What a kind of trouble does from its first day on."""

    #: Added to latent health.
    health: float
    #: Use of the product on the first day against the day before, and what is lost each week after.
    usage_step: float = 1.0
    usage_fade_week: float = 0.0
    champion_leaves: bool = False
    #: Tickets of high severity within the first ``ticket_days`` days, and the ticket rate after them.
    tickets: int = 0
    ticket_days: int = 1
    tickets_after: float = 1.0
    #: NPS answers between 0 and 4 within the first days.
    detractors: int = 0
    payments_fail: bool = False
    #: Share of the seats given back in the first week.
    seats_returned: float = 0.0
    meetings_stop: bool = False
    #: Nobody writes either while it lasts.
    silence: bool = False
    goals_missed: bool = False
    #: Days before the end of the data at which a story of this kind is told best: earliest and latest.
    told_days: tuple[int, int] = (24, 50)
    notes: tuple[str, ...] = ()


EFFECTS: dict[str, TroubleEffect] = {
    "champion_left": TroubleEffect(
        health=-1.5,
        usage_step=0.85,
        usage_fade_week=0.12,
        champion_leaves=True,
        meetings_stop=True,
        notes=(
            "Our champion has left the company. No successor named yet.",
            "Wrote to two other contacts; no answer so far.",
        ),
    ),
    "ticket_spike": TroubleEffect(
        health=-1.3,
        usage_step=0.6,
        usage_fade_week=0.06,
        tickets=8,
        ticket_days=9,
        tickets_after=0.0,
        detractors=1,
        told_days=(26, 40),
        notes=("A week of failed imports on their side. They were angry, and have gone quiet since.",),
    ),
    "payment_failures": TroubleEffect(
        health=-1.0,
        usage_step=0.8,
        usage_fade_week=0.07,
        payments_fail=True,
        detractors=1,
        meetings_stop=True,
        told_days=(45, 70),
        notes=("Finance does not answer about the failed payments.",),
    ),
    "non_renewal": TroubleEffect(
        health=-1.2,
        usage_fade_week=0.10,
        seats_returned=0.35,
        meetings_stop=True,
        notes=(
            "Asked how to export all their data, and for a copy of the contract.",
            "Gave seats back and cancelled the renewal call.",
        ),
    ),
    "quiet_fade": TroubleEffect(
        health=-1.4,
        usage_step=0.75,
        usage_fade_week=0.17,
        tickets_after=0.3,
        meetings_stop=True,
        told_days=(30, 55),
        notes=("Third call in a row they did not join.",),
    ),
    "value_not_seen": TroubleEffect(
        health=-1.6,
        usage_step=0.7,
        detractors=2,
        goals_missed=True,
        told_days=(18, 40),
        notes=("Their director said they cannot show what they get for the money.",),
    ),
    "onboarding_stalled": TroubleEffect(
        health=-1.5,
        usage_step=0.25,
        usage_fade_week=0.05,
        meetings_stop=True,
        told_days=(14, 28),
        notes=("Kick-off moved twice. Their integration is still not live.",),
    ),
    # Another tool is tried: from one day to the next most people stay away.
    "usage_cliff": TroubleEffect(
        health=-0.8,
        usage_step=0.3,
        usage_fade_week=0.10,
        told_days=(20, 40),
        notes=("Heard that one of their sites is trying another tool this month.",),
    ),
    # Loud, all on one day, and seen in what people say rather than in their use: one alert, and not a worse
    # one on each of the days after.
    "uproar": TroubleEffect(
        health=-0.3,
        champion_leaves=True,
        tickets=4,
        ticket_days=1,
        detractors=8,
        meetings_stop=True,
        silence=True,
        told_days=(0, 3),
        notes=("Their rollout to three sites failed overnight, and the one who stood for us has left.",),
    ),
    # The one that a daily run must see on the day: everything a customer can do at once.
    "collapse": TroubleEffect(
        health=-2.5,
        usage_step=0.05,
        usage_fade_week=0.2,
        champion_leaves=True,
        tickets=5,
        ticket_days=1,
        detractors=3,
        meetings_stop=True,
        silence=True,
        told_days=(0, 3),
        notes=("Their rollout failed overnight; they have stopped using the product.",),
    ),
}

#: The order in which stories are told to a company's troubled accounts, so that none is missing.
STORIES = ("champion_left", "ticket_spike", "payment_failures", "non_renewal", "quiet_fade", "value_not_seen")
