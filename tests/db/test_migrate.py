"""Migrations: complete, safe at once, and clear when they cannot be applied."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text

from bot.db.migrate import MigrationError, current_revision, head_revision, is_current, migrate
from bot.models import Base


@pytest.fixture
def empty_database(fresh_database: str) -> str:
    """The address of a database without any schema."""
    with _connect(fresh_database) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return fresh_database


def _connect(url: str) -> psycopg.Connection:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


def test_the_migrated_schema_is_the_one_the_models_describe(fresh_database: str) -> None:
    engine = create_engine(fresh_database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_three_processes_that_migrate_at_once_make_one_schema(empty_database: str) -> None:
    assert current_revision(empty_database) is None
    assert not is_current(empty_database)
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(migrate, empty_database) for _ in range(3)]:
            done.result()
    assert current_revision(empty_database) == head_revision()
    assert is_current(empty_database)


def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str) -> None:
    with _connect(empty_database) as connection:
        connection.execute("CREATE TABLE account (in_the_way int)")
    with pytest.raises(Exception, match="account"):
        migrate(empty_database)
    with _connect(empty_database) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("account",)]


def test_a_database_of_a_newer_version_is_refused(fresh_database: str) -> None:
    with _connect(fresh_database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    with pytest.raises(MigrationError, match=r"from-the-future.*newer version.*Install that version"):
        migrate(fresh_database)


def test_migrating_works_from_any_folder(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    migrate(empty_database)
    assert is_current(empty_database)


def test_partitions_made_later_are_no_difference(fresh_database: str) -> None:
    engine = create_engine(fresh_database)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE usage_event_2026_11 PARTITION OF usage_event "
                "FOR VALUES FROM ('2026-11-01') TO ('2026-12-01')"
            )
        )
    engine.dispose()
    assert is_current(fresh_database)
