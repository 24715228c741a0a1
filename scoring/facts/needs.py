"""What a set of signals needs of the facts, so that nothing else is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Needs:
    """How many days back each kind of fact is read, and which words of an account.

    ``days`` is by kind: ``usage``, a kind of `scoring.facts.rows.KINDS` (0 where no window bounds it), or
    ``custom NAME``. ``columns`` are those read of a kind besides its day; of ``account``, its numbers and
    dates. ``beyond`` names the kinds of which older rows that are still open matter too.
    """

    days: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    beyond: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    products: tuple[str, ...] = ()

    @property
    def usage_days(self) -> int:
        """How many days of use are read."""
        return self.days.get("usage", 0)


def merge_needs(parts: Iterable[Needs]) -> Needs:
    """What all of `parts` need together."""
    days: dict[str, int] = {}
    columns: dict[str, frozenset[str]] = {}
    beyond: set[str] = set()
    words: set[str] = set()
    products: dict[str, None] = {}
    for part in parts:
        for kind, count in part.days.items():
            days[kind] = max(days.get(kind, 0), count)
        for kind, names in part.columns.items():
            columns[kind] = columns.get(kind, frozenset()) | names
        beyond |= part.beyond
        words |= part.words
        products |= dict.fromkeys(part.products)
    return Needs(days, columns, frozenset(beyond), frozenset(words), tuple(products))
