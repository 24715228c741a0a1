"""What people entered into a form."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from bot.errors import UserError

View = Mapping[str, Any]


class WrongEntry(UserError):
    """Something entered cannot be; the form stays open and says so at the entry."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def find_choice(view: View, field: str) -> str | None:
    """The value chosen in a menu."""
    option = _find(view, field).get("selected_option")
    return option["value"] if option else None


def get_choice(view: View, field: str) -> str:
    """The value chosen in a menu. Raises WrongEntry where nothing was."""
    chosen = find_choice(view, field)
    if chosen is None:
        raise WrongEntry(field, "Choose one of these.")
    return chosen


def find_person(view: View, field: str) -> str | None:
    """The Slack id of the person chosen."""
    return _find(view, field).get("selected_user")


def find_words(view: View, field: str) -> str | None:
    """What was written; None for nothing but spaces."""
    return (_find(view, field).get("value") or "").strip() or None


def find_date(view: View, field: str) -> date | None:
    """The day chosen."""
    chosen = _find(view, field).get("selected_date")
    return date.fromisoformat(chosen) if chosen else None


def find_time(view: View, field: str) -> time | None:
    """The time of day chosen."""
    chosen = _find(view, field).get("selected_time")
    return time.fromisoformat(chosen) if chosen else None


def _find(view: View, field: str) -> Mapping[str, Any]:
    found = view["state"]["values"].get(field, {}).get(field)
    return found or {}
