"""The company, made once for a module of tests, and left by each test as it found it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, insert
from sqlalchemy.orm import Session, sessionmaker

from bot.models import Alert
from tests.handlers.company import LAST_DAY, NOW, make_company


@pytest.fixture(scope="module")
def company_connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose transaction holds the company; it is never committed."""
    with engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            make_company(session)
            session.commit()
        yield connection
        outer.rollback()


@pytest.fixture
def company(company_connection: Connection) -> Iterator[sessionmaker[Session]]:
    """Sessions on the company's database; what they commit is undone after the test."""
    with company_connection.begin_nested() as savepoint:
        yield sessionmaker(
            company_connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        savepoint.rollback()


@pytest.fixture
def session(company: sessionmaker[Session]) -> Iterator[Session]:
    """A session of the test's own on the company's database."""
    with company() as session:
        yield session


@pytest.fixture
def alert(session: Session) -> int:
    """The id of an open alert about Maria's Acme Corp."""
    facts = {
        **{
            "rule_title": "Score fell",
            "rule_why": "Ten points in a week are no noise.",
            "owner": "Maria Lopez",
        },
        **{"segment": "enterprise", "score_before": 80, "score": 62, "over_days": 7},
        **{"level_before": {"title": "Green", "color": "green"}},
        **{"level": {"title": "Yellow", "color": "yellow"}, "play": "at_risk", "tell": [], "also": []},
        **{"arr_cents": 8_400_000, "arr_at_risk_cents": 2_100_000, "currency": "USD"},
        **{"renewal_on": "2027-02-12", "opt_out_on": "2027-01-02", "reasons": ["logins 80 → 20"]},
        **{"next_step": "Call them.", "coverage": 0.8, "model": "six_signal", "version": "abc"},
        **{"escalation": {"manager": "24h", "executive": "48h"}, "class": "risk"},
    }
    values = {"id": 5, "account_id": 1, "rule": "score_drop", "severity": "at_risk", "as_of": LAST_DAY}
    session.execute(insert(Alert).values(**values, owner_id=1, opened_at=NOW, facts=facts))
    session.commit()
    return 5
