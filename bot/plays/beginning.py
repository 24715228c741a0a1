"""The beginning of a step: what is done at once, and what then waits for somebody or something."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.plays.branches import add_branch
from bot.plays.state import Deed, RunState, StepState, WaitsFor
from bot.plays.timing import compute_next_morning
from bot.plays.world import World
from bot.spans import DAY, Span
from bot.working_time import compute_due, compute_next_working_moment
from playbooks.definition import Playbook
from playbooks.letters import Letter, LetterError
from playbooks.steps import (
    AnyStep,
    ApprovalStep,
    CrmStep,
    EmailStep,
    MessageStep,
    StartStep,
    TaskStep,
    WaitStep,
)

Change = tuple[RunState, tuple[Deed, ...]]
#: How long somebody has to send by hand what could not be sent.
BY_HAND = Span(3 * DAY)


def begin_step(play: Playbook, definition: AnyStep, run: RunState, step: StepState, world: World) -> Change:
    """The run with the step begun, and what is to be written because of it."""
    step = replace(step, began_at=world.now)
    match definition:
        case TaskStep():
            return _open_task(run, step, world, definition.due, _describe_task(definition, world))
        case EmailStep():
            return _begin_email(definition, run, step, world)
        case MessageStep():
            detail: dict[str, Any] = {"to": definition.to, "urgent": definition.urgent}
            detail |= _write(definition, world)
            return _finish(run, step, "posted", Deed("posted", step.name, detail), world)
        case ApprovalStep():
            return _ask(run, step, world, definition.answer_within, {"to": None, **_write(definition, world)})
        case WaitStep():
            return _begin_wait(play, definition, run, step, world)
        case CrmStep():
            detail = {"object": definition.object, "fields": world.write_fields(definition)}
            return _finish(run, step, "queued", Deed("crm", step.name, detail), world)
        case StartStep():
            return _finish(run, step, "wanted", Deed("play", step.name, {"play": definition.play}), world)


def _begin_email(definition: EmailStep, run: RunState, step: StepState, world: World) -> Change:
    contact = world.facts.find_contact(definition.to)
    if contact is None:
        problem = f"nobody at {world.facts.name} is known with an e-mail address"
        return _hand_over(definition, run, step, world, problem)
    try:
        letter = world.write(definition)
    except LetterError as error:
        return _hand_over(definition, run, step, world, str(error))
    detail = {
        "to": contact.email,
        "to_name": contact.name,
        "sender": definition.sender,
        "subject": letter.subject,
        "body": letter.body,
    }
    if definition.needs_yes:
        return _ask(run, step, world, definition.answer_within, detail)
    return _finish(run, step, "sent", Deed("sent", step.name, detail), world)


def _hand_over(definition: EmailStep, run: RunState, step: StepState, world: World, problem: str) -> Change:
    """An e-mail that cannot be sent becomes a task: the customer must not be forgotten for it."""
    details = f"This e-mail could not be sent: {problem}. Write it yourself, or correct the account."
    return _open_task(run, step, world, BY_HAND, {"body": details, "problem": problem})


def _begin_wait(play: Playbook, definition: WaitStep, run: RunState, step: StepState, world: World) -> Change:
    if definition.until.holds(world.facts, run.words):
        run, deeds = _finish(run, step, "met", Deed("met", step.name), world)
        return add_branch(play, run, step.name, "met"), deeds
    deadline = compute_due(world.week, world.now, definition.at_most)
    look = min(deadline, compute_next_morning(world.week, world.now))
    opened = _open(step, "condition", deadline, look)
    return run.put(opened), (Deed("waiting", step.name, {"until": deadline.isoformat()}),)


def _open_task(run: RunState, step: StepState, world: World, due: Span, detail: dict[str, str]) -> Change:
    deadline = compute_due(world.week, world.now, due)
    opened = _open(step, "person", deadline, deadline)
    return run.put(opened), (Deed("task", step.name, detail),)


def _ask(run: RunState, step: StepState, world: World, within: Span, detail: dict[str, str | None]) -> Change:
    deadline = compute_due(world.week, world.now, within)
    halfway = compute_next_working_moment(world.week, world.now + (deadline - world.now) / 2)
    opened = _open(step, "verdict", deadline, min(halfway, deadline))
    return run.put(opened), (Deed("asked", step.name, {**detail, "until": deadline.isoformat()}),)


def _open(step: StepState, waits_for: WaitsFor, deadline: datetime, acts_at: datetime) -> StepState:
    return replace(step, state="open", waits_for=waits_for, deadline_at=deadline, acts_at=acts_at, reminded=0)


def _finish(run: RunState, step: StepState, outcome: str, deed: Deed, world: World) -> Change:
    return run.put(step.end("done", outcome, world.now)), (deed,)


def _describe_task(definition: TaskStep, world: World) -> dict[str, str]:
    return {key: value for key, value in _write(definition, world).items() if key != "subject"}


def _write(definition: AnyStep, world: World) -> dict[str, str]:
    """The step's text. What cannot be written leaves its title and the reason: a person reads it anyway."""
    try:
        letter: Letter = world.write(definition)
    except LetterError as error:
        return {"subject": definition.label, "body": definition.label, "problem": str(error)}
    return {"subject": letter.subject or definition.label, "body": letter.body}
