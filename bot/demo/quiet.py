"""What the bot still has to do at an instant, and when something next comes due by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

#: Promises due within this time of each other are kept in one stop (bot.alerts.keeping counts them as kept
#: when they were due).
TOGETHER = timedelta(minutes=4)

_WORK = text(
    """
    select
      (select count(*) from job_run
        where finished_at is null and (problem is null or leased_until < clock_timestamp())),
      (select min(name || ': ' || problem) from job_run where problem is not null
        and (finished_at is null or finished_at > clock_timestamp() - interval '1 minute')),
      (select count(*) from alert_promise where ended_at is null and due_at <= :now),
      (select count(*) from slack_message where shown_version < wanted_version and state <> 'dead'
        and not_before <= clock_timestamp() + interval '5 seconds')
    """
)
_NEXT = text(
    """
    select min(at) from (
      select min(due_at) as at from alert_promise where ended_at is null and due_at > :after
      union all
      -- What comes every hour or oftener is swept up at the other stops.
      select min(next_run_at) from schedule where next_run_at > :after and split_part(cron, ' ', 2) <> '*'
    ) as due where at <= :until
    """
)
_MORNINGS = text(
    """
    select distinct person.timezone from person join preference on preference.person_id = person.id
    where preference.event = 'digest' and preference.way = 'slack' and preference.frequency = 'at_once'
      and person.timezone is not null
    """
)
_TOLD = text(
    """
    select kind, count(distinct alert_id) from alert_event where id > :since
      and kind = any(array['opened', 'also_fired', 'reminded', 'escalated', 'reopened', 'woke', 'proposed',
                           'resolved'])
    group by kind
    """
)
#: What happened to alerts, as the control bar says it.
WORDS: Sequence[tuple[str, str]] = (
    ("opened", "opened"),
    ("also_fired", "grew"),
    ("escalated", "escalated"),
    ("reminded", "asked about again"),
    ("reopened", "reopened"),
    ("woke", "woke up"),
    ("proposed", "looking better"),
    ("resolved", "resolved"),
)


@dataclass(frozen=True)
class Work:
    """What is left to do at the demo's present instant."""

    jobs: int
    #: A job that failed a moment ago, with why; it rests before it is tried again. None when none did.
    failing: str | None
    promises: int
    messages: int

    @property
    def is_done(self) -> bool:
        """Whether nothing is left but messages on their way to Slack."""
        return self.jobs == 0 and self.promises == 0


def load_work(sessions: sessionmaker[Session], now: datetime) -> Work:
    """What the bot has to do at ``now``, the demo's present instant."""
    with sessions() as session:
        return Work(*session.execute(_WORK, {"now": now}).one())


def find_next_stop(sessions: sessionmaker[Session], after: datetime, until: datetime) -> datetime | None:
    """A little after the next thing that comes due by itself between two instants; None when nothing does."""
    with sessions() as session:
        due: datetime | None = session.scalar(_NEXT, {"after": after, "until": until})
    return None if due is None else min(due + TOGETHER, until)


def load_digest_zones(sessions: sessionmaker[Session]) -> list[str]:
    """The time zones of those who get a digest of their own."""
    with sessions() as session:
        return sorted(session.scalars(_MORNINGS))


def find_last_event(sessions: sessionmaker[Session]) -> int:
    """The id of the newest event of any alert."""
    with sessions() as session:
        return session.scalar(text("select coalesce(max(id), 0) from alert_event")) or 0


def describe_events(sessions: sessionmaker[Session], since: int) -> str:
    """What has happened to alerts since an event, in a few words; "No alert changed" when nothing has."""
    with sessions() as session:
        counts = {kind: count for kind, count in session.execute(_TOLD, {"since": since})}
    parts = [f"{counts[kind]} {words}" for kind, words in WORDS if kind in counts]
    return f"Alerts: {', '.join(parts)}." if parts else "No alert changed."
