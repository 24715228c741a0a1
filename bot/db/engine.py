"""Connections to Postgres: one engine per process, sessions made from it."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Engine, make_url
from sqlalchemy.orm import Session, sessionmaker

# Slack waits three seconds for an answer: a thread that cannot have a connection by then must fail
# while there is still time to say so.
POOL_TIMEOUT_SECONDS = 2.0
# A statement that runs longer than the longest import or scoring run is stuck, and holds its locks.
STATEMENT_TIMEOUT_SECONDS = 300.0
# A transaction left open keeps vacuum from removing dead rows in the whole database.
IDLE_IN_TRANSACTION_SECONDS = 600.0


def normalise_url(url: str) -> str:
    """Return `url` with the driver written out, as `postgresql+psycopg://…`.

    Hosting providers hand out `postgres://` and `postgresql://`, which SQLAlchemy refuses or maps to
    whichever driver it prefers that year.

    Raises ValueError when the URL is not one of PostgreSQL; the message leaves the password out.
    """
    scheme, separator, rest = url.strip().partition("://")
    dialect = scheme.lower().partition("+")[0]
    if not separator or dialect not in ("postgres", "postgresql"):
        raise ValueError(
            f"The database URL begins with {scheme.partition(':')[0]!r}, but Staysail needs PostgreSQL. "
            "Set DATABASE_URL to postgresql://user:password@host:5432/name, "
            "or leave it unset to use the database that comes with Staysail."
        )
    return f"postgresql+psycopg://{rest}"


def create_engine(
    url: str,
    pool_size: int = 16,
    *,
    application_name: str = "staysail",
    statement_timeout: float = STATEMENT_TIMEOUT_SECONDS,
) -> Engine:
    """Return an engine whose pool holds at most `pool_size` connections.

    `pool_size` should equal the number of threads that use the engine. A connection is checked before
    it is handed out, so a restarted server costs a reconnect and not an error. Every connection
    speaks UTC. `statement_timeout` is in seconds, 0 for none; `application_name` is what
    `pg_stat_activity` shows.
    """
    parsed = make_url(normalise_url(url))
    settings = {
        "timezone": "utc",
        "statement_timeout": f"{int(statement_timeout * 1000)}",
        "idle_in_transaction_session_timeout": f"{int(IDLE_IN_TRANSACTION_SECONDS * 1000)}",
    }
    return sqlalchemy.create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        connect_args=_connect_args(parsed, application_name, settings),
    )


def create_sessions(engine: Engine) -> sessionmaker[Session]:
    """Return a factory of sessions on `engine`.

    Objects keep their values after a commit: a view built from them afterwards must not go back to
    the database, perhaps to find a later state.
    """
    return sessionmaker(engine, expire_on_commit=False)


def _connect_args(url: URL, application_name: str, settings: Mapping[str, str]) -> dict[str, Any]:
    """Options of libpq. What the URL itself says wins: it is how a team adapts to its own server."""
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    given = url.query.get("options")
    if given:
        options = f"{options} {given if isinstance(given, str) else ' '.join(given)}"
    arguments: dict[str, Any] = {
        "application_name": application_name,
        # A host that has gone is noticed within a minute instead of the kernel's two hours.
        "connect_timeout": 5,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    return {k: v for k, v in arguments.items() if k not in url.query} | {"options": options}
