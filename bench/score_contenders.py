"""Four ways to keep the scores of a company up to date, each doing one day's whole job."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from bot.sources.events import fold_events
from scoring.copying import driver
from scoring.model import get_model
from scoring.run import score_day

ZONE = ZoneInfo("UTC")


def run_staysail(sessions: sessionmaker[Session], as_of: date) -> None:
    """Merge the day's events, score every account, write history, lists and totals."""
    now = datetime(as_of.year, as_of.month, as_of.day, 23, 59, tzinfo=UTC)
    model = get_model("six_signal", None)
    with sessions.begin() as session:
        fold_events(session, zone=ZONE)
        score_day(session, models=[model], as_of=as_of, now=now, zone=ZONE)


def run_count(engine: Engine) -> None:
    """Look at every raw event once and do nothing with it: a limit for whatever reads them."""
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM bench_event").scalar_one()


_WEIGHTS = (0.2, 0.2, 0.15, 0.15, 0.15, 0.15)


def compute_micro(raws: tuple[Any, ...]) -> int:
    """The six-signal score in millionths from its raw signals (None: unknown), as SPEC H2 has it."""
    sessions, features, rating, trend, failed, users = raws
    values = (
        min(sessions / 20, 1.0),
        min(features / 10, 1.0),
        0.5 if rating is None else min(rating / 5, 1.0),
        None if trend is None else min(trend, 1.0),
        1.0 if failed is None else 1 - failed,
        min(users / 3, 1.0),
    )
    counted = sum(weight for weight, value in zip(_WEIGHTS, values, strict=True) if value is not None)
    pairs = zip(_WEIGHTS, values, strict=True)
    return int(sum(w / counted * v * 1e8 for w, v in pairs if v is not None) + 0.5)


_SIX = (
    "SELECT count(*) FROM bench_event "
    "WHERE account_id = %(id)s AND kind = 0 AND day > %(d30)s AND day <= %(d)s",
    "SELECT count(DISTINCT feature) FROM bench_event "
    "WHERE account_id = %(id)s AND kind = 1 AND day > %(d30)s AND day <= %(d)s",
    "SELECT avg(rating)::float8 FROM ticket WHERE account_id = %(id)s AND rating IS NOT NULL "
    "AND opened_at >= %(d89)s AND opened_at < %(end)s",
    "SELECT count(*) FILTER (WHERE day > %(d30)s)::float8 "
    "/ nullif(count(*) FILTER (WHERE day <= %(d30)s), 0) FROM bench_event "
    "WHERE account_id = %(id)s AND kind = 2 AND day > %(d60)s AND day <= %(d)s",
    "SELECT (count(*) FILTER (WHERE status = 'failed'))::float8 / nullif(count(*), 0) FROM payment "
    "WHERE account_id = %(id)s AND due_on > %(d90)s AND due_on <= %(d)s",
    "SELECT count(*) FROM bench_event "
    "WHERE account_id = %(id)s AND kind = 3 AND day > %(d30)s AND day <= %(d)s",
)
_WRITE = (
    "INSERT INTO bench_score VALUES (%(id)s, %(d)s, %(score)s, %(signals)s) "
    "ON CONFLICT (account_id, day) "
    "DO UPDATE SET score_micro = excluded.score_micro, signals = excluded.signals"
)
_NAMES = ("sessions", "features", "rating", "trend", "failed", "users")


def _window(as_of: date) -> dict[str, Any]:
    days = {f"d{days}": as_of - timedelta(days=days) for days in (30, 60, 89, 90)}
    return {"d": as_of, "end": as_of + timedelta(days=1), **days}


def run_loop(sessions: sessionmaker[Session], as_of: date, ids: range) -> None:
    """One account after the other: six queries, the score written, a commit; prepared, with good indexes."""
    with sessions() as session:
        connection = driver(session)
        window = _window(as_of)
        with connection.cursor() as cursor:
            for account in ids:
                asked = {"id": account, **window}
                raws = tuple(cursor.execute(query, asked).fetchone()[0] for query in _SIX)  # type: ignore[index]
                signals = json.dumps(dict(zip(_NAMES, raws, strict=True)))
                cursor.execute(_WRITE, {**asked, "score": compute_micro(raws), "signals": signals})
                connection.commit()
        session.rollback()


def run_one_pass(sessions: sessionmaker[Session], as_of: date) -> None:
    """All accounts in one statement that reads each raw row once, with FILTER and count(DISTINCT)."""
    with sessions.begin() as session:
        session.execute(text(_ONE_PASS), _window(as_of))


_ONE_PASS = """
    INSERT INTO bench_score
    WITH e AS (
        SELECT account_id,
               count(*) FILTER (WHERE kind = 0 AND day > :d30) AS sessions,
               count(DISTINCT feature) FILTER (WHERE kind = 1 AND day > :d30) AS features,
               count(*) FILTER (WHERE kind = 2 AND day > :d30) AS api_now,
               count(*) FILTER (WHERE kind = 2 AND day <= :d30) AS api_before,
               count(*) FILTER (WHERE kind = 3 AND day > :d30) AS users
          FROM bench_event WHERE day > :d60 AND day <= :d GROUP BY account_id
    ), t AS (
        SELECT account_id, avg(rating)::float8 AS rating FROM ticket
         WHERE opened_at >= :d89 AND opened_at < :end AND rating IS NOT NULL GROUP BY account_id
    ), p AS (
        SELECT account_id, (count(*) FILTER (WHERE status = 'failed'))::float8 / count(*) AS failed
          FROM payment WHERE due_on > :d90 AND due_on <= :d GROUP BY account_id
    ), v AS (
        SELECT a.id, coalesce(sessions, 0) AS sessions, coalesce(features, 0) AS features, rating,
               api_now::float8 / nullif(api_before, 0) AS trend, failed, coalesce(users, 0) AS users
          FROM account a LEFT JOIN e ON e.account_id = a.id LEFT JOIN t ON t.account_id = a.id
               LEFT JOIN p ON p.account_id = a.id
    ), w AS (
        SELECT *, CASE WHEN trend IS NULL THEN 0.2::float8 + 0.2::float8 + 0.15::float8 * 3 ELSE 1 END
                  AS counted
          FROM v
    )
    SELECT id, :d, floor(1e8::float8 * (
               0.2::float8 / counted * least(sessions / 20::float8, 1)
             + 0.2::float8 / counted * least(features / 10::float8, 1)
             + 0.15::float8 / counted * least(coalesce(rating / 5::float8, 0.5), 1)
             + 0.15::float8 / counted * least(coalesce(trend, 0), 1)
             + 0.15::float8 / counted * (1 - coalesce(failed, 0))
             + 0.15::float8 / counted * least(users / 3::float8, 1)) + 0.5)::int8,
           jsonb_build_object('sessions', sessions, 'features', features, 'rating', rating, 'trend', trend,
                              'failed', failed, 'users', users)
      FROM w
    ON CONFLICT (account_id, day) DO UPDATE
       SET score_micro = excluded.score_micro, signals = excluded.signals"""
