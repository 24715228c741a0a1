import pytest
from sqlalchemy.orm import Session

from .company import Company


@pytest.fixture
def company(session: Session) -> Company:
    return Company(session)
