"""What a run looks at when it decides: the account, its owner's week, the texts, and the time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.working_time import WorkingWeek
from playbooks.definition import Playbook
from playbooks.facts import PlayFacts
from playbooks.letters import Letter
from playbooks.steps import AnyStep

#: Writes the text of a step: an e-mail, a task's details, a message, or what a manager is asked.
#: Raises LetterError where something it needs is not known.
Writer = Callable[[AnyStep], Letter]
#: Writes the values of a change for the CRM, leaving out what cannot be filled in.
FieldWriter = Callable[[AnyStep], dict[str, str]]


@dataclass(frozen=True)
class World:
    """Everything outside the run that its next move follows from."""

    facts: PlayFacts
    week: WorkingWeek
    now: datetime
    write: Writer
    write_fields: FieldWriter

    def find_blackout(self, play: Playbook) -> str | None:
        """Why the play may not write to the customer now, in words; None where it may."""
        facts, today = self.facts, self.now.astimezone(self.week.zone).date()
        holds = {
            "urgent_ticket": facts.urgent_tickets > 0,
            "negotiation": "negotiation" in facts.flags,
            "incident": "incident" in facts.flags,
            "onboarding": facts.stage == "onboarding",
        }
        words = {
            "urgent_ticket": "an urgent ticket is open",
            "negotiation": "a negotiation is under way",
            "incident": "there was an incident",
            "onboarding": "the account is still being onboarded",
        }
        for blackout in play.blackouts:
            if holds[blackout]:
                return words[blackout]
        if any(days.includes(today) for days in play.not_between):
            return "it is a time of year in which this play writes to nobody"
        return None
