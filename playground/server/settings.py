"""What a person running the local Slack can turn: limits, deadlines and lifetimes."""

from dataclasses import dataclass, fields

from playground.server.errors import SlackError
from playground.server.kinds import Json


@dataclass(slots=True)
class Settings:
    """Limits and lifetimes, at Slack's own values unless changed. All durations are in seconds."""

    enforce: bool = True
    posts_per_second: float = 1.0
    posts_burst: int = 3
    # The per-minute tiers are multiplied by this; 10 allows ten times as many calls.
    tier_factor: float = 1.0
    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    response_url_seconds: float = 1800.0
    response_url_uses: int = 5
    ticket_seconds: float = 30.0
    stream_seconds: float = 300.0
    # Slack retries an event at once, after a minute and after five; this scales those waits.
    event_retry_factor: float = 1.0
    save_after_seconds: float = 0.5

    def change(self, wanted: Json) -> None:
        """Sets each named setting; raises invalid_arguments for a name or a type that is none of ours."""
        known = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise SlackError("invalid_arguments", detail=f"no setting {name!r}; known: {sorted(known)}")
            kind = known[name]
            if isinstance(value, bool) is not (kind is bool) or not isinstance(value, (int, float)):
                raise SlackError("invalid_arguments", detail=f"{name} must be a {kind.__name__}")
            setattr(self, name, kind(value))
