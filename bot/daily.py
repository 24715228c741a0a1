"""The daily job: every live account scored for the last whole day, and alerts for those that fell."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts import Rule, evaluate_alerts
from bot.alerts.arrivals import JOB as ARRIVALS
from bot.alerts.arrivals import look_at_arrivals
from bot.config import TeamConfig
from bot.delivery import prune_delivery_keys
from bot.jobs import Job
from bot.models import JobRun, ScoreRun
from bot.reports.digest_writing import write_digests
from scoring.model import ScoringModel
from scoring.run import score_day, score_history

#: Days an outage may have left unscored and that are still made up for.
LONGEST_GAP = timedelta(days=60)
#: Made-up days before the last one that still open alerts.
DAYS_TOLD = timedelta(days=6)
JOB_RUNS_KEPT = timedelta(days=90)


def build_jobs(
    team: TeamConfig, models: Mapping[str, ScoringModel], rules: tuple[Rule, ...]
) -> dict[str, Job]:
    """The jobs by the names of their promises (bot/clock.py)."""

    def score(sessions: sessionmaker[Session], now: datetime) -> None:
        run_daily(sessions, team=team, models=models, rules=rules, now=now)

    def arrivals(sessions: sessionmaker[Session], now: datetime) -> None:
        look_at_arrivals(sessions, now=now, team=team, models=models, rules=rules)

    def digest(sessions: sessionmaker[Session], now: datetime) -> None:
        write_digests(sessions, team=team, models=models, rules=rules, now=now)

    return {"daily_score": score, "digest": digest, ARRIVALS: arrivals, "prune": prune}


def run_daily(
    sessions: sessionmaker[Session],
    *,
    team: TeamConfig,
    models: Mapping[str, ScoringModel],
    rules: tuple[Rule, ...],
    now: datetime,
) -> int:
    """How many alerts were opened by scoring up to the last whole day of the team.

    Days that an outage left out are made up for: the last week's with their alerts, since a fall stays a
    fall, and older ones quietly. A day's scores and the alerts that follow from them are one transaction,
    so neither exists without the other; run again, nothing is done twice.
    """
    as_of = now.astimezone(team.zone).date() - timedelta(days=1)
    used = [models[name] for name in team.all_models]
    day = _make_up_quietly(sessions, used, as_of, now, team)
    opened = 0
    while day <= as_of:
        with sessions() as session, session.begin():
            score_day(session, models=used, as_of=day, now=now, zone=team.zone)
            opened += evaluate_alerts(session, model=used[0], rules=rules, as_of=day, now=now, team=team)
        day += timedelta(days=1)
    return opened


def _make_up_quietly(
    sessions: sessionmaker[Session], used: list[ScoringModel], as_of: date, now: datetime, team: TeamConfig
) -> date:
    """Score the days too long ago to be told about; returns the first day that is told about."""
    told = as_of
    for model in used:
        with sessions() as session, session.begin():
            last = session.scalar(
                select(func.max(ScoreRun.as_of)).where(ScoreRun.model == model.name, ScoreRun.as_of < as_of)
            )
            if last is None:
                continue
            first = max(last + timedelta(days=1), as_of - LONGEST_GAP)
            first_told = max(first, as_of - DAYS_TOLD)
            told = min(told, first_told)
            if first < first_told:
                quiet = first_told - timedelta(days=1)
                score_history(session, model=model, first=first, last=quiet, now=now, zone=team.zone)
    return told


def prune(sessions: sessionmaker[Session], now: datetime) -> None:
    """Drop what is only kept for a while: delivery keys and old job runs."""
    with sessions() as session, session.begin():
        prune_delivery_keys(session, now=now)
        session.execute(delete(JobRun).where(JobRun.finished_at < now - JOB_RUNS_KEPT))
