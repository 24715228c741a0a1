"""The company, made once for a module of tests, and left by each test as it found it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from tests.handlers.company import make_company


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
