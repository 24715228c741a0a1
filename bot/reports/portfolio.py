"""The portfolio: a book's accounts by ARR at risk, its totals and its levels (SPEC H12, L8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.accounts.asking import Asking
from bot.models import PortfolioTotal
from bot.reports.portfolio_filters import Scope, resolve_scope
from bot.reports.portfolio_rows import (
    PAGE,
    Cell,
    build_rows,
    find_day,
    load_at_risk,
    load_improving,
)
from bot.reports.portfolio_views import LevelShare, Portfolio, PortfolioAsk
from scoring.model import ScoringModel
from scoring.views import LevelView, compute_rounded

#: Nobody reads further; filters lead there sooner.
PAGES_SHOWN = 10


@dataclass(frozen=True)
class _Total:
    """What the accounts of one cell of a scope add up to."""

    cell: Cell
    accounts: int
    arr_cents: int
    at_risk_cents: int
    score_micro: int


def load_portfolio(session: Session, ask: PortfolioAsk, asking: Asking) -> Portfolio:
    """One page of a portfolio for one reader. Raises NotFound for a filter that means nothing here.

    Reads totals that the scoring run keeps, and accounts through indexes only.
    """
    model = asking.get_model(ask.model)
    scope, resolved = resolve_scope(session, ask, model, asking)
    levels, money = compute_level_views(model), asking.reader.sees_money
    totals = _load_totals(session, model.name, scope)
    accounts = sum(total.accounts for total in totals)
    pages = max(1, min(PAGES_SHOWN, -(-accounts // PAGE)))
    page = min(ask.page, pages)
    at_risk = load_at_risk(session, model.name, scope, [total.cell for total in totals], page)
    improving = load_improving(session, model.name, scope) if totals and page == 1 else ()
    return Portfolio(
        title=_title(scope, asking),
        ask=PortfolioAsk(resolved.filters, resolved.everyone, ask.model, page),
        model_title=model.label,
        as_of=find_day(at_risk),
        accounts=accounts,
        arr_cents=sum(total.arr_cents for total in totals) if money else None,
        at_risk_cents=sum(total.at_risk_cents for total in totals) if money else None,
        mean_score=_compute_mean(totals),
        shares=_compute_shares(totals, levels, money),
        at_risk=build_rows(session, at_risk, levels, money=money),
        improving=build_rows(session, improving, levels, money=money),
        pages=pages,
        money_symbol=asking.team.money_symbol,
        no_money_reason=asking.reader.no_money_reason,
        today=asking.today,
    )


def compute_level_views(model: ScoringModel) -> dict[str, LevelView]:
    """The levels of a model by name, worst first."""
    return {
        level.name: LevelView(level.name, level.label, level.color, rank)
        for rank, level in enumerate(model.levels)
    }


def _title(scope: Scope, asking: Asking) -> str:
    own = scope.csm_id is not None and scope.csm_id == asking.reader.person_id
    whose = "Your book" if own else "All accounts" if scope.csm_id is None else f"Book of {scope.words[0]}"
    return " · ".join((whose, *(scope.words[1:] if scope.csm_id is not None else scope.words)))


def _load_totals(session: Session, model: str, scope: Scope) -> list[_Total]:
    total = PortfolioTotal
    wanted = (
        (total.csm_id, scope.csm_id),
        (total.segment, scope.segment),
        (total.level, scope.level),
        (total.stage, scope.stage),
    )
    statement = (
        select(
            total.segment,
            total.stage,
            total.level,
            func.sum(total.accounts),
            func.sum(total.arr_cents),
            func.sum(total.arr_at_risk_cents),
            func.sum(total.score_micro_sum),
        )
        .where(total.model == model, *(field == value for field, value in wanted if value is not None))
        .group_by(total.segment, total.stage, total.level)
    )
    return [
        _Total(Cell(segment or "", stage or "", level or ""), *map(int, sums))
        for segment, stage, level, *sums in session.execute(statement)
    ]


def _compute_mean(totals: Sequence[_Total]) -> int | None:
    scored = [total for total in totals if total.cell.level]
    if not scored:
        return None
    return compute_rounded(sum(t.score_micro for t in scored) // sum(t.accounts for t in scored))


def _compute_shares(
    totals: Sequence[_Total], levels: dict[str, LevelView], money: bool
) -> tuple[LevelShare, ...]:
    """A share for every level, also those nobody is at, worst first; then those without a score."""
    shares = []
    for name, view in (*levels.items(), ("", None)):
        mine = [total for total in totals if total.cell.level == name]
        if mine or view:
            arr = sum(total.arr_cents for total in mine)
            shares.append(LevelShare(view, sum(total.accounts for total in mine), arr if money else None))
    return tuple(shares)
