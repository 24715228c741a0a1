"""Days as numbers, so that whole columns of them can be compared."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

EPOCH = date(1970, 1, 1)
#: Stands where a day is unknown or has not come: no day of a team's data is as late.
NEVER = 2**31 - 1


def to_number(day: date) -> int:
    """Days since 1970-01-01; negative before."""
    return (day - EPOCH).days


def to_date(number: int) -> date:
    """The day of a number that `to_number` gave."""
    return EPOCH + timedelta(days=number)


#: Instants as Postgres sends them: microseconds since this one; the greatest number is "never".
_INSTANT_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_INFINITE = 2**63 - 1
_HOUR = 3600


def to_local_days(instants: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int32]:
    """The days, in `zone`, of instants in microseconds since 2000-01-01 UTC; NEVER for infinity.

    The server can do it too, at a microsecond for each; here it is an addition for all of them at once.
    """
    seconds = instants // 1_000_000
    finite = instants != _INFINITE
    if not finite.any():
        return np.full(len(instants), NEVER, dtype=np.int32)
    starts, offsets = _find_offsets(int(seconds[finite].min()), int(seconds[finite].max()), zone)
    local = seconds + offsets[np.searchsorted(starts, seconds, side="right") - 1]
    days = local // 86_400 + to_number(_INSTANT_EPOCH.date())
    return np.where(finite, days, NEVER).astype(np.int32)


def _find_offsets(low: int, high: int, zone: ZoneInfo) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The seconds from which a new offset from UTC holds, the first at or before `low`, and the offsets."""

    def offset(second: int) -> int:
        at = (_INSTANT_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
        return 0 if at is None else round(at.total_seconds())

    starts, offsets = [low], [offset(low)]
    # Two changes of the clock never lie within a week of each other and undo one another.
    for step in range(low, high + 1, 7 * 24 * _HOUR):
        end = min(step + 7 * 24 * _HOUR, high)
        if offset(end) != offsets[-1]:
            before, after = step, end
            while after - before > 1:
                middle = (before + after) // 2
                before, after = (middle, after) if offset(middle) == offsets[-1] else (before, middle)
            starts.append(after)
            offsets.append(offset(after))
    return np.array(starts, dtype=np.int64), np.array(offsets, dtype=np.int64)
