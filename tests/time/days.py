"""Alerts left to themselves: time passes from one promise to the next, as fast as a test wants."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from bot.alerts.keeping import find_next_due, keep_due_promises
from bot.alerts.promises import start_clock
from bot.models import AlertEvent, Person, SlackMessage, Touch
from tests.alerts.office import PEOPLE, Office


class Days(Office):
    """An office whose alerts do what they promised."""

    def set(self, name: str, **values: Any) -> None:
        """Change somebody of the team."""
        number = PEOPLE[name][0]
        self.session.execute(update(Person).where(Person.id == number).values(**values))
        self.session.expire_all()

    def move(self, *names: str, zone: str) -> None:
        """Have people live in a time zone."""
        for name in names:
            self.set(name, timezone=zone)

    def open_at(self, at: datetime, **values: Any) -> int:
        """The id of a new alert whose clock starts then."""
        alert_id = self.open(**values)
        start_clock(self.session, self.get(alert_id), now=at, team=self.team)
        return alert_id

    def live_until(self, until: datetime) -> None:
        """Let everything happen by itself that is due until then, each at its time."""
        while (due := find_next_due(self.session)) is not None and due <= until:
            self.now = due
            keep_due_promises(self.session, now=due, team=self.team)
        self.now = until

    def wake_up_at(self, at: datetime) -> int:
        """How many promises are kept by a worker that starts then, after an outage."""
        self.now = at
        return keep_due_promises(self.session, now=at, team=self.team)

    def touch(self, at: datetime, account_id: int = 1) -> None:
        """Log a call with the account."""
        self.session.execute(
            insert(Touch).values(account_id=account_id, kind="call", at=at, recorded_on=at.date())
        )

    def told(self, *kinds: str, zone: str = "UTC") -> list[str]:
        """When what of these kinds happened to the newest alert, and to whom."""
        asked = select(AlertEvent).where(AlertEvent.alert_id == self.alerts[-1], AlertEvent.kind.in_(kinds))
        return [
            " ".join(
                part
                for part in (
                    event.at.astimezone(ZoneInfo(zone)).strftime("%a %H:%M"),
                    event.kind,
                    event.detail.get("to") or event.detail.get("why"),
                )
                if part
            )
            for event in self.session.scalars(asked.order_by(AlertEvent.id))
        ]

    def detail(self, kind: str) -> dict[str, Any]:
        """The detail of the newest event of a kind."""
        asked = select(AlertEvent.detail).where(
            AlertEvent.alert_id == self.alerts[-1], AlertEvent.kind == kind
        )
        found = self.session.scalars(asked.order_by(AlertEvent.id.desc()).limit(1)).one()
        return dict(found)

    def nudged(self) -> list[str]:
        """The direct messages that were wanted, by whom they go to."""
        asked = select(SlackMessage.channel).where(SlackMessage.kind == "alert_nudge")
        return list(self.session.scalars(asked.order_by(SlackMessage.id)))


def utc(text: str) -> datetime:
    """An instant of November 2026 in UTC: ``24 09:00``."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
