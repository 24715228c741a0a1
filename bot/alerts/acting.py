"""What every act of a person has in common: the locked row, who it is, whether they may, and its traces."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.lifecycle import add_event, find_ending, show
from bot.alerts.permissions import get_person, require_permission
from bot.alerts.views import ENDED, Acted
from bot.alerts.wording import Deed, find_last_deed, get_zone, say_moment
from bot.audit import record_act
from bot.config import TeamConfig
from bot.errors import NotAllowed, NotFound, UserError
from bot.models import Account, Alert, AlertEvent, Person

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Act:
    """Somebody of the team who may act on an alert, whose row is locked until the transaction ends."""

    session: Session
    alert: Alert
    account: Account
    person: Person
    now: datetime
    team: TeamConfig
    deed: str

    @property
    def today(self) -> date:
        """The team's own date."""
        return self.now.astimezone(self.team.zone).date()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of whoever acts."""
        return get_zone(self.person, self.team)

    def require_living(self, instead: str) -> None:
        """Raise NotAllowed for an alert that is over: how it ended, and what to do ``instead``."""
        if self.alert.state in ENDED:
            self.refuse(f"{self.say_end()} {instead}")

    def refuse(self, sentence: str) -> NoReturn:
        """Raise NotAllowed with the sentence."""
        log.info("alert.act_refused", alert=self.alert.id, person=self.person.id, act=self.deed, why=sentence)
        raise NotAllowed(sentence)

    def get_deed(self, *kinds: str) -> Deed:
        """The last of these deeds, in the words of a sentence."""
        found = find_last_deed(self.session, self.alert.id, kinds, zone=self.zone, now=self.now)
        return found or Deed("Somebody", "earlier", "")

    def find_last(self, kind: str) -> AlertEvent | None:
        """The last event of this kind."""
        return self.session.scalars(
            select(AlertEvent)
            .where(AlertEvent.alert_id == self.alert.id, AlertEvent.kind == kind)
            .order_by(AlertEvent.id.desc())
            .limit(1)
        ).one_or_none()

    def say_moment(self, at: datetime) -> str:
        return say_moment(at, self.zone, self.now)

    def say_end(self) -> str:
        """How the alert ended, as a sentence."""
        name, alert = self.account.name, self.alert
        deed = self.get_deed(alert.state)
        if alert.state == "dismissed":
            return f"{deed.who} dismissed the alert about {name} {deed.when}."
        why = find_ending(self.session, alert.id).why
        if why == "by_hand":
            return f"{deed.who} resolved the alert about {name} {deed.when}."
        return {
            "churned": f"{name} has churned since; the alert ended {deed.when}.",
            "fell_further": f"{name} has fallen further since, and has a newer alert.",
        }.get(why, f"{name} has recovered since; the alert ended {deed.when}.")

    def add(self, kind: str, **detail: Any) -> AlertEvent:
        """Add a line of this person's to the timeline."""
        return add_event(self.session, self.alert.id, kind, self.now, person_id=self.person.id, detail=detail)

    def finish(self, *, to: str | None = None, detail: Mapping[str, Any] | None = None) -> Acted:
        """Write the act into the audit log and have the message drawn at once."""
        record_act(
            self.session,
            at=self.now,
            person=self.person,
            act=f"alert.{self.deed}",
            subject=f"alert {self.alert.id}",
            account_id=self.account.id,
            detail=detail or {},
        )
        show(self.session, self.alert, hurry=True)
        return Acted(self.account.name, self.now, to)


def begin_act(
    session: Session, deed: str, *, alert_id: int, slack_user_id: str, now: datetime, team: TeamConfig
) -> Act:
    """The act ``deed`` (a verb, for the audit log), ready to be carried out.

    The row is locked, so of many at once one is first. Raises NotFound for an alert that is gone, and
    NotAllowed for somebody who may not act on it.
    """
    try:
        person = get_person(session, slack_user_id)
        alert = session.get(Alert, alert_id, with_for_update=True, populate_existing=True)
        if alert is None:
            raise NotFound("This alert no longer exists; it was removed with its account.")
        act = Act(session, alert, session.get_one(Account, alert.account_id), person, now, team, deed)
        require_permission(session, person, alert, today=act.today)
    except UserError as error:
        log.info("alert.act_refused", alert=alert_id, slack_id=slack_user_id, act=deed, why=str(error))
        raise
    return act
