"""Accounts by name, in memory: exact, by beginning, by words, and nearly right.

An index is built whole and never changed, so that threads read it without a lock. A name costs about a
hundred bytes.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from bot.accounts.spelling import drop_legal_form, spell, spell_name, spell_query
from bot.accounts.trigrams import TrigramIndex

#: A name at least this like what was typed is taken for it; below, it is only offered.
FITS = 84.0
#: So much better than the second one the best must be to be taken without asking.
CLEARLY_BETTER = 6.0
_ONE_SLIP = 88.0
_SLIPS_COUNT_FROM = 4
_CANDIDATES = 192
_COMPARED_WHOLE = 40
_LAST = "\U0010ffff"

Ids = NDArray[np.int32]
Row = tuple[int, str, str | None, str, bool, tuple[str, ...]]


@dataclass(frozen=True)
class NamedAccount:
    """An account with all it is known by."""

    account_id: int
    name: str
    external_id: str
    domain: str | None = None
    aliases: tuple[str, ...] = ()
    live: bool = True


@dataclass(frozen=True)
class NameMatch:
    """An account that may be meant. ``domain`` and ``external_id`` tell namesakes apart."""

    account_id: int
    name: str
    domain: str | None
    external_id: str
    live: bool


@dataclass(frozen=True)
class NameMatches:
    """The accounts that fit what was typed, best first, or the ``nearest`` where none does.

    ``more`` counts those that fit and are left out. ``spelt_otherwise`` says that nothing fits to the letter.
    """

    fits: tuple[NameMatch, ...] = ()
    more: int = 0
    nearest: tuple[NameMatch, ...] = ()
    spelt_otherwise: bool = False


class NameIndex:
    """The names of a set of accounts."""

    def __init__(self, accounts: Iterable[NamedAccount]) -> None:
        # Plain tuples: the garbage collector leaves them alone, where objects by the hundred thousand
        # make it stop every thread for 50 ms now and then.
        rows = [(a.account_id, a.name, a.domain, a.external_id, a.live, a.aliases) for a in accounts]
        self._matches_by_place = [row[:5] for row in rows]
        self._names, self._name_owners = _collect(_called, rows)
        self._words, self._word_offsets, self._word_owners = _collect_words(self._names, self._name_owners)
        self._trigrams = TrigramIndex(self._names)
        self._keys, self._owners = _collect(_keyed, rows)
        # Among equals the shorter name is meant, and an account that still is one.
        self._rank: NDArray[np.int32] = np.array(
            [len(row[1]) + (0 if row[4] else 10_000) for row in rows], dtype=np.int32
        )

    def __len__(self) -> int:
        return len(self._matches_by_place)

    def find(self, text: str, limit: int = 20) -> NameMatches:
        """The accounts that ``text`` can mean: those so named; else all that begin so or hold its words;
        else those that are nearly so named; else the three nearest."""
        typed = spell_query(text)
        query = drop_legal_form(typed)
        if not query or not self._matches_by_place:
            return NameMatches()
        for exactly in (typed, query):
            named = self._marked(self._between(exactly, exactly + "\0"))
            if named.any():
                return self._fitting(named, limit)
        begins_or_holds = self._marked(self._between(query, query + _LAST)) | self._holding(query.split())
        if begins_or_holds.any():
            return self._fitting(begins_or_holds, limit)
        return self._nearly(typed, query, limit)

    def _between(self, first: str, end: str) -> Ids:
        """Owners of the keys from ``first`` up to ``end``."""
        return self._owners[bisect_left(self._keys, first) : bisect_left(self._keys, end)]

    def _marked(self, owners: Ids) -> NDArray[np.bool_]:
        marks = np.zeros(len(self._matches_by_place), dtype=np.bool_)
        marks[owners] = True
        return marks

    def _holding(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Marks the accounts in whose names every one of the words begins a word."""
        held = np.ones(len(self._matches_by_place), dtype=np.bool_)
        for word in words:
            start, end = bisect_left(self._words, word), bisect_left(self._words, word + _LAST)
            owners = self._word_owners[self._word_offsets[start] : self._word_offsets[end]]
            held &= self._marked(owners)
        return held

    def _fitting(self, marks: NDArray[np.bool_], limit: int) -> NameMatches:
        places = np.flatnonzero(marks)
        order = np.argsort(self._rank[places], kind="stable")[:limit]
        return NameMatches(fits=self._matches(places[order]), more=max(0, len(places) - limit))

    def _nearly(self, typed: str, query: str, limit: int) -> NameMatches:
        likeness = self._likeness(typed, query)
        if not likeness:
            return NameMatches(spelt_otherwise=True)
        fitting = [place for place, score in likeness if score >= FITS]
        if not fitting:
            nearest = [place for place, _ in likeness[:3]]
            return NameMatches(nearest=self._matches(nearest), spelt_otherwise=True)
        if len(likeness) > 1 and likeness[0][1] - likeness[1][1] >= CLEARLY_BETTER:
            fitting = fitting[:1]
        return NameMatches(self._matches(fitting[:limit]), max(0, len(fitting) - limit), spelt_otherwise=True)

    def _likeness(self, typed: str, query: str) -> list[tuple[int, float]]:
        """The accounts most like the query with how much, 0–100, best first, each once."""
        places = self._trigrams.find(query, _CANDIDATES)
        best: dict[int, float] = {}
        for place in places:
            candidate, owner = self._names[place], int(self._name_owners[place])
            best[owner] = max(best.get(owner, 0.0), _compute_likeness(query, candidate))
        highest = sorted(best.items(), key=lambda found: -found[1])[:_COMPARED_WHOLE]
        # Namesakes differ in their legal form alone.
        whole = {owner: fuzz.ratio(typed, spell(self._matches_by_place[owner][1])) for owner, _ in highest}
        return sorted(highest, key=lambda found: (-found[1], -whole[found[0]], int(self._rank[found[0]])))

    def _matches(self, places: Iterable[int]) -> tuple[NameMatch, ...]:
        return tuple(NameMatch(*self._matches_by_place[place]) for place in places)


def _compute_likeness(query: str, candidate: str) -> float:
    """How much a name is like what was typed, 0–100."""
    likeness = fuzz.ratio(query, candidate)
    if len(query) + 2 < len(candidate):
        # A part of a long name, mistyped: a little less sure than the whole.
        return max(likeness, 0.95 * fuzz.partial_ratio(query, candidate))
    if likeness < _ONE_SLIP and len(query) >= _SLIPS_COUNT_FROM:
        # One slip in a short name weighs too much in a ratio: "amce" is Acme.
        return _ONE_SLIP if OSA.distance(query, candidate, score_cutoff=1) <= 1 else likeness
    return likeness


def _called(row: Row) -> set[str]:
    """What people call the account: its name with and without its legal form, and its other names."""
    name = spell(row[1])
    return {name, drop_legal_form(name), *(spell_name(alias) for alias in row[5])}


def _keyed(row: Row) -> set[str]:
    """All that stands for the account when it is typed to the letter, or the beginning of it."""
    external_id = spell(row[3])
    return {*_called(row), external_id, external_id.replace(" ", ""), spell(row[2] or "")}


def _collect(spelt: Callable[[Row], set[str]], rows: Sequence[Row]) -> tuple[list[str], Ids]:
    """The texts of all accounts in order, and the place of the account beside each."""
    pairs = [(text, place) for place, row in enumerate(rows) for text in spelt(row) if text]
    pairs.sort()
    return [text for text, _ in pairs], np.array([place for _, place in pairs], dtype=np.int32)


def _collect_words(names: Sequence[str], owners: Ids) -> tuple[list[str], NDArray[np.int64], Ids]:
    """The words of the names in order, and for each the accounts it occurs in, as offsets into one array."""
    numbers: dict[str, int] = {}
    word_numbers: list[int] = []
    places: list[int] = []
    for place, name in enumerate(names):
        for word in name.split():
            word_numbers.append(numbers.setdefault(word, len(numbers)))
            places.append(place)
    words = sorted(numbers)
    rank = np.empty(len(words), dtype=np.int64)
    rank[[numbers[word] for word in words]] = np.arange(len(words))
    ranked = rank[np.array(word_numbers, dtype=np.int64)]
    order = np.argsort(ranked, kind="stable")
    offsets = np.searchsorted(ranked[order], np.arange(len(words) + 1))
    return words, offsets, owners[np.array(places, dtype=np.int64)[order]]
