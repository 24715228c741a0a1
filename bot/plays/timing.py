"""When a step is due: its day counted from its anchor, moved to when its owner works."""

from datetime import UTC, datetime, timedelta

from bot.plays.state import RunState, StepState
from bot.working_time import WorkingWeek, compute_due, compute_next_working_moment
from playbooks.definition import Playbook
from playbooks.steps import DATES, Step


def compute_step_due(play: Playbook, step: Step, run: RunState, week: WorkingWeek) -> datetime | None:
    """The instant at which a step of the run is due, in UTC.

    None while that is not known: the step before has not begun, or the account has no such date.
    """
    anchor = play.get_anchor(step)
    if anchor in DATES:
        if run.anchor_on is None:
            return None
        midnight = datetime.combine(run.anchor_on, datetime.min.time(), week.zone)
        return _count(step, midnight, week, from_date=True)
    base = _find_base(play, step, anchor, run, week)
    return None if base is None else _count(step, base, week, from_date=False)


def _find_base(play: Playbook, step: Step, anchor: str, run: RunState, week: WorkingWeek) -> datetime | None:
    # What begins on a Sunday has its first day on Monday.
    start = run.started_at if step.any_hour else compute_next_working_moment(week, run.started_at)
    start += run.shifted
    if anchor == "start":
        return start
    if anchor == "branch":
        return run.get(play.parents[step.name]).done_at
    before = [each for each in run.steps if each.position < play.positions[step.name]]
    return _find_end(before[-1]) if before else start


def _find_end(before: StepState) -> datetime | None:
    """The moment from which the step after counts: the decision where there is one, else the beginning."""
    return before.done_at or before.began_at


def _count(step: Step, base: datetime, week: WorkingWeek, *, from_date: bool) -> datetime:
    if step.after is not None:
        if step.any_hour and step.after.seconds is not None:
            return base + timedelta(seconds=step.after.seconds)
        return compute_due(week, base, step.after)
    if not step.day and step.at is None and not from_date:
        at = base
    else:
        day = base.astimezone(week.zone).date() + timedelta(days=step.day or 0)
        at = datetime.combine(day, step.at or week.starts, week.zone)
        # A time of day that has passed on the first day is now.
        at = at if from_date else max(at, base)
    at = at.astimezone(UTC)
    return at if step.any_hour else compute_next_working_moment(week, at)


def compute_next_morning(week: WorkingWeek, now: datetime) -> datetime:
    """The start of work on the next day on which the owner works."""
    tomorrow = now.astimezone(week.zone).date() + timedelta(days=1)
    return compute_next_working_moment(week, datetime.combine(tomorrow, week.starts, week.zone))
