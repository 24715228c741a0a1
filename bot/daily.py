"""The daily job: every live account scored for the last whole day, and alerts for what fell."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts import Rule, evaluate_alerts
from bot.config import TeamConfig
from bot.delivery import prune_delivery_keys
from bot.jobs import Job
from bot.models import JobRun, ScoreRun
from scoring.model import ScoringModel
from scoring.run import score_day, score_history

#: Days an outage may have left unscored and that are still made up for.
LONGEST_GAP = timedelta(days=60)
JOB_RUNS_KEPT = timedelta(days=90)


def build_jobs(
    team: TeamConfig, models: Mapping[str, ScoringModel], rules: tuple[Rule, ...]
) -> dict[str, Job]:
    """The jobs by the names of their promises (bot/clock.py)."""

    def score(sessions: sessionmaker[Session], now: datetime) -> None:
        run_daily(sessions, team=team, models=models, rules=rules, now=now)

    return {"daily_score": score, "prune": prune}


def run_daily(
    sessions: sessionmaker[Session],
    *,
    team: TeamConfig,
    models: Mapping[str, ScoringModel],
    rules: tuple[Rule, ...],
    now: datetime,
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
                last = as_of - timedelta(days=1)
                score_history(session, model=model, first=first, last=last, now=now, zone=team.zone)
    with sessions() as session, session.begin():
        score_day(session, models=used, as_of=as_of, now=now, zone=team.zone)
        return evaluate_alerts(session, model=used[0], rules=rules, as_of=as_of, now=now, team=team)


def prune(sessions: sessionmaker[Session], now: datetime) -> None:
    """Drop what is only kept for a while: delivery keys and old job runs."""
    with sessions() as session, session.begin():
        prune_delivery_keys(session, now=now)
        session.execute(delete(JobRun).where(JobRun.finished_at < now - JOB_RUNS_KEPT))
