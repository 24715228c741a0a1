"""The portfolio: a book's accounts by ARR at risk, its totals and its levels (SPEC H12, L8)."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.accounts.asking import Asking
from bot.models import Account, AccountScore, Person, PortfolioTotal
from bot.reports.portfolio_filters import Scope, resolve_scope
from bot.reports.portfolio_views import LevelShare, Portfolio, PortfolioAsk, PortfolioRow
from scoring.model import ScoringModel
from scoring.views import MICRO, LevelView, Trend, compute_rounded

PAGE = 20
IMPROVING = 10
#: Pages beyond are refused: a list nobody reads costs the same as one everybody reads.
PAGES_SHOWN = 50


def load_portfolio(session: Session, ask: PortfolioAsk, asking: Asking) -> Portfolio:
    """One page of a portfolio for one reader. Raises NotFound for a filter that means nothing here.

    Reads totals kept by the scoring run, and accounts through indexes only.
    """
    model = asking.get_model(ask.model)
    scope, resolved = resolve_scope(session, ask, model, asking)
    levels = compute_level_views(model)
    totals = _load_totals(session, model.name, scope)
    accounts = int(sum(row.accounts for row in totals))
    pages = max(1, min(PAGES_SHOWN, -(-accounts // PAGE)))
    page = min(ask.page, pages)
    money = asking.reader.sees_money
    at_risk = _load_rows(session, _rank_at_risk(model.name, scope, page), levels, money) if accounts else ()
    improving = _load_rows(session, _rank_improving(model, scope), levels, money) if accounts else ()
    return Portfolio(
        title=_title(scope, asking),
        ask=PortfolioAsk(resolved.filters, resolved.everyone, ask.model, page),
        model_title=model.label,
        as_of=session.scalar(select(func.max(AccountScore.as_of)).where(AccountScore.model == model.name)),
        accounts=accounts,
        arr_cents=int(sum(row.arr_cents for row in totals)) if money else None,
        at_risk_cents=int(sum(row.at_risk_cents for row in totals)) if money else None,
        mean_score=_compute_mean(totals),
        shares=_compute_shares(totals, levels, money),
        at_risk=at_risk,
        improving=improving,
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


def _load_totals(session: Session, model: str, scope: Scope) -> Sequence[Any]:
    total = PortfolioTotal
    statement = (
        select(
            total.level,
            func.sum(total.accounts).label("accounts"),
            func.sum(total.arr_cents).label("arr_cents"),
            func.sum(total.arr_at_risk_cents).label("at_risk_cents"),
            func.sum(total.score_micro_sum).label("score_micro"),
        )
        .where(total.model == model, *_conditions(total, scope))
        .group_by(total.level)
    )
    return session.execute(statement).all()


def _conditions(table: type[AccountScore] | type[PortfolioTotal], scope: Scope) -> list[Any]:
    wanted = {"csm_id": scope.csm_id, "segment": scope.segment, "level": scope.level, "stage": scope.stage}
    return [getattr(table, column) == value for column, value in wanted.items() if value is not None]


def _compute_mean(totals: Sequence[Any]) -> int | None:
    scored = sum(row.accounts for row in totals if row.level is not None)
    if not scored:
        return None
    return compute_rounded(int(sum(row.score_micro for row in totals)) // int(scored))


def _compute_shares(
    totals: Sequence[Any], levels: dict[str, LevelView], money: bool
) -> tuple[LevelShare, ...]:
    """A share for every level, also those nobody is at, worst first; then those without a score."""
    by_level = {row.level: row for row in totals}
    shares = [_share(by_level.get(name), view, money) for name, view in levels.items()]
    return tuple([*shares, *([_share(by_level[None], None, money)] if None in by_level else [])])


def _share(row: Any, level: LevelView | None, money: bool) -> LevelShare:
    arr = int(row.arr_cents) if row else 0
    return LevelShare(level, int(row.accounts) if row else 0, arr if money else None)


def _rank_at_risk(model: str, scope: Scope, page: int) -> Select[Any]:
    score = AccountScore
    return (
        select(score)
        .where(score.model == model, *_conditions(score, scope))
        .order_by(score.arr_at_risk_cents.desc(), score.account_id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )


def _rank_improving(model: ScoringModel, scope: Scope) -> Select[Any]:
    """Those that rose by what counts as improving, most first (SPEC H7)."""
    score = AccountScore
    least = round(model.trend_points * MICRO)
    return (
        select(score)
        .where(score.model == model.name, score.delta_30_micro >= least, *_conditions(score, scope))
        .order_by(score.delta_30_micro.desc(), score.account_id)
        .limit(IMPROVING)
    )


def _load_rows(
    session: Session, ranked: Select[Any], levels: dict[str, LevelView], money: bool
) -> tuple[PortfolioRow, ...]:
    """The ranked accounts with their names; ranked first, so that only a page of them is joined."""
    scores = session.scalars(ranked).all()
    statement = (
        select(Account.id, Account.name, Account.renewal_on, Person.name.label("owner"))
        .outerjoin(Person, Person.id == Account.csm_id)
        .where(Account.id.in_([score.account_id for score in scores]))
    )
    named = {row.id: row for row in session.execute(statement)}
    return tuple(
        _build_row(score, named[score.account_id], levels, money)
        for score in scores
        if score.account_id in named
    )


def _build_row(score: AccountScore, named: Any, levels: dict[str, LevelView], money: bool) -> PortfolioRow:
    return PortfolioRow(
        account_id=score.account_id,
        name=named.name,
        level=levels.get(score.level or ""),
        score=None if score.score_micro is None else compute_rounded(score.score_micro),
        delta_30_micro=score.delta_30_micro,
        trend=cast(Trend | None, score.trend),
        arr_cents=score.arr_cents if money else None,
        at_risk_cents=score.arr_at_risk_cents if money else None,
        renewal_on=named.renewal_on,
        owner=named.owner,
    )
