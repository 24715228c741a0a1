"""Which message is next: one in flight a channel, in order, at the channel's own pace.

The database's clock decides, since couriers may run on several machines. A lease marks what is in flight;
it outlives every HTTP time-out, and an outcome is written only by the holder of the lease (fencing), so a
courier that was frozen and overtaken changes nothing.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

#: Longer than any call to Slack may take, the look-up before a second post included.
LEASE_SECONDS = 60
#: Slack's own limit for posts to one channel.
PACE_SECONDS = 1.0

# A reply cannot be posted before the message whose thread it belongs to has a ts; until then its lane has
# nothing to do.
_SENDABLE = """
    m.shown_version < m.wanted_version and m.state <> 'dead'
    and (m.thread_of is null or (select parent.ts from slack_message parent where parent.id = m.thread_of)
                                is not null)
"""

# A channel that is named by name and by id has two lanes; while one rests, so does the other.
_TAKE_LANE = text(
    f"""
    update slack_lane set lease = :lease, leased_until = clock_timestamp() + make_interval(secs => :seconds)
    where channel = (
        select l.channel from slack_lane l
        where l.next_at <= clock_timestamp()
          and (l.leased_until is null or l.leased_until < clock_timestamp())
          and exists (
            select 1 from slack_message m
            where m.channel = l.channel and m.not_before <= clock_timestamp() and {_SENDABLE})
          and not exists (
            select 1 from slack_lane twin
            where twin.channel_id = l.channel_id and twin.channel <> l.channel
              and (twin.next_at > clock_timestamp() or twin.leased_until >= clock_timestamp()))
        order by l.next_at limit 1 for update skip locked)
    returning channel
    """
)

_TAKE_MESSAGE = text(
    f"""
    select m.id, m.kind, m.subject_id, m.channel, m.channel_id, m.key, m.ts, m.wanted_version, m.state,
           m.attempts, m.attempted_at, parent.ts as thread_ts
    from slack_message m left join slack_message parent on parent.id = m.thread_of
    where m.channel = :channel and m.not_before <= clock_timestamp() and {_SENDABLE}
    order by m.id limit 1
    """
)

# A post is ambiguous from the moment before it is sent until its answer is written: a courier killed in
# between leaves exactly that behind.
_START = text(
    """
    update slack_message
    set attempts = attempts + 1, lease = :lease,
        attempted_at = case when ts is null and state = 'ambiguous' then attempted_at
                            else clock_timestamp() end,
        state = case when ts is null then 'ambiguous' else state end
    where id = :id
    """
)

_RELEASE = text(
    """
    update slack_lane
    set lease = null, leased_until = null, channel_id = coalesce(:channel_id, channel_id),
        next_at = greatest(next_at, clock_timestamp() + make_interval(secs => :pause))
    where channel = :channel and lease = :lease
    """
)

_NEXT_DUE = text(
    f"""
    select extract(epoch from min(greatest(l.next_at, coalesce(l.leased_until, l.next_at), m.not_before))
                   - clock_timestamp())
    from slack_message m join slack_lane l on l.channel = m.channel
    where {_SENDABLE}
    """
)


@dataclass(frozen=True)
class Errand:
    """One message to make true, held under a lease."""

    lease: uuid.UUID
    id: int
    kind: str
    subject_id: int
    channel: str
    channel_id: str | None
    key: uuid.UUID
    ts: str | None
    wanted_version: int
    #: A post was started before and its outcome is not known.
    ambiguous: bool
    attempts: int
    attempted_at: datetime | None
    thread_ts: str | None


def take_errand(session: Session) -> Errand | None:
    """The oldest stale message of a channel that is free and due, now leased; None when there is none."""
    lease = uuid.uuid4()
    channel = session.scalar(_TAKE_LANE, {"lease": lease, "seconds": LEASE_SECONDS})
    if channel is None:
        return None
    row = session.execute(_TAKE_MESSAGE, {"channel": channel}).mappings().one_or_none()
    if row is None:
        release_lane(session, channel=channel, lease=lease, pause=PACE_SECONDS)
        return None
    session.execute(_START, {"id": row["id"], "lease": lease})
    fields = dict(row)
    ambiguous = fields.pop("state") == "ambiguous" and row["ts"] is None
    return Errand(lease=lease, ambiguous=ambiguous, **fields)


def release_lane(
    session: Session, *, channel: str, lease: uuid.UUID, pause: float, channel_id: str | None = None
) -> bool:
    """Free the channel after ``pause`` seconds. False when the lease had run out and is another's."""
    values = {"channel": channel, "lease": lease, "pause": pause, "channel_id": channel_id}
    return bool(session.execute(_RELEASE, values).rowcount)  # type: ignore[attr-defined]


def find_next_due(session: Session) -> float | None:
    """Seconds until the next stale message may be sent (0 or less: now); None when nothing is stale."""
    seconds = session.scalar(_NEXT_DUE)
    return None if seconds is None else float(seconds)
