"""Raw events of the team's product: kept in monthly partitions, counted into each account's days.

Events that arrived are counted by `fold_events`, by the date of their arrival: a day of use is known as it
was on that date, so an event that comes late makes a new version of its day and moves no earlier score.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.jobs import ask_for_job
from scoring.copying import driver
from scoring.sheets import refresh_sheets

KINDS: Final = ("login", "core_action", "api_call", "feature", "new_user")
_LOCK: Final = 730_003


@dataclass(frozen=True)
class Event:
    """Something a user did in the team's product.

    ``message_id`` is the sender's; the same event sent again counts once.
    """

    message_id: str
    account_id: int
    kind: str
    at: datetime
    feature: str | None = None
    user_key: str | None = None


@dataclass(frozen=True)
class RecordReport:
    """How many of the events were new, and how many had been recorded before."""

    new: int
    repeated: int


@dataclass(frozen=True)
class FoldReport:
    """The days whose use changed, oldest first."""

    days: tuple[date, ...]


def record_events(
    session: Session, events: Sequence[Event], *, received_at: datetime, zone: ZoneInfo
) -> RecordReport:
    """Keep the events, each once by its day and message id. They count from the next `fold_events` on.

    An event's day is its date in the team's `zone`. Raises ValueError for a kind that is not of `KINDS`.
    """
    if not events:
        return RecordReport(0, 0)
    if unknown := {event.kind for event in events} - set(KINDS):
        raise ValueError(f"no kind of event is called {sorted(unknown)[0]!r}; use one of {', '.join(KINDS)}")
    days = [event.at.astimezone(zone).date() for event in events]
    create_partitions(session, min(days), max(days))
    features = _number_features(session, {event.feature for event in events if event.feature})
    batch = _open_batch(session, received_at.astimezone(zone).date(), min(days), max(days))
    session.execute(text(_ARRIVED))
    session.execute(text("TRUNCATE arrived_event"))
    with driver(session).cursor() as cursor, cursor.copy(_COPY_ARRIVED) as copy:
        for event, day in zip(events, days, strict=True):
            feature = features[event.feature] if event.feature else None
            copy.write_row((day, event.message_id, event.account_id, event.kind, event.user_key, feature))
    asked = {"batch": batch, "received": received_at}
    new = session.execute(text(_KEEP_ARRIVED), asked).rowcount  # type: ignore[attr-defined]
    if not new:
        session.execute(text("DELETE FROM usage_event_batch WHERE id = :batch"), asked)
    return RecordReport(new, len(events) - new)


_ARRIVED: Final = """
    CREATE TEMP TABLE IF NOT EXISTS arrived_event (
        day date, message_id text, account_id int4, kind text, user_key text, feature_id int2
    ) ON COMMIT DELETE ROWS"""
_COPY_ARRIVED: Final = (
    "COPY pg_temp.arrived_event (day, message_id, account_id, kind, user_key, feature_id) FROM STDIN"
)
_KEEP_ARRIVED: Final = """
    INSERT INTO usage_event (day, message_id, account_id, batch_id, received_at, kind, user_key, feature_id)
    SELECT day, message_id, account_id, :batch, :received, kind, user_key, feature_id
      FROM pg_temp.arrived_event
    ON CONFLICT (day, message_id) DO NOTHING"""


def create_partitions(session: Session, first: date, last: date) -> None:
    """Make the monthly partitions of ``usage_event`` that are missing for the days from `first` to `last`."""
    month = first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=32)).replace(day=1)
        name = f"usage_event_{month:%Y_%m}"
        # Looked up first: creating locks the whole table even where there is nothing to create.
        if session.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is None:
            session.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF usage_event "
                    f"FOR VALUES FROM ('{month}') TO ('{following}')"
                )
            )
        month = following


def _number_features(session: Session, names: set[str]) -> dict[str, int]:
    if not names:
        return {}
    insert = "INSERT INTO feature (name) SELECT unnest(CAST(:names AS text[])) ON CONFLICT (name) DO NOTHING"
    found = dict(_find_features(session, names))
    if missing := sorted(names - found.keys()):
        session.execute(text(insert), {"names": missing})
        found |= dict(_find_features(session, names))
    return found


def _find_features(session: Session, names: Iterable[str]) -> list[tuple[str, int]]:
    query = text("SELECT name, id FROM feature WHERE name = ANY(:names)")
    return [(row[0], row[1]) for row in session.execute(query, {"names": sorted(names)})]


def _open_batch(session: Session, received_on: date, first: date, last: date) -> int:
    query = text(
        "INSERT INTO usage_event_batch (received_on, first_day, last_day) "
        "VALUES (:received_on, :first, :last) RETURNING id"
    )
    asked = {"received_on": received_on, "first": first, "last": last}
    return int(session.execute(query, asked).scalar_one())


def delete_events(session: Session, keys: Iterable[tuple[date, str]], *, deleted_on: date) -> int:
    """Remove events by day and message id; return how many there were.

    Their accounts' days are counted again by the next `fold_events`, as known from `deleted_on` on.
    """
    asked = list(keys)
    found = session.execute(
        text(
            "WITH gone AS (DELETE FROM usage_event USING "
            "  unnest(CAST(:days AS date[]), CAST(:ids AS text[])) AS k (day, message_id) "
            "  WHERE usage_event.day = k.day AND usage_event.message_id = k.message_id "
            "  RETURNING usage_event.day, account_id), "
            "marked AS (INSERT INTO usage_event_gap (recorded_on, day, account_id) "
            "  SELECT DISTINCT CAST(:on AS date), day, account_id FROM gone ON CONFLICT DO NOTHING) "
            "SELECT count(*) FROM gone"
        ),
        {"days": [day for day, _ in asked], "ids": [message for _, message in asked], "on": deleted_on},
    )
    return int(found.scalar_one())


def fold_events(session: Session, *, zone: ZoneInfo) -> FoldReport:
    """Count the events that wait into their accounts' days, and make the sheets of those days again.

    Set-based: what it costs depends on the events that are new, not on those that were counted before.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    dates = session.execute(
        text(
            "SELECT received_on FROM usage_event_batch "
            "UNION SELECT recorded_on FROM usage_event_gap ORDER BY 1"
        )
    )
    changed: set[date] = set()
    for (recorded_on,) in dates.all():
        changed |= _fold(session, recorded_on, zone)
    refresh_sheets(session, changed)
    if changed:
        ask_for_job(session, "arrivals")
    return FoldReport(tuple(sorted(changed)))


def _fold(session: Session, recorded_on: date, zone: ZoneInfo) -> set[date]:
    """Count what arrived on one date, seeing only what had arrived by the end of it."""
    query = text("SELECT id, first_day, last_day FROM usage_event_batch WHERE received_on = :on")
    batches = session.execute(query, {"on": recorded_on}).all()
    asked: dict[str, Any] = {
        "batches": [row.id for row in batches],
        "first": min((row.first_day for row in batches), default=recorded_on),
        "last": max((row.last_day for row in batches), default=recorded_on),
        "on": recorded_on,
        "end": datetime.combine(recorded_on + timedelta(days=1), time(), zone),
    }
    # A day nobody has counted yet is counted from all of its events, without looking for those that are new.
    asked["fresh"] = [row[0] for row in session.execute(text(_FIND_FRESH), asked)] if batches else []
    # The planner knows nothing of a day that has just begun, takes it for one row, and would go through all
    # of it again for each account. Hash joins and bitmaps cost the same however wrong it is.
    session.execute(text("SET LOCAL enable_nestloop = off; SET LOCAL enable_indexscan = off"))
    fresh = {row[0] for row in session.execute(text(_COUNT_FRESH), asked)} if asked["fresh"] else set()
    changed = fresh | _fold_into_counted_days(session, asked)
    session.execute(text("SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL enable_indexscan TO DEFAULT"))
    session.execute(text("DELETE FROM usage_event_batch WHERE id = ANY(:batches)"), asked)
    session.execute(text("DELETE FROM usage_event_gap WHERE recorded_on = :on"), asked)
    return changed


def _fold_into_counted_days(session: Session, asked: dict[str, Any]) -> set[date]:
    """Count again the accounts' days that were counted before and have gained or lost events."""
    if not session.execute(text(_HAS_OTHERS), asked).scalar_one():
        return set()
    for statement in (*_TABLES, _TOUCH):
        session.execute(text(statement), asked)
    found = session.execute(text("SELECT DISTINCT day FROM pg_temp.touched_day"))
    # Named one by one, so that only their partitions are looked into.
    asked["days"] = [row[0] for row in found]
    if asked["days"]:
        for statement in (_COUNT, _KEEP_PAST, _REMOVE_EMPTY, _WRITE):
            session.execute(text(statement), asked)
    return set(asked["days"])


_METRICS: Final = (
    "active_users",
    "logins",
    "core_actions",
    "api_calls",
    "new_users",
    "seats_used",
    "features",
)
_TABLES: Final = (
    "CREATE TEMP TABLE IF NOT EXISTS touched_day (day date, account_id int4) ON COMMIT DELETE ROWS",
    "CREATE TEMP TABLE IF NOT EXISTS counted_day ("
    "  day date, account_id int4, events int4, active_users int4, logins int4, core_actions int4,"
    "  api_calls int8, new_users int4, seats_used int4, features int2[]) ON COMMIT DELETE ROWS",
    "TRUNCATE touched_day, counted_day",
)
_TOUCH: Final = """
    INSERT INTO pg_temp.touched_day
    SELECT day, account_id FROM usage_event
     WHERE batch_id = ANY(:batches) AND day BETWEEN :first AND :last AND day <> ALL(:fresh)
     UNION
    SELECT day, account_id FROM usage_event_gap WHERE recorded_on = :on"""

# Users that nobody named are unknown, not none; a day of events without a feature is known to have none.
_SUMS: Final = """
    counts AS (
        SELECT day, account_id, count(*) AS events,
               count(*) FILTER (WHERE kind = 'login') AS logins,
               count(*) FILTER (WHERE kind = 'core_action') AS core_actions,
               count(*) FILTER (WHERE kind = 'api_call') AS api_calls,
               count(*) FILTER (WHERE kind = 'new_user') AS new_users
          FROM mine GROUP BY day, account_id
    ), users AS (
        SELECT day, account_id, count(*) AS active_users
          FROM (SELECT DISTINCT day, account_id, user_key FROM mine WHERE user_key IS NOT NULL) AS u
         GROUP BY day, account_id
    ), features AS (
        SELECT day, account_id, array_agg(feature_id ORDER BY feature_id) AS features
          FROM (SELECT DISTINCT day, account_id, feature_id FROM mine WHERE feature_id IS NOT NULL) AS f
         GROUP BY day, account_id
    )"""
_FIND_FRESH: Final = """
    SELECT d::date FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') AS d
     WHERE NOT EXISTS (SELECT FROM usage_daily WHERE day = d::date)
       AND NOT EXISTS (SELECT FROM usage_daily_past WHERE day = d::date)"""
_HAS_OTHERS: Final = """
    SELECT EXISTS (SELECT FROM usage_event_gap WHERE recorded_on = :on)
           OR CAST(:last AS date) - CAST(:first AS date) + 1 > cardinality(CAST(:fresh AS date[]))"""
_COUNT_FRESH: Final = f"""
    WITH mine AS MATERIALIZED (
        SELECT day, account_id, kind, user_key, feature_id FROM usage_event
         WHERE day = ANY(:fresh) AND received_at < :end
    ), {_SUMS}, written AS (
        INSERT INTO usage_daily (day, account_id, recorded_on, active_users, logins, core_actions, api_calls,
                                 new_users, features)
        SELECT day, account_id, :on, u.active_users, c.logins, c.core_actions, c.api_calls, c.new_users,
               coalesce(f.features, '{{}}')
          FROM counts AS c
          LEFT JOIN users AS u USING (day, account_id)
          LEFT JOIN features AS f USING (day, account_id)
         ORDER BY day, account_id
        RETURNING day
    )
    SELECT DISTINCT day FROM written"""
# Seats are no events: they stay as another source told them.
_COUNT: Final = f"""
    WITH mine AS MATERIALIZED (
        SELECT day, account_id, kind, user_key, feature_id
          FROM usage_event JOIN pg_temp.touched_day USING (day, account_id)
         WHERE day = ANY(:days) AND received_at < :end
    ), {_SUMS}
    INSERT INTO pg_temp.counted_day
    SELECT day, account_id, coalesce(c.events, 0), u.active_users, c.logins, c.core_actions, c.api_calls,
           c.new_users, d.seats_used, CASE WHEN c.events > 0 THEN coalesce(f.features, '{{}}') END
      FROM pg_temp.touched_day
      LEFT JOIN counts AS c USING (day, account_id)
      LEFT JOIN users AS u USING (day, account_id)
      LEFT JOIN features AS f USING (day, account_id)
      LEFT JOIN (SELECT day, account_id, seats_used FROM usage_daily WHERE day = ANY(:days)) AS d
           USING (day, account_id)"""

_NEW_ROW: Final = ", ".join(f"n.{name}" for name in _METRICS)
_OLD_ROW: Final = ", ".join(f"d.{name}" for name in _METRICS)
_KEEP_PAST: Final = f"""
    INSERT INTO usage_daily_past (day, account_id, recorded_on, superseded_on, {", ".join(_METRICS)})
    SELECT d.day, d.account_id, d.recorded_on, :on, {_OLD_ROW}
      FROM pg_temp.counted_day AS n JOIN usage_daily AS d USING (day, account_id)
     WHERE d.day = ANY(:days) AND d.recorded_on < :on
       AND (n.events = 0 OR ({_OLD_ROW}) IS DISTINCT FROM ({_NEW_ROW}))"""
_REMOVE_EMPTY: Final = """
    DELETE FROM usage_daily AS d USING pg_temp.counted_day AS n
     WHERE n.events = 0 AND d.day = ANY(:days) AND d.day = n.day AND d.account_id = n.account_id"""
_WRITE: Final = f"""
    INSERT INTO usage_daily AS d (day, account_id, recorded_on, {", ".join(_METRICS)})
    SELECT day, account_id, :on, {", ".join(_METRICS)} FROM pg_temp.counted_day
     WHERE events > 0 ORDER BY day, account_id
    ON CONFLICT (day, account_id) DO UPDATE
       SET recorded_on = excluded.recorded_on, {", ".join(f"{name} = excluded.{name}" for name in _METRICS)}
     WHERE ({_OLD_ROW}) IS DISTINCT FROM ({_OLD_ROW.replace("d.", "excluded.")})"""
