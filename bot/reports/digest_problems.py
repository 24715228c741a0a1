"""What makes a digest, or the day's alerts, incomplete: feeds that are late, days that were held back,
messages and e-mails that could not be delivered."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.models import FeedDay, HeldFlood, Mail, ScoreRun, SlackMessage
from bot.reports.digest_views import Problem
from scoring.model import ScoringModel

#: A feed that has delivered nothing for longer than this is late.
FEED_LATE = timedelta(days=2)
MOST_CHANNELS = 3


def load_problems(
    session: Session, *, model: ScoringModel, since: datetime, today: date, of_team: bool
) -> tuple[Problem, ...]:
    """What is wrong on the morning of ``today``, a day of the team's. Only the whole team's digest tells of
    deliveries, which somebody who runs Staysail has to see to."""
    problems = [*_find_late_feeds(session, today), *_find_missing_scores(session, model, today)]
    problems += _find_floods(session, model, since)
    if of_team:
        problems += [*_find_dead_messages(session), *_find_failed_mail(session)]
    return tuple(problems)


def _find_late_feeds(session: Session, today: date) -> Iterator[Problem]:
    newest = func.max(FeedDay.day)
    late = today - timedelta(days=1) - FEED_LATE
    asked = select(FeedDay.feed, newest).group_by(FeedDay.feed).having(newest < late).order_by(newest)
    for feed, day in session.execute(asked):
        yield Problem("feed", feed, day)


def _find_missing_scores(session: Session, model: ScoringModel, today: date) -> Iterator[Problem]:
    last = session.scalar(
        select(func.max(ScoreRun.as_of)).where(
            ScoreRun.model == model.name, ScoreRun.finished_at.is_not(None)
        )
    )
    if last is not None and last < today - timedelta(days=1):
        yield Problem("scores", day=last)


def _find_floods(session: Session, model: ScoringModel, since: datetime) -> Iterator[Problem]:
    asked = select(HeldFlood).where(HeldFlood.model == model.name, HeldFlood.at > since)
    for flood in session.scalars(asked.order_by(HeldFlood.as_of)):
        yield Problem("flood", flood.as_of.isoformat(), flood.as_of, int(flood.facts.get("moved", 0)))


def _find_dead_messages(session: Session) -> Iterator[Problem]:
    count = func.count()
    asked = (
        select(SlackMessage.channel, count)
        .where(SlackMessage.state == "dead")
        .group_by(SlackMessage.channel)
        .order_by(count.desc(), SlackMessage.channel)
    )
    for channel, dead in session.execute(asked.limit(MOST_CHANNELS)):
        yield Problem("messages", channel, count=dead)


def _find_failed_mail(session: Session) -> Iterator[Problem]:
    failed = session.scalar(select(func.count()).select_from(Mail).where(Mail.status == "failed"))
    if failed:
        yield Problem("mail", count=failed)
