"""The accounts of a digest: those that changed level, renew soon, are most at risk, and improve most."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, any_, case, func, literal, literal_column, select
from sqlalchemy.orm import Session

from bot.alerts.movements import load_movements
from bot.models import Account, AccountScore, Person, PortfolioTotal
from bot.reports.digest_views import MOST, AccountLine, AccountList, RenewalBucket
from scoring.model import ScoringModel
from scoring.views import MICRO, compute_rounded

RENEWAL_DAYS = (30, 60, 90)
#: An opt-out deadline is told of so many days ahead.
OPT_OUT_DAYS = 30
# As the partial index of the improving says it; a parameter instead would keep it from being used.
_IMPROVING_FROM: ColumnElement[int] = literal_column("5000000")


@dataclass(frozen=True)
class Book:
    """The accounts a digest is about: one CSM's, or everybody's. Those with less ARR than ``floor_cents``
    are counted and not named."""

    model: ScoringModel
    csm_id: int | None
    floor_cents: int

    def hold(self, column: Any) -> list[ColumnElement[bool]]:
        """The condition that an account with this CSM is of the book."""
        return [] if self.csm_id is None else [column == self.csm_id]


def load_book(session: Session, *, model: ScoringModel, csm_id: int | None, floor: float) -> Book:
    """The book with its floor: ``floor`` is a part of the book's ARR."""
    total = select(func.coalesce(func.sum(PortfolioTotal.arr_cents), 0))
    total = total.where(PortfolioTotal.model == model.name)
    if csm_id is not None:
        total = total.where(PortfolioTotal.csm_id == csm_id)
    return Book(model, csm_id, round(floor * int(session.scalar(total) or 0)))


def find_newest_day(session: Session, model: ScoringModel) -> date | None:
    """The day of the scores on the lists; None where nothing was scored."""
    return session.scalar(select(AccountScore.as_of).where(AccountScore.model == model.name).limit(1))


def load_moves(session: Session, book: Book, *, since: date, as_of: date) -> dict[str, AccountList]:
    """The accounts whose level on ``as_of``, the newest day, is not that of ``since``: ``fell`` and ``rose``,
    those with the most revenue first."""
    moved = {"fell": AccountList(), "rose": AccountList()}
    found = None
    if since < as_of:
        found = load_movements(session, model=book.model, as_of=as_of, days=[since])
    if found is None:
        return moved
    before, now = found.days[since], found.now
    known = (before.ranks >= 0) & (now.ranks >= 0)
    for name, mask in (
        ("fell", known & (now.ranks < before.ranks)),
        ("rose", known & (now.ranks > before.ranks)),
    ):
        ranks = dict(zip(found.ids[mask].tolist(), before.ranks[mask].tolist(), strict=True))
        points = dict(zip(found.ids[mask].tolist(), before.points[mask].tolist(), strict=True))
        moved[name] = _load_moved(session, book, ranks, points)
    return moved


def _load_moved(
    session: Session, book: Book, ranks: Mapping[int, int], points: Mapping[int, int]
) -> AccountList:
    if not ranks:
        return AccountList()
    # One parameter, whatever their number: Postgres takes at most 65,535.
    ids = any_(literal(list(ranks), ARRAY(Integer)))
    mine = (
        AccountScore.model == book.model.name,
        AccountScore.account_id == ids,
        *book.hold(AccountScore.csm_id),
    )
    total = session.scalar(select(func.count()).select_from(AccountScore).where(*mine)) or 0
    chosen = _select(book).where(*mine, AccountScore.arr_cents >= book.floor_cents)
    rows = session.execute(
        chosen.order_by(AccountScore.arr_cents.desc(), AccountScore.account_id).limit(MOST)
    ).all()
    lines = (
        _line(row, book, before=ranks[row.Account.id], points_before=points[row.Account.id]) for row in rows
    )
    return AccountList(tuple(lines), total)


def load_opt_outs(session: Session, book: Book, *, first: date, last: date) -> AccountList:
    """The accounts whose last day to give notice lies between two days, the soonest first."""
    deadline = Account.renewal_on - Account.notice_days
    held = (
        Account.status == "live",
        Account.renewal_on >= first,
        Account.notice_days > 0,
        deadline >= first,
        deadline <= last,
        *book.hold(Account.csm_id),
    )
    total = session.scalar(select(func.count()).select_from(Account).where(*held)) or 0
    asked = _select(book, outer=True).where(*held, func.coalesce(Account.arr_cents, 0) >= book.floor_cents)
    rows = session.execute(
        asked.order_by(deadline, Account.arr_cents.desc().nulls_last(), Account.id).limit(MOST)
    )
    return AccountList(tuple(_line(row, book) for row in rows), total)


def load_renewals(session: Session, book: Book, *, today: date) -> tuple[RenewalBucket, ...]:
    """How many accounts renew within 30, 60 and 90 days, each counted once, and their ARR."""
    borders = [(Account.renewal_on <= today + timedelta(days=days), days) for days in RENEWAL_DAYS]
    bucket = case(*borders)
    asked = (
        select(bucket, func.count(), func.coalesce(func.sum(Account.arr_cents), 0))
        .where(
            Account.status == "live",
            Account.renewal_on >= today,
            Account.renewal_on <= today + timedelta(days=RENEWAL_DAYS[-1]),
            *book.hold(Account.csm_id),
        )
        .group_by(bucket)
    )
    found = {days: (count, int(arr)) for days, count, arr in session.execute(asked)}
    return tuple(RenewalBucket(days, *found.get(days, (0, 0))) for days in RENEWAL_DAYS)


def load_risks(session: Session, book: Book) -> tuple[AccountLine, ...]:
    """The accounts with the most revenue at risk."""
    worst = _select(book).where(
        AccountScore.model == book.model.name,
        AccountScore.arr_at_risk_cents > 0,
        *book.hold(AccountScore.csm_id),
    )
    # Not by the floor: at the top of this list nobody is small.
    ordered = worst.order_by(AccountScore.arr_at_risk_cents.desc(), AccountScore.account_id)
    return tuple(_line(row, book) for row in session.execute(ordered.limit(MOST)))


def load_improvers(session: Session, book: Book) -> tuple[AccountLine, ...]:
    """Of the accounts that rose by five points or more in 30 days, those whose rise is worth most money: the
    part of their ARR that is no longer at risk."""
    won = AccountScore.arr_cents * AccountScore.delta_30_micro
    asked = _select(book).where(
        AccountScore.model == book.model.name,
        AccountScore.delta_30_micro >= _IMPROVING_FROM,
        AccountScore.arr_cents >= book.floor_cents,
        *book.hold(AccountScore.csm_id),
    )
    rows = session.execute(asked.order_by(won.desc(), AccountScore.account_id).limit(MOST))
    return tuple(_line(row, book) for row in rows)


def _select(book: Book, *, outer: bool = False) -> Any:
    """Accounts with their score and their CSM's name; with ``outer`` also those without a score."""
    scored = (AccountScore.account_id == Account.id) & (AccountScore.model == book.model.name)
    return (
        select(Account, AccountScore, Person.name.label("owner"))
        .join(AccountScore, scored, isouter=outer)
        .outerjoin(Person, Person.id == Account.csm_id)
    )


def _line(
    row: Any, book: Book, *, before: int | None = None, points_before: int | None = None
) -> AccountLine:
    account, score = row.Account, row.AccountScore
    level = next((each for each in book.model.levels if score and each.name == score.level), None)
    points = compute_rounded(score.score_micro) if score and score.score_micro is not None else None
    return AccountLine(
        account_id=account.id,
        name=account.name,
        color=level.color if level else None,
        level=level.label if level else None,
        level_before=None if before is None else book.model.levels[before].label,
        score=points,
        delta=_compute_delta(score, points, points_before),
        arr_cents=score.arr_cents if score else account.arr_cents,
        at_risk_cents=score.arr_at_risk_cents if score else None,
        renewal_on=account.renewal_on,
        opt_out_on=_find_opt_out(account),
        owner=row.owner,
    )


def _compute_delta(score: Any, points: int | None, points_before: int | None) -> int | None:
    if points is not None and points_before is not None:
        return points - points_before
    if score is None or score.delta_30_micro is None:
        return None
    micro: int = score.delta_30_micro
    return round(micro / MICRO)


def _find_opt_out(account: Account) -> date | None:
    if account.renewal_on is None or not account.notice_days:
        return None
    return account.renewal_on - timedelta(days=account.notice_days)
