"""Mailers as processes of their own, to be killed: ``python -m tests.mail.mailer_process``.

Each line on its input starts one, as a fork that need not import everything again, and is answered with the
number of its process. The end of the input ends them all.
"""

import os
import signal
import sys
import threading
from contextlib import suppress
from email.headerregistry import Address

from bot.db.engine import create_engine, create_sessions
from bot.mail.contents import build_writers
from bot.mail.sending import Mailer
from bot.mail.setup import MailSetup, read_server
from tests.mail.conftest import TEAM

#: Shorter than the test; longer than one e-mail takes.
LEASE_SECONDS = 3.0


def work() -> None:
    """Run a mailer until something ends the process."""
    # Its logs must not be taken for the answers of whoever starts it.
    os.dup2(2, 1)
    url = os.environ["DATABASE_URL"]
    setup = MailSetup(
        read_server(os.environ["SMTP_URL"]), Address("Staysail", addr_spec="staysail@corp.example")
    )
    Mailer(
        sessions=create_sessions(create_engine(url, pool_size=4)),
        setup=setup,
        writers=build_writers(TEAM, setup),
        listen_url=url,
        lease_seconds=LEASE_SECONDS,
    ).start()
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
