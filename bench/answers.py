"""How fast `/cs score` and `/portfolio` are answered, from the words to the blocks.

    uv run python -m bench.answers [ACCOUNTS] [QUESTIONS]

Makes a company of so many accounts in a database of its own, scores it, and asks as the listeners do: words
in, one transaction, blocks out. Prints milliseconds (median, p95, p99) and the CPU time of Python and of
Postgres, and in the same run what the same totals cost when every account is read for them, with the ratio.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from bench.lookup import make_names, slip
from bot.accounts.names import AccountNames
from bot.config import TeamConfig
from bot.db.embedded import EmbeddedPostgres
from bot.db.engine import create_engine, create_sessions
from bot.db.migrate import migrate
from bot.models import Account, AccountScore
from handlers.commands.verbs import VERBS, answer
from handlers.desk import Desk
from handlers.introductions import Introductions
from scoring.model import load_models
from scoring.run import score_day
from scoring.sheets import refresh_sheets

LAST = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TEAM = TeamConfig(default_model="six_signal")
ACCOUNTS_A_CSM = 400
_SEGMENTS = ("enterprise", "mid_market", "smb", "smb", "self_serve", "self_serve", "self_serve")
_STAGES = ("onboarding", "adoption", "adoption", "adoption", "renewal")


def make_company(session: Session, number: int) -> list[str]:
    """So many accounts in books of 400, with three days of use, and their scores. Returns the names."""
    chance = random.Random(3)
    names = make_names(number, chance)
    csms = number // ACCOUNTS_A_CSM + 1
    session.execute(
        text(
            "insert into person (id, email, name, role, slack_id, timezone) overriding system value "
            "select n, 'p' || n || '@corp.example', 'Person ' || n,"
            " case when n = 0 then 'manager' else 'csm' end, 'U' || n, 'Europe/Berlin'"
            " from generate_series(0, :csms) n"
        ),
        {"csms": csms},
    )
    columns = "id, external_id, name, domain, segment, stage, arr_cents, csm_id, renewal_on, notice_days"
    cursor: Any = session.connection().connection.cursor()
    with cursor.copy(f"copy account ({columns}) from stdin") as copy:
        for place, name in enumerate(names, 1):
            segment = chance.choice(_SEGMENTS)
            arr = int(chance.lognormvariate(14.5 if segment == "enterprise" else 12.5, 0.8))
            due = LAST + timedelta(days=chance.randrange(1, 365))
            domain = f"{name.split()[0].lower()}{place}.example"
            row = (place, f"A-{place}", name, domain, segment, chance.choice(_STAGES), arr)
            copy.write_row((*row, chance.randrange(1, csms + 1), due, 30))
    shared = columns.replace("id, external_id, ", "", 1)
    session.execute(
        text(
            f"insert into account_version (account_id, recorded_on, {shared}) "
            f"select id, date '0001-01-01', {shared} from account"
        )
    )
    for back in range(3):
        session.execute(
            text(
                "insert into usage_daily "
                "(account_id, day, recorded_on, logins, active_users, api_calls, new_users) "
                "select id, :day, :day, floor(random() * 12), floor(random() * 9), floor(random() * 900), 0 "
                "from account"
            ),
            {"day": LAST - timedelta(days=back)},
        )
        session.execute(
            text("insert into feed_day (feed, day, recorded_on) values ('usage', :day, :day)"),
            {"day": LAST - timedelta(days=back)},
        )
    refresh_sheets(session, {LAST - timedelta(days=back) for back in range(3)})
    score_day(session, models=[load_models(None)["six_signal"]], as_of=LAST, now=NOW, zone=TEAM.zone)
    return names


class Meter:
    """Measures questions: how long each takes, and what Python and its one Postgres process spend on it."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        with sessions() as session:
            self._postgres = psutil.Process(session.scalar(text("select pg_backend_pid()")))
        print(f"{'':<34}{'median':>9}{'p95':>9}{'p99':>9} ms   CPU of Python + Postgres, mean")

    def _spent(self) -> float:
        times = self._postgres.cpu_times()
        return times.user + times.system

    def measure(self, title: str, questions: Sequence[Callable[[], object]]) -> tuple[float, float]:
        """The p99 and the mean CPU time of both, in milliseconds, after printing the line."""
        questions[0]()
        walls, python, postgres = [], time.thread_time(), self._spent()
        for question in questions:
            wall = time.perf_counter()
            question()
            walls.append((time.perf_counter() - wall) * 1000)
        python = (time.thread_time() - python) * 1000 / len(questions)
        postgres = (self._spent() - postgres) * 1000 / len(questions)
        walls.sort()
        middle, p95, p99 = (walls[min(len(walls) - 1, int(len(walls) * part))] for part in (0.5, 0.95, 0.99))
        print(f"{title:<34}{middle:>9.2f}{p95:>9.2f}{p99:>9.2f} ms   {python:>6.2f} + {postgres:.2f} ms")
        return p99, python + postgres


def sum_over_accounts(sessions: sessionmaker[Session]) -> None:
    """The totals and the list without tables kept for them: every account is read."""
    with sessions() as session:
        session.execute(
            select(AccountScore.level, func.count(), func.sum(AccountScore.arr_cents)).group_by(
                AccountScore.level
            )
        ).all()
        session.execute(
            select(Account.name, AccountScore.arr_at_risk_cents)
            .join(AccountScore, AccountScore.account_id == Account.id)
            .order_by((AccountScore.arr_at_risk_cents + 0).desc())
            .limit(20)
        ).all()


def ask_all(sessions: sessionmaker[Session], names: Sequence[str], number: int) -> None:
    """Ask every kind of question so many times and print a line for each."""
    chance = random.Random(5)
    index = AccountNames(sessions)
    index.refresh()
    models, introductions = load_models(None), Introductions()

    def asking(slack_id: str, verb: str, words: str) -> Callable[[], object]:
        desk = Desk(sessions, lambda: NOW, TEAM, models, index, introductions, slack_id)
        return lambda: answer(VERBS[verb], words, desk)

    def csm() -> str:
        return f"U{chance.randrange(1, len(names) // ACCOUNTS_A_CSM)}"

    measure = Meter(sessions).measure
    many, some = range(number), range(max(20, number // 4))
    measure("/cs score, the name", [asking(csm(), "score", chance.choice(names)) for _ in many])
    measure("/cs score, one slip", [asking(csm(), "score", slip(chance.choice(names), chance)) for _ in many])
    past = f"{LAST - timedelta(days=3)}"
    measure("/cs score, a past day", [asking(csm(), "score", f"{chance.choice(names)} {past}") for _ in some])
    measure("/portfolio, own book", [asking(csm(), "portfolio", "") for _ in many])
    ours, cost = measure("/portfolio all", [asking("U0", "portfolio", "all") for _ in many])
    for words in ("enterprise", "self_serve", "critical", "healthy", "stage renewal smb", "page=10"):
        measure(f"/portfolio all {words}", [asking("U0", "portfolio", f"all {words}") for _ in some])
    every, costs = measure("reading every account instead", [lambda: sum_over_accounts(sessions)] * len(some))
    print(f"/portfolio all takes {every / ours:.1f}x less time and {costs / cost:.1f}x less CPU")


def main() -> None:
    """Make the company and print the table."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    questions = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with tempfile.TemporaryDirectory() as home, EmbeddedPostgres(Path(home)) as server:
        migrate(server.url)
        engine = create_engine(server.url, pool_size=2)
        sessions = create_sessions(engine)
        started = time.perf_counter()
        with sessions.begin() as session:
            names = make_company(session, accounts)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))
        print(f"{accounts:,} accounts, made and scored in {time.perf_counter() - started:.0f} s")
        ask_all(sessions, names, questions)
        engine.dispose()


if __name__ == "__main__":
    main()
