"""Starting a play from an alert (SPEC A3, P3): the plan with its dates, for all who read the thread."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.acting import Act, begin_act
from bot.alerts.acts import acknowledge
from bot.alerts.people import find_chain, find_owner, load_team_week, load_week
from bot.alerts.views import ENDED, Acted
from bot.alerts.wording import say_moment
from bot.config import TeamConfig
from bot.errors import NotFound
from bot.models import Alert, AlertEvent, Person
from bot.working_time import WorkingWeek, is_working_day
from playbooks import Playbook, find_play

#: The play of an alert whose rule suggests none.
USUAL_PLAY = "at_risk"


def start_play(
    session: Session,
    *,
    alert_id: int,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    name: str | None = None,
) -> Acted:
    """Write a play's plan with its dates into the timeline, and acknowledge an alert that is not yet.

    ``name`` None takes the one the alert suggests. A play starts once for an account while the alert it was
    started from lives. Raises NotFound for a play that is not there.
    """
    act = begin_act(session, "start_play", alert_id=alert_id, slack_user_id=slack_user_id, now=now, team=team)
    act.require_living("Reopen it first to start a play.")
    wanted = name or act.alert.facts.get("play") or USUAL_PLAY
    play = find_play(wanted)
    if play is None:
        raise NotFound(f"There is no play called {wanted!r}. Ask your admin to correct the rule's `play`.")
    _refuse_second(act, play)
    if act.alert.state != "acknowledged":
        acknowledge(act)
    act.add("play_started", play=play.name, title=play.title, steps=_plan(act, play))
    return act.finish(detail={"play": play.name})


def _refuse_second(act: Act, play: Playbook) -> None:
    running = act.session.execute(
        select(AlertEvent.at, Person.name)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .join(Person, Person.id == AlertEvent.person_id)
        .where(
            Alert.account_id == act.account.id,
            Alert.state.not_in(ENDED),
            AlertEvent.kind == "play_started",
            AlertEvent.detail["play"].as_string() == play.name,
        )
        .order_by(AlertEvent.id.desc())
        .limit(1)
    ).one_or_none()
    if running is not None:
        when = say_moment(running.at, act.zone, act.now)
        act.refuse(
            f"{running.name} started the play “{play.title}” for {act.account.name} {when}. "
            "Its plan is in the alert's thread."
        )


def _plan(act: Act, play: Playbook) -> list[dict[str, Any]]:
    """The steps with their dates, each on a day on which whoever does it works."""
    manager, executive = find_chain(act.session, act.alert)
    people = {"csm": find_owner(act.session, act.alert), "manager": manager, "executive": executive}
    steps = []
    for step in play.outline:
        person = people.get(step.owner)
        week = load_week(act.session, person, act.team) if person else load_team_week(act.team)
        on = _find_working_day(week, act.now.astimezone(week.zone).date() + timedelta(days=step.day))
        steps.append(
            {
                "on": on.isoformat(),
                "action": step.action,
                "title": step.title,
                "owner": step.owner,
                "to": person.name if person else None,
            }
        )
    return steps


def _find_working_day(week: WorkingWeek, on: date) -> date:
    """The day itself if it is a working day, else the next one; within a year."""
    days = (on + timedelta(days=number) for number in range(366))
    return next((day for day in days if is_working_day(week, day)), on)
