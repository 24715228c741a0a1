"""Which channels people of other companies can read."""

import time
from typing import Any

from slack_sdk import WebClient

#: A channel can be shared at any time; so long its messages may still be as they were.
KEPT_SECONDS = 300.0


class Guests:
    """Asks Slack once in a while whether a channel is shared with another company."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._shared: dict[str, tuple[float, bool]] = {}

    def may_read(self, channel_id: str) -> bool:
        """Whether the channel is shared (Slack Connect); a direct message is not. Raises as Slack's client
        does: what is not known must not be taken for a no."""
        if channel_id.startswith("D"):
            return False
        kept = self._shared.get(channel_id)
        if kept is None or kept[0] < time.monotonic():
            channel: Any = self._client.conversations_info(channel=channel_id)["channel"]
            is_shared = bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))
            kept = self._shared[channel_id] = (time.monotonic() + KEPT_SECONDS, is_shared)
        return kept[1]
