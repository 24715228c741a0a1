"""A small company whose facts are written row by row, as sources write them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from bot.models import (
    ALWAYS,
    Account,
    AccountVersion,
    ArrMovement,
    Base,
    Contact,
    Feature,
    FeedDay,
    Goal,
    Payment,
    SignalValue,
    Survey,
    Ticket,
    Touch,
    UsageDaily,
    UsageDailyPast,
)
from scoring.sheets import refresh_sheets

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
DAY = timedelta(days=1)

TABLES: dict[str, type[Base]] = {
    "tickets": Ticket,
    "surveys": Survey,
    "payments": Payment,
    "touches": Touch,
    "movements": ArrMovement,
    "contacts": Contact,
    "goals": Goal,
    "custom": SignalValue,
}


@dataclass
class Company:
    """Facts in the database, and the same rows in plain lists for a reference to read."""

    session: Session
    accounts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    #: Every version of every day of use, the replaced ones too.
    usage: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})
    complete_days: dict[date, date] = field(default_factory=dict)
    feature_ids: dict[str, int] = field(default_factory=dict)

    def add_account(self, account_id: int, *, recorded_on: date = ALWAYS, **values: Any) -> None:
        """An account, or a new version of it that supersedes the one before."""
        versions = self.accounts.setdefault(account_id, [])
        if versions:
            versions[-1]["superseded_on"] = recorded_on
            self.session.execute(
                AccountVersion.__table__.update()  # type: ignore[attr-defined]
                .where(AccountVersion.account_id == account_id, AccountVersion.superseded_on.is_(None))
                .values(superseded_on=recorded_on)
            )
            if "name" in values:
                renamed = update(Account).where(Account.id == account_id).values(name=values["name"])
                self.session.execute(renamed)
        else:
            names = {"external_id": f"a{account_id}", "name": f"Account {account_id}"}
            self.session.execute(insert(Account).values(id=account_id, **names, **values))
        row = {"account_id": account_id, "recorded_on": recorded_on, "superseded_on": None, **values}
        self.session.execute(insert(AccountVersion).values({"name": f"Account {account_id}"} | row))
        versions.append({"status": "live", "custom": {}, **row})

    def add_usage(
        self, account_id: int, day: date, *, recorded_on: date | None = None, **values: Any
    ) -> None:
        """What is known of an account's day from `recorded_on` (the day itself by default) on.

        Replaces what was known before; ``features`` are names; what is not given is unknown.
        """
        recorded_on = recorded_on or day
        self._supersede_usage(account_id, day, recorded_on)
        row = {
            "account_id": account_id,
            "day": day,
            "recorded_on": recorded_on,
            "superseded_on": None,
            **values,
        }
        self.usage.append(row)
        stored = {key: value for key, value in row.items() if key != "superseded_on"}
        if stored.get("features") is not None:
            stored["features"] = [self.find_feature(name) for name in stored["features"]]
        self.session.execute(insert(UsageDaily).values(**stored))

    def remove_usage(self, account_id: int, day: date, *, recorded_on: date) -> None:
        """The row of an account's day turned out to be wrong altogether."""
        self._supersede_usage(account_id, day, recorded_on)

    def _supersede_usage(self, account_id: int, day: date, on: date) -> None:
        for row in self.usage:
            if (row["account_id"], row["day"], row["superseded_on"]) == (account_id, day, None):
                row["superseded_on"] = on
                stored = dict(row)
                if stored.get("features") is not None:
                    stored["features"] = [self.find_feature(name) for name in stored["features"]]
                self.session.execute(insert(UsageDailyPast).values(**stored))
                mine = (UsageDaily.account_id == account_id, UsageDaily.day == day)
                self.session.execute(delete(UsageDaily).where(*mine))

    def find_feature(self, name: str) -> int:
        """The number of a feature, made when it is new."""
        if name not in self.feature_ids:
            # Numbered here, since a sequence is not set back when the test is undone.
            self.feature_ids[name] = len(self.feature_ids)
            self.session.execute(insert(Feature).values(id=self.feature_ids[name], name=name))
        return self.feature_ids[name]

    def add(
        self, kind: str, account_id: int, /, *, recorded_on: date, until: date | None = None, **values: Any
    ) -> None:
        """A fact known from `recorded_on` to the day before `until`."""
        row = {"account_id": account_id, "recorded_on": recorded_on, "superseded_on": until, **values}
        self.rows[kind].append(row)
        self.session.execute(insert(TABLES[kind]).values(**row))

    def complete(self, first: date, last: date, *, recorded_on: date | None = None) -> None:
        """The feed of use is complete for these days, each known on its own evening by default."""
        for at in range((last - first).days + 1):
            day = first + at * DAY
            self.complete_days[day] = recorded_on or day
            self.session.execute(
                insert(FeedDay).values(feed="usage", day=day, recorded_on=recorded_on or day)
            )

    def refresh(self) -> None:
        """Make the sheets of all days there are."""
        refresh_sheets(self.session, {row["day"] for row in self.usage})


def build_steady_company(session: Session, accounts: tuple[int, ...], last: date, days: int) -> Company:
    """Accounts with a different but steady use, complete to the day `last`."""
    company = Company(session)
    first = last - (days - 1) * DAY
    for account in accounts:
        company.add_account(account, segment="smb", arr_cents=1_000_000 + account, seats=10 + account % 7)
        for at in range(days):
            company.add_usage(
                account,
                first + at * DAY,
                logins=(account + at) % 5,
                active_users=(account * at) % 7,
                api_calls=account * 10 + at,
                core_actions=at % 4,
                new_users=int(at % 9 == 0),
                seats_used=5,
                features=["export", "reports"][: 1 + (account + at) % 2],
            )
    company.complete(first, last)
    company.refresh()
    return company
