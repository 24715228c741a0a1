"""Addresses of databases, and what every connection is set to."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.db.engine import create_engine, normalise_url


@pytest.mark.parametrize(
    "given", ["postgres://u:p%40@h:5/d?sslmode=require", "postgresql://u:p%40@h:5/d?sslmode=require"]
)
def test_the_driver_is_written_out(given: str) -> None:
    assert normalise_url(given) == "postgresql+psycopg://u:p%40@h:5/d?sslmode=require"


def test_a_complete_url_stays_as_it_is() -> None:
    assert normalise_url(" postgresql+psycopg:///d?host=/run ") == "postgresql+psycopg:///d?host=/run"


@pytest.mark.parametrize("given", ["mysql://root:secret@h/d", "sqlite:///x.db", "secret", ""])
def test_what_is_not_postgres_is_refused_without_repeating_the_password(given: str) -> None:
    with pytest.raises(ValueError, match="Set DATABASE_URL to postgresql") as error:
        normalise_url(given)
    assert "secret@" not in str(error.value)


def test_connections_speak_utc_and_cannot_hang_for_ever(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1, statement_timeout=0.05)
    with engine.connect() as connection:
        shown = {
            name: connection.scalar(text(f"SHOW {name}"))
            for name in ("timezone", "application_name", "idle_in_transaction_session_timeout")
        }
        with pytest.raises(OperationalError, match="statement timeout"):
            connection.execute(text("SELECT pg_sleep(60)"))
    engine.dispose()
    assert shown == {
        "timezone": "UTC",
        "application_name": "staysail",
        "idle_in_transaction_session_timeout": "10min",
    }


def test_options_in_the_url_win(database_url: str) -> None:
    url = f"{database_url}&options=-c%20statement_timeout%3D7s&application_name=theirs"
    engine = create_engine(url, pool_size=1)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "7s"
        assert connection.scalar(text("SHOW timezone")) in ("utc", "UTC")
        assert connection.scalar(text("SHOW application_name")) == "theirs"
    engine.dispose()


def test_a_restarted_server_costs_a_reconnect_and_not_an_error(fresh_database: str) -> None:
    engine = create_engine(fresh_database, pool_size=2)
    with engine.connect() as first, engine.connect() as second:
        mine = second.scalar(text("SELECT pg_backend_pid()"))
        second.rollback()
        first.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine})
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
