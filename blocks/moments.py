"""Moments, which Slack shows to each reader in their own time zone and in their own way to write it."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from blocks.figures import format_day

_TOKEN = re.compile(r"<!date\^\d+\^[^|<>]+\|([^<>]+)>")


def format_moment(at: datetime, zone: ZoneInfo, today: date) -> str:
    """A moment: ``14:02``, or ``3 Nov, 14:02`` where it was not today in the zone, which says who reads it.

    So it reads where Slack cannot do better: see `_token`.
    """
    local = at.astimezone(zone)
    if local.date() == today:
        return _token(at, "{time}", f"{local:%H:%M}")
    return _token(at, "{date_short}, {time}", f"{format_day(local.date(), today)}, {local:%H:%M}")


def format_appointment(at: datetime, zone: ZoneInfo, today: date) -> str:
    """A moment to reckon with, always with its day: ``Thu 26 Nov, 15:00``."""
    local = at.astimezone(zone)
    said = f"{local:%a} {format_day(local.date(), today)}, {local:%H:%M}"
    return _token(at, "{date_short}, {time}", said)


def spell_out(text: str) -> str:
    """The text with its moments as they read in the zone they were written for: where there is no Slack."""
    return _TOKEN.sub(r"\1", text)


def _token(at: datetime, pattern: str, otherwise: str) -> str:
    """A date of mrkdwn: many people in many zones read one message of a channel."""
    return f"<!date^{int(at.timestamp())}^{pattern}|{otherwise}>"
