"""The accounts of a portfolio in order, read through indexes only, whatever they are narrowed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import ARRAY, ColumnElement, Select, Text, func, literal, literal_column, select, true
from sqlalchemy.orm import Session

from bot.models import Account, AccountScore, Person
from bot.reports.portfolio_filters import Scope
from bot.reports.portfolio_views import PortfolioRow
from scoring.views import LevelView, Trend, compute_rounded

PAGE = 20
IMPROVING = 10
_EMPTY: ColumnElement[str] = literal_column("''")
# As the partial index says it (SPEC H7: five points). A parameter instead would keep it from being used.
_IMPROVING_FROM: ColumnElement[int] = literal_column("5000000")


@dataclass(frozen=True)
class Cell:
    """A segment, stage and level that some accounts have in common. An empty text is none."""

    segment: str
    stage: str
    level: str


def load_at_risk(
    session: Session, model: str, scope: Scope, cells: Sequence[Cell], page: int
) -> list[AccountScore]:
    """A page of the accounts of a scope by ARR at risk, most first. ``cells`` are those of the scope."""
    if not cells:
        return []
    ranked = _rank_of_csm(model, scope) if scope.csm_id is not None else _rank_in_cells(model, cells, page)
    # Offset rather than a place to go on from: pages are few, and turn in both directions.
    ids = session.scalars(ranked.limit(PAGE).offset((page - 1) * PAGE)).all()
    found = session.scalars(
        select(AccountScore).where(AccountScore.model == model, AccountScore.account_id.in_(ids))
    )
    by_id = {score.account_id: score for score in found}
    return [by_id[account_id] for account_id in ids]


def load_improving(session: Session, model: str, scope: Scope) -> Sequence[AccountScore]:
    """The accounts of a scope that rose by five points or more in 30 days, most first."""
    score = AccountScore
    statement = (
        select(score)
        .where(score.model == model, score.delta_30_micro >= _IMPROVING_FROM, *_conditions(scope))
        .order_by(score.delta_30_micro.desc(), score.account_id)
        .limit(IMPROVING)
    )
    return session.scalars(statement).all()


def build_rows(
    session: Session, scores: Sequence[AccountScore], levels: dict[str, LevelView], *, money: bool
) -> tuple[PortfolioRow, ...]:
    """The accounts as a list shows them; an account removed since the run is left out."""
    statement = (
        select(Account.id, Account.name, Account.renewal_on, Person.name.label("owner"))
        .outerjoin(Person, Person.id == Account.csm_id)
        .where(Account.id.in_([score.account_id for score in scores]))
    )
    named = {row.id: row for row in session.execute(statement)} if scores else {}
    return tuple(
        _build_row(score, named[score.account_id], levels, money)
        for score in scores
        if score.account_id in named
    )


def find_day(scores: Sequence[AccountScore]) -> date | None:
    """The day the scores are for; a model's are all of one run."""
    return scores[0].as_of if scores else None


def _rank_of_csm(model: str, scope: Scope) -> Select[Any]:
    score = AccountScore
    return (
        select(score.account_id)
        .where(score.model == model, *_conditions(scope))
        .order_by(score.arr_at_risk_cents.desc(), score.account_id)
    )


def _rank_in_cells(model: str, cells: Sequence[Cell], page: int) -> Select[Any]:
    """The best of every cell, then the best of those.

    One walk by ARR at risk past the accounts that a filter leaves out would read nearly all of them where
    those that are wanted stand last, as small healthy accounts do.
    """
    score = AccountScore
    # Arrays, so that one prepared statement serves any number of cells.
    parts = ([cell.segment for cell in cells], [cell.stage for cell in cells], [cell.level for cell in cells])
    arrays = (literal(part, ARRAY(Text)) for part in parts)
    wanted = func.unnest(*arrays).table_valued("segment", "stage", "level", name="cell").render_derived()
    best = (
        select(score.account_id, score.arr_at_risk_cents)
        .where(
            score.model == model,
            func.coalesce(score.segment, _EMPTY) == wanted.c.segment,
            func.coalesce(score.stage, _EMPTY) == wanted.c.stage,
            func.coalesce(score.level, _EMPTY) == wanted.c.level,
        )
        .order_by(score.arr_at_risk_cents.desc(), score.account_id)
        .limit(page * PAGE)
        .lateral("best")
    )
    return (
        select(best.c.account_id)
        .select_from(wanted.join(best, true()))
        .order_by(best.c.arr_at_risk_cents.desc(), best.c.account_id)
    )


def _conditions(scope: Scope) -> list[Any]:
    score = AccountScore
    wanted = (
        (score.csm_id, scope.csm_id),
        (score.segment, scope.segment),
        (score.level, scope.level),
        (score.stage, scope.stage),
    )
    return [field == value for field, value in wanted if value is not None]


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
