"""A running local Slack, and real Bolt apps to point at it."""

import time
from collections.abc import Iterator

import pytest

from playground import LocalSlack
from playground.server.kinds import Json
from playground.server.settings import Settings

WORKSPACE: Json = {
    "team": {"id": "T1", "name": "Harbour", "domain": "harbour"},
    "users": [
        {"id": "U1", "name": "ada", "real_name": "Ada Okafor", "email": "ada@example.com", "is_admin": True},
        {"id": "U2", "name": "ben", "real_name": "Ben Sørensen", "tz": "Europe/Copenhagen"},
        {"id": "U3", "name": "gus", "real_name": "Gus Guest", "is_guest": True},
        {"id": "U4", "name": "eve", "real_name": "Eve Elsewhere", "is_external": True, "team_id": "T9"},
    ],
    "channels": [
        {"id": "C1", "name": "general"},
        {"id": "C2", "name": "alerts", "topic": "What needs a look", "members": ["U1", "U2", "U3"]},
        {"id": "C3", "name": "board", "is_private": True, "members": ["U1"]},
    ],
    "usergroups": [{"id": "S1", "handle": "leads", "users": ["U1"]}],
}


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
