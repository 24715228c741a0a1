"""What will happen after the day that is told of: one account falls at once, and every few days something
comes to another, so that a demo that moves on always has news, and never much of it."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

from bot.generator.calendar import Calendar
from bot.generator.casting import SEATS_TO_NOTICE, compute_mood
from bot.generator.life import SETTLED_DAYS, Life, build_life
from bot.generator.troubles import Trouble

#: Days from the one told of to the start of a trouble, its kind, and the days it lasts (None: it stays).
AHEAD: tuple[tuple[int, str, int | None], ...] = (
    (1, "uproar", 9),
    (4, "payment_failures", 6),
    (7, "usage_cliff", 12),
    (12, "champion_left", None),
    (16, "payment_failures", 9),
    (21, "ticket_spike", None),
    (26, "usage_cliff", 10),
    (31, "payment_failures", None),
    (36, "collapse", 12),
    (42, "champion_left", 20),
    (48, "usage_cliff", None),
    (54, "ticket_spike", 6),
)
#: Accounts that are looked at for those who can play a part.
MOST_LOOKED_AT = 400
RENEWAL_FAR_DAYS = 120


def plan_ahead(accounts: int, seed: int, calendar: Calendar) -> dict[int, Trouble]:
    """The troubles after ``calendar.told_on`` by account index, the first account the one that falls first.

    Empty when the company has no days after that one; fewer than planned when it has too few accounts.
    """
    last = (calendar.end - calendar.told_on).days
    parts = [part for part in AHEAD if part[0] <= last]
    if not parts:
        return {}
    lives = (build_life(index, seed, calendar) for index in range(min(accounts, MOST_LOOKED_AT)))
    able = [life for life in lives if _can_fall(life, calendar)]
    dice = random.Random(f"{seed}/ahead")
    dice.shuffle(able)
    planned: dict[int, Trouble] = {}
    for (days, kind, lasts), life in zip(parts, _cast(able, calendar), strict=False):
        begins = calendar.told_on + timedelta(days=days)
        over = begins + timedelta(days=lasts) if lasts else None
        planned[life.index] = Trouble(life.index, kind, begins, over)
    return planned


def _can_fall(life: Life, calendar: Calendar) -> bool:
    """Whether it is a customer on the day told of and goes on being one by itself."""
    return life.churned_on is None and life.decided_on is None and life.started_on <= calendar.told_on


def _cast(able: list[Life], calendar: Calendar) -> Iterator[Life]:
    """The accounts in the order in which they are to fall, those whose fall shows best first."""
    told_on = calendar.told_on
    wishes: tuple[Callable[[Life], bool], ...] = (
        lambda life: 0.1 < compute_mood(life, calendar) < 0.8,
        lambda life: (told_on - life.started_on).days > SETTLED_DAYS + 70,
        lambda life: life.seats > 3 * SEATS_TO_NOTICE,
        lambda life: life.segment.name != "smb",
        lambda life: (life.next_renewal(told_on) - told_on).days > RENEWAL_FAR_DAYS,
        lambda life: not life.champion_left or (told_on - max(life.champion_left)).days > 120,
    )
    granted = {life.index: sum(wish(life) for wish in wishes) for life in able}
    yield from sorted(able, key=lambda life: -granted[life.index])
