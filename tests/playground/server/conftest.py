"""A running local Slack, and real Bolt apps to point at it."""

import time
from collections.abc import Iterator

import pytest
from bolt_apps import WORKSPACE

from playground import LocalSlack
from playground.server.settings import Settings


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    """A local Slack with three people, a guest and three channels; event retries come at once."""
    with LocalSlack.start(WORKSPACE, settings=Settings(event_retry_factor=0.0)) as running:
        yield running


@pytest.fixture
def moving() -> Iterator[tuple[LocalSlack, list[float]]]:
    """A local Slack whose clock stands still until a test moves it: `now[0] += 3`."""
    now = [time.time()]
    with LocalSlack.start(clock=lambda: now[0]) as running:
        yield running, now
