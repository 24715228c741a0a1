"""Raw events folded as they come give the scores that counting everything afresh gives."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from bot.models import UsageDaily, UsageDailyPast
from bot.sources.events import KINDS, Event, delete_events, fold_events, record_events
from scoring.model import get_model
from scoring.run import score_day, score_history
from scoring.sheets import refresh_sheets

from .company import DAY, NOW, UTC_ZONE, Company

FIRST = date(2026, 1, 1)
DAYS = 120
ZONE = ZoneInfo("America/New_York")
ACCOUNTS = (1, 2, 4097)


def noon(day: date, zone: ZoneInfo = UTC_ZONE) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone)


def login(message_id: str, at: datetime, account: int = 1) -> Event:
    return Event(message_id, account, "login", at, user_key="ann")


def read_day(session: Session, account: int, day: date) -> dict[str, Any] | None:
    query = text("SELECT * FROM usage_daily WHERE account_id = :account AND day = :day")
    found = session.execute(query, {"account": account, "day": day}).mappings().one_or_none()
    return None if found is None else dict(found)


def test_events_become_the_day_of_their_account(company: Company) -> None:
    company.add_account(1)
    events = [
        Event("m1", 1, "login", noon(FIRST), user_key="ann"),
        Event("m2", 1, "login", noon(FIRST), user_key="bob"),
        Event("m3", 1, "feature", noon(FIRST), feature="export", user_key="ann"),
        Event("m4", 1, "feature", noon(FIRST), feature="export", user_key="bob"),
        Event("m5", 1, "api_call", noon(FIRST)),
        Event("m6", 1, "new_user", noon(FIRST), user_key="bob"),
    ]
    session = company.session
    report = record_events(session, events, received_at=noon(FIRST), zone=UTC_ZONE)
    assert (report.new, report.repeated) == (6, 0)
    assert read_day(session, 1, FIRST) is None
    assert fold_events(session, zone=UTC_ZONE).days == (FIRST,)
    found = read_day(session, 1, FIRST)
    assert found is not None
    counts = {
        name: found[name] for name in ("active_users", "logins", "core_actions", "api_calls", "new_users")
    }
    assert counts == {"active_users": 2, "logins": 2, "core_actions": 0, "api_calls": 1, "new_users": 1}
    assert len(found["features"]) == 1
    assert found["seats_used"] is None
    assert fold_events(session, zone=UTC_ZONE).days == ()


def test_an_event_sent_twice_counts_once(company: Company) -> None:
    company.add_account(1)
    session = company.session
    for _ in range(2):
        record_events(session, [login("m1", noon(FIRST))], received_at=noon(FIRST), zone=UTC_ZONE)
    again = record_events(
        session, [login("m1", noon(FIRST)), login("m2", noon(FIRST))], received_at=noon(FIRST), zone=UTC_ZONE
    )
    assert (again.new, again.repeated) == (1, 1)
    fold_events(session, zone=UTC_ZONE)
    found = read_day(session, 1, FIRST)
    assert found is not None
    assert found["logins"] == 2


def test_a_late_event_makes_a_new_version_of_its_day(company: Company) -> None:
    company.add_account(1)
    session = company.session
    record_events(session, [login("m1", noon(FIRST))], received_at=noon(FIRST), zone=UTC_ZONE)
    late = noon(FIRST + 3 * DAY)
    record_events(session, [login("m2", noon(FIRST))], received_at=late, zone=UTC_ZONE)
    fold_events(session, zone=UTC_ZONE)
    found = read_day(session, 1, FIRST)
    assert found is not None
    assert (found["logins"], found["recorded_on"]) == (2, FIRST + 3 * DAY)
    past = session.execute(text("SELECT logins, recorded_on, superseded_on FROM usage_daily_past")).one()
    assert tuple(past) == (1, FIRST, FIRST + 3 * DAY)


def test_a_day_whose_events_are_deleted_is_gone_but_was_known(company: Company) -> None:
    company.add_account(1)
    session = company.session
    record_events(session, [login("m1", noon(FIRST))], received_at=noon(FIRST), zone=UTC_ZONE)
    fold_events(session, zone=UTC_ZONE)
    assert delete_events(session, [(FIRST, "m1"), (FIRST, "never sent")], deleted_on=FIRST + DAY) == 1
    fold_events(session, zone=UTC_ZONE)
    assert read_day(session, 1, FIRST) is None
    assert session.execute(text("SELECT superseded_on FROM usage_daily_past")).scalar_one() == FIRST + DAY
    assert session.execute(text("SELECT count(*) FROM usage_sheet")).scalar_one() == 0


def test_an_event_counts_on_the_teams_own_date(company: Company) -> None:
    company.add_account(1)
    at = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
    record_events(company.session, [login("m1", at)], received_at=at, zone=ZONE)
    assert fold_events(company.session, zone=ZONE).days == (date(2026, 1, 1),)


def test_seats_of_another_source_stay(company: Company) -> None:
    company.add_account(1)
    company.add_usage(1, FIRST, seats_used=7)
    record_events(company.session, [login("m1", noon(FIRST))], received_at=noon(FIRST), zone=UTC_ZONE)
    fold_events(company.session, zone=UTC_ZONE)
    found = read_day(company.session, 1, FIRST)
    assert found is not None
    assert (found["seats_used"], found["logins"]) == (7, 1)


def test_an_unknown_kind_is_refused(company: Company) -> None:
    event = Event("m1", 1, "sneeze", noon(FIRST))
    with pytest.raises(ValueError, match="use one of login"):
        record_events(company.session, [event], received_at=noon(FIRST), zone=UTC_ZONE)


class Counted:
    """What the accounts' days should be, counted afresh from all events that are there on a date."""

    def __init__(self) -> None:
        #: By day and message id: the event, and the date it arrived.
        self.events: dict[tuple[date, str], tuple[Event, date]] = {}
        #: By account and day: versions as (date recorded, row or None for none).
        self.versions: dict[tuple[int, date], list[tuple[date, tuple[Any, ...] | None]]] = defaultdict(list)

    def note(self, on: date, zone: ZoneInfo) -> None:
        """Keep what is known at the end of a date."""
        rows: dict[tuple[int, date], list[Event]] = defaultdict(list)
        for event, _ in self.events.values():
            rows[event.account_id, event.at.astimezone(zone).date()].append(event)
        for key in set(rows) | set(self.versions):
            row = count(rows[key]) if key in rows else None
            versions = self.versions[key]
            if row != (versions[-1][1] if versions else None):
                versions.append((on, row))


def count(events: list[Event]) -> tuple[Any, ...]:
    kinds = [event.kind for event in events]
    users = {event.user_key for event in events if event.user_key}
    features = tuple(sorted({event.feature for event in events if event.feature}))
    counts = (kinds.count(kind) for kind in ("login", "core_action", "api_call", "new_user"))
    return (len(users) or None, *counts, features)


def simulate(session: Session, random: Random, counted: Counted) -> None:
    """120 days of events: on time, days late, sent twice, deleted again; folded every evening and scored."""
    model = get_model("six_signal", None)
    number = 0
    for at in range(DAYS):
        today = FIRST + at * DAY
        events = []
        for _ in range(random.randint(0, 8)):
            number += 1
            late = random.choice((0, 0, 0, 0, 1, 3, 20))
            day = max(FIRST, today - late * DAY)
            kind = random.choice(KINDS)
            feature = f"feature {random.randint(0, 70)}" if kind == "feature" else None
            instant = noon(day, ZONE) + timedelta(hours=random.choice((-12, 0, 11)))
            user = random.choice(("ann", "bob", None))
            events.append(Event(f"m{number}", random.choice(ACCOUNTS), kind, instant, feature, user))
        repeated = [event for event, _ in random.sample(sorted_events(counted), min(2, len(counted.events)))]
        record_events(session, [*events, *repeated, *events[:1]], received_at=noon(today, ZONE), zone=ZONE)
        for event in events:
            counted.events[event.at.astimezone(ZONE).date(), event.message_id] = (event, today)
        if random.random() < 0.3 and counted.events:
            gone = random.sample(sorted(counted.events), min(3, len(counted.events)))
            assert delete_events(session, gone, deleted_on=today) == len(gone)
            for key in gone:
                del counted.events[key]
        fold_events(session, zone=ZONE)
        counted.note(today, ZONE)
        score_day(session, models=[model], as_of=today, now=NOW, zone=ZONE)


def sorted_events(counted: Counted) -> list[tuple[Event, date]]:
    return [counted.events[key] for key in sorted(counted.events)]


def write_afresh(session: Session, counted: Counted) -> None:
    """Put the versions counted afresh in the place of what was folded."""
    for table in ("usage_daily", "usage_daily_past", "usage_sheet", "usage_first_day"):
        session.execute(text(f"DELETE FROM {table}"))
    ids = {row[0]: row[1] for row in session.execute(text("SELECT name, id FROM feature"))}
    names = ("active_users", "logins", "core_actions", "api_calls", "new_users")
    for (account, day), versions in counted.versions.items():
        until = [recorded for recorded, _ in versions[1:]]
        for (recorded, row), superseded in zip(versions, [*until, None], strict=True):
            if row is None:
                continue
            values = dict(zip(names, row[:-1], strict=True))
            values |= {"account_id": account, "day": day, "recorded_on": recorded}
            values["features"] = sorted(ids[name] for name in row[-1])
            if superseded is None:
                session.execute(insert(UsageDaily).values(**values))
            else:
                session.execute(insert(UsageDailyPast).values(**values, superseded_on=superseded))
    refresh_sheets(session, {day for _, day in counted.versions})


def read_scores(session: Session) -> dict[tuple[int, date], tuple[bytes, bytes]]:
    rows = session.execute(
        text("SELECT block, as_of, scores, inputs FROM score_sheet WHERE as_of >= :first"), {"first": FIRST}
    )
    return {(row[0], row[1]): (bytes(row[2]), bytes(row[3])) for row in rows}


def test_folding_every_day_differs_nowhere_from_counting_afresh(company: Company) -> None:
    session, random, counted = company.session, Random(42), Counted()
    for account in ACCOUNTS:
        company.add_account(account)
    company.complete(FIRST, FIRST + DAYS * DAY)
    simulate(session, random, counted)
    folded = read_scores(session)
    assert len(folded) == DAYS * 2
    past = session.execute(text("SELECT count(*) FROM usage_daily_past")).scalar_one()
    assert past > 20, "the days must have been corrected often enough to tell"
    write_afresh(session, counted)
    session.execute(text("DELETE FROM score_sheet"))
    session.execute(text("DELETE FROM score_run"))
    last = FIRST + (DAYS - 1) * DAY
    score_history(session, model=get_model("six_signal", None), first=FIRST, last=last, now=NOW, zone=ZONE)
    afresh = read_scores(session)
    assert {key: afresh[key] == folded[key] for key in folded} == dict.fromkeys(folded, True)
