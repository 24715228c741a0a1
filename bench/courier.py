"""How long five hundred new alerts take to stand in Slack, in one channel and over fifty.

`uv run python -m bench.courier [--alerts 500] [--channels 50]`

The courier as `staysail run` starts it, on a real database, against the local Slack with Slack's own limit of
one post a second and channel. The best any client can do is that limit: the posts of the fullest channel,
one a second. Beside it, in the same run, the plain way: a loop that posts one alert after another and lets
slack_sdk wait out each refusal (RateLimitErrorRetryHandler).
"""

import argparse
import logging
import os
import platform
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, sessionmaker

from bot.courier.delivery import Content
from bot.courier.runner import Courier
from bot.db.embedded import EmbeddedPostgres
from bot.db.engine import create_engine, create_sessions
from bot.db.migrate import migrate
from bot.manifest import build_manifest
from bot.messages import want_message
from bot.models import Account, SlackMessage
from playground import LocalSlack

WORDS = "Acme · Yellow → Red · 65 → 48 (−17 in 7 d)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=500)
    parser.add_argument("--channels", type=int, default=50)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for channels in (options.channels, 1):
        _measure(options.alerts, channels)


def _measure(alerts: int, channels: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="staysail-bench-")))
        folder.chmod(0o755)
        server = stack.enter_context(EmbeddedPostgres(folder / "home"))
        migrate(server.url)
        sessions = create_sessions(create_engine(server.url))
        names = [f"cs-{number}" for number in range(channels)]
        workspace = {
            "users": [{"id": "U1", "name": "maria"}],
            "channels": [{"id": f"C{n}", "name": name, "members": ["U1"]} for n, name in enumerate(names)],
        }
        slack = stack.enter_context(LocalSlack.start(workspace))
        app = slack.install(build_manifest(), channels=names)
        client = WebClient(token=app.bot_token, base_url=slack.api_url, retry_handlers=[])
        ours = _post_by_courier(client, sessions, server.url, alerts, channels)
        assert _count_posts(slack, names) == alerts
        # The plain way gets the quiet of a minute that no post was sent in.
        time.sleep(5)
        plain = _post_by_loop(app.bot_token, slack.api_url, alerts, channels)
    limit = alerts / channels - 1
    print(
        f"{alerts} alerts over {channels} channel(s): courier {ours:.1f} s = {ours / limit:.2f} of the limit "
        f"({limit:.0f} s); a plain loop {plain:.1f} s = {plain / ours:.2f} of the courier"
    )


def _post_by_courier(
    client: WebClient, sessions: sessionmaker[Session], url: str, alerts: int, channels: int
) -> float:
    """Seconds from the commit that wants the messages until the last one stands in Slack."""
    builders = {"bench": lambda _session, _subject: Content(WORDS)}
    with sessions.begin() as session:
        session.execute(insert(Account).values(external_id="a", name="Acme"))
        for number in range(alerts):
            channel = f"C{number % channels}"
            want_message(session, kind="bench", subject_id=number, channel=channel)
    courier = Courier(client=client, sessions=sessions, builders=builders, listen_url=url)
    began = time.monotonic()
    courier.start()
    shown = select(func.count()).where(SlackMessage.shown_version < SlackMessage.wanted_version)
    while True:
        with sessions() as session:
            if not session.scalar(shown):
                break
        time.sleep(0.05)
    took = time.monotonic() - began
    courier.stop()
    return took


def _post_by_loop(token: str, url: str, alerts: int, channels: int) -> float:
    patient = RateLimitErrorRetryHandler(max_retry_count=1000)
    client = WebClient(token=token, base_url=url, retry_handlers=[patient])
    began = time.monotonic()
    for number in range(alerts):
        client.chat_postMessage(channel=f"C{number % channels}", text=WORDS)
    return time.monotonic() - began


def _count_posts(slack: LocalSlack, channels: list[str]) -> int:
    posts: list[dict[str, Any]] = [m for name in channels for m in slack.messages(name) if m["text"] == WORDS]
    return len(posts)


if __name__ == "__main__":
    main()
