"""Building a small company's facts row by row."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.models import ALWAYS, Account, AccountVersion, Base, FeedDay, UsageDaily
from scoring.sheets import refresh_sheets

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


class Company:
    """Writes facts as sources do; ids of accounts are given, so that blocks can be chosen."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.days: set[date] = set()

    def add(self, table: type[Base], **values: Any) -> None:
        """A row of any recorded table, known since its own day unless said otherwise."""
        self.session.execute(insert(table).values(**values))

    def add_account(self, account_id: int, *, recorded_on: date = ALWAYS, **values: Any) -> int:
        """An account with its one version."""
        name = values.pop("name", f"Account {account_id}")
        self.add(Account, id=account_id, external_id=f"a{account_id}", name=name, **values)
        self.add(AccountVersion, account_id=account_id, recorded_on=recorded_on, name=name, **values)
        return account_id

    def add_usage(
        self, account_id: int, day: date, *, recorded_on: date | None = None, **values: Any
    ) -> None:
        """An account's day; metrics that are not given are unknown."""
        self.add(UsageDaily, account_id=account_id, day=day, recorded_on=recorded_on or day, **values)
        self.days.add(day)

    def complete(self, first: date, last: date, feed: str = "usage") -> None:
        """Mark days of a feed as complete, each on its own evening."""
        for at in range((last - first).days + 1):
            day = first + timedelta(days=at)
            self.add(FeedDay, feed=feed, day=day, recorded_on=day)

    def refresh(self) -> None:
        """Make the sheets of all days touched so far."""
        refresh_sheets(self.session, self.days)


@pytest.fixture
def company(session: Session) -> Company:
    return Company(session)
