"""What every command opens first: the settings, the team's configuration, the database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from bot.config import Settings, TeamConfig, load_settings, load_team
from bot.db.embedded import EmbeddedPostgres
from bot.db.engine import create_engine, create_sessions
from bot.db.migrate import migrate
from bot.db.revival import kept_running
from bot.stopping import Stop


@dataclass(frozen=True)
class Opened:
    """The parts a command works with. ``url`` is what child processes are given as DATABASE_URL."""

    settings: Settings
    team: TeamConfig
    url: str
    engine: Engine
    sessions: sessionmaker[Session]

    def now(self) -> datetime:
        """The instant of the call: the edge where the clock is read."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The team's own date."""
        return self.now().astimezone(self.team.zone).date()

    def yesterday(self) -> date:
        """The last whole day, which a daily score is for."""
        return self.today() - timedelta(days=1)


@contextmanager
def open_database(*, migrated: bool = True, pool_size: int = 4, stop: Stop | None = None) -> Iterator[Opened]:
    """The database that DATABASE_URL names, else the embedded one, started for as long as it is used.

    With ``stop``, for commands that run for long, an embedded server that dies is started again, and the
    stop is asked for when that fails.
    """
    settings = load_settings()
    team = load_team(settings)
    if settings.database_url:
        with _opened(settings, team, settings.database_url, migrated, pool_size) as opened:
            yield opened
        return
    with (
        EmbeddedPostgres(home=settings.staysail_home) as server,
        kept_running(server, stop),
        _opened(settings, team, server.url, migrated, pool_size) as opened,
    ):
        yield opened


@contextmanager
def open_demo_database(database: str) -> Iterator[tuple[EmbeddedPostgres, Callable[[], Opened]]]:
    """The embedded server, and what opens one of its databases brought to this version's schema.

    A demo never touches the database that DATABASE_URL names: that one may hold a team's own data.
    """
    settings = load_settings()
    team = load_team(settings)
    with EmbeddedPostgres(settings.staysail_home, "postgres") as server, ExitStack() as stack:

        def open_it() -> Opened:
            named = stack.enter_context(EmbeddedPostgres(settings.staysail_home, database))
            return stack.enter_context(_opened(settings, team, named.url, True, 4))

        yield server, open_it


@contextmanager
def _opened(
    settings: Settings, team: TeamConfig, url: str, migrated: bool, pool_size: int
) -> Iterator[Opened]:
    if migrated:
        migrate(url)
    engine = create_engine(url, pool_size=pool_size)
    try:
        yield Opened(settings, team, url, engine, create_sessions(engine))
    finally:
        engine.dispose()
