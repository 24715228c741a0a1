"""When a span is over for somebody who sleeps and rests, in any zone and across daylight saving."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.spans import Span
from bot.working_time import (
    WorkingWeek,
    add_working_days,
    compute_due,
    compute_left,
    compute_next_working_moment,
    is_working,
    is_working_day,
)

HOUR = 3600
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
#: Half an hour of daylight saving, and midnight at which it begins.
LORD_HOWE, SANTIAGO = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Santiago")
ZONES = [BERLIN, NEW_YORK, LORD_HOWE, SANTIAGO, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Pacific/Auckland")]


def local(zone: ZoneInfo, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def shown(zone: ZoneInfo, at: datetime) -> str:
    assert at.tzinfo is UTC
    return at.astimezone(zone).strftime("%a %d %b %H:%M")


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-03-20T15:00", "24h", "Mon 23 Mar 15:00"),
        ("2026-03-18T15:00", "24h", "Thu 19 Mar 15:00"),
        ("2026-03-20T15:00", "48h", "Tue 24 Mar 15:00"),
        ("2026-03-18T10:00", "2h", "Wed 18 Mar 12:00"),
        ("2026-03-18T16:30", "1h", "Thu 19 Mar 09:00"),
        ("2026-03-20T16:30", "30m", "Mon 23 Mar 09:00"),
        ("2026-03-18T06:00", "1h", "Wed 18 Mar 09:00"),
        ("2026-03-21T11:00", "24h", "Tue 24 Mar 09:00"),
        ("2026-03-21T11:00", "1h", "Mon 23 Mar 09:00"),
        ("2026-03-18T23:00", "10h", "Thu 19 Mar 09:00"),
        ("2026-03-20T08:00", "next_working_day", "Mon 23 Mar 09:00"),
        ("2026-03-17T16:59", "next_working_day", "Wed 18 Mar 09:00"),
    ],
)
def test_a_span_stands_still_on_days_off_and_ends_in_the_hours(start: str, span: str, due: str) -> None:
    week = WorkingWeek(BERLIN)
    assert shown(BERLIN, compute_due(week, local(BERLIN, start), Span.parse(span))) == due


def test_holidays_and_absences_are_days_off() -> None:
    week = WorkingWeek(BERLIN, holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
    thursday = local(BERLIN, "2026-04-02T15:00")
    assert shown(BERLIN, compute_due(week, thursday, Span(24 * HOUR))) == "Tue 07 Apr 15:00"
    away = WorkingWeek(BERLIN, away=(date(2026, 4, 3), date(2026, 4, 8)))
    assert shown(BERLIN, compute_due(away, thursday, Span(24 * HOUR))) == "Thu 09 Apr 15:00"
    assert shown(BERLIN, add_working_days(away, thursday, 3)) == "Mon 13 Apr 15:00"
    assert [is_working_day(away, date(2026, 4, number)) for number in (2, 3, 8, 9)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_week_may_begin_on_sunday() -> None:
    zone = ZoneInfo("Asia/Jerusalem")
    week = WorkingWeek(zone, days=frozenset({6, 0, 1, 2, 3}))
    assert (
        shown(zone, compute_due(week, local(zone, "2026-03-19T15:00"), Span(24 * HOUR))) == "Sun 22 Mar 15:00"
    )


def test_somebody_who_never_works_stops_nothing() -> None:
    week = WorkingWeek(BERLIN, away=(date(2020, 1, 1), date.max))
    start = local(BERLIN, "2026-03-18T10:00")
    assert compute_due(week, start, Span(HOUR)) >= start


#: The Friday before daylight saving begins or ends, in three zones.
FRIDAYS = [
    (NEW_YORK, "2026-03-06"),
    (NEW_YORK, "2026-10-30"),
    (BERLIN, "2026-03-27"),
    (BERLIN, "2026-10-23"),
    (LORD_HOWE, "2026-10-02"),
    (LORD_HOWE, "2026-04-03"),
]


@pytest.mark.parametrize(("zone", "friday"), FRIDAYS, ids=str)
def test_daylight_saving_moves_no_due_time(zone: ZoneInfo, friday: str) -> None:
    week, start = WorkingWeek(zone), local(zone, f"{friday}T15:00")
    monday = date.fromisoformat(friday) + timedelta(days=3)
    before, after = start.utcoffset(), datetime.combine(monday, time(15), zone).utcoffset()
    assert before != after, "the clocks change on this weekend"
    for due in (compute_due(week, start, Span(24 * HOUR)), add_working_days(week, start, 1)):
        assert due.astimezone(zone).replace(tzinfo=None) == datetime.combine(monday, time(15))
    later = compute_due(week, start, Span(None)).astimezone(zone)
    assert later.replace(tzinfo=None) == datetime.combine(monday, time(9))


@pytest.mark.parametrize(("zone", "friday"), FRIDAYS, ids=str)
def test_whoever_works_when_the_clocks_change_gets_the_time_on_the_clock(zone: ZoneInfo, friday: str) -> None:
    week = WorkingWeek(zone, days=frozenset(range(7)))
    sunday = date.fromisoformat(friday) + timedelta(days=2)
    saturday = datetime.combine(sunday - timedelta(days=1), time(10), zone)
    due = compute_due(week, saturday, Span(24 * HOUR)).astimezone(zone)
    assert due.replace(tzinfo=None) == datetime.combine(sunday, time(10))


#: The nights on which some of these clocks change, and any other instant.
CHANGES = ["03-08T07", "11-01T06", "03-29T01", "10-25T01", "10-03T15", "04-04T15", "09-06T04", "04-05T03"]
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
in_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))
weeks = st.builds(
    WorkingWeek,
    zone=st.sampled_from(ZONES),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    starts=st.sampled_from([time(0), time(1, 30), time(2, 10)]),
    # Hours that lie wholly in the one that clocks skip are nobody's.
    ends=st.sampled_from([time(3, 15), time(17), time(23, 59)]),
    holidays=st.frozensets(in_2026, max_size=4),
    away=st.none() | st.builds(lambda on, days: (on, on + timedelta(days)), in_2026, st.integers(0, 30)),
)
starts = st.builds(lambda s: NEW_YEAR + timedelta(seconds=s), st.integers(0, 364 * 24 * HOUR)) | st.builds(
    lambda change, minutes: datetime.fromisoformat(f"2026-{change}:00+00:00") + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-150, 150),
)
seconds = st.integers(0, 5 * 24 * HOUR)


@given(weeks, starts, seconds)
def test_what_is_due_is_due_at_work_and_not_too_soon(week: WorkingWeek, start: datetime, length: int) -> None:
    due = compute_due(week, start, Span(length))
    assert due >= start
    assert is_working(week, due)
    begun, ended = (each.astimezone(week.zone).replace(tzinfo=None) for each in (start, due))
    assert ended - begun >= timedelta(seconds=length), "as the person's own clock shows it"


@settings(max_examples=200)
@given(weeks, starts, st.integers(0, 3 * 24 * 60), seconds, seconds)
def test_later_or_longer_is_never_due_earlier(
    week: WorkingWeek, start: datetime, minutes: int, one: int, other: int
) -> None:
    later, short, long = start + timedelta(minutes=minutes), min(one, other), max(one, other)
    assert compute_due(week, start, Span(short)) <= compute_due(week, start, Span(long))
    assert compute_due(week, start, Span(short)) <= compute_due(week, later, Span(short))
    assert compute_due(week, start, Span(None)) <= compute_due(week, later, Span(None))
    assert add_working_days(week, start, 2) <= add_working_days(week, later, 2)
    assert compute_next_working_moment(week, start) <= compute_next_working_moment(week, later)


@given(weeks, starts, st.integers(0, 3 * 24 * 60), seconds)
def test_what_is_left_of_a_span_ends_when_the_span_would_have(
    week: WorkingWeek, start: datetime, minutes: int, length: int
) -> None:
    due = compute_due(week, start, Span(length))
    paused = min(start + timedelta(minutes=minutes), due)
    assert compute_due(week, paused, Span(compute_left(week, paused, due))) == due
    assert compute_left(week, due + timedelta(hours=1), due) == 0
