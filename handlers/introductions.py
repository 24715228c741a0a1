"""Who a Slack user is, asked of Slack once and remembered for a while."""

import threading
import time
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.accounts.reader import SlackProfile

log = structlog.get_logger(__name__)

_KEPT_SECONDS = 600.0
#: After a failure Slack is asked again soon, but not by every click.
_KEPT_AFTER_FAILURE_SECONDS = 60.0
_KEPT_AT_MOST = 10_000


class Introductions:
    """Profiles of Slack users who are not known by their id. Safe to use from many threads."""

    def __init__(self) -> None:
        self._profiles: dict[str, tuple[float, SlackProfile]] = {}
        self._lock = threading.Lock()

    def find_profile(self, slack_id: str) -> SlackProfile | None:
        """The profile Slack gave lately; None where it has to be asked."""
        kept = self._profiles.get(slack_id)
        return kept[1] if kept is not None and kept[0] > time.monotonic() else None

    def introduce(self, client: WebClient, slack_id: str) -> SlackProfile:
        """Ask Slack who this is (users.info) and remember it, or why Slack could not say."""
        try:
            profile = _read_profile(slack_id, client.users_info(user=slack_id)["user"])
        except (SlackClientError, OSError, KeyError) as error:
            log.warning("slack.unknown_user", user=slack_id, problem=_describe(error))
            profile = SlackProfile(slack_id, problem=_describe(error))
        kept = _KEPT_AFTER_FAILURE_SECONDS if profile.problem else _KEPT_SECONDS
        with self._lock:
            if len(self._profiles) >= _KEPT_AT_MOST:
                self._profiles.clear()
            self._profiles[slack_id] = (time.monotonic() + kept, profile)
        return profile


def _read_profile(slack_id: str, user: dict[str, Any]) -> SlackProfile:
    profile = user.get("profile") or {}
    return SlackProfile(
        slack_id=slack_id,
        email=profile.get("email") or None,
        name=user.get("real_name") or profile.get("real_name") or user.get("name"),
        timezone=user.get("tz"),
        is_outsider=bool(user.get("is_stranger")),
    )


def _describe(error: Exception) -> str:
    """Why Slack could not say who someone is, and the remedy, as the end of a sentence."""
    if isinstance(error, SlackApiError):
        code = error.response.get("error")
        if code == "missing_scope":
            return (
                "I may not look up who you are. An admin can add the scopes users:read and users:read.email."
            )
        return f"Slack would not say who you are ({code}). Try again in a minute."
    return "Slack did not say who you are. Try again in a minute."
