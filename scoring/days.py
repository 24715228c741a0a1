"""Days as numbers, so that whole columns of them can be compared."""

from datetime import date, timedelta

EPOCH = date(1970, 1, 1)
#: Stands where a day is unknown or has not come: no day of a team's data is as late.
NEVER = 2**31 - 1


def to_number(day: date) -> int:
    """Days since 1970-01-01; negative before."""
    return (day - EPOCH).days


def to_date(number: int) -> date:
    """The day of a number that `to_number` gave."""
    return EPOCH + timedelta(days=number)
