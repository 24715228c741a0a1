"""What each person wants to hear of, by which way and how often, and when nothing may ring (SPEC A6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, Literal, get_args

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.errors import UserError
from bot.models import Preference, QuietHours

NoticeEvent = Literal["critical_alert", "alert", "escalation", "reminder", "digest"]
Way = Literal["slack", "email"]
#: ``digest``: not by itself, the daily digest shows it.
Frequency = Literal["at_once", "digest", "never"]

WAYS: tuple[Way, ...] = get_args(Way)
FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)

#: What each is called in a sentence.
TITLES: Mapping[NoticeEvent, str] = {
    "critical_alert": "critical alerts",
    "alert": "alerts that are not critical",
    "escalation": "alerts you are called in for",
    "reminder": "questions whether you are still on an alert",
    "digest": "the daily digest",
}

#: What there is to choose, and what a person who has said nothing gets. The channel shows every alert
#: already, so a direct message comes only where minutes count, where the person is called by name, or where
#: it is the only way.
DEFAULTS: Mapping[tuple[NoticeEvent, Way], Frequency] = {
    ("critical_alert", "slack"): "at_once",
    ("critical_alert", "email"): "at_once",
    ("alert", "slack"): "digest",
    ("alert", "email"): "at_once",
    ("escalation", "slack"): "at_once",
    ("escalation", "email"): "at_once",
    ("reminder", "slack"): "at_once",
    ("reminder", "email"): "never",
    ("digest", "slack"): "never",
}


EVENTS: tuple[NoticeEvent, ...] = tuple(dict.fromkeys(event for event, _ in DEFAULTS))


@dataclass(frozen=True)
class Quiet:
    """Hours in the person's own time zone in which nothing rings; they may pass midnight."""

    starts_at: time
    ends_at: time

    def holds(self, at: time) -> bool:
        """Whether the time of day lies in them; the end itself does not."""
        if self.starts_at < self.ends_at:
            return self.starts_at <= at < self.ends_at
        return at >= self.starts_at or at < self.ends_at


@dataclass(frozen=True)
class Preferences:
    """One person's wishes, complete: what they never chose is as shipped."""

    choices: Mapping[tuple[NoticeEvent, Way], Frequency]
    quiet: Quiet | None = None
    #: What the person chose themselves.
    chosen: frozenset[tuple[str, str]] = frozenset()

    def find_frequency(self, event: NoticeEvent, way: Way) -> Frequency:
        return self.choices[event, way]

    def find_ways(self, event: NoticeEvent) -> tuple[Way, ...]:
        """The ways by which the person hears of the event at once."""
        return tuple(way for way in WAYS if self.choices.get((event, way)) == "at_once")

    def refuses(self, event: NoticeEvent, way: Way) -> bool:
        """Whether the person said themselves that they never want to hear of the event by this way."""
        return (event, way) in self.chosen and self.choices.get((event, way)) == "never"


def load_preferences(session: Session, person_id: int) -> Preferences:
    """The person's wishes, with the shipped ones where there are none."""
    wishes = session.scalars(select(Preference).where(Preference.person_id == person_id))
    chosen: dict[tuple[str, str], Any] = {(wish.event, wish.way): wish.frequency for wish in wishes}
    choices: dict[tuple[NoticeEvent, Way], Frequency] = {
        key: chosen.get(key, shipped) for key, shipped in DEFAULTS.items()
    }
    hours = session.get(QuietHours, person_id)
    quiet = Quiet(hours.starts_at, hours.ends_at) if hours else None
    return Preferences(choices, quiet, frozenset(chosen))


def set_preference(
    session: Session, *, person_id: int, event: NoticeEvent, way: Way, frequency: Frequency
) -> None:
    """Keep a wish; the last one of each event and way counts. Raises UserError for what does not exist."""
    if (event, way) not in DEFAULTS or frequency not in FREQUENCIES:
        raise UserError(f"There is no such wish: {event} by {way}, {frequency}. Open Staysail's Home again.")
    session.execute(
        insert(Preference)
        .values(person_id=person_id, event=event, way=way, frequency=frequency)
        .on_conflict_do_update(index_elements=["person_id", "event", "way"], set_={"frequency": frequency})
    )


def set_quiet_hours(
    session: Session, *, person_id: int, starts_at: time | None, ends_at: time | None
) -> None:
    """Keep the person's quiet hours; without both ends there are none. Raises UserError for an empty span."""
    if starts_at is None or ends_at is None:
        session.execute(delete(QuietHours).where(QuietHours.person_id == person_id))
        return
    if starts_at == ends_at:
        raise UserError(
            f"Quiet hours from {starts_at:%H:%M} to {ends_at:%H:%M} last no time: choose another end, "
            "or clear them."
        )
    session.execute(
        insert(QuietHours)
        .values(person_id=person_id, starts_at=starts_at, ends_at=ends_at)
        .on_conflict_do_update(
            index_elements=["person_id"], set_={"starts_at": starts_at, "ends_at": ends_at}
        )
    )
