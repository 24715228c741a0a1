"""Believable names: companies of many trades with domains of their own, and people of many cultures.

Every domain is under `.example`, which is reserved, so that no mail can reach anyone.
"""

import random
import unicodedata
from dataclasses import dataclass

from bot.generator.words import (
    CULTURES,
    FIRST_WORDS,
    FORMS,
    PLACES,
    REGION_CULTURES,
    SECOND_WORDS,
    TRADES,
    UNITS,
)


@dataclass(frozen=True)
class Company:
    """A customer's name and the domain of its mail."""

    name: str
    domain: str


def slug(text: str) -> str:
    """Lower-case ASCII letters and digits of ``text``: "Łukasz" becomes "lukasz"."""
    plain = text.translate(str.maketrans("łŁøØđĐßæÆœıħ", "lLoOdDsaAoih"))
    decomposed = unicodedata.normalize("NFKD", plain.lower())
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())


ACME = Company("Acme Robotics", "acme.example")


class CompanyNames:
    """Hands out company names, never one twice and never two with the same domain."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def draw(self, dice: random.Random) -> Company:
        """A name not given before."""
        for attempt in range(1_000):
            name = _company_name(dice, crowded=attempt > 6)
            key = slug(name)
            if key not in self._taken:
                self._taken.add(key)
                return Company(name, f"{key[:40]}.example" if len(key) <= 22 else f"{_short(name)}.example")
        raise RuntimeError(
            f"{len(self._taken)} company names are in use; add words to bot/generator/words.py"
        )

    def give_acme(self) -> Company | None:
        """The one name that is not drawn, once; None when it was given before."""
        if ACME.name in self._taken:
            return None
        self._taken.add(ACME.name)
        return ACME

    def draw_unit(self, parent: Company, dice: random.Random) -> Company:
        """A name for a unit of ``parent``, or an unrelated one when its units are all taken."""
        for unit in dice.sample(UNITS, len(UNITS)):
            name = f"{parent.name} {unit}"
            if slug(name) not in self._taken:
                self._taken.add(slug(name))
                return Company(name, f"{slug(unit)}.{parent.domain}")
        return self.draw(dice)


def _short(name: str) -> str:
    """A domain's label for a long name: its words joined by hyphens."""
    return "-".join(filter(None, (slug(word) for word in name.replace("&", " ").split())))


def _company_name(dice: random.Random, crowded: bool) -> str:
    trade = dice.choice(TRADES)
    form = dice.choice(FORMS)
    surnames = [dice.choice(CULTURES[dice.choice(tuple(CULTURES))][1]) for _ in range(2)]
    first, second, place = dice.choice(FIRST_WORDS), dice.choice(SECOND_WORDS), dice.choice(PLACES)
    if crowded:
        return f"{first}{second} {place} {trade}"
    return form.format(first=first, second=second, place=place, trade=trade, one=surnames[0], two=surnames[1])


class PersonNames:
    """Draws people by the region they work in; every region is mixed."""

    def draw(self, dice: random.Random, region: str, taken: set[str]) -> tuple[str, str]:
        """A name, and the local part of an address not in ``taken``, which gains it."""
        firsts, lasts = CULTURES[dice.choices(*REGION_CULTURES[region])[0]]
        first, last = dice.choice(firsts), dice.choice(lasts)
        local = base = f"{slug(first)}.{slug(last)}"
        number = 2
        while local in taken:
            local, number = f"{base}{number}", number + 1
        taken.add(local)
        return f"{first} {last}", local
