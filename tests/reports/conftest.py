import pytest
from sqlalchemy.orm import Session

from tests.alerts.book import Book
from tests.reports.team import Team


@pytest.fixture
def team(session: Session) -> Team:
    """An empty team of three people."""
    team = Team(session)
    team.add_people()
    return team


@pytest.fixture
def book(session: Session) -> Book:
    """Accounts whose scores are written down day by day."""
    return Book(session)
