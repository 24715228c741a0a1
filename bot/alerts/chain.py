"""Whom each step of an escalation calls in, and after how long (SPEC A5)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.people import compute_today, find_chain, find_owner, find_stand_in, is_away, load_week
from bot.config import TeamConfig
from bot.models import Alert, AlertEvent, Person
from bot.spans import Span
from bot.working_time import WorkingWeek

MANAGER_STEP, EXECUTIVE_STEP = 1, 2
#: The steps and what a chain calls them.
STEPS = {MANAGER_STEP: "manager", EXECUTIVE_STEP: "executive"}


@dataclass(frozen=True)
class Called:
    """Who is called in by which step.

    ``instead_of`` is the name of whoever is away; ``notes`` say in sentences why it is not somebody else.
    """

    step: int
    person: Person
    instead_of: str | None
    notes: tuple[str, ...]

    @property
    def role(self) -> str:
        """What the step calls: ``manager`` or ``executive``."""
        return STEPS[self.step]


def load_spans(alert: Alert, team: TeamConfig) -> dict[int, Span]:
    """The steps of the alert's chain and the span after which each is due."""
    kept = alert.facts.get("escalation")
    if kept is None:
        chain = team.alerts.escalation.get(alert.severity)  # type: ignore[call-overload]
        kept = chain.model_dump(exclude_none=True) if chain else {}
    return {step: Span.parse(kept[name]) for step, name in STEPS.items() if kept.get(name) is not None}


def find_called(
    session: Session, alert: Alert, step: int, *, now: datetime, team: TeamConfig
) -> Called | None:
    """Who is called in by the step, or by a later one where that finds nobody; None where nobody is left.

    Whoever is away is skipped in favour of their deputy, and without one in favour of the next in the chain.
    Nobody is called in twice, and never whoever owes the act already. Where everybody is away the first of
    them is called in all the same: an alert that nobody hears of would be lost.
    """
    notes: list[str] = []
    absent: Called | None = None
    done = _find_done(session, alert, now, team)
    for number, person, missing in _find_candidates(session, alert, step):
        if person is None:
            notes.append(missing)
            continue
        today = compute_today(person, team, now)
        stand_in = find_stand_in(session, person, today)
        if is_away(stand_in, today):
            absent = absent or Called(number, person, None, (*notes, f"{person.name} is away."))
            notes.append(f"{person.name} is away and nobody stands in.")
        elif stand_in.id not in done:
            instead_of = None if stand_in is person else person.name
            return Called(number, stand_in, instead_of, tuple(notes))
    return absent if absent is None or absent.person.id not in done else None


def load_called_week(session: Session, called: Called, team: TeamConfig) -> WorkingWeek:
    """When whoever is called in works. Whether they are away is looked at in the moment they are called."""
    return replace(load_week(session, called.person, team), away=None)


def _find_candidates(session: Session, alert: Alert, step: int) -> Iterator[tuple[int, Person | None, str]]:
    """The people of the chain from a step on, each with what to say where there is none."""
    owner, (manager, executive) = find_owner(session, alert), find_chain(session, alert)
    if step <= MANAGER_STEP:
        missing = f"{owner.name} has no manager in people.csv." if owner else "The account has no CSM."
        yield MANAGER_STEP, manager, missing
    yield EXECUTIVE_STEP, executive, "people.csv names no executive above them."


def _find_done(session: Session, alert: Alert, now: datetime, team: TeamConfig) -> set[int]:
    """The owner with their stand-in, and whoever was called in before."""
    called = select(AlertEvent.detail["to_id"].as_integer()).where(
        AlertEvent.alert_id == alert.id, AlertEvent.kind == "escalated"
    )
    done = {found for found in session.scalars(called) if found is not None}
    owner = find_owner(session, alert)
    if owner is not None:
        done |= {owner.id, find_stand_in(session, owner, compute_today(owner, team, now)).id}
    return done
