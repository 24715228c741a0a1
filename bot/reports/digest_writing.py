"""Who is sent a digest and when: the team's channel, and whoever asked for their own (SPEC C7).

The job looks every quarter of an hour and writes what is due. A digest is a row that is unique by channel and
day, written in one transaction with the wish for its message: whatever crashes, and however many look at
once, there is one a day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from bot.accounts.reader import LEADING_ROLES
from bot.alerts import Rule
from bot.alerts.people import load_team_week, load_week
from bot.alerts.proposals import propose_changes
from bot.config import TeamConfig
from bot.messages import want_message
from bot.models import Digest, JobRun, Person, Preference
from bot.reports.digest import DAILY, DigestScope, compute_scope, find_last_digest, load_digest
from bot.reports.digest_views import write_digest
from bot.reports.rule_report import RULES, load_rule_report, write_report
from bot.working_time import WorkingWeek, is_working_day
from scoring.model import ScoringModel

#: A digest that could not be written in the morning is still written until the working day ends, and for so
#: long where the digest's time is later than that.
AT_LEAST = timedelta(hours=1)


@dataclass(frozen=True)
class _Due:
    """A digest to be written: for a channel, or for one person in their own time zone."""

    kind: str
    channel: str
    week: WorkingWeek
    day: date
    scope: DigestScope
    person_id: int | None = None


def write_digests(
    sessions: sessionmaker[Session],
    *,
    team: TeamConfig,
    models: Mapping[str, ScoringModel],
    rules: tuple[Rule, ...],
    now: datetime,
) -> int:
    """How many digests were wanted as messages: the team's at ``digest_at`` of its own clock on working days,
    the weekly one about rules on the first of them, and each person's on their own clock.

    While the day's scores are being computed nothing is written: the next look does it. A digest in which
    nothing changed is written down and not posted. Safe to be run again and at once.
    """
    model = models[team.default_model]
    with sessions() as session, session.begin():
        if _is_scoring(session):
            return 0
        due = [*_find_due_of_team(team, now), *_find_due_of_people(session, team, now)]
        done = _find_written(session, due)
    wanted = 0
    for each in due:
        if (each.kind, each.channel, each.day) in done:
            continue
        with sessions() as session, session.begin():
            if each.kind == RULES:
                wanted += _write_rules(session, each, team, rules, now)
            else:
                wanted += _write_daily(session, each, team, model, now)
    return wanted


def _is_scoring(session: Session) -> bool:
    pending = select(JobRun.id).where(JobRun.name == "daily_score", JobRun.finished_at.is_(None))
    return session.scalar(pending.limit(1)) is not None


def _find_due_of_team(team: TeamConfig, now: datetime) -> Iterator[_Due]:
    week = load_team_week(team)
    today = now.astimezone(team.zone).date()
    if not is_due(week, team, now):
        return
    yield _Due(DAILY, team.digest_channel, week, today, DigestScope())
    monday = today - timedelta(days=today.weekday())
    earlier = (monday + timedelta(days=number) for number in range(today.weekday()))
    if not any(is_working_day(week, day) for day in earlier):
        yield _Due(RULES, team.digest_channel, week, monday, DigestScope())


def _find_due_of_people(session: Session, team: TeamConfig, now: datetime) -> Iterator[_Due]:
    asked = (
        select(Person)
        .join(Preference, Preference.person_id == Person.id)
        .where(
            Preference.event == "digest",
            Preference.way == "slack",
            Preference.frequency == "at_once",
            Person.slack_id.is_not(None),
        )
        .order_by(Person.id)
    )
    for person in session.scalars(asked):
        week = load_week(session, person, team)
        if person.slack_id and is_due(week, team, now):
            scope = compute_scope(person.id, person.name, person.role in LEADING_ROLES)
            day = now.astimezone(week.zone).date()
            yield _Due(DAILY, person.slack_id, week, day, scope, person.id)


def is_due(week: WorkingWeek, team: TeamConfig, now: datetime) -> bool:
    """Whether it is the morning of a working day there: from ``digest_at`` until work ends.

    By the wall clock, so that a time that daylight saving skips comes when the clock has passed it.
    """
    local = now.astimezone(week.zone)
    at = team.digest_at
    latest = datetime.combine(local.date(), at) + AT_LEAST
    ends = max(datetime.combine(local.date(), week.ends), latest)
    wall = local.replace(tzinfo=None)
    return is_working_day(week, local.date()) and datetime.combine(local.date(), at) <= wall < ends


def _find_written(session: Session, due: list[_Due]) -> set[tuple[str, str, date]]:
    if not due:
        return set()
    asked = select(Digest.kind, Digest.channel, Digest.day).where(
        Digest.channel.in_({each.channel for each in due}), Digest.day.in_({each.day for each in due})
    )
    return {(kind, channel, day) for kind, channel, day in session.execute(asked)}


def _begin(session: Session, due: _Due, now: datetime) -> Digest | None:
    """The new row; None where somebody has written it. Another who is writing it is waited for."""
    new = insert(Digest).values(
        kind=due.kind, channel=due.channel, person_id=due.person_id, day=due.day, at=now, facts={}
    )
    digest_id = session.scalar(new.on_conflict_do_nothing().returning(Digest.id))
    return None if digest_id is None else session.get_one(Digest, digest_id)


def _write_daily(session: Session, due: _Due, team: TeamConfig, model: ScoringModel, now: datetime) -> bool:
    row = _begin(session, due, now)
    if row is None:
        return False
    last = find_last_digest(session, channel=due.channel, now=now, team=team, zone=due.week.zone)
    digest = load_digest(
        session,
        due.scope,
        last=last,
        now=now,
        zone=due.week.zone,
        team=team,
        model=model,
        # The team's own channel and a person of the team: both may see money.
        money=True,
    )
    row.facts = write_digest(digest)
    if digest.is_news:
        want_message(session, kind="digest", subject_id=row.id, channel=due.channel)
    return digest.is_news


def _write_rules(
    session: Session, due: _Due, team: TeamConfig, rules: tuple[Rule, ...], now: datetime
) -> bool:
    row = _begin(session, due, now)
    if row is None:
        return False
    propose_changes(session, rules=rules, limits=team.alerts, now=now)
    report = load_rule_report(session, rules=rules, now=now, team=team)
    row.facts = write_report(report)
    if report.is_news:
        want_message(session, kind="digest", subject_id=row.id, channel=due.channel)
    return report.is_news
