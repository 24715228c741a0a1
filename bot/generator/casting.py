"""Which accounts are in trouble near the end of the data, and what kind of trouble it is."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from bot.generator import settings
from bot.generator.calendar import Calendar
from bot.generator.life import SETTLED_DAYS, Life
from bot.generator.troubles import EFFECTS, STORIES, Trouble

#: Sudden falls happen on the last day and on the days before it, in turn.
FALL_DAYS = 4
SEATS_TO_NOTICE = 6


def compute_mood(life: Life, calendar: Calendar) -> float:
    """The account's mean health over the eight weeks up to the day that troubles are told of."""
    last = calendar.index(calendar.told_on) + 1
    return float(np.mean(life.health[max(0, last - 56) : last]))


class Casting:
    """Hands out trouble: what the caller asked for, or to about one live account in twelve."""

    def __init__(
        self,
        seed: int,
        calendar: Calendar,
        told: Sequence[Trouble] | None,
        ahead: Mapping[int, Trouble] | None = None,
    ) -> None:
        self._calendar = calendar
        self._ahead = ahead or {}
        self._told = None if told is None else {trouble.account_index: trouble for trouble in told}
        self._dice = random.Random(f"{seed}/casting")
        self._stories = self._dice.sample(STORIES, len(STORIES))
        self._due = self._dice.random() * 0.5
        self._falls_due = 0.9
        self._cast = self._fallen = 0

    def find_planned(self, index: int) -> Trouble | None:
        """The trouble the caller asked for, known before the account's life is drawn."""
        return self._told.get(index) if self._told else None

    def is_story(self, life: Life) -> bool:
        """Whether the account may be the one whose fall is told: the first that will collapse when the
        company has days ahead, the first that collapsed when it has none."""
        if self._ahead:
            return life.index == next(iter(self._ahead))
        return life.trouble is not None and life.trouble.kind == "collapse"

    def find_trouble(self, life: Life) -> Trouble | None:
        """The trouble of an account that lived to the end by itself, or None."""
        if life.index in self._ahead:
            return self._ahead[life.index]
        if self._told is not None or life.churned_on or life.decided_on:
            return None
        self._due += settings.TROUBLED
        self._falls_due += 1 / settings.ACCOUNTS_A_FALL
        kind = self._find_kind(life)
        if kind is None:
            return None
        self._due -= 1
        if kind == "collapse":
            days = self._fallen % FALL_DAYS
            self._fallen += 1
            self._falls_due -= 1
        else:
            days = self._dice.randint(*EFFECTS[kind].told_days)
        return Trouble(life.index, kind, self._calendar.told_on - timedelta(days=days))

    def _find_kind(self, life: Life) -> str | None:
        today = self._calendar.told_on
        age = (today - life.started_on).days
        mood = compute_mood(life, self._calendar)
        if self._falls_due >= 1 and age > SETTLED_DAYS and mood > 0.3 and life.segment.name != "smb":
            return "collapse"
        # Not each account as it falls due: that would be every twelfth, and look it.
        if self._due < 1 or self._dice.random() < 0.7:
            return None
        if 40 <= age <= 75:
            return "onboarding_stalled"
        # Too small to show a fall in its numbers, or so unhappy that it has no story of its own.
        if age < SETTLED_DAYS + 70 or life.seats < SEATS_TO_NOTICE or mood < -0.8:
            return None
        to_renewal = (life.next_renewal(today) - today).days
        if life.contract_months > 1 and 15 <= to_renewal <= 110:
            return "non_renewal"
        self._cast += 1
        return self._stories[self._cast % len(self._stories)]
