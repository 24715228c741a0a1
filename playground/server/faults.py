"""Failures on purpose: what a network and a struggling Slack do to an app's calls."""

import random
from dataclasses import dataclass, fields

from playground.server.errors import SlackError
from playground.server.kinds import Json

KINDS = ("status", "ratelimited", "reset_before", "lost_answer", "slow")


@dataclass(slots=True)
class Fault:
    """One kind of failure, for the next `times` calls of `method` (to `channel`, when one is named)."""

    kind: str
    method: str = "*"
    status: int = 500
    retry_after: float = 1
    seconds: float = 1.0
    times: int = 1
    channel: str | None = None
    probability: float = 1.0


class Faults:
    """The failures now in force. Chance is seeded, so a run can be repeated."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self.chance = random.Random(7)

    def add(self, wanted: Json) -> Fault:
        """Adds the fault described; raises invalid_arguments naming what is wrong with the description."""
        known = {field.name for field in fields(Fault)}
        if unknown := sorted(set(wanted) - known):
            raise SlackError("invalid_arguments", detail=f"unknown {unknown}; known: {sorted(known)}")
        if wanted.get("kind") not in KINDS:
            raise SlackError("invalid_arguments", detail=f"kind must be one of {list(KINDS)}")
        fault = Fault(**wanted)
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        """Ends all of them."""
        self.active.clear()

    def take(self, method: str, args: Json) -> Fault | None:
        """Returns the fault this call must suffer, and counts it down; None when the call may go on."""
        for fault in self.active:
            if fault.method not in ("*", method) or fault.channel not in (None, args.get("channel")):
                continue
            if self.chance.random() >= fault.probability:
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.active.remove(fault)
            return fault
        return None
