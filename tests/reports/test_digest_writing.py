"""Who gets a digest and when: once a day and channel, on working mornings, on everybody's own clock."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts import load_rules
from bot.clock import build_promises, compute_next
from bot.config import TeamConfig, WorkingHours
from bot.models import Digest, JobRun, SlackMessage
from bot.preferences import set_preference
from bot.reports.digest_writing import write_digests
from tests.reports.team import ADA, DAY, HOUR, MARIA, MODELS, MORNING, TEAM, VERA, Team

Sessions = sessionmaker[Session]
RULES = load_rules(None)
CHANNEL = TEAM.digest_channel
MINUTE = timedelta(minutes=1)


def write(sessions: Sessions, now: datetime = MORNING, team: TeamConfig = TEAM) -> int:
    return write_digests(sessions, team=team, models=MODELS, rules=RULES, now=now)


def order(team: Team, person: int) -> None:
    set_preference(team.session, person_id=person, event="digest", way="slack", frequency="at_once")


def test_news_are_posted_once_a_day(team: Team) -> None:
    team.add_account(1)
    team.add_alert(1)
    assert write(team.sessions) == 1
    assert write(team.sessions) == 0
    assert write(team.sessions, MORNING + 5 * HOUR) == 0
    assert team.wanted() == [("daily", CHANNEL)]


def test_nothing_is_posted_when_nothing_changed(team: Team) -> None:
    team.add_account(1, score=5, arr_cents=10**9)
    team.add_alert(1, opened_at=MORNING - 10 * DAY)
    assert write(team.sessions) == 0
    assert team.wanted() == []
    # What happens later in the day is for tomorrow's: one a day.
    team.add_alert(1, rule="other", opened_at=MORNING + HOUR)
    assert write(team.sessions, MORNING + 2 * HOUR) == 0
    assert write(team.sessions, MORNING + DAY) == 1


def test_two_at_once_write_one(sessions: Sessions) -> None:
    with sessions.begin() as session:
        team = Team(session)
        team.add_people()
        team.add_account(1, csm_id=MARIA)
        team.add_alert(1)
        order(team, MARIA)
        order(team, VERA)
    barrier, wanted = threading.Barrier(4), list[int]()

    def run() -> None:
        barrier.wait(30)
        wanted.append(write(sessions))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(wanted) == 3
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(SlackMessage)) == 3
        assert session.scalar(select(func.count()).select_from(Digest).where(Digest.kind == "daily")) == 3


def test_a_crash_half_way_leaves_nothing_behind(sessions: Sessions) -> None:
    with sessions.begin() as session:
        team = Team(session)
        team.add_people()
        team.add_account(1)
        team.add_alert(1)
    broken = {**MODELS, TEAM.default_model: None}
    with pytest.raises(AttributeError):
        write_digests(sessions, team=TEAM, models=broken, rules=RULES, now=MORNING)  # type: ignore[arg-type]
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Digest)) == 0
    assert write(sessions, MORNING + 15 * MINUTE) == 1


@pytest.mark.parametrize(
    ("now", "is_due"),
    [
        (MORNING - MINUTE, False),
        (MORNING, True),
        (datetime(2026, 11, 23, 16, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 17, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 9, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 21, 9, 0, tzinfo=UTC), False),
    ],
)
def test_it_is_written_on_the_morning_of_a_working_day(team: Team, now: datetime, is_due: bool) -> None:
    team.add_account(1)
    team.add_alert(1, opened_at=now - MINUTE)
    assert write(team.sessions, now) == is_due


def test_a_digest_that_is_later_than_work_is_written_all_the_same(team: Team) -> None:
    late = TEAM.model_copy(update={"digest_at": time(18, 30)})
    team.add_account(1)
    team.add_alert(1, opened_at=MORNING)
    assert write(team.sessions, MORNING, late) == 0
    assert write(team.sessions, datetime(2026, 11, 23, 18, 30, tzinfo=UTC), late) == 1


def test_other_working_days_are_the_teams_own(team: Team) -> None:
    sunday = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    there = TEAM.model_copy(update={"working_hours": WorkingHours(days=("sun", "mon"))})
    team.add_account(1)
    team.add_alert(1, opened_at=sunday - HOUR)
    assert write(team.sessions, sunday, there) == 1


def test_a_holiday_is_no_working_day(team: Team, tmp_path: Any) -> None:
    (tmp_path / "holidays.csv").write_text("date,name\n2026-11-23,Founders' day\n", encoding="utf-8")
    from bot.config import load_team_config

    resting = load_team_config(tmp_path)
    team.add_account(1)
    team.add_alert(1)
    assert write(team.sessions, MORNING, resting) == 0
    # On Tuesday, the first working day of the week, all that happened since Friday is told.
    assert write(team.sessions, MORNING + DAY, resting) == 1
    row = team.session.scalars(select(Digest).where(Digest.kind == "daily")).one()
    assert row.facts["opened"]["total"] == 1
    assert row.facts["since"].startswith("2026-11-20T08:30")
    assert {digest.kind for digest in team.session.scalars(select(Digest))} == {"daily", "rules"}


def test_it_waits_for_the_days_scores(team: Team) -> None:
    team.add_account(1)
    team.add_alert(1)
    run = JobRun(name="daily_score", wall_clock="2026-11-23 06:00", started_at=MORNING - HOUR)
    team.session.add(run)
    team.session.flush()
    assert write(team.sessions) == 0
    assert team.session.scalar(select(func.count()).select_from(Digest)) == 0
    run.finished_at = MORNING
    team.session.flush()
    assert write(team.sessions, MORNING + 15 * MINUTE) == 1


def test_a_person_gets_their_own_on_their_own_morning(team: Team) -> None:
    team.add_person(10, name="Kenji", slack_id="UKENJI", timezone="Asia/Tokyo")
    team.add_person(11, name="Sam", slack_id="USAM", timezone="America/Los_Angeles")
    team.add_person(12, name="Nobody", slack_id=None)
    for number in (10, 11, 12):
        team.add_account(number, csm_id=number)
        team.add_alert(number, opened_at=datetime(2026, 11, 22, 20, 0, tzinfo=UTC))
        order(team, number)

    # Monday 08:30 in Tokyo is still Sunday in London and in Los Angeles.
    assert write(team.sessions, datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == 1
    assert team.wanted() == [("daily", "UKENJI")]
    assert write(team.sessions, datetime(2026, 11, 23, 16, 15, tzinfo=UTC)) == 1
    assert write(team.sessions, datetime(2026, 11, 23, 16, 30, tzinfo=UTC)) == 1
    assert [channel for _, channel in team.wanted()] == ["UKENJI", CHANNEL, "USAM"]
    days = {row.channel: row.day for row in team.session.scalars(select(Digest))}
    assert days["UKENJI"] == days["USAM"] == date(2026, 11, 23)


def test_who_is_away_gets_none(team: Team) -> None:
    team.add_person(10, slack_id="U10", away_from=date(2026, 11, 23), away_until=date(2026, 11, 24))
    team.add_account(1, csm_id=10)
    team.add_alert(1, opened_at=MORNING - HOUR)
    order(team, 10)
    write(team.sessions)
    assert "U10" not in [channel for _, channel in team.wanted()]


def test_a_csm_gets_their_book_and_a_leader_the_teams(team: Team) -> None:
    team.add_account(1, csm_id=MARIA)
    team.add_account(2, csm_id=None)
    team.add_alert(1)
    team.add_alert(2)
    for person in (MARIA, VERA, ADA):
        order(team, person)
    write(team.sessions)
    rows = {row.channel: row.facts for row in team.session.scalars(select(Digest)) if row.kind == "daily"}
    assert (rows["UMARIA"]["book"], rows["UMARIA"]["opened"]["total"]) == ("Maria Lopez", 1)
    for leader in ("UVERA", "UADA"):
        assert (rows[leader]["book"], rows[leader]["opened"]["total"]) == (None, 2)


# In 2026 clocks change on 29 March and 25 October in Berlin, on 8 March and 1 November in New York.
@pytest.mark.parametrize(
    ("timezone", "days", "at", "wanted"),
    [
        ("Europe/Berlin", ("sun",), time(2, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("Europe/Berlin", ("sun",), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("America/New_York", ("sun",), time(2, 30), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        ("America/New_York", ("sun",), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("Asia/Kolkata", ("sun",), time(8, 30), datetime(2026, 3, 29, 3, 0, tzinfo=UTC)),
    ],
)
def test_on_days_when_clocks_change_there_is_one_at_its_time(
    team: Team, timezone: str, days: tuple[Any, ...], at: time, wanted: datetime
) -> None:
    """A night shift's digest, at the hour that is skipped or repeated, asked for every quarter of an hour."""
    hours = WorkingHours(days=days, starts=time(1), ends=time(9))
    config = TeamConfig(timezone="UTC", working_hours=hours, digest_at=at)
    team.add_person(10, slack_id="U10", timezone=timezone)
    team.add_account(1, csm_id=10)
    team.add_alert(1, opened_at=wanted - 5 * HOUR)
    order(team, 10)
    promise = next(each for each in build_promises(config) if each.name == "digest")
    now, sent = wanted - 6 * HOUR, list[datetime]()
    while now < wanted + 6 * HOUR:
        now = compute_next(promise.cron, promise.timezone, now)
        before = team.wanted()
        write(team.sessions, now, config)
        sent += [now] * (("daily", "U10") in team.wanted() and ("daily", "U10") not in before)
    assert sent == [wanted]


def test_the_quarters_of_an_hour_fall_on_the_teams_time() -> None:
    config = TeamConfig(digest_at=time(8, 37))
    promise = next(each for each in build_promises(config) if each.name == "digest")
    found, now = [], MORNING
    for _ in range(4):
        now = compute_next(promise.cron, promise.timezone, now)
        found.append(now.minute)
    assert found == [37, 52, 7, 22]
