"""Slack's rate limits: about one post a second per channel, and a tier per method and minute."""

import math
from dataclasses import dataclass

from playground.server.kinds import Clock, Json
from playground.server.settings import Settings

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
# Methods whose limit is counted per channel rather than by a tier.
PER_CHANNEL = frozenset({"chat.postMessage", "chat.meMessage"})


@dataclass(slots=True)
class Bucket:
    """A token bucket: `level` calls may still be made now."""

    level: float
    at: float


class Limits:
    """Counts calls per app and says how long a call that comes too soon has to wait."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.buckets: dict[tuple[str, ...], Bucket] = {}

    def wait_for(self, app: str, method: str, tier: int, args: Json) -> int:
        """Returns 0 when the call may go on, else the whole seconds for Retry-After."""
        if not self.settings.enforce:
            return 0
        if method in PER_CHANNEL:
            key = (app, method, str(args.get("channel", "")))
            return self._take(key, self.settings.posts_burst, self.settings.posts_per_second)
        calls = TIERS[tier] * self.settings.tier_factor
        return self._take((app, method), calls, calls / 60)

    def _take(self, key: tuple[str, ...], size: float, per_second: float) -> int:
        now = self.clock()
        bucket = self.buckets.setdefault(key, Bucket(level=size, at=now))
        bucket.level = min(size, bucket.level + max(0.0, now - bucket.at) * per_second)
        bucket.at = now
        # A hair below one whole call still counts as one, or rounding makes a punctual caller wait again.
        if bucket.level >= 1 - 1e-6:
            bucket.level -= 1
            return 0
        return max(1, math.ceil((1 - bucket.level) / per_second))
