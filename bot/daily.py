"""The daily job: every live account scored for the last whole day, and alerts for what fell."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from scoring.model import ScoringModel
from scoring.run import score_day, score_history
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts import evaluate_alerts
from bot.config import TeamConfig
from bot.delivery import prune_delivery_keys
from bot.jobs import Job
from bot.models import JobRun, ScoreRun

#: Days an outage may have left unscored and that are still made up for.
LONGEST_GAP = timedelta(days=60)
JOB_RUNS_KEPT = timedelta(days=90)


def build_jobs(team: TeamConfig, models: Mapping[str, ScoringModel]) -> dict[str, Job]:
    """The jobs by the names of their promises (bot/clock.py)."""
    return {"daily_score": _build_daily_score(team, models), "prune": prune}


def run_daily(
    sessions: sessionmaker[Session],
    *,
    team: TeamConfig,
    models: Mapping[str, ScoringModel],
    now: datetime,
    progress: Callable[[str], None] | None = None,
) -> int:
    """How many alerts were opened by scoring the last whole day of the team.

    Days that an outage left out are scored first, without alerts: they are over. Scores and the alerts
    that follow from them are one transaction, so neither exists without the other.
    """
    as_of = now.astimezone(team.zone).date() - timedelta(days=1)
    used = [models[name] for name in team.all_models]
    for model in used:
        with sessions() as session, session.begin():
            last = session.scalar(
                select(func.max(ScoreRun.as_of)).where(ScoreRun.model == model.name, ScoreRun.as_of < as_of)
            )
            first = max(last + timedelta(days=1), as_of - LONGEST_GAP) if last else as_of
            if first < as_of:
                score_history(session, model=model, first=first, last=as_of - timedelta(days=1), now=now)
    with sessions() as session, session.begin():
        score_day(session, models=used, as_of=as_of, now=now)
        return evaluate_alerts(session, model=used[0], as_of=as_of, now=now, team=team)


def prune(sessions: sessionmaker[Session], now: datetime) -> None:
    """Drop what is only kept for a while: delivery keys and old job runs."""
    with sessions() as session, session.begin():
        prune_delivery_keys(session, now=now)
        session.execute(delete(JobRun).where(JobRun.finished_at < now - JOB_RUNS_KEPT))


def _build_daily_score(team: TeamConfig, models: Mapping[str, ScoringModel]) -> Job:
    def score(sessions: sessionmaker[Session], now: datetime) -> None:
        run_daily(sessions, team=team, models=models, now=now)

    return score
