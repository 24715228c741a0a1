"""Workers and clocks as processes of their own, to be killed: ``python -m tests.scenarios.worker_process``.

Each line on its input, ``worker`` or ``clock``, starts one, as a fork that need not import everything again,
and is answered with the number of its process. The end of the input ends them all. What they take for the
present instant stands in the file WATCH, so that a test can move it.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from slack_sdk import WebClient

from bot.alerts import load_rules
from bot.alerts.keeping import Keeper
from bot.clock import Clock
from bot.contents import build_builders
from bot.courier import lanes
from bot.courier.runner import Courier
from bot.daily import build_jobs
from bot.db.engine import create_engine, create_sessions
from bot.jobs import JobRunner
from scoring.model import load_models
from tests.scenarios.storm import read_team


def read_watch() -> datetime:
    return datetime.fromisoformat(Path(os.environ["WATCH"]).read_text())


def work() -> None:
    """Post, keep promises and do jobs until something ends the process."""
    url, team = os.environ["DATABASE_URL"], read_team()
    # What a killed worker held is free after seconds; still longer than any call may take.
    lanes.LEASE_SECONDS = 12
    client = WebClient(
        token=os.environ["SLACK_BOT_TOKEN"],
        base_url=os.environ["SLACK_API_BASE_URL"],
        timeout=3,
        retry_handlers=[],
    )
    sessions = create_sessions(create_engine(url, pool_size=10))
    builders = build_builders(team)
    Courier(client=client, sessions=sessions, builders=builders, listen_url=url, threads=6, pace=0.02).start()
    Keeper(sessions, team, read_watch).start()
    # A killed worker's job is taken up again after seconds, not after a minute.
    jobs = build_jobs(team, load_models(None), load_rules(None))
    JobRunner(sessions, jobs, read_watch, lease_seconds=3.0, rest_seconds=0.2).start()


def tick() -> None:
    """Write down what is due until something ends the process."""
    sessions = create_sessions(create_engine(os.environ["DATABASE_URL"], pool_size=4))
    Clock(sessions, read_team(), read_watch).start()


DUTIES: dict[str, Callable[[], None]] = {"worker": work, "clock": tick}


def main() -> None:
    # Nobody waits for those that are killed.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    started = []
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            # Its logs must not be taken for the answers of whoever starts it.
            os.dup2(2, 1)
            DUTIES[line.strip()]()
            threading.Event().wait()
        started.append(number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
    for number in started:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


if __name__ == "__main__":
    main()
