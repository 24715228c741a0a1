"""The daily job: the day's events merged, all signals of six_signal, results written; against three others.

    uv run python -m bench.score --accounts 20000 --events 300
    uv run python -m bench.score --accounts 200000 --against count --rounds 2

Every round does one day by every contender, one after the other, and asserts that they give the same scores.
The figures are medians of CPU seconds of Python and PostgreSQL together. Data and server live in a folder of
their own and are gone at the end.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from bench.meter import Cost, Meter
from bench.score_contenders import ZONE, run_count, run_loop, run_one_pass, run_staysail
from bench.score_data import Size, add_waiting_events, build
from bot.db.embedded import EmbeddedPostgres
from bot.db.engine import create_engine, create_sessions
from bot.db.migrate import migrate
from scoring.model import get_model
from scoring.run import find_current_explanation, load_trend, score_day

#: Of a small company every account; of a large one so many, and the cost is scaled.
_LOOP_SAMPLE = 20_000
_SETTINGS = {"shared_buffers": "2GB", "work_mem": "64MB", "max_wal_size": "8GB"}


@contextmanager
def open_empty_database(folder: str | None = None) -> Iterator[Engine]:
    """An engine on a new database of a new server."""
    with (
        tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as home,
        EmbeddedPostgres(Path(home), settings=_SETTINGS) as server,
    ):
        migrate(server.url)
        engine = create_engine(server.url, pool_size=4, statement_timeout=0)
        try:
            yield engine
        finally:
            engine.dispose()


def compare(sessions: sessionmaker[Session], as_of: date, where: str) -> int:
    """Assert that the scores in bench_score are Staysail's and return how many were compared.

    Points in floating point may differ in the last millionth; the points people see may not.
    """
    query = text(
        "SELECT count(*), count(*) FILTER (WHERE (b.score_micro + 500000) / 1000000 "
        "IS DISTINCT FROM (s.score_micro + 500000) / 1000000), max(abs(b.score_micro - s.score_micro)) "
        "FROM bench_score b LEFT JOIN account_score s ON s.account_id = b.account_id AND s.as_of = b.day "
        "WHERE b.day = :as_of"
    )
    with sessions.begin() as session:
        compared, different, most = session.execute(query, {"as_of": as_of}).one()
        session.execute(text("DELETE FROM bench_score"))
    if different or most > 1:
        raise AssertionError(
            f"{where} on {as_of}: {different} of {compared} scores differ, by {most} at most"
        )
    return int(compared)


def bench(engine: Engine, size: Size, against: list[str]) -> dict[str, list[Cost]]:
    """The costs of each contender, round by round."""
    sessions = create_sessions(engine)
    print(f"building {size.accounts:,} accounts x {size.events} events over {size.days} days …", flush=True)
    build(sessions, size)
    meter = Meter(engine)
    # Levels and comparisons need the scores of the days before, which a team has.
    first = size.days_to_merge[0] - timedelta(days=1)
    with meter.measure() as cost:
        run_staysail_before(sessions, first)
    print(f"scored the 31 days before: {cost.cpu:.2f} CPU s, {cost.wall:.2f} s")
    found: dict[str, list[Cost]] = {"staysail": [], **{name: [] for name in against}}
    sample = range(1, min(size.accounts, _LOOP_SAMPLE) + 1)
    jobs: dict[str, Callable[[date], None]] = {
        "staysail": lambda day: run_staysail(sessions, day),
        "loop": lambda day: run_loop(sessions, day, sample),
        "one_pass": lambda day: run_one_pass(sessions, day),
        "count": lambda day: run_count(engine),
    }
    for day in size.days_to_merge:
        add_waiting_events(sessions, day)
        for name in found:
            with meter.measure() as cost:
                jobs[name](day)
            if name in ("loop", "one_pass"):
                compared = compare(sessions, day, name)
                print(f"  {name} on {day}: {compared:,} scores are the same")
            if name == "loop":
                cost.cpu, cost.wall = (x * size.accounts / len(sample) for x in (cost.cpu, cost.wall))
            found[name].append(cost)
            print(
                f"  {name:9} {cost.cpu:8.2f} CPU s ({cost.postgres:.2f} in PostgreSQL) {cost.wall:8.2f} s",
                flush=True,
            )
    print_storage(engine, size)
    print_reads(sessions, size)
    return found


def run_staysail_before(sessions: sessionmaker[Session], as_of: date) -> None:
    """Score the day before the first round, and with it the days it is compared with."""
    now = datetime(as_of.year, as_of.month, as_of.day, 23, 59, tzinfo=UTC)
    with sessions.begin() as session:
        score_day(session, models=[get_model("six_signal", None)], as_of=as_of, now=now, zone=ZONE)


def print_storage(engine: Engine, size: Size) -> None:
    """Bytes of score history for an account and a day, and the size of the other tables."""
    with engine.connect() as connection:
        sheets = connection.execute(text("SELECT pg_total_relation_size('score_sheet')")).scalar_one()
        days = connection.execute(text("SELECT count(DISTINCT as_of) FROM score_sheet")).scalar_one()
        usage = connection.execute(text("SELECT pg_total_relation_size('usage_sheet')")).scalar_one()
        usage_days = connection.execute(text("SELECT count(DISTINCT day) FROM usage_sheet")).scalar_one()
    print(f"score history: {sheets / days / size.accounts:.1f} bytes an account and day")
    print(f"usage sheets:  {usage / usage_days / size.accounts:.1f} bytes an account and day")


def print_reads(sessions: sessionmaker[Session], size: Size) -> None:
    """How long one account's explanation and trend take from what is stored, as a person asks for them."""
    model = get_model("six_signal", None)
    chosen = random.Random(1).sample(range(1, size.accounts + 1), 300)
    reads: dict[str, Callable[[Session, int], object]] = {
        "explanation": lambda session, account: find_current_explanation(
            session, model=model, account_id=account
        ),
        "90-day trend": lambda session, account: load_trend(session, model=model, account_id=account),
    }
    for name, read in reads.items():
        took = []
        for account in chosen:
            start = time.perf_counter()
            with sessions() as session:
                assert read(session, account)
            took.append((time.perf_counter() - start) * 1000)
        took.sort()
        print(f"{name}: median {took[150]:.1f} ms, p99 {took[296]:.1f} ms")


def print_summary(size: Size, found: dict[str, list[Cost]]) -> dict[str, float]:
    """The medians and the ratios to Staysail."""
    medians = {name: statistics.median(cost.cpu for cost in costs) for name, costs in found.items()}
    own = medians["staysail"]
    wall = statistics.median(cost.wall for cost in found["staysail"])
    print(f"\n{size.accounts:,} accounts x {size.events} events, {size.days} days, {size.rounds} rounds")
    print(f"  staysail  {own:8.2f} CPU s, {wall:.2f} s wall, {own / size.accounts * 1e6:.0f} µs an account")
    for name, cpu in medians.items():
        if name == "count":
            print(f"  count(*)  {cpu:8.2f} CPU s: staysail takes {own / cpu:.2f} of it")
        elif name != "staysail":
            scaled = " (by a sample)" if name == "loop" and size.accounts > _LOOP_SAMPLE else ""
            print(f"  {name:9} {cpu:8.2f} CPU s: {cpu / own:.1f} times staysail{scaled}")
    return {"accounts": size.accounts, "events": size.events, "days": size.days, "wall": wall, **medians}


def main() -> None:
    """Read the arguments, run, print; `--json` writes the medians to a file as well."""
    parser = argparse.ArgumentParser(
        prog="bench.score", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=2000)
    parser.add_argument(
        "--events", type=int, default=300, help="events of an account over all days, on average"
    )
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against", default="loop,one_pass,count", help="contenders, comma-separated")
    parser.add_argument("--folder", help="where the data lives meanwhile")
    parser.add_argument("--json", type=Path, help="file to write the medians to")
    given = parser.parse_args()
    size = Size(given.accounts, given.events, given.days, given.rounds)
    against = [name for name in given.against.split(",") if name]
    with open_empty_database(given.folder) as engine:
        summary = print_summary(size, bench(engine, size, against))
    if given.json:
        given.json.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
