"""How long a sweep over the plays takes, for many and for ten times as many runs of which as many are due.

`uv run python -m bench.plays [--runs 50000] [--due 2000]`

A sweep should take time for what is due and not for what runs. Beside it, in the same run, the same due runs
found the plain way: every active run read and looked at.
"""

import argparse
import os
import platform
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from bot.config import TeamConfig
from bot.db.embedded import EmbeddedPostgres
from bot.db.engine import create_engine, create_sessions
from bot.db.migrate import migrate
from bot.models import PlayRun
from bot.plays.keeping import keep_due_runs
from bot.plays.store import register_version
from playbooks import Library, get_library

START = datetime(2026, 6, 1, 10, tzinfo=UTC)
TEAM = TeamConfig()
_ACCOUNTS = text(
    "insert into account (external_id, name, segment, arr_cents, renewal_on)"
    " select 'a' || n, 'Account ' || n, 'smb', 1200000, date '2026-09-15' from generate_series(1, :runs) n"
)
_CONTACTS = text(
    "insert into contact (account_id, email, name, role, recorded_on)"
    " select id, 'dana@a' || id || '.example', 'Dana Fox', 'champion', date '0001-01-01' from account"
)
_RUNS = text(
    "insert into play_run"
    " (account_id, playbook, title, version_id, play_class, state, started_at, why, next_at)"
    " select id, 'at_risk', 'At-risk account', :version, 'risk', 'active', :start, 'bench',"
    " :later + make_interval(secs => id) from account"
)
_STEPS = text(
    "insert into play_step (run_id, name, position, action, title, state, due_at)"
    " select id, :name, :position, :action, :name, 'pending', next_at from play_run"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50_000)
    parser.add_argument("--due", type=int, default=2_000)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for runs in (options.runs // 10, options.runs):
        _measure(runs, options.due)


def _measure(runs: int, due: int) -> None:
    library = get_library()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="staysail-bench-")))
        folder.chmod(0o755)
        server = stack.enter_context(EmbeddedPostgres(folder / "home"))
        migrate(server.url)
        engine = create_engine(server.url)
        stack.callback(engine.dispose)
        sessions = create_sessions(engine)
        _fill(sessions, library, runs, due)
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("vacuum analyze"))
        began = time.perf_counter()
        with sessions() as session:
            found = [run for run in session.scalars(select(PlayRun)) if run.next_at and run.next_at <= START]
        plain = time.perf_counter() - began
        began = time.perf_counter()
        kept = keep_due_runs(sessions, now=START, team=TEAM, library=library, limit=due + 10)
        swept = time.perf_counter() - began
        began = time.perf_counter()
        keep_due_runs(sessions, now=START, team=TEAM, library=library, limit=due + 10)
        idle = time.perf_counter() - began
    print(
        f"{runs:,} runs, {kept:,} of {len(found):,} due: sweep {swept:.2f} s"
        f" ({1000 * swept / kept:.1f} ms a run);"
        f" with nothing due {1000 * idle:.1f} ms; finding them by reading all {plain:.2f} s"
    )


def _fill(sessions: sessionmaker[Session], library: Library, runs: int, due: int) -> None:
    play = library.get("at_risk")
    with sessions.begin() as session:
        session.execute(_ACCOUNTS, {"runs": runs})
        session.execute(_CONTACTS)
        version = register_version(session, play)
        later = START + timedelta(days=3)
        session.execute(_RUNS, {"version": version, "start": START, "later": later})
        for step in play.steps:
            values = {"name": step.name, "position": play.positions[step.name], "action": step.action}
            session.execute(_STEPS, values)
        session.execute(
            text("update play_run set next_at = :now where id % (:runs / :due) = 0"),
            {"now": START, "runs": runs, "due": due},
        )


if __name__ == "__main__":
    main()
