"""Ids, timestamps and tokens: unique, and the same again when the same things happen in the same order."""

import hashlib

from playground.server.kinds import Clock
from playground.server.state import State

MICROSECONDS = 1_000_000


class Ids:
    """Hands out ids from the counters kept in the state, so a restart goes on where the last run stopped."""

    def __init__(self, state: State, clock: Clock) -> None:
        self.state = state
        self.clock = clock

    def next_number(self, prefix: str) -> int:
        """Returns 1, 2, 3, … per prefix."""
        number = self.state.counters.get(prefix, 0) + 1
        self.state.counters[prefix] = number
        return number

    def next_id(self, prefix: str) -> str:
        """Returns an id in Slack's form, such as D0000000001."""
        return f"{prefix}{self.next_number(prefix):010d}"

    def next_ts(self) -> str:
        """Returns a timestamp later than every one before it: the clock's microsecond, or the next free one.

        A clock that stands still or runs backwards therefore cannot give two messages the same ts.
        """
        moment = max(int(self.clock() * MICROSECONDS), self.state.last_ts + 1)
        self.state.last_ts = moment
        return f"{moment // MICROSECONDS}.{moment % MICROSECONDS:06d}"

    def next_hash(self) -> str:
        """Returns a view's hash in Slack's form, new each time."""
        number = self.next_number("hash")
        return f"{int(self.clock())}.{derived('hash', str(number), 8)}"

    def next_block_id(self) -> str:
        """Returns what Slack puts where an app left block_id out."""
        return derived("block", str(self.next_number("block")), 5)


def derived(kind: str, seed: str, length: int) -> str:
    """Returns `length` hexadecimal digits that depend on `kind` and `seed` alone."""
    return hashlib.sha256(f"{kind}:{seed}".encode()).hexdigest()[:length]
