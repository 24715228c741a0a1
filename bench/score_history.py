"""Scoring a whole history in one pass, against running the daily job once for every day of it.

    uv run python -m bench.score_history --accounts 300 --days 540

Both ways write the same sheets, byte for byte; that is asserted. The daily job merges the day's events first,
as it does every night.
"""

import argparse
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, text

from bench.meter import Cost, Meter
from bench.score import open_empty_database
from bench.score_contenders import ZONE, run_staysail
from bench.score_data import LAST, Size, add_waiting_events, build
from bot.db.engine import create_sessions
from scoring.model import get_model
from scoring.run import forget_scores, score_history

#: Events of an account and day, on average.
_EVENTS = 8


def read_sheets(engine: Engine) -> dict[tuple[int, date], tuple[bytes, bytes]]:
    """Every score sheet by block and day."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT block, as_of, scores, inputs FROM score_sheet")).all()
    return {(row[0], row[1]): (bytes(row[2]), bytes(row[3])) for row in rows}


def bench(engine: Engine, accounts: int, days: int) -> tuple[Cost, Cost, float]:
    """The cost of all daily jobs together, that of one pass, and bytes an account and day."""
    sessions = create_sessions(engine)
    # Ninety days more, which the first scores look back on.
    size = Size(accounts, _EVENTS * (days + 90), days + 90, days)
    build(sessions, size)
    meter = Meter(engine)
    daily = Cost()
    for day in size.days_to_merge:
        add_waiting_events(sessions, day)
        with meter.measure() as cost:
            run_staysail(sessions, day)
        daily.cpu += cost.cpu
        daily.wall += cost.wall
    wanted = read_sheets(engine)
    with sessions.begin() as session:
        forget_scores(session, since=date(1970, 1, 1))
    first = LAST - timedelta(days=days - 1)
    with meter.measure() as history, sessions.begin() as session:
        now = datetime(LAST.year, LAST.month, LAST.day, 23, 59, tzinfo=UTC)
        score_history(
            session, model=get_model("six_signal", None), first=first, last=LAST, now=now, zone=ZONE
        )
    found = read_sheets(engine)
    different = [key for key in found if found[key] != wanted[key]]
    if different or len(found) < days:
        raise AssertionError(f"{len(different)} of {len(found)} sheets differ")
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM FULL score_sheet")
        size_of = connection.execute(text("SELECT pg_total_relation_size('score_sheet')")).scalar_one()
    return daily, history, size_of / accounts / days


def main() -> None:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser(prog="bench.score_history", description=__doc__)
    parser.add_argument("--accounts", type=int, default=300)
    parser.add_argument("--days", type=int, default=540)
    parser.add_argument("--folder", help="where the data lives meanwhile")
    given = parser.parse_args()
    with open_empty_database(given.folder) as engine:
        daily, history, size = bench(engine, given.accounts, given.days)
    print(f"{given.accounts:,} accounts, {given.days} days, sheets the same byte for byte")
    print(f"  one pass       {history.cpu:8.2f} CPU s, {history.wall:8.2f} s")
    print(
        f"  {given.days} daily jobs {daily.cpu:8.2f} CPU s, {daily.wall:8.2f} s: "
        f"{daily.cpu / history.cpu:.1f} times"
    )
    print(f"  score history  {size:8.1f} bytes an account and day")


if __name__ == "__main__":
    main()
