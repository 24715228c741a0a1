"""What would happen in a play, and when: the engine itself, with people who do what they are asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.plays.engine import advance, begin_run, decide, plan
from bot.plays.state import Deed, RunState, StepState
from bot.plays.world import World
from playbooks.definition import Playbook

#: More moves than this in one run are a fault of the engine, not a long play.
MOST_MOVES = 5000


@dataclass(frozen=True)
class Happening:
    """Something that would happen: when, to which step, and what would be written."""

    at: datetime
    deed: Deed


#: What people do with an open step when its time comes: None leaves it to itself.
Answer = Callable[[StepState], str | None]


def answer_in_time(step: StepState) -> str | None:
    """Tasks are done and questions approved; what is waited for does not come."""
    return {"person": "done", "verdict": "approved"}.get(step.waits_for or "")


def simulate(
    play: Playbook,
    *,
    start: datetime,
    world: World,
    variant: str | None = None,
    answer: Answer = answer_in_time,
) -> Iterator[Happening]:
    """Everything a run begun at ``start`` would do, in order, if the account stayed as it is.

    People answer at the first moment at which a step would do something by itself. Nothing is written.
    """
    run = begin_run(play, started_at=start, variant=variant, world=replace(world, now=start))
    now = start
    for _ in range(MOST_MOVES):
        found = advance(play, run, replace(world, now=now))
        run = found.run
        yield from (Happening(now, deed) for deed in found.deeds)
        if run.state != "active":
            return
        if not found.moved:
            assert run.next_at is not None
            now = max(now, run.next_at)
            run, deeds = _let_people_answer(play, run, now, answer)
            yield from (Happening(now, deed) for deed in deeds)
            run = plan(play, run, replace(world, now=now))
    raise AssertionError(f"{play.name} came to no end after {MOST_MOVES} moves")


def _let_people_answer(
    play: Playbook, run: RunState, now: datetime, answer: Answer
) -> tuple[RunState, tuple[Deed, ...]]:
    for step in run.open_steps:
        word = answer(step) if step.acts_at is not None and step.acts_at <= now else None
        if word is None:
            continue
        if step.waits_for == "person":
            return run.put(step.end("done", word, now)), (Deed("done", step.name),)
        return decide(play, run, step.name, word, now)
    return run, ()
