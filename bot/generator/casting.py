"""Which accounts are in trouble near the end of the data, and what kind of trouble it is."""

import random
from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from bot.generator import settings
from bot.generator.calendar import Calendar
from bot.generator.life import SETTLED_DAYS, Life
from bot.generator.troubles import EFFECTS, STORIES, Trouble

#: Sudden falls happen on the last day and on the days before it, in turn.
FALL_DAYS = 4
SEATS_TO_NOTICE = 6


class Casting:
    """Hands out trouble: what the caller asked for, or to about one live account in twelve."""

    def __init__(self, seed: int, calendar: Calendar, told: Sequence[Trouble] | None) -> None:
        self._calendar = calendar
        self._told = None if told is None else {trouble.account_index: trouble for trouble in told}
        self._dice = random.Random(f"{seed}/casting")
        self._stories = self._dice.sample(STORIES, len(STORIES))
        self._due = self._dice.random() * 0.5
        self._falls_due = 0.9
        self._cast = self._fallen = 0

    def find_planned(self, index: int) -> Trouble | None:
        """The trouble the caller asked for, known before the account's life is drawn."""
        return self._told.get(index) if self._told else None

    def find_trouble(self, life: Life) -> Trouble | None:
        """The trouble of an account that lived to the end by itself, or None."""
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
        return Trouble(life.index, kind, self._calendar.end - timedelta(days=days))

    def _find_kind(self, life: Life) -> str | None:
        age = (self._calendar.end - life.started_on).days
        mood = float(np.mean(life.health[-56:]))
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
        to_renewal = (life.next_renewal(self._calendar.end) - self._calendar.end).days
        if life.contract_months > 1 and 15 <= to_renewal <= 110:
            return "non_renewal"
        self._cast += 1
        return self._stories[self._cast % len(self._stories)]
