"""Fills a demo's database: the data in, every day scored, alerts for the last days."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts import Rule, evaluate_alerts
from bot.config import TeamConfig
from bot.demo.company import Company
from bot.errors import UserError
from bot.models import FeedDay, Person
from scoring.model import ScoringModel
from scoring.run import score_day, score_history

#: The last days are scored one by one, as the daily job would, so that their alerts are there.
DAYS_WITH_ALERTS = 5
#: The feed whose days are the days of the data.
USAGE = "usage"
#: Shows a step while the block runs; called inside with (done, in all).
Step = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


@dataclass(frozen=True)
class Preparation:
    """What preparing needs."""

    sessions: sessionmaker[Session]
    team: TeamConfig
    models: tuple[ScoringModel, ...]
    rules: tuple[Rule, ...]
    now: datetime
    step: Step


def make_company(out: Path, company: Company, step: Step) -> None:
    """Write the made-up company's history as a CSV folder."""
    with step("Making up a company") as advance:
        company.write(out, until=company.told_on, progress=advance)


def load_data(preparation: Preparation, source: Path, today: date) -> date:
    """Import a folder and return the last day of its data, at most yesterday. Raises UserError with the
    first problems of rows that are wrong; then nothing was loaded."""
    # Imported here: a demo that was prepared before starts without it.
    from bot.sources.importing import import_path

    with preparation.step("Importing its data") as advance, preparation.sessions.begin() as session:
        rows = 0

        def count(_file: str, more: int) -> None:
            nonlocal rows
            rows += more
            advance(rows, 0)

        report = import_path(
            session,
            source,
            recorded_on=today,
            now=preparation.now,
            zone=preparation.team.zone,
            progress=count,
        )
        if report.stopped:
            raise UserError(
                f"{source} was not loaded: run `staysail import {source} --dry-run` for what is wrong"
            )
        last: date | None = session.scalar(select(func.max(FeedDay.day)).where(FeedDay.feed == USAGE))
    yesterday = today - timedelta(days=1)
    return min(last, yesterday) if last else yesterday


def score_everything(preparation: Preparation, last: date) -> int:
    """Score every day of the data for each model, the last days with alerts. Returns how many opened."""
    with preparation.sessions() as session:
        first = session.scalar(select(func.min(FeedDay.day)).where(FeedDay.feed == USAGE)) or last
    quiet = last - timedelta(days=DAYS_WITH_ALERTS)
    for model in preparation.models:
        with (
            preparation.step(f"Scoring every day ({model.label})") as advance,
            preparation.sessions.begin() as session,
        ):
            score_history(
                session,
                model=model,
                first=min(first, quiet),
                last=quiet,
                now=preparation.now,
                zone=preparation.team.zone,
                progress=advance,
            )
    opened = 0
    with preparation.step("Looking for falls") as advance:
        for number, (day, at) in enumerate(_last_mornings(preparation, quiet, last), start=1):
            opened += _score_and_alert(preparation, day, at)
            advance(number, DAYS_WITH_ALERTS)
    return opened


def _last_mornings(preparation: Preparation, quiet: date, last: date) -> Iterator[tuple[date, datetime]]:
    """Each of the last days, and the morning after it on which the daily job would have scored it."""
    day = quiet
    while day < last:
        day += timedelta(days=1)
        morning = datetime.combine(day + timedelta(days=1), preparation.team.score_at or time(6))
        yield day, min(morning.replace(tzinfo=preparation.team.zone).astimezone(UTC), preparation.now)


def _score_and_alert(preparation: Preparation, day: date, at: datetime) -> int:
    team = preparation.team
    with preparation.sessions.begin() as session:
        score_day(session, models=preparation.models, as_of=day, now=at, zone=team.zone)
        return evaluate_alerts(
            session, model=preparation.models[0], rules=preparation.rules, as_of=day, now=at, team=team
        )


def introduce_people(sessions: sessionmaker[Session]) -> None:
    """Give each of the team's people a place in the local Slack; somebody to be, where there is nobody."""
    with sessions.begin() as session:
        people = session.scalars(select(Person)).all()
        if not people:
            people = [Person(email="you@playground.example", name="You", role="admin")]
            session.add_all(people)
            session.flush()
        for person in people:
            person.slack_id = person.slack_id or f"U0PLAY{person.id:05d}"


def write_workspace(sessions: sessionmaker[Session], team: TeamConfig, out: Path) -> None:
    """Write the local Slack's people and channels from the team's own."""
    with sessions() as session:
        people = session.scalars(select(Person).where(Person.slack_id.is_not(None)).order_by(Person.id)).all()
    users = [_describe(person) for person in people]
    members = [user["id"] for user in users]
    channels = [
        {"id": f"C0STAYSAIL{number}", "name": name, "topic": topic, "members": members}
        for number, (name, topic) in enumerate(_name_channels(team).items(), start=1)
    ]
    workspace = {"id": "T0STAYSAIL", "name": "Staysail playground", "domain": "playground"}
    content = {"team": workspace, "users": users, "channels": channels}
    out.write_text(json.dumps(content), encoding="utf-8")


def _name_channels(team: TeamConfig) -> dict[str, str]:
    """The channels the team's configuration names, with what they are for."""
    wanted = {
        team.alerts_channel: "Accounts that fell, with a button to act on",
        team.digest_channel: "The team's own channel",
    }
    wanted |= {route.to: "Alerts by route" for route in team.routes if route.to not in wanted}
    return {name.removeprefix("#"): topic for name, topic in wanted.items() if name.startswith("#")}


def _describe(person: Person) -> dict[str, Any]:
    return {
        "id": person.slack_id,
        "name": person.email.split("@")[0],
        "real_name": person.name,
        "title": TITLES.get(person.role, person.role),
        "email": person.email,
        "tz": person.timezone or "UTC",
    }


TITLES = {
    "csm": "Customer success manager",
    "manager": "Manager, customer success",
    "executive": "VP customer success",
    "account_executive": "Account executive",
    "admin": "CS operations",
}
