"""What apps asked of the Web API, kept so that a test or a curious developer can read it."""

from collections import deque
from dataclasses import dataclass, field

from playground.server.kinds import Json

# Arguments are kept whole, so this bounds memory to some tens of megabytes.
KEPT = 5_000


@dataclass(slots=True)
class Journal:
    """The last 5,000 calls, numbered from 1. Tokens are left out."""

    entries: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT))
    count: int = 0

    def record(self, *, at: float, app: str, method: str, args: Json, status: int, error: str = "") -> None:
        """Adds one call; `error` is Slack's code, empty when the call did what it was asked."""
        self.count += 1
        self.entries.append(
            {
                "n": self.count,
                "at": round(at, 6),
                "app": app,
                "method": method,
                "args": {name: value for name, value in args.items() if name != "token"},
                "ok": not error,
                "error": error or None,
                "status": status,
            }
        )

    def since(self, number: int) -> list[Json]:
        """Returns the calls after number `number`, oldest first."""
        return [entry for entry in self.entries if entry["n"] > number]
