"""What a run does next: a pure function of the playbook, where the run stands, the account, and the time.

Steps begin in their order, each once. An active run always has a next moment: its next step's day, or when
something that is open reminds, ends or is looked at by itself. So no run can be stuck.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from bot.plays.beginning import begin_step
from bot.plays.branches import add_branch
from bot.plays.state import Deed, RunState, StepState, StepStatus
from bot.plays.timing import compute_next_morning, compute_step_due
from bot.plays.world import World
from bot.working_time import compute_due
from playbooks.definition import Playbook
from playbooks.steps import DATES, Step, TaskStep

#: A step that a blackout keeps from happening for longer than this is left out.
LONGEST_BLACKOUT = timedelta(days=14)
USUAL = TaskStep(name="usual", action="create_task")

Change = tuple[RunState, tuple[Deed, ...]]


@dataclass(frozen=True)
class Advance:
    """What came of looking at a run: ``moved`` is False where nothing was due, and only its plan was made."""

    run: RunState
    deeds: tuple[Deed, ...]
    moved: bool


@dataclass(frozen=True)
class _Move:
    at: datetime
    make: Callable[[], Change]


def begin_run(play: Playbook, *, started_at: datetime, variant: str | None, world: World) -> RunState:
    """A run of which no step has begun yet, with its plan."""
    steps = tuple(
        StepState(step.name, play.positions[step.name], step.action)
        for step in play.steps
        if step.variant in (None, variant)
    )
    run = RunState(started_at=started_at, steps=steps, variant=variant, next_at=started_at)
    return plan(play, run, world)


def plan(play: Playbook, run: RunState, world: World) -> RunState:
    """The run with the dates of all that is still to come, as they follow from the account's of today."""
    run = replace(run, anchor_on=_find_anchor(play, world))
    pending = (step for step in run.steps if step.state == "pending")
    for step in pending:
        definition = play.get_step(step.name)
        run = run.put(replace(step, due_at=compute_step_due(play, definition, run, world.week)))
    return run


def advance(play: Playbook, run: RunState, world: World) -> Advance:
    """Make the one move that is due first, or none; the run comes back with its next moment."""
    if run.state != "active":
        return Advance(run, (), False)
    run = plan(play, run, world)
    ending = _find_ending(play, run, world)
    if ending is not None:
        ended, deeds = ending
        return Advance(ended, deeds, True)
    moves = [*_find_moves_of_open(play, run, world), *_find_next_step(play, run, world)]
    if not moves:
        ended, deeds = end_run(run, "completed", "done", None, world.now)
        return Advance(ended, deeds, True)
    first = min(moves, key=lambda move: move.at)
    if first.at > world.now:
        return Advance(replace(run, next_at=first.at), (), False)
    after, deeds = first.make()
    # What follows may be due at once: the next look says when.
    return Advance(replace(after, next_at=world.now) if after.state == "active" else after, deeds, True)


def end_run(run: RunState, state: str, outcome: str, reason: str | None, now: datetime) -> Change:
    """The run as it is over, with all that was still to come or open called off."""
    left = (step for step in run.steps if step.state in ("pending", "open"))
    run = run.put(*(step.end("cancelled", step.outcome or "cancelled", now) for step in left))
    ended = replace(
        run,
        state="completed" if state == "completed" else "cancelled",
        outcome=outcome,
        reason=reason,
        ended_at=now,
        next_at=None,
    )
    return ended, (Deed("ended", None, {"state": ended.state, "outcome": outcome, "reason": reason}),)


def _find_anchor(play: Playbook, world: World) -> date | None:
    if play.date_anchor == "renewal":
        return world.facts.renewal_on
    return world.facts.churned_on if play.date_anchor == "churn" else None


def _find_ending(play: Playbook, run: RunState, world: World) -> Change | None:
    """The end of a run whose account has left, or has got what the play was for."""
    facts, now = world.facts, world.now
    if facts.status == "churned" and not play.for_churned:
        return end_run(run, "cancelled", "churned", f"{facts.name} has churned.", now)
    if facts.status != "churned" and play.for_churned:
        return end_run(run, "completed", "won_back", f"{facts.name} is a customer again.", now)
    for each in play.exits:
        if each.when.holds(facts, run.words):
            return end_run(run, "completed", each.name, each.title, now)
    if play.date_anchor is not None and run.anchor_on is None and run.next_step is not None:
        reason = f"{facts.name} has no {play.date_anchor} date any more; its steps are counted from it."
        return end_run(run, "cancelled", "no_date", reason, now)
    return None


def _find_moves_of_open(play: Playbook, run: RunState, world: World) -> list[_Move]:
    moves: list[_Move] = []
    for step in run.open_steps:
        assert step.acts_at is not None
        if step.waits_for == "condition" and _is_met(play, run, step, world):
            moves.append(_Move(world.now, partial(decide, play, run, step.name, "met", world.now)))
        else:
            moves.append(_Move(step.acts_at, partial(_act, play, run, step, world)))
    return moves


def _find_next_step(play: Playbook, run: RunState, world: World) -> list[_Move]:
    step = run.next_step
    if step is None or any(_is_blocking(play, each) for each in run.open_steps):
        return []
    due = step.due_at or world.now
    return [_Move(max(due, step.held_until or due), partial(_reach, play, run, step, world))]


def _is_blocking(play: Playbook, step: StepState) -> bool:
    return step.waits_for != "person" or (step.action == "create_task" and play.get_step(step.name).blocks)


def _is_met(play: Playbook, run: RunState, step: StepState, world: World) -> bool:
    definition = play.get_step(step.name)
    return definition.action == "wait_for" and definition.until.holds(world.facts, run.words)


def _reach(play: Playbook, run: RunState, step: StepState, world: World) -> Change:
    """The step's day has come: it begins, is left out, or is put off."""
    definition = play.get_step(step.name)
    if not definition.only_if.holds(world.facts, run.words):
        return _leave_out(run, step, "not_needed", world.now)
    if _was_repeated_today(play, definition, run, world):
        return _leave_out(run, step, "repeated", world.now)
    if _is_late(play, definition, run, step, world):
        return _leave_out(run, step, "late", world.now)
    blackout = world.find_blackout(play) if definition.is_outreach else None
    if blackout is None:
        return begin_step(play, definition, run, step, world)
    if world.now - (step.due_at or world.now) > LONGEST_BLACKOUT:
        return _leave_out(run, step, "blackout", world.now)
    held = run.put(replace(step, held_until=compute_next_morning(world.week, world.now)))
    # Said once, not every morning.
    return held, () if step.held_until else (Deed("held", step.name, {"why": blackout}),)


def _was_repeated_today(play: Playbook, definition: Step, run: RunState, world: World) -> bool:
    """Whether one of a step's several days has been done today: after a weekend they fall on one."""
    today = world.now.astimezone(world.week.zone).date()
    return definition.repeats is not None and any(
        play.get_step(step.name).repeats == definition.repeats
        and step.began_at is not None
        and step.began_at.astimezone(world.week.zone).date() == today
        for step in run.steps
    )


def _is_late(play: Playbook, definition: Step, run: RunState, step: StepState, world: World) -> bool:
    """Whether its day was over before the run began, or went on after a pause.

    What is late because nothing ran on its day is not meant: that is made up for.
    """
    if not definition.skips_when_late or play.get_anchor(definition) not in DATES or step.due_at is None:
        return False
    zone = world.week.zone
    entered = run.resumed_at or run.started_at
    return step.due_at.astimezone(zone).date() < entered.astimezone(zone).date()


def _leave_out(run: RunState, step: StepState, why: str, now: datetime) -> Change:
    return run.put(step.end("skipped", why, now)), (Deed("left_out", step.name, {"why": why}),)


def _act(play: Playbook, run: RunState, step: StepState, world: World) -> Change:
    """What an open step does by itself at its time."""
    now = world.now
    if step.waits_for == "verdict":
        if step.reminded == 0 and step.deadline_at is not None and now < step.deadline_at:
            reminded = replace(step, reminded=1, acts_at=step.deadline_at)
            return run.put(reminded), (Deed("verdict_reminded", step.name),)
        return decide(play, run, step.name, "expired", now)
    if step.waits_for == "condition":
        if step.deadline_at is not None and now >= step.deadline_at:
            return decide(play, run, step.name, "timed_out", now)
        look = compute_next_morning(world.week, now)
        return run.put(replace(step, acts_at=min(look, step.deadline_at or look))), ()
    definition = play.get_step(step.name)
    limits = definition if isinstance(definition, TaskStep) else USUAL
    if step.reminded == 0:
        later = compute_due(world.week, now, limits.escalate_after)
        return run.put(replace(step, reminded=1, acts_at=later)), (Deed("reminded", step.name),)
    if step.reminded == 1:
        later = compute_due(world.week, now, limits.lapse_after)
        return run.put(replace(step, reminded=2, acts_at=later)), (Deed("escalated", step.name),)
    return run.put(step.end("skipped", "lapsed", now)), (Deed("lapsed", step.name),)


def decide(play: Playbook, run: RunState, name: str, outcome: str, now: datetime) -> Change:
    """The run once a step that waited is decided, with the steps that follow from it."""
    step = run.get(name)
    is_email = step.action == "send_email"
    sends = is_email and outcome == "approved"
    state: StepStatus = "skipped" if is_email and not sends else "done"
    run = run.put(step.end(state, "sent" if sends else outcome, now))
    run = add_branch(play, run, name, outcome)
    kind = "decided" if outcome in ("approved", "declined", "expired") else outcome
    return run, (Deed(kind, name, {"outcome": outcome, "sends": sends}),)
