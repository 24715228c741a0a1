"""Moments in the reader's own time zone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from blocks.figures import format_day


def format_moment(at: datetime, zone: ZoneInfo, today: date) -> str:
    """A moment in the reader's zone: ``14:02``, or ``3 Nov, 14:02`` where it was not today."""
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == today else f"{format_day(local.date(), today)}, {local:%H:%M}"


def format_appointment(at: datetime, zone: ZoneInfo, today: date) -> str:
    """A moment to reckon with, always with its weekday: ``Thu 26 Nov, 15:00``."""
    local = at.astimezone(zone)
    return f"{local:%a} {format_day(local.date(), today)}, {local:%H:%M}"
