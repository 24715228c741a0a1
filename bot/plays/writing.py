"""The texts of an account's plays: what is known of it, looked up when something is to be written."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config import TeamConfig
from bot.models import Account, Goal, Person
from bot.plays.facts import find_model, load_signals
from bot.plays.people import find_doer
from playbooks.context import (
    AccountWords,
    LetterContext,
    PersonWords,
    find_first_name,
    write_date,
    write_greeting,
    write_signature,
)
from playbooks.facts import ContactFacts, PlayFacts
from playbooks.letters import Letter, LetterError, Letters
from playbooks.steps import AnyStep
from scoring.catalogue import parse_signal
from scoring.run import find_current_explanation

_SIGNALS = {
    "logins": parse_signal("sessions(days=30)"),
    "active_users": parse_signal("active_users(days=30)"),
    "features_used": parse_signal("features_used(days=30)"),
    "usage_change": parse_signal("usage_change(metric=logins, days=30)"),
    "seats": parse_signal("seat_utilization(days=30)"),
    "nps": parse_signal("nps(days=180)"),
    "open_tickets": parse_signal("open_tickets"),
}
DRIVERS = 3


class Texts:
    """Writes the texts of one account's plays, as things stand at one time."""

    def __init__(
        self,
        session: Session,
        account: Account,
        facts: PlayFacts,
        letters: Letters,
        *,
        now: datetime,
        team: TeamConfig,
    ) -> None:
        self._session, self._account, self._facts = session, account, facts
        self._letters, self._now, self._team = letters, now, team
        self._known: dict[str, Any] | None = None

    def write(self, step: AnyStep) -> Letter:
        """The text of a step. Raises LetterError where something it needs is not known."""
        context = self.build_context(step).as_dict()
        template = getattr(step, "template", None)
        if template is not None:
            return self._letters.write(template, context)
        text = step.details if step.action == "create_task" else getattr(step, "text", "")
        return Letter("", self._letters.write_text(text, context))

    def write_fields(self, step: AnyStep) -> dict[str, str]:
        """The values of a change for the CRM; what cannot be filled in is left out."""
        context = self.build_context(step).as_dict()
        written = {}
        for field, text in step.set.items() if step.action == "crm_update" else ():
            try:
                written[field] = self._letters.write_text(text, context)
            except LetterError:
                continue
        return written

    def build_context(self, step: AnyStep) -> LetterContext:
        """Everything a text of this step may say."""
        roles = step.to if step.action == "send_email" else ("champion", "exec_sponsor", "admin")
        contact = self._facts.find_contact(roles)
        sender = self._find(step.owner_role)
        account = self._account
        return LetterContext(
            account=AccountWords(
                name=account.name,
                plan=account.plan,
                seats=account.seats,
                started_on=write_date(account.started_on),
                churn_reason=account.churn_reason,
            ),
            greeting=write_greeting(find_first_name(contact.name) if contact else None),
            signature=write_signature(sender.name if sender else None, self._team.product),
            contact=_say_contact(contact),
            sender=_say_person(sender),
            csm=_say_person(self._find("csm") if account.csm_id else None),
            manager=_say_person(self._find("manager")),
            product=self._team.product,
            **self._load_known(),
        )

    def _find(self, role: str) -> Person | None:
        return find_doer(self._session, self._account, role, now=self._now, team=self._team)

    def _load_known(self) -> dict[str, Any]:
        """What is the same for every step, looked up once."""
        if self._known is None:
            today = self._now.astimezone(self._team.zone).date()
            self._known = {
                **self._load_dates(today),
                **self._load_figures(today),
                **self._load_goals(),
                "drivers": self._load_drivers(),
                "score": self._facts.score,
                "level": self._facts.level,
            }
        return self._known

    def _load_dates(self, today: date) -> dict[str, Any]:
        account = self._account
        renewal, notice, arr = account.renewal_on, account.notice_days, account.arr_cents
        ahead = renewal is not None and renewal >= today
        return {
            "today": write_date(today),
            "renewal_on": write_date(renewal) if ahead else None,
            "days_to_renewal": (renewal - today).days if renewal is not None and ahead else None,
            "opt_out_on": write_date(renewal - timedelta(days=notice))
            if renewal and ahead and notice
            else None,
            "arr": None if arr is None else f"{self._team.money_symbol}{arr // 100:,}",
        }

    def _load_figures(self, today: date) -> dict[str, int | None]:
        raws = load_signals(
            self._session, self._account.id, tuple(_SIGNALS.values()), today - timedelta(days=1), self._team
        )
        found = {name: raws.get(key) for name, key in _SIGNALS.items()}
        change, seats = found.pop("usage_change"), found.pop("seats")
        whole = {name: None if value is None else round(value) for name, value in found.items()}
        paid = self._account.seats
        return {
            **whole,
            "usage_change_percent": None if change is None else round(change * 100 - 100),
            "seats_used_percent": None if seats is None else round(100 * seats),
            "seats_used": None if seats is None or paid is None else round(seats * paid),
        }

    def _load_goals(self) -> dict[str, Any]:
        asked = (
            select(Goal.objective, Goal.status)
            .where(Goal.account_id == self._account.id, Goal.superseded_on.is_(None))
            .order_by(Goal.due_on.asc().nulls_last(), Goal.id)
        )
        goals = self._session.execute(asked).all()
        return {
            "goal": next((goal.objective for goal in goals if goal.status == "open"), None),
            "goals_met": tuple(goal.objective for goal in goals if goal.status == "met"),
        }

    def _load_drivers(self) -> tuple[str, ...]:
        model = find_model(self._session, self._team)
        found = model and find_current_explanation(self._session, model=model, account_id=self._account.id)
        return tuple(part.phrase for part in found.signals[:DRIVERS] if part.phrase) if found else ()


def _say_contact(contact: ContactFacts | None) -> PersonWords:
    if contact is None:
        return PersonWords()
    return PersonWords(contact.name, find_first_name(contact.name), contact.email)


def _say_person(person: Person | None) -> PersonWords:
    return PersonWords(person.name, find_first_name(person.name), person.email) if person else PersonWords()
