"""What every answer depends on besides the question: who asks, when, and the team's choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.accounts.names import AccountNames
from bot.accounts.reader import Reader
from bot.config import TeamConfig
from bot.errors import NotFound
from scoring.model import ScoringModel

if TYPE_CHECKING:
    # The rules' own module reaches this one by way of what alerts say.
    from bot.alerts.rules import Rule


@dataclass(frozen=True)
class Asking:
    """Someone asks at a moment. ``models`` are those that can be named, ``rules`` as files say."""

    reader: Reader
    now: datetime
    team: TeamConfig
    models: Mapping[str, ScoringModel]
    names: AccountNames
    rules: "tuple[Rule, ...]" = ()

    @property
    def today(self) -> date:
        """The team's own date, which scores and renewals are counted by."""
        return self.now.astimezone(self.team.zone).date()

    def get_model(self, name: str | None) -> ScoringModel:
        """The model of that name, or the team's own choice. Raises NotFound naming those that score."""
        if name is None:
            return self.models[self.team.default_model]
        chosen = name.strip().lower().replace("-", "_")
        if chosen in self.team.all_models:
            return self.models[chosen]
        scored = ", ".join(self.team.all_models)
        if chosen in self.models:
            raise NotFound(
                f"The model {chosen} does not score your accounts; {scored} does. "
                "An admin can add it to `models` in staysail.yaml."
            )
        near = get_close_matches(chosen, self.team.all_models, 1)
        hint = f"Did you mean {near[0]}?" if near else f"You can ask for {scored}."
        raise NotFound(f"There is no scoring model called {name}. {hint}")
