"""A company of any size for the scoring benchmark: raw events, tickets, payments, 120 days of them.

Two copies of the same use: ``bench_event``, lean and well indexed, for the contenders that read raw events;
``usage_daily``, its sheets, and the current month's ``usage_event``, for Staysail.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from bot.sources.events import create_partitions
from scoring.copying import copy_in, to_pg_days
from scoring.days import to_date, to_number
from scoring.sheets import refresh_sheets

LAST = date(2026, 5, 31)
FEATURES = 40
#: Kinds of events in bench_event: 0 login, 1 feature, 2 API call, 3 new user.
KINDS = ("login", "feature", "api_call", "new_user")
_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Size:
    """Accounts, events of each on average, days; the newest `rounds` days are left to merge."""

    accounts: int
    events: int
    days: int
    rounds: int

    @property
    def first(self) -> date:
        return LAST - timedelta(days=self.days - 1)

    @property
    def days_to_merge(self) -> list[date]:
        """The days whose events wait, oldest first: one for each round."""
        return [LAST - timedelta(days=at) for at in reversed(range(self.rounds))]


def build(sessions: sessionmaker[Session], size: Size) -> None:
    """Fill an empty database."""
    with sessions.begin() as session:
        _add_accounts(session, size)
        _add_events(session, size)
        _add_tickets(session, size)
    _execute(sessions, _INDEXES)
    _execute(sessions, ["ANALYZE"])
    with sessions.begin() as session:
        _add_usage(session, size)
    _execute(sessions, ["VACUUM ANALYZE", "CHECKPOINT"])


def add_waiting_events(sessions: sessionmaker[Session], day: date) -> None:
    """Let a day's events arrive, as ingestion writes them; they are not counted yet."""
    with sessions.begin() as session:
        session.execute(text(_WAITING), {"day": day, "received": _noon(day)})


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _execute(sessions: sessionmaker[Session], statements: list[str]) -> None:
    engine = sessions.kw["bind"]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _add_accounts(session: Session, size: Size) -> None:
    asked = {"accounts": size.accounts, "first": size.first}
    for statement in _ACCOUNTS:
        session.execute(text(statement), asked)


_ACCOUNTS = (
    "INSERT INTO feature (id, name) OVERRIDING SYSTEM VALUE "
    f"SELECT n, 'feature ' || n FROM generate_series(0, {FEATURES - 1}) n",
    "INSERT INTO account (id, external_id, name, segment, arr_cents, seats) OVERRIDING SYSTEM VALUE "
    "SELECT n, 'a' || n, 'Account ' || n, 'smb', 1000000 + n, 10 FROM generate_series(1, :accounts) n",
    "INSERT INTO account_version (account_id, recorded_on, name, segment, arr_cents, seats, custom) "
    "SELECT id, '0001-01-01', name, segment, arr_cents, seats, '{}' FROM account",
    "CREATE UNLOGGED TABLE bench_event (account_id int4 NOT NULL, day date NOT NULL, kind int2 NOT NULL, "
    "feature int2 NOT NULL, at timestamptz NOT NULL DEFAULT now())",
)


def _add_events(session: Session, size: Size) -> None:
    """Events in the order of days; the accounts' shares follow Zipf's law with exponent 0.9."""
    random = np.random.default_rng(1)
    shares = 1 / np.arange(1, size.accounts + 1) ** 0.9
    borders = np.cumsum(random.permutation(shares / shares.sum()))
    daily = size.accounts * size.events // size.days
    users = size.accounts * 10 // size.days
    fields = (("account_id", "i4"), ("day", "i4"), ("kind", "i2"), ("feature", "i2"))
    for number in range(to_number(size.first), to_number(LAST) + 1):
        for start in range(0, daily, _AT_ONCE):
            count = min(_AT_ONCE, daily - start)
            account = np.minimum(np.searchsorted(borders, random.random(count)), size.accounts - 1) + 1
            kind = np.searchsorted([0.15, 0.5], random.random(count), side="right")
            copy_in(session, "bench_event", fields, _event_columns(account, number, kind, random))
        account = random.integers(1, size.accounts + 1, users)
        copy_in(session, "bench_event", fields, _event_columns(account, number, np.full(users, 3), random))


def _event_columns(
    account: NDArray[np.int64], number: int, kind: NDArray[np.int64], random: np.random.Generator
) -> dict[str, NDArray[np.int32]]:
    count = len(account)
    day = to_pg_days(np.full(count, number, dtype=np.int32))
    feature = np.where(kind == 1, random.integers(0, FEATURES, count), -1)
    return {"account_id": account.astype(np.int32), "day": day, "kind": kind, "feature": feature}  # type: ignore[dict-item]


def _add_tickets(session: Session, size: Size) -> None:
    asked = {"accounts": size.accounts, "first": size.first, "days": size.days}
    session.execute(text("SELECT setseed(0.5)"))
    for statement in _TICKETS:
        session.execute(text(statement), asked)


_TICKETS = (
    "INSERT INTO ticket (external_id, account_id, opened_at, severity, rating, recorded_on) "
    "SELECT 't' || a || '-' || n, a, at, 'normal', "
    "       CASE WHEN random() < 0.7 THEN 1 + floor(random() * 5) END, (at AT TIME ZONE 'utc')::date "
    "  FROM (SELECT a, n, CAST(:first AS date)::timestamptz + random() * :days * interval '1 day' AS at "
    "          FROM generate_series(1, :accounts) a, generate_series(1, 6) n) AS t",
    "INSERT INTO payment (external_id, account_id, due_on, status, recorded_on) "
    "SELECT 'p' || a || '-' || n, a, due, CASE WHEN random() < 0.1 THEN 'failed' ELSE 'paid' END, due "
    "  FROM (SELECT a, n, CAST(:first AS date) + (random() * (:days - 1))::int AS due "
    "          FROM generate_series(1, :accounts) a, generate_series(1, 4) n) AS p",
)

#: Everything the reading contenders could wish for.
_INDEXES = [
    "CREATE INDEX ON bench_event (account_id, kind, day) INCLUDE (feature)",
    "CREATE INDEX ON payment (account_id, due_on) INCLUDE (status)",
    "CREATE INDEX ON ticket (account_id, opened_at) INCLUDE (rating)",
    "CREATE TABLE bench_score (account_id int4, day date, score_micro int8, signals jsonb, "
    "PRIMARY KEY (account_id, day))",
]


def _add_usage(session: Session, size: Size) -> None:
    """Staysail's own state: the days that were merged already, and the month's raw events."""
    month = size.days_to_merge[0].replace(day=1)
    create_partitions(session, month, LAST)
    session.execute(text(_MONTH), {"month": month, "before": size.days_to_merge[0], "received": _noon(month)})
    day = size.first
    while day < size.days_to_merge[0]:
        session.execute(text(_DAILY), {"day": day})
        day += timedelta(days=1)
    session.execute(
        text(
            "INSERT INTO feed_day (feed, day, recorded_on) SELECT 'usage', d, d "
            "FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') d"
        ),
        {"first": size.first, "last": LAST},
    )
    days = range(to_number(size.first), to_number(size.days_to_merge[0]))
    refresh_sheets(session, [to_date(number) for number in days])


_EVENT_COLUMNS = (
    "INSERT INTO usage_event (day, message_id, account_id, batch_id, received_at, kind, feature_id) "
)
_EVENT_ROWS = "CAST(ARRAY['login','feature','api_call','new_user'] AS text[])[kind + 1], nullif(feature, -1) "
_MONTH = (
    _EVENT_COLUMNS
    + "SELECT day, lpad(to_hex(row_number() OVER ()), 12, '0'), account_id, 0, :received, "
    + _EVENT_ROWS.replace("CAST(ARRAY", "(CAST(ARRAY").replace("text[])[", "text[]))[")
    + "FROM bench_event WHERE day >= :month AND day < :before"
)
_WAITING = (
    "WITH batch AS (INSERT INTO usage_event_batch (received_on, first_day, last_day) "
    "VALUES (:day, :day, :day) RETURNING id) "
    + _EVENT_COLUMNS
    + "SELECT day, lpad(to_hex(row_number() OVER ()), 12, '0'), account_id, "
    + "(SELECT id FROM batch), :received, "
    + _EVENT_ROWS.replace("CAST(ARRAY", "(CAST(ARRAY").replace("text[])[", "text[]))[")
    + "FROM bench_event WHERE day = :day"
)
_DAILY = """
    INSERT INTO usage_daily
           (day, account_id, recorded_on, logins, core_actions, api_calls, new_users, features)
    SELECT day, account_id, day, count(*) FILTER (WHERE kind = 0), 0, count(*) FILTER (WHERE kind = 2),
           count(*) FILTER (WHERE kind = 3),
           coalesce(array_agg(DISTINCT feature) FILTER (WHERE kind = 1), '{}')
      FROM bench_event WHERE day = :day GROUP BY day, account_id"""
