"""The fixtures every other test relies on."""

from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from bot.models import Person


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM person")) or 0)


def _ada() -> Person:
    return Person(email="ada@example.com", name="Ada", role="csm")


def test_what_a_session_commits_stays_its_own(session: Session, engine: Engine) -> None:
    session.add(_ada())
    session.commit()
    session.add(Person(email="bo@example.com", name="Bo", role="csm"))
    session.rollback()
    assert session.scalars(select(Person.name)).all() == ["Ada"]
    assert _count(engine) == 0


def test_sessions_commit_and_begin_empty_each_time(sessions: sessionmaker[Session], engine: Engine) -> None:
    with sessions.begin() as writing:
        writing.add(_ada())
    assert _count(engine) == 1


def test_sessions_begin_with_the_first_number_again(sessions: sessionmaker[Session], engine: Engine) -> None:
    # Whichever of this and the test above comes first, neither sees the other's row or number.
    assert _count(engine) == 0
    with sessions.begin() as writing:
        person = _ada()
        writing.add(person)
    assert person.id == 1


def test_a_fresh_database_has_the_schema_and_is_another_one(
    fresh_database: str, database_url: str, engine: Engine
) -> None:
    assert fresh_database != database_url
    other = create_engine(fresh_database)
    with other.begin() as connection:
        connection.execute(
            text("INSERT INTO person (email, name, role) VALUES ('c@example.com', 'C', 'csm')")
        )
    assert _count(other) == 1
    assert _count(engine) == 0
    other.dispose()
