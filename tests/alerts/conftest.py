import pytest
from sqlalchemy.orm import Session

from tests.alerts.book import Book


@pytest.fixture
def book(session: Session) -> Book:
    return Book(session)
