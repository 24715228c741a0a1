"""Moments and people in the sentences that refuse an act."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config import TeamConfig
from bot.models import AlertEvent, Person


def get_zone(person: Person | None, team: TeamConfig) -> ZoneInfo:
    """The person's time zone; the team's where none is known."""
    try:
        return ZoneInfo(person.timezone) if person is not None and person.timezone else team.zone
    except (ZoneInfoNotFoundError, ValueError):
        return team.zone


def say_moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """``at 14:02`` for today in the zone, else ``on 3 Nov, 14:02``, with the year where it is another."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"at {local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"on {local.day} {local:%b}{year}, {local:%H:%M}"


#: What people say of an event: ``Maria Lopez snoozed it``.
_VERBS = {
    "opened": "opened it",
    "acknowledged": "acknowledged it",
    "snoozed": "snoozed it",
    "woke": "woke it",
    "reopened": "reopened it",
    "confirmed": "said that it is in hand",
    "kept_open": "said that it is not over",
    "proposed": "proposed to end it",
}


@dataclass(frozen=True)
class Deed:
    """Something that was done to an alert, in the words of a sentence: ``Maria Lopez``, ``at 14:02``."""

    who: str
    when: str
    kind: str

    def __str__(self) -> str:
        return f"{self.who} {_VERBS.get(self.kind, 'acted')} {self.when}"


def find_last_deed(
    session: Session, alert_id: int, kinds: tuple[str, ...], *, zone: ZoneInfo, now: datetime
) -> Deed | None:
    """The last of these kinds of deeds; None if there was none."""
    row = session.execute(
        select(AlertEvent.at, AlertEvent.kind, Person.name)
        .outerjoin(Person, Person.id == AlertEvent.person_id)
        .where(AlertEvent.alert_id == alert_id, AlertEvent.kind.in_(kinds))
        .order_by(AlertEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Deed(row.name or "Staysail", say_moment(row.at, zone, now), row.kind)
