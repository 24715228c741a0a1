"""Until when a snooze lasts. Pure."""

from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from bot.errors import UserError

SnoozeWord = Literal["day", "three_days", "week", "score"]
_LASTS: dict[str, timedelta] = {
    "day": timedelta(days=1),
    "three_days": timedelta(days=3),
    "week": timedelta(days=7),
}


def compute_snooze_end(word: str, now: datetime) -> datetime | None:
    """When a snooze of the menu ends; None for until the score changes. Raises UserError for other words."""
    if word not in get_args(SnoozeWord):
        raise UserError("I do not know for how long that is. Choose a time from the Snooze menu.")
    return now + _LASTS[word] if word in _LASTS else None


def compute_morning(day: date, starts: time, zone: ZoneInfo) -> datetime:
    """The beginning of the working day there, even where the clock is put forward at that time."""
    return datetime.combine(day, starts, tzinfo=zone)
