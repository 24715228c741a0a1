"""Weekends, holidays and tracking outages look like themselves in the files."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from statistics import mean

import pytest

from bot.generator import GeneratedCompany
from bot.generator.calendar import build_calendar
from tests.generator.conftest import END

Find = Callable[[str], list[dict[str, str]]]


def active_by_day(rows: Find) -> Counter[date]:
    active: Counter[date] = Counter()
    for row in rows("usage_daily"):
        active[date.fromisoformat(row["day"])] += int(row["active_users"])
    return active


def test_weekends_are_quiet(rows: Find) -> None:
    by_weekday = defaultdict(list)
    for day, active in active_by_day(rows).items():
        if day > date(2026, 9, 1):
            by_weekday[day.weekday()].append(active)
    weekday = mean(mean(by_weekday[day]) for day in range(5))
    assert 0.06 < mean(by_weekday[5] + by_weekday[6]) / weekday < 0.14


def test_christmas_halves_the_use(rows: Find) -> None:
    active = active_by_day(rows)
    before = mean(active[date(2025, 12, day)] for day in range(8, 13))
    between = mean(active[date(2025, 12, day)] for day in (22, 23, 29, 30))
    assert 0.4 < between / before < 0.6
    assert active[date(2025, 12, 25)] / before < 0.2


def test_no_row_comes_on_a_lost_day_and_few_on_nearly_lost_ones(
    company: GeneratedCompany, rows: Find
) -> None:
    shown = Counter(date.fromisoformat(row["day"]) for row in rows("usage_daily"))
    assert all(shown[day] < 0.15 * shown[day - timedelta(days=7)] for day in company.outages)
    assert any(shown[day] == 0 for day in company.outages)


def test_the_long_outage_is_nine_months_before_the_end(
    company: GeneratedCompany,
) -> None:
    ages = [(company.end - day).days for day in company.outages]
    long = [age for age in ages if 262 <= age <= 275]
    assert len(long) == 3
    assert max(long) - min(long) == 2


@pytest.mark.parametrize("weeks", [60, 78, 160])
def test_the_last_sixty_days_have_neither_outages_nor_incidents(weeks: int) -> None:
    calendars = [build_calendar(weeks, seed, END) for seed in range(30)]
    assert max(day for calendar in calendars for day in calendar.outages) < END - timedelta(days=60)
    assert max(day for calendar in calendars for day in calendar.incidents) < weeks * 7 - 60


def test_use_spreads_over_the_features(rows: Find) -> None:
    used = Counter(
        feature for row in rows("usage_daily") for feature in row["features"].split(";") if feature
    )
    assert len(used) == 24
    assert used["dashboard"] > 5 * used["audit_log"]
