import pytest
from sqlalchemy.orm import Session

from tests.time.days import Days


@pytest.fixture
def days(session: Session) -> Days:
    """A team with one account and time that passes; no alert yet."""
    days = Days(session)
    days.hire()
    days.add_account()
    return days
