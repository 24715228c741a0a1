"""The daily run: made up for after an outage, done once however often it is run."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts import load_rules
from bot.config import TeamConfig
from bot.daily import build_jobs, prune, run_daily
from bot.models import Alert, DeliveryKey, JobRun, ScoreRun
from scoring.model import load_models
from tests.handlers.company import LAST_DAY, NOW, TEAM, make_company

Sessions = sessionmaker[Session]
DAY = timedelta(days=1)


@pytest.fixture
def company(sessions: Sessions) -> Sessions:
    """The company of the handlers' tests, scored up to LAST_DAY, which is yesterday at NOW."""
    with sessions.begin() as session:
        make_company(session)
    return sessions


def run(sessions: Sessions, now: datetime, team: TeamConfig = TEAM) -> int:
    return run_daily(sessions, team=team, models=load_models(None), rules=load_rules(None), now=now)


def scored_days(sessions: Sessions, model: str) -> list[date]:
    query = select(ScoreRun.as_of).where(ScoreRun.model == model, ScoreRun.as_of > LAST_DAY)
    with sessions() as session:
        return list(session.scalars(query.order_by(ScoreRun.as_of)))


def test_missed_days_are_made_up_for(company: Sessions) -> None:
    run(company, NOW + 12 * DAY)
    for model in TEAM.all_models:
        assert scored_days(company, model) == [LAST_DAY + n * DAY for n in range(1, 13)]


def test_a_second_run_does_nothing_more(company: Sessions) -> None:
    run(company, NOW + 3 * DAY)

    def look() -> tuple[int, int, int]:
        with company() as session:
            tables = (ScoreRun, Alert, JobRun)
            counts = [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
        return counts[0], counts[1], counts[2]

    before = look()
    assert run(company, NOW + 3 * DAY + timedelta(hours=2)) == 0
    assert look() == before


def test_an_outage_of_months_is_not_made_up_for_whole(company: Sessions) -> None:
    run(company, NOW + 200 * DAY)
    days = scored_days(company, TEAM.default_model)
    assert days[-1] == LAST_DAY + 200 * DAY
    assert len(days) == 61


def test_the_day_is_the_teams_own(company: Sessions) -> None:
    late_evening = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    run(company, late_evening, TEAM.model_copy(update={"timezone": "Asia/Tokyo"}))
    assert scored_days(company, TEAM.default_model) == [date(2026, 11, 22)]


def test_what_is_only_kept_for_a_while_is_pruned(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for age in (DAY, 100 * DAY):
            wall_clock = f"{NOW - age:%Y-%m-%d %H:%M}"
            session.add(JobRun(name="x", wall_clock=wall_clock, started_at=NOW, finished_at=NOW - age))
            session.add(DeliveryKey(key=wall_clock, seen_at=NOW - age))
    jobs = build_jobs(TEAM, load_models(None), load_rules(None))
    assert jobs["prune"] is prune
    prune(sessions, NOW)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(JobRun)) == 1
        assert session.scalar(select(func.count()).select_from(DeliveryKey)) == 1
