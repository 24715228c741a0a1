"""A portfolio against the same figures counted one by one, on accounts at random."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session, sessionmaker

from bot.accounts.asking import Asking
from bot.accounts.names import AccountNames
from bot.accounts.reader import Reader
from bot.config import TeamConfig
from bot.models import Account, AccountScore, Person
from bot.reports.portfolio import load_portfolio
from bot.reports.portfolio_views import Filter, PortfolioAsk
from scoring.model import load_models

TEAM = TeamConfig(default_model="four_dimension")
_TOTALS = """
    insert into portfolio_total (model, csm_id, segment, stage, level, accounts, arr_cents, arr_at_risk_cents,
                                 score_micro_sum)
    select model, csm_id, segment, stage, level, count(*), sum(arr_cents), sum(arr_at_risk_cents),
           coalesce(sum(score_micro), 0)
      from account_score group by model, csm_id, segment, stage, level"""


def make_scores(session: Session, number: int) -> list[dict]:
    chance = random.Random(number)
    session.execute(
        insert(Person),
        [{"id": n, "email": f"p{n}@x.example", "name": f"Person {n}", "role": "csm"} for n in (1, 2)],
    )
    rows = []
    for account_id in range(1, number + 1):
        score = chance.choice([None, *range(0, 101, 5)])
        arr = chance.randrange(0, 10**8)
        level = None if score is None else "red" if score < 40 else "yellow" if score < 65 else "green"
        rows.append(
            {
                "model": "four_dimension",
                "account_id": account_id,
                "as_of": date(2026, 11, 21),
                "score_micro": None if score is None else score * 1_000_000,
                "level": level,
                "delta_30_micro": chance.choice(
                    [None, -9_000_000, 4_999_999, 5_000_000, account_id * 100_000]
                ),
                "coverage_percent": 80,
                "csm_id": chance.choice([None, 1, 2]),
                "segment": chance.choice([None, "smb", "enterprise"]),
                "stage": chance.choice([None, "adoption", "renewal"]),
                "arr_cents": arr,
                # Some are equal, so that their order is put to the proof.
                "arr_at_risk_cents": chance.choice([0, arr // 4, 1000]),
            }
        )
    names = [
        {"id": r["account_id"], "external_id": f"A{r['account_id']}", "name": f"N{r['account_id']}"}
        for r in rows
    ]
    session.execute(insert(Account), names)
    session.execute(insert(AccountScore), rows)
    session.execute(text(_TOTALS))
    return rows


@pytest.fixture(scope="module")
def database(engine) -> Iterator[tuple[Session, list[dict]]]:
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session, make_scores(session, 130)
        outer.rollback()


def ask(session: Session, asked: PortfolioAsk, *, money: bool = True):
    reader = Reader("U1", 9, "Vera", "manager", "UTC", None if money else "No.")
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    return load_portfolio(
        session, asked, Asking(reader, now, TEAM, load_models(None), AccountNames(sessionmaker()))
    )


SCOPES = [
    {},
    {"segment": "smb"},
    {"level": "red"},
    {"stage": "renewal", "level": "green"},
    {"csm_id": 2},
    {"csm_id": 1, "segment": "enterprise"},
]


@pytest.mark.parametrize("scope", SCOPES)
def test_pages_hold_every_account_once_in_order(database, scope: dict) -> None:
    session, rows = database
    mine = [row for row in rows if all(row[key] == value for key, value in scope.items())]
    expected = sorted(mine, key=lambda row: (-row["arr_at_risk_cents"], row["account_id"]))
    filters = tuple(Filter("csm", f"#{v}") if k == "csm_id" else Filter(k, v) for k, v in scope.items())
    seen: list[int] = []
    portfolio = ask(session, PortfolioAsk(filters))
    for page in range(1, portfolio.pages + 1):
        seen += [row.account_id for row in ask(session, PortfolioAsk(filters, page=page)).at_risk]

    assert seen == [row["account_id"] for row in expected]
    assert portfolio.accounts == len(mine)
    assert portfolio.arr_cents == sum(row["arr_cents"] for row in mine)
    assert portfolio.at_risk_cents == sum(row["arr_at_risk_cents"] for row in mine)


@pytest.mark.parametrize("scope", SCOPES)
def test_improving_are_those_that_rose_most(database, scope: dict) -> None:
    session, rows = database
    mine = [row for row in rows if all(row[key] == value for key, value in scope.items())]
    rose = [row for row in mine if (row["delta_30_micro"] or 0) >= 5_000_000]
    expected = sorted(rose, key=lambda row: (-row["delta_30_micro"], row["account_id"]))[:10]
    filters = tuple(Filter("csm", f"#{v}") if k == "csm_id" else Filter(k, v) for k, v in scope.items())

    found = ask(session, PortfolioAsk(filters)).improving
    assert [row.account_id for row in found] == [row["account_id"] for row in expected]


def test_levels_are_counted_worst_first_with_those_unscored_last(database) -> None:
    session, rows = database
    portfolio = ask(session, PortfolioAsk())

    counts = {share.level.name if share.level else None: share.accounts for share in portfolio.shares}
    assert list(counts) == ["red", "yellow", "green", None]
    assert counts == {level: sum(row["level"] == level for row in rows) for level in counts}
    scored = [row["score_micro"] for row in rows if row["score_micro"] is not None]
    assert portfolio.mean_score == round(sum(scored) / len(scored) / 1_000_000)


def test_a_page_past_the_last_is_the_last(database) -> None:
    session, _ = database
    assert ask(session, PortfolioAsk(page=99)).ask.page == 7
    assert len(ask(session, PortfolioAsk(page=99)).at_risk) == 10


def test_without_money_there_is_none_anywhere(database) -> None:
    session, _ = database
    portfolio = ask(session, PortfolioAsk(), money=False)
    figures = [portfolio.arr_cents, portfolio.at_risk_cents, *(share.arr_cents for share in portfolio.shares)]
    figures += [
        figure
        for row in (*portfolio.at_risk, *portfolio.improving)
        for figure in (row.arr_cents, row.at_risk_cents)
    ]
    assert set(figures) == {None}


def test_the_plans_walk_no_further_than_they_must(database) -> None:
    session, _ = database
    # So few rows would be sorted faster than an index is opened; what is proved is that none has to be.
    session.execute(text("set local enable_seqscan = off"))
    session.execute(text("set local enable_sort = off"))
    plan = session.scalars(
        text(
            "explain select account_id from account_score "
            "where model = 'm' and coalesce(segment, '') = 'smb' "
            "and coalesce(stage, '') = '' and coalesce(level, '') = 'red' "
            "order by arr_at_risk_cents desc, account_id limit 20"
        )
    ).all()
    assert any("ix_account_score_cell" in line for line in plan)
    assert not any("Sort" in line for line in plan)
