"""Couriers as processes of their own, to be killed: ``python -m tests.scenarios.courier_process``.

Each line on its input starts one, as a fork that need not import everything again, and is answered with the
number of its process. The end of the input ends them all.
"""

import os
import signal
import sys
import threading
from contextlib import suppress

from slack_sdk import WebClient

from bot.contents import build_builders
from bot.courier.runner import Courier
from bot.db.engine import create_engine, create_sessions
from tests.scenarios.stage import TEAM


def work() -> None:
    """Run a courier until something ends the process."""
    # Its logs must not be taken for the answers of whoever starts it.
    os.dup2(2, 1)
    url = os.environ["DATABASE_URL"]
    client = WebClient(
        token=os.environ["SLACK_BOT_TOKEN"],
        base_url=os.environ["SLACK_API_BASE_URL"],
        timeout=10,
        retry_handlers=[],
    )
    sessions = create_sessions(create_engine(url, pool_size=8))
    builders = build_builders(TEAM)
    Courier(client=client, sessions=sessions, builders=builders, listen_url=url, pace=0.02).start()
    threading.Event().wait()


def main() -> None:
    # Nobody waits for those that are killed.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    started = []
    for _ in sys.stdin:
        number = os.fork()
        if number == 0:
            work()
        started.append(number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
    for number in started:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


if __name__ == "__main__":
    main()
