"""How Alembic reaches the database. `bot.db.migrate` calls it; so does `alembic revision --autogenerate`."""

import os
from collections.abc import Collection
from typing import Any

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine, text

from bot.db.engine import normalise_url
from bot.models import Base


def _run(connection: Connection) -> None:
    partitions = set(connection.scalars(text("SELECT inhrelid::regclass::text FROM pg_inherits")))
    # Else Alembic takes the query above for the caller's transaction, and never commits its own.
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=lambda name, kind, _: _is_ours(name, kind, partitions),
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_ours(name: str | None, kind: str, partitions: Collection[str]) -> bool:
    """Partitions are made as their months come; the metadata knows only their parents."""
    return not (kind == "table" and name in partitions)


def _own_connection() -> Connection:
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise SystemExit("Set DATABASE_URL to the database that the schema is to be compared with.")
    return create_engine(normalise_url(url), poolclass=NullPool).connect()


given: Any = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with _own_connection() as opened:
        _run(opened)
