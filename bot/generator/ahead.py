"""What will happen after the day that is told of: one account falls at once, and every few days something
comes to another, so that a demo that moves on always has news, and never much of it."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from bot.generator.calendar import Calendar
from bot.generator.casting import SEATS_TO_NOTICE, compute_mood
from bot.generator.life import SETTLED_DAYS, Life, build_life, with_trouble
from bot.generator.money import build_revenue, compute_seats_by_day
from bot.generator.troubles import Trouble
from bot.generator.usage import FeatureNames, build_usage

#: Days from the one told of to the start of a trouble, its kind, and the days it lasts (None: it stays).
Part = tuple[int, str, int | None]
AHEAD: tuple[Part, ...] = (
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
STORY_DAYS = 16
#: Of the use of the same days a week before.
STEADY = 0.62
MOST_TRIED = 60


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
    cast = _cast(able, calendar)
    first = next((life for life in cast[:MOST_TRIED] if _is_steady(life, seed, calendar)), None)
    if first:
        cast = [first, *(life for life in cast if life is not first)]
    planned = (_build_trouble(part, life, calendar) for part, life in zip(parts, cast, strict=False))
    return {trouble.account_index: trouble for trouble in planned}


def _build_trouble(part: Part, life: Life, calendar: Calendar) -> Trouble:
    days, kind, lasts = part
    begins = calendar.told_on + timedelta(days=days)
    return Trouble(life.index, kind, begins, begins + timedelta(days=lasts) if lasts else None)


def _is_steady(life: Life, seed: int, calendar: Calendar) -> bool:
    """Whether its use goes on as before through the first story, which is one of words and not of use: no
    three days have much less of it than the same days of the week before."""
    fallen = with_trouble(life, _build_trouble(AHEAD[0], life, calendar), calendar)
    revenue = build_revenue(fallen, seed, calendar)
    until = calendar.told_on + timedelta(days=STORY_DAYS)
    seats = compute_seats_by_day(revenue, calendar)
    use = np.zeros((calendar.days, 3))
    for row in build_usage(fallen, seats, seed, replace(calendar, until=until), FeatureNames()):
        use[calendar.index(date.fromisoformat(str(row[1])))] = [float(str(value)) for value in row[2:5]]
    days = np.cumsum(use, axis=0)
    first, last = calendar.index(calendar.told_on) + 1, calendar.index(until) + 1
    if first < 14:
        return False
    three = days[first:last] - days[first - 3 : last - 3]
    before = days[first - 7 : last - 7] - days[first - 10 : last - 10]
    return bool(np.all(three > STEADY * before))


def _can_fall(life: Life, calendar: Calendar) -> bool:
    """Whether it is a customer on the day told of and goes on being one by itself."""
    return life.churned_on is None and life.decided_on is None and life.started_on <= calendar.told_on


def _cast(able: list[Life], calendar: Calendar) -> list[Life]:
    """The accounts in the order in which they are to fall, those whose fall shows best first."""
    told_on = calendar.told_on
    wishes: tuple[Callable[[Life], bool], ...] = (
        lambda life: compute_mood(life, calendar) > 0.2,
        # Well, and not so well that it is still well when it has fallen.
        lambda life: compute_mood(life, calendar) < 0.7,
        lambda life: (told_on - life.started_on).days > SETTLED_DAYS + 70,
        lambda life: life.seats > 3 * SEATS_TO_NOTICE,
        lambda life: life.seats > 10 * SEATS_TO_NOTICE,
        lambda life: life.segment.name != "smb",
        # Few enough people that what some say is heard in the score, and so is when they say otherwise.
        lambda life: life.segment.name == "mid_market",
        lambda life: life.segment.name == "mid_market",
        lambda life: (life.next_renewal(told_on) - told_on).days > RENEWAL_FAR_DAYS,
        lambda life: not life.champion_left or (told_on - max(life.champion_left)).days > 120,
    )
    granted = {life.index: sum(wish(life) for wish in wishes) for life in able}
    return sorted(able, key=lambda life: -granted[life.index])
