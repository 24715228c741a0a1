"""A portfolio as it is asked for and as it is answered: frozen, with nothing left to look up."""

from dataclasses import dataclass
from datetime import date

from scoring.views import LevelView, Trend


@dataclass(frozen=True)
class Filter:
    """One wish: ``kind`` is csm, segment, level or stage, or None for words that may be any of them."""

    kind: str | None
    value: str


@dataclass(frozen=True)
class PortfolioAsk:
    """Which accounts: the reader's own book unless ``everyone`` or a CSM is asked for."""

    filters: tuple[Filter, ...] = ()
    everyone: bool = False
    model: str | None = None
    page: int = 1


@dataclass(frozen=True)
class PortfolioRow:
    """An account in a list. Money is None for a reader who may not see it."""

    account_id: int
    name: str
    level: LevelView | None
    score: int | None
    delta_30_micro: int | None
    trend: Trend | None
    arr_cents: int | None
    at_risk_cents: int | None
    renewal_on: date | None
    owner: str | None


@dataclass(frozen=True)
class LevelShare:
    """How many accounts are at a level, and their ARR. ``level`` is None for those without a score."""

    level: LevelView | None
    accounts: int
    arr_cents: int | None


@dataclass(frozen=True)
class Portfolio:
    """A book of accounts: totals, distribution by level (worst first), and one page of the accounts by ARR
    at risk. ``improving`` is filled on the first page. ``ask`` is the question with its words resolved."""

    title: str
    ask: PortfolioAsk
    model_title: str
    as_of: date | None
    accounts: int
    arr_cents: int | None
    at_risk_cents: int | None
    mean_score: int | None
    shares: tuple[LevelShare, ...]
    at_risk: tuple[PortfolioRow, ...]
    improving: tuple[PortfolioRow, ...]
    pages: int
    money_symbol: str
    no_money_reason: str | None
    today: date
