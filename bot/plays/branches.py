"""The steps that follow from a decision."""

from bot.plays.state import RunState, StepState
from playbooks.definition import Playbook


def add_branch(play: Playbook, run: RunState, name: str, outcome: str) -> RunState:
    """The run with the steps that follow from a step's outcome, to come before all that comes after it."""
    branch = play.get_step(name).branches.get(outcome, ())
    return run.put(
        *(
            StepState(step.name, play.positions[step.name], step.action)
            for step in branch
            if step.variant in (None, run.variant)
        )
    )
