"""Bring a database to this version's schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, exc, text

from bot.db.engine import normalise_url
from bot.errors import UserError

# Any number nobody else uses: it names the lock "the schema is being changed" in this database.
_LOCK = 7_309_464_021
# Another process that migrates is waited for this long.
_LOCK_TIMEOUT = "5min"
# A change waits this long for the table it changes. Longer would hold up everyone who queues behind it.
_TABLE_LOCK_TIMEOUT = "30s"


class MigrationError(UserError):
    """The schema could not be brought up to date; the message says why and what to do."""


def migrate(url: str) -> None:
    """Apply every migration the database lacks; all of them or none.

    Safe to call from any number of processes at once: one works, the others wait for it and then find
    nothing to do.

    Raises MigrationError when another process holds the lock too long, and when the database was made
    by a newer Staysail.
    """
    with _connect(url) as connection:
        _refuse_newer(connection)
        if _revision_of(connection) == head_revision():
            return
        _lock(connection)
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current_revision(url: str) -> str | None:
    """Return the revision of the database's schema, None for an empty database."""
    with _connect(url) as connection:
        return _revision_of(connection)


@cache
def head_revision() -> str | None:
    """Return the revision that this version of Staysail needs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def is_current(url: str) -> bool:
    """Whether the database's schema is the one that this version needs."""
    return current_revision(url) == head_revision()


def alembic_config() -> Config:
    """Return Alembic's configuration; it needs no file, so it works from an installed package."""
    spec = find_spec("migrations")
    assert spec is not None, "migrations are packaged with bot"
    assert spec.submodule_search_locations, "migrations is a package"
    config = Config()
    # A percent sign in the path would be read as the start of a placeholder.
    folder = str(Path(next(iter(spec.submodule_search_locations)))).replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _connect(url: str) -> Iterator[Connection]:
    # No statement timeout: rebuilding an index takes as long as the table is large.
    engine = sqlalchemy.create_engine(
        normalise_url(url),
        poolclass=NullPool,
        connect_args={"application_name": "staysail migrate", "options": "-c timezone=utc"},
    )
    with engine.connect() as connection:
        yield connection


def _revision_of(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return revision


def _refuse_newer(connection: Connection) -> None:
    revision = _revision_of(connection)
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise MigrationError(
            f"The database has the schema {revision}, which this version of Staysail does not know: a newer "
            "version made it. Install that version, or restore the backup made before the upgrade."
        )


def _lock(connection: Connection) -> None:
    """Take the migration lock. It lasts as long as the connection, across commits and errors."""
    connection.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT}'"))
    try:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
    except exc.OperationalError as error:
        raise MigrationError(
            f"Another process has been changing this database's schema for {_LOCK_TIMEOUT}. "
            "Wait for it to finish or end it, and start again."
        ) from error
    connection.execute(text(f"SET lock_timeout = '{_TABLE_LOCK_TIMEOUT}'"))
    connection.commit()
