"""What a listener works with: one transaction, and everything an answer depends on."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.accounts.asking import Asking
from bot.accounts.names import AccountNames
from bot.accounts.reader import Reader, find_reader, get_introduced
from bot.alerts import Rule
from bot.config import TeamConfig
from handlers.introductions import Introductions
from scoring.model import ScoringModel

#: A session of the database; listeners only hand it on.
Session = Any


class NotIntroduced(Exception):
    """Nobody is known by this Slack id, and Slack has not been asked yet who it is."""


@dataclass(frozen=True)
class Desk:
    """The parts of an answer, for one request of one Slack user."""

    sessions: Callable[[], AbstractContextManager[Session]]
    now: Callable[[], datetime]
    team: TeamConfig
    models: Mapping[str, ScoringModel]
    names: AccountNames
    introductions: Introductions
    slack_id: str
    rules: tuple[Rule, ...] = ()

    @contextmanager
    def transaction(self) -> Iterator[tuple[Session, Asking]]:
        """One transaction, committed at the end, and who asks. Raises NotIntroduced on first sight."""
        with self.sessions() as session, session.begin():
            reader = self._get_reader(session)
            yield session, Asking(reader, self.now(), self.team, self.models, self.names, self.rules)

    def _get_reader(self, session: Session) -> Reader:
        known = find_reader(session, self.slack_id, default_timezone=self.team.timezone)
        if known is not None:
            return known
        profile = self.introductions.find_profile(self.slack_id)
        if profile is None:
            raise NotIntroduced(self.slack_id)
        return get_introduced(session, profile, default_timezone=self.team.timezone)
