"""Working time: when a span of time is over for somebody who sleeps, rests and has holidays.

Everything is counted on the person's own wall clock, so that "24 hours" is the same time on the next working
day whatever daylight saving does in between. An hour that the clocks repeat stands still the second time, and
a time that they skip is the instant of the skip: so what begins later is never due earlier.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.spans import Span

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
#: Days in a row off, after which a calendar is taken to be wrong: an alert must not wait for ever.
LONGEST_REST = 400
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class WorkingWeek:
    """When somebody works, by their own wall clock.

    ``days`` are weekdays (0 is Monday); a working day's hours run from ``starts`` up to, not including,
    ``ends``. ``away`` is the first and the last day of an absence.
    """

    zone: ZoneInfo
    days: frozenset[int] = frozenset(range(5))
    starts: time = time(9)
    ends: time = time(17)
    holidays: frozenset[date] = frozenset()
    away: tuple[date, date] | None = None


def is_working_day(week: WorkingWeek, day: date) -> bool:
    """Whether the person works on this day of theirs."""
    is_away = week.away is not None and week.away[0] <= day <= week.away[1]
    return day.weekday() in week.days and day not in week.holidays and not is_away


def is_working(week: WorkingWeek, at: datetime) -> bool:
    """Whether the person is at work at this instant."""
    wall = at.astimezone(week.zone).replace(tzinfo=None)
    return is_working_day(week, wall.date()) and week.starts <= wall.time() < week.ends


def compute_next_working_moment(week: WorkingWeek, at: datetime) -> datetime:
    """The first instant from ``at`` on at which the person is at work, in UTC; ``at`` itself if they are."""
    if is_working(week, at):
        return at.astimezone(UTC)
    return _to_instant(week.zone, _move_into_hours(week, _to_wall(week.zone, at)))


def compute_due(week: WorkingWeek, start: datetime, span: Span) -> datetime:
    """When a span that begins at ``start`` is over for the person, in UTC (SPEC A5).

    It runs on the clock, nights too, but stands still on days the person does not work; an end outside the
    hours moves to the next working moment. 24 hours from Friday 15:00 end on Monday 15:00.
    """
    wall = _to_wall(week.zone, start)
    if span.seconds is None:
        return _to_instant(week.zone, _begin(week, wall.date() + DAY))
    end = _run_on(week, wall, timedelta(seconds=span.seconds))
    moved = _to_instant(week.zone, _move_into_hours(week, end))
    # Only where the clocks skip or repeat a working hour are these not the same.
    return max(moved, compute_next_working_moment(week, start))


def compute_left(week: WorkingWeek, at: datetime, due: datetime) -> int:
    """The seconds of a span that are left at ``at`` when it is due at ``due``; none where that is past.

    A span so long that begins at ``at`` is due at ``due`` again, where that is a working moment.
    """
    wall, end = _to_wall(week.zone, at), _to_wall(week.zone, due)
    left = timedelta(0)
    while wall < end:
        midnight = _midnight_after(wall)
        if is_working_day(week, wall.date()):
            left += min(midnight, end) - wall
        wall = midnight
    return int(left.total_seconds())


def add_working_days(week: WorkingWeek, at: datetime, days: int) -> datetime:
    """The same time of day so many working days later, moved into the hours, in UTC.

    From a day off, the count begins with the next working day's start.
    """
    wall = _to_wall(week.zone, at)
    if not is_working_day(week, wall.date()):
        wall = _begin(week, wall.date())
    day = wall.date()
    for _ in range(days):
        day = _find_working_day(week, day + DAY)
    return _to_instant(week.zone, _move_into_hours(week, datetime.combine(day, wall.time())))


def _run_on(week: WorkingWeek, wall: datetime, left: timedelta) -> datetime:
    """The wall time at which so much time of working days has passed."""
    while True:
        day = _find_working_day(week, wall.date())
        if day != wall.date():
            wall = datetime.combine(day, time())
        midnight = _midnight_after(wall)
        if wall + left < midnight:
            return wall + left
        left -= midnight - wall
        wall = midnight


def _move_into_hours(week: WorkingWeek, wall: datetime) -> datetime:
    if not is_working_day(week, wall.date()) or wall.time() >= week.ends:
        return _begin(week, wall.date() + DAY)
    return max(wall, datetime.combine(wall.date(), week.starts))


def _begin(week: WorkingWeek, day: date) -> datetime:
    """The start of the first working day from ``day`` on."""
    return datetime.combine(_find_working_day(week, day), week.starts)


def _find_working_day(week: WorkingWeek, day: date) -> date:
    ahead = (day + number * DAY for number in range(LONGEST_REST))
    return next((each for each in ahead if is_working_day(week, each)), day)


def _midnight_after(wall: datetime) -> datetime:
    return datetime.combine(wall.date() + DAY, time())


def _to_wall(zone: ZoneInfo, at: datetime) -> datetime:
    """What the person's clock shows; in an hour that is repeated, what it showed when it was put back."""
    local = at.astimezone(zone)
    if not local.fold:
        return local.replace(tzinfo=None)
    back = _get_offset(local.replace(fold=0)) - _get_offset(local)
    change = _find_first(at - back, at, lambda instant: instant.astimezone(zone).fold == 1)
    return change.astimezone(zone).replace(tzinfo=None, fold=0) + back


def _to_instant(zone: ZoneInfo, wall: datetime) -> datetime:
    """When the person's clock shows this for the first time; if it never does, when it is put past it."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    earliest = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _find_first(
        earliest, instant, lambda instant: instant.astimezone(zone).replace(tzinfo=None) >= wall
    )


def _find_first(low: datetime, high: datetime, is_past: Callable[[datetime], bool]) -> datetime:
    """The first whole second of an interval at which something is so that then stays so."""
    low = low.astimezone(UTC).replace(microsecond=0)
    seconds = range(int((high.astimezone(UTC) - low).total_seconds()) + 1)
    return low + bisect_left(seconds, True, key=lambda second: is_past(low + second * SECOND)) * SECOND


def _get_offset(local: datetime) -> timedelta:
    offset = local.utcoffset()
    assert offset is not None
    return offset
