"""Accounts and weeks for the engine, without a database."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.plays.world import World
from bot.working_time import WorkingWeek
from playbooks.definition import Playbook
from playbooks.facts import ContactFacts, PlayFacts
from playbooks.letters import Letter
from playbooks.steps import AnyStep

#: A Monday.
START = datetime(2026, 6, 1, 10, tzinfo=UTC)
WEEK = WorkingWeek(ZoneInfo("UTC"))


def write_plainly(step: AnyStep) -> Letter:
    """A text for every step."""
    return Letter(step.label, f"Text of {step.name}")


def build_world(now: datetime = START, **facts: Any) -> World:
    """An account that is known well, at a time."""
    known: dict[str, Any] = {
        "account_id": 1,
        "name": "Acme",
        "segment": "smb",
        "renewal_on": date(2026, 9, 1),
        "contacts": (ContactFacts("dana@acme.example", "Dana Fox", "champion"),),
        "color": "yellow",
        "score": 50,
    }
    return World(PlayFacts(**{**known, **facts}), WEEK, now, write_plainly, lambda step: {"stage": "x"})


def read_play(**document: Any) -> Playbook:
    """A playbook with these keys beside the usual ones."""
    return Playbook.model_validate({"name": "test", "title": "Test", "class": "risk", **document})


def task(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "action": "create_task", **more}


def email(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "action": "send_email", "template": "letter", **more}
