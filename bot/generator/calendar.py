"""The days of the data: weekdays, holidays, and what happened to the vendor as a whole."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt

from bot.generator import settings

Floats = npt.NDArray[np.float64]

#: Weeks of health simulated before the first day, so that a decision taken early has a past to look at.
BURN_IN_WEEKS = 12

#: Monday to Sunday.
WEEKDAY = np.array([0.98, 1.05, 1.06, 1.02, 0.89, 0.10, 0.08])

#: UTC hour at which the working day of a region begins.
MORNING = {"americas": 14, "emea": 8, "apac": 1}

#: The days before the end in which nothing happens to the vendor itself.
ORDINARY_DAYS = 60

FULL_OUTAGE = 0.0
PARTIAL_OUTAGE = 0.06


@dataclass(frozen=True)
class Calendar:
    """Days from ``start`` to ``end`` and what every account shares on them."""

    start: date
    end: date
    weeks: int
    #: The last day of which anything is known; what happens after it is drawn and not told.
    until: date
    #: The day up to which troubles are told: the end, or the day before a future begins.
    told_on: date
    #: ISO text of each day, for the files.
    iso: tuple[str, ...]
    #: Per region: expected use of each day against an average weekday.
    season: dict[str, Floats]
    #: Share of the accounts whose use reached the feed, by day; 1 on an ordinary day.
    tracked: Floats
    #: Days of company-wide incidents, as offsets.
    incidents: tuple[int, ...]
    #: Health lost to incidents by week, burn-in included.
    incident_health: Floats

    @property
    def days(self) -> int:
        return len(self.iso)

    def index(self, day: date) -> int:
        """Offset of ``day`` from the first one; may lie outside the data."""
        return (day - self.start).days

    def day(self, index: int) -> date:
        return self.start + timedelta(days=index)

    def week(self, day: date) -> int:
        """Index of the week of ``day`` in arrays that begin with the burn-in, cut to what exists."""
        return min(max(self.index(day) // 7 + BURN_IN_WEEKS, 0), self.weeks + BURN_IN_WEEKS - 1)

    @property
    def outages(self) -> tuple[date, ...]:
        """Days on which tracking failed."""
        return tuple(self.day(int(i)) for i in np.flatnonzero(self.tracked < 1))


def draw_business_time(day: date, region: str, dice: random.Random) -> datetime:
    """A moment within the region's working hours, on that day in UTC."""
    return datetime.combine(day, time(MORNING[region])) + timedelta(seconds=dice.randrange(8 * 3600 + 1800))


def format_utc(moment: datetime) -> str:
    """ISO text of a moment in UTC, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def build_calendar(
    weeks: int, seed: int, end: date, until: date | None = None, told_on: date | None = None
) -> Calendar:
    """The calendar of ``weeks`` weeks that end on ``end``; outages and incidents follow from ``seed``.
    None of these is in the last 60 days before ``told_on`` nor after it: those days must look ordinary."""
    start = end - timedelta(days=weeks * 7 - 1)
    told_on = told_on or end
    ordinary = (told_on - start).days + 1 - ORDINARY_DAYS
    days = [start + timedelta(days=i) for i in range(weeks * 7)]
    rng = np.random.default_rng([seed, 1])
    incidents = _incidents(ordinary, rng)
    return Calendar(
        start=start,
        end=end,
        weeks=weeks,
        until=until or end,
        told_on=told_on,
        iso=tuple(day.isoformat() for day in days),
        season={region: _season(days, region, told_on) for region, _ in settings.REGIONS},
        tracked=_tracked(days, ordinary, rng),
        incidents=incidents,
        incident_health=_incident_health(weeks, incidents, rng),
    )


def _season(days: list[date], region: str, told_on: date) -> Floats:
    """Expected use of each day. After ``told_on`` nobody has holidays: a country that stays at home looks
    like many accounts that fall at once, and would drown what is told of those days."""
    factors = np.array([WEEKDAY[day.weekday()] for day in days])
    season: Floats = factors * np.array([_holiday(day, region) if day <= told_on else 1.0 for day in days])
    return season


def _holiday(day: date, region: str) -> float:
    key = (day.month, day.day)
    if key in {(12, 25), (12, 26), (1, 1)}:
        return 0.12
    if key >= (12, 21) or key <= (1, 3):
        return 0.5
    if region == "emea" and day.month == 8:
        return 0.8
    if region == "americas" and day.month == 11:
        # Thanksgiving is the fourth Thursday; many take the Friday too.
        if day.weekday() == 3 and 22 <= day.day <= 28:
            return 0.2
        return 0.5 if day.weekday() == 4 and 23 <= day.day <= 29 else 1.0
    if region == "americas" and key == (7, 4):
        return 0.2
    return 1.0


def _tracked(days: list[date], last: int, rng: np.random.Generator) -> Floats:
    """A lost day about every nine months up to ``last``, and three nearly lost ones nine months before the
    end of the ordinary days."""
    tracked = np.ones(len(days))
    for _ in range((last + ORDINARY_DAYS) // 270):
        if last > 30:
            tracked[_weekday_from(days, int(rng.integers(20, last - 3)))] = FULL_OUTAGE
    nine_months = last + ORDINARY_DAYS - 274
    if nine_months > 14:
        monday = nine_months + (7 - days[nine_months].weekday()) % 7
        tracked[monday + 1 : monday + 4] = PARTIAL_OUTAGE
    return tracked


def _weekday_from(days: list[date], index: int) -> int:
    return index - max(0, days[index].weekday() - 4)


def _incidents(last: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Offsets of the incidents: two a year, none from ``last`` on."""
    if last <= 0:
        return ()
    count = round(settings.INCIDENTS * last / 365)
    return tuple(sorted(int(day) for day in rng.integers(0, last, count)))


def _incident_health(weeks: int, incidents: tuple[int, ...], rng: np.random.Generator) -> Floats:
    lost = np.zeros(weeks + BURN_IN_WEEKS)
    for day in incidents:
        first = day // 7 + BURN_IN_WEEKS
        ages = np.arange(len(lost) - first)
        lost[first:] += rng.uniform(*settings.INCIDENT_SHOCK) * (1 - settings.INCIDENT_RECOVERY_WEEK) ** ages
    return lost
