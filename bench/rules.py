"""Every shipped rule over all accounts after a run, against the scoring run itself, in one process.

    uv run python -m bench.rules --accounts 20000
    uv run python -m bench.rules --accounts 200000 --rounds 3

Each round scores a day by the default model and then takes the daily look at it, with all rules as shipped.
One account in 3,000 loses most of its use each day and a few payments fail, so that about two in a hundred
have an alert in 30 days, which is what people can be asked to read. The figures are medians of CPU seconds of
Python and PostgreSQL together; what opening the alerts costs of it is told beside.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from bench.meter import Cost, Meter
from bench.score import open_empty_database
from bot.alerts import opening, reporting
from bot.alerts.evaluate import evaluate_alerts
from bot.alerts.rules import load_rules
from bot.config import TeamConfig
from bot.db.engine import create_sessions
from scoring.copying import driver
from scoring.days import to_date, to_number
from scoring.model import get_model
from scoring.run import score_day
from scoring.sheets import BLOCK_BITS, BLOCK_SIZE, FEATURES, METRICS, pack_sheet

LAST = date(2026, 5, 31)
#: A rule looks 60 days back, and levels and comparisons 30 days behind the day.
DAYS = 96
TEAM = TeamConfig()
MODEL = get_model(TEAM.default_model, None)
DAY = timedelta(days=1)

_FACTS = (
    "INSERT INTO person (id, email, name, role) OVERRIDING SYSTEM VALUE "
    "SELECT n, 'csm' || n || '@corp.example', 'CSM ' || n, 'csm' FROM generate_series(1, 100) n",
    "INSERT INTO account (id, external_id, name, segment, arr_cents, seats, csm_id) OVERRIDING SYSTEM VALUE "
    "SELECT n, 'a' || n, 'Account ' || n, 'smb', 1000000 + n, 50, 1 + n % 100 "
    "FROM generate_series(1, :accounts) n",
    "INSERT INTO account_version (account_id, recorded_on, name, segment, arr_cents, seats, csm_id, custom) "
    "SELECT id, '0001-01-01', name, segment, arr_cents, seats, csm_id, '{}' FROM account",
    "INSERT INTO payment (external_id, account_id, due_on, status, recorded_on) "
    "SELECT 'p' || n, n, d, CASE WHEN n % 997 = 0 THEN 'failed' ELSE 'paid' END, d "
    "FROM (SELECT n, CAST(:last AS date) - n % 90 AS d FROM generate_series(1, :accounts) n) AS p",
    "INSERT INTO ticket (external_id, account_id, opened_at, severity, recorded_on) "
    "SELECT 't' || n || '-' || k, n, d, 'normal', d FROM (SELECT n, k, CAST(:last AS date) - "
    "(n * 7 + k * 13) % 90 AS d FROM generate_series(1, :accounts) n, generate_series(1, 2) k) AS t",
    "INSERT INTO contact (account_id, email, role, since, left_on, recorded_on) "
    "SELECT n, 'c' || n || '@x.example', 'champion', '2025-01-01', "
    "CASE WHEN n % 1000 = 1 THEN CAST(:last AS date) - n % 60 END, '2025-01-01' "
    "FROM generate_series(1, :accounts) n",
    "INSERT INTO feature (id, name) OVERRIDING SYSTEM VALUE "
    "SELECT n, 'feature ' || n FROM generate_series(0, 19) n",
    "INSERT INTO feed_day (feed, day, recorded_on) SELECT 'usage', CAST(:last AS date) - n, "
    "CAST(:last AS date) - n FROM generate_series(0, :days) n",
    "INSERT INTO usage_first_day (metric, recorded_on, first_day) "
    "SELECT m, d, d FROM unnest(CAST(:metrics AS text[])) m, (SELECT CAST(:last AS date) - :days AS d) AS t",
)


def build(sessions: sessionmaker[Session], accounts: int, rounds: int) -> None:
    """Fill an empty database: facts by SQL, use as sheets."""
    metrics = [*METRICS, *(f"feature {number}" for number in range(20)), FEATURES]
    asked = {"accounts": accounts, "last": LAST, "days": DAYS + rounds, "metrics": metrics}
    with sessions.begin() as session:
        for statement in _FACTS:
            session.execute(text(statement), asked)
        _add_sheets(session, accounts, DAYS + rounds)
    with sessions.kw["bind"].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _add_sheets(session: Session, accounts: int, days: int) -> None:
    """Steady use, weekdays and weekends, of accounts of all sizes; one in 3,000 falls each day."""
    random = np.random.default_rng(1)
    ids = np.arange(1, accounts + 1)
    size = random.integers(5, 60, accounts)
    # The day before the last on which the account's use falls, for nearly all never.
    falls = random.integers(0, 3000, accounts)
    into = "COPY usage_sheet (block, day, columns) FROM STDIN (FORMAT BINARY)"
    with driver(session).cursor() as cursor, cursor.copy(into) as copy:
        copy.set_types(["int4", "date", "bytea"])
        for back in range(days):
            number = to_number(LAST) - back
            weekend = to_date(number).weekday() > 4
            use = np.where(falls >= back, size // 8, size) // (5 if weekend else 1)
            use = np.where(falls < days, use, size // (5 if weekend else 1))
            for block in np.unique(ids >> BLOCK_BITS):
                mine = (ids >> BLOCK_BITS) == block
                data = _pack(ids[mine] & (BLOCK_SIZE - 1), use[mine])
                copy.write_row((int(block), to_date(number), data))


def _pack(slots: np.ndarray[Any, Any], use: np.ndarray[Any, Any]) -> bytes:
    use = use.astype(np.int64)
    metrics: dict[str, Any] = {name: use for name in METRICS}
    metrics |= {"core_actions": 3 * use, "seats_used": np.full(len(use), 40), FEATURES: np.full(len(use), 8)}
    features = np.arange(20)[None, :] < np.minimum(use, 8)[:, None]
    return pack_sheet(slots, metrics, features)


@dataclass
class Opening:
    """Seconds by the clock that opening alerts took: their row, clock, messages and whom they tell."""

    seconds: float = 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count the alerts opened inside."""
        plain = opening.open_alert

        def timed(*given: Any, **named: Any) -> Any:
            start = time.perf_counter()
            try:
                return plain(*given, **named)
            finally:
                self.seconds += time.perf_counter() - start

        vars(reporting)["open_alert"] = timed
        try:
            yield
        finally:
            vars(reporting)["open_alert"] = plain


def bench(sessions: sessionmaker[Session], meter: Meter, rounds: int) -> dict[str, list[Cost]]:
    """The costs of scoring a day and of looking at it, round by round."""
    rules = load_rules(None)
    found: dict[str, list[Cost]] = {"scoring": [], "rules": []}
    # The first look takes who meets a rule already as known, and is no day like others.
    for at in range(-1, rounds):
        day = LAST - (rounds - 1 - at) * DAY
        now = datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)
        with sessions.begin() as session:
            with meter.measure() as scoring:
                score_day(session, models=[MODEL], as_of=day, now=now, zone=TEAM.zone)
            watched = Opening()
            with meter.measure() as looking, watched.watched():
                opened = evaluate_alerts(session, model=MODEL, rules=rules, as_of=day, now=now, team=TEAM)
        _print_round(sessions, day, scoring, looking, f"{opened} alerts in {watched.seconds:.2f} s of them")
        if at >= 0:
            found["scoring"].append(scoring)
            found["rules"].append(looking)
    return found


def _print_round(
    sessions: sessionmaker[Session], day: date, scoring: Cost, looking: Cost, opened: str
) -> None:
    with sessions() as session:
        query = text("SELECT count(*) FROM rule_fire WHERE as_of = :day")
        fires = session.execute(query, {"day": day}).scalar_one()
        held = session.execute(text("SELECT count(*) FROM rule_state")).scalar_one()
    print(
        f"  {day}: scoring {scoring.cpu:.2f} CPU s ({scoring.wall:.2f} s), rules {looking.cpu:.2f} CPU s "
        f"({looking.postgres:.2f} in PostgreSQL, {looking.wall:.2f} s); {fires} fires, {opened}, "
        f"{held} standing",
        flush=True,
    )


def main() -> None:
    """Read the arguments, run, print; `--json` writes the medians to a file as well."""
    parser = argparse.ArgumentParser(
        prog="bench.rules", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", help="where the data lives meanwhile")
    parser.add_argument("--json", type=Path, help="file to write the medians to")
    given = parser.parse_args()
    with open_empty_database(given.folder) as engine:
        sessions = create_sessions(engine)
        print(f"building {given.accounts:,} accounts …", flush=True)
        build(sessions, given.accounts, given.rounds)
        found = bench(sessions, Meter(engine), given.rounds)
    medians = {name: statistics.median(cost.cpu for cost in costs) for name, costs in found.items()}
    print(f"\n{given.accounts:,} accounts: {medians['rules'] / medians['scoring']:.2f} times the scoring run")
    if given.json:
        given.json.write_text(json.dumps({"accounts": given.accounts, **medians}, indent=2) + "\n")


if __name__ == "__main__":
    main()
