"""Real PostgreSQL for every test: one server for the whole run, a database of its own for each worker.

`session`         a session whose changes nobody else sees and which are rolled back at the end
`sessions`        a factory of sessions that really commit; what they leave is removed at the end
`database_url`    the address of the database behind both, for code that connects by itself
`fresh_database`  the address of a new database for this test alone, to kill things in
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session, sessionmaker

import migrations
from bot.db.embedded import EmbeddedPostgres
from bot.db.engine import create_engine, create_sessions, normalise_url
from bot.db.migrate import migrate

# NEVER outside the tests: with these a power cut corrupts the whole database. A test's data are worth
# nothing after the test, and without waiting for the disk the suite takes a fraction of the time. A
# killed server process loses nothing even so, only a machine that stops; hence the boot id below.
UNSAFE_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
}
# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("staysail", deadline=None)
hypothesis.settings.load_profile("staysail")
_PREFIX = "staysail_test"
_LOCK = 5_531_077_261
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server: the one `TEST_DATABASE_URL` names, or an embedded one that all workers share."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield normalise_url(named)
        return
    # Kept from run to run, since starting it again takes a tenth of making it; a run that was killed
    # leaves its server to the next one, which stops it.
    with EmbeddedPostgres(_home_of_this_boot(), "postgres", UNSAFE_SETTINGS) as server:
        _drop_leftovers(server.url)
        yield server.url


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """The name of a database with the schema that the real migrations make, to be copied."""
    name = f"{_PREFIX}_template_{_hash_of_migrations()}"
    with _admin(postgres_url) as admin:
        # The other workers wait here for the first one. The lock ends with the connection.
        admin.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            unfinished = f"{name}_unfinished"
            _drop(admin, unfinished)
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
            migrate(_address(postgres_url, unfinished))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            admin.execute(rename.format(sql.Identifier(unfinished), sql.Identifier(name)))
    return name


@pytest.fixture(scope="session")
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """The address of this worker's database."""
    with _clone(postgres_url, template_database) as url:
        yield url


@pytest.fixture
def fresh_database(postgres_url: str, template_database: str) -> Iterator[str]:
    """The address of a database with the schema and no rows, for this test alone."""
    with _clone(postgres_url, template_database) as url:
        yield url


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on this worker's database."""
    engine = create_engine(database_url, application_name="staysail tests")
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Iterator[sessionmaker[Session]]:
    """Sessions that commit for real, on a database that is empty before and after the test."""
    yield create_sessions(engine)
    _empty(engine)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that the test may commit and roll back as it likes; in the end nothing has happened."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()


def _home_of_this_boot() -> Path:
    boot = Path("/proc/sys/kernel/random/boot_id")
    mark = boot.read_text()[:8] if boot.exists() else "tests"
    return Path(tempfile.gettempdir()) / f"staysail-tests-{os.getuid()}-{mark}"


def _hash_of_migrations() -> str:
    folder = Path(next(iter(migrations.__path__)))
    content = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        content.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:12]


def _address(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)


@contextmanager
def _admin(server: str) -> Iterator[psycopg.Connection]:
    address = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


@contextmanager
def _clone(server: str, template: str) -> Iterator[str]:
    # The process in the name lets the next run recognise what a killed one left behind.
    name = f"{_PREFIX}_{os.getpid()}_{next(_numbers)}"
    with _admin(server) as admin:
        _drop(admin, name)
        # WAL_LOG and FILE_COPY take the same 80 ms here, and WAL_LOG forces no checkpoint on the others.
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log")
        admin.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield _address(server, name)
    finally:
        with _admin(server) as admin:
            _drop(admin, name)


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _drop_leftovers(server: str) -> None:
    """Remove the databases of runs that were killed, and all but the newest templates."""
    with _admin(server) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        query = "SELECT datname FROM pg_database WHERE datname ~ %s ORDER BY oid DESC"
        for (name,) in admin.execute(query, [rf"^{_PREFIX}_\d+_\d+$"]).fetchall():
            if not _is_alive(int(name.split("_")[2])):
                _drop(admin, name)
        for (name,) in admin.execute(query, [rf"^{_PREFIX}_template_\w{{12}}$"]).fetchall()[5:]:
            _drop(admin, name)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _empty(engine: Engine) -> None:
    """Remove every row, looking first: emptying all tables takes ten times as long as the few used."""
    with engine.begin() as connection:
        # A test that leaves a transaction open in a thread fails here instead of hanging.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        tables = [
            row[0]
            for row in connection.exec_driver_sql(
                "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'alembic_version'"
            )
        ]
        looks = ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables)
        found = connection.exec_driver_sql(f"SELECT {looks}").one()
        used = [table for table, is_used in zip(tables, found, strict=True) if is_used]
        if used:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(used)} RESTART IDENTITY CASCADE")
