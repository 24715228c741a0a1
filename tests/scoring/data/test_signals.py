"""Every signal against a second, slow definition of it; windows, zones, and the page that documents them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from scoring.catalogue import CATALOGUE, SignalKey, parse_signal
from scoring.facts import Facts
from scoring.signals import SIGNALS, compute_needs, compute_raws
from scoring.signals.documenting import build_page

from .company import DAY, UTC_ZONE, Company
from .random_company import ACCOUNTS, build_random_company
from .reference import Reference

AS_OF = date(2026, 3, 10)
KEYS = tuple(
    parse_signal(text)
    for text in (
        *(f"{name}(days=10)" for name in ("sessions", "core_actions", "api_calls", "new_users")),
        *(
            f"{name}(days={days})"
            for name in ("features_used", "stickiness", "active_users")
            for days in (5, 30)
        ),
        "active_days(metric=api_calls, days=10)",
        *(f"usage_change(metric={metric}, days=5)" for metric in ("logins", "seats_used", "active_users")),
        "week_over_week(metric=logins, days=3)",
        "week_over_week(metric=core_actions, days=8, weeks=2)",
        "days_since(metric=logins)",
        "days_since(metric=core_actions)",
        "days_since_feature(feature=export)",
        "days_since_feature(feature=nobody_has_this)",
        "seat_utilization(days=10)",
        "plan_utilization(metric=api_calls, days=10)",
        "tickets(days=10)",
        "tickets(days=30, severity=high+urgent)",
        "open_tickets",
        "open_tickets(severity=low)",
        "ticket_spike(days=10, quiet=3)",
        "ticket_spike(days=5, quiet=1)",
        "ticket_rating(days=30)",
        "nps(days=30)",
        "csat(days=10)",
        "failed_payment_share(days=30)",
        "failed_payments(days=30)",
        "oldest_unpaid_days",
        "arr_growth(days=30)",
        "arr",
        "days_to_renewal",
        "days_to_opt_out",
        "days_since_start",
        "touches(days=10)",
        "touches(kinds=any, days=30)",
        "days_since_touch",
        "contacts",
        "contacts(role=champion+exec_sponsor)",
        "champion_threads",
        "days_since_champion_left",
        "goals_met_share",
        "goals_overdue",
        *(
            f"custom(name=posts, agg={agg}, days=30)"
            for agg in ("last", "sum", "mean", "count", "min", "max")
        ),
        "field(name=seats)",
        "field(name=arr)",
        "field(name=grade)",
    )
)


def compute(
    session: Session,
    keys: tuple[SignalKey, ...],
    as_of: date,
    *,
    span: tuple[date, date] | None = None,
    only: int | None = None,
    zone: ZoneInfo = UTC_ZONE,
) -> dict[int, dict[SignalKey, float]]:
    """The signals by account, from facts loaded for `span` (the day itself by default)."""
    first, last = span or (as_of, as_of)
    facts = Facts(session, compute_needs(keys), first=first, last=last, zone=zone, only=only)
    found: dict[int, dict[SignalKey, float]] = {}
    for block in facts.blocks():
        raws = compute_raws(block.as_of(as_of), keys)
        for at, account in enumerate(block.ids.tolist()):
            found[account] = {key: raw[at] for key, raw in raws.items()}
    return found


def expect(company: Company, account: int, as_of: date, zone: ZoneInfo) -> dict[SignalKey, float]:
    reference = Reference(company, account, as_of, zone)
    found = {key: getattr(reference, key.name)(**dict(key.params)) for key in KEYS}
    return {key: np.nan if value is None else float(value) for key, value in found.items()}


def assert_same(found: dict[SignalKey, float], wanted: dict[SignalKey, float], where: str) -> None:
    wrong = {
        key.text: (float(found[key]), wanted[key])
        for key in wanted
        if found[key] != wanted[key] and not (np.isnan(found[key]) and np.isnan(wanted[key]))
    }
    assert not wrong, f"{where}: (found, wanted) {wrong}"


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_every_signal_is_what_its_slow_definition_says(session: Session, zone: str, seed: int) -> None:
    team, random = ZoneInfo(zone), Random(seed)
    with session.begin_nested() as savepoint:
        company = build_random_company(session, random, AS_OF, team)
        days = (AS_OF, AS_OF - 4 * DAY)
        for day in days:
            alone = compute(session, KEYS, day, zone=team)
            in_span = compute(session, KEYS, day, span=(min(days), max(days)), zone=team)
            for account in ACCOUNTS:
                wanted = expect(company, account, day, team)
                assert_same(alone[account], wanted, f"account {account} on {day}")
                assert_same(in_span[account], wanted, f"account {account} on {day}, loaded with other days")
            one = compute(session, KEYS, day, only=ACCOUNTS[0], zone=team)
            assert_same(one[ACCOUNTS[0]], expect(company, ACCOUNTS[0], day, team), f"alone on {day}")
        savepoint.rollback()


def test_a_signal_asks_for_all_it_reads(session: Session) -> None:
    company = build_random_company(session, Random(1), AS_OF, UTC_ZONE)
    wanted = {account: expect(company, account, AS_OF, UTC_ZONE) for account in ACCOUNTS}
    for key in KEYS:
        for account, found in compute(session, (key,), AS_OF).items():
            assert_same(found, {key: wanted[account][key]}, f"{key.text} alone")


def test_every_signal_of_the_catalogue_is_computed_and_tested() -> None:
    assert set(SIGNALS) == set(CATALOGUE)
    assert {key.name for key in KEYS} == set(CATALOGUE)


def test_a_window_of_thirty_days_begins_on_the_thirtieth(company: Company) -> None:
    company.add_account(1)
    company.add_usage(1, AS_OF - 30 * DAY, logins=1000)
    company.add_usage(1, AS_OF - 29 * DAY, logins=1)
    company.add_usage(1, AS_OF, logins=10)
    company.add_usage(1, AS_OF + DAY, logins=1000)
    company.complete(AS_OF - 60 * DAY, AS_OF)
    company.refresh()
    key = parse_signal("sessions")
    assert compute(company.session, (key,), AS_OF)[1][key] == 11


def test_no_row_is_zero_once_the_feed_is_complete_and_unknown_before(company: Company) -> None:
    for account in (1, 2):
        company.add_account(account)
    for at in range(10):
        company.add_usage(1, AS_OF - at * DAY, logins=2)
    company.complete(AS_OF - 9 * DAY, AS_OF - 5 * DAY)
    company.refresh()
    key = parse_signal("sessions(days=10)")
    # Five of ten days are known to be zero: enough. With one fewer nobody can say.
    assert compute(company.session, (key,), AS_OF)[2][key] == 0
    assert compute(company.session, (key,), AS_OF)[1][key] == 20
    later = parse_signal("sessions(days=9)")
    assert np.isnan(compute(company.session, (later,), AS_OF)[2][later])


def test_an_empty_figure_is_unknown_even_where_the_feed_is_complete(company: Company) -> None:
    company.add_account(1)
    company.add_usage(1, AS_OF - DAY, logins=3)
    company.add_usage(1, AS_OF, logins=None, api_calls=5)
    company.complete(AS_OF - DAY, AS_OF)
    company.refresh()
    key = parse_signal("sessions(days=2)")
    # One of two days is known, and stands for both.
    assert compute(company.session, (key,), AS_OF)[1][key] == 6


@pytest.mark.parametrize(("zone", "expected"), [("UTC", 0), ("America/New_York", 1)])
def test_a_ticket_counts_on_the_teams_own_date(company: Company, zone: str, expected: int) -> None:
    company.add_account(1)
    # Half past eleven in the evening of 10 March in New York is 11 March in UTC.
    at = datetime(2026, 3, 11, 3, 30, tzinfo=UTC)
    company.add("tickets", 1, recorded_on=AS_OF, external_id="t1", opened_at=at, severity="low")
    early = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
    company.add("tickets", 1, recorded_on=AS_OF, external_id="t2", opened_at=early, severity="high")
    key = parse_signal("tickets(days=1, severity=low)")
    fed = parse_signal("tickets(days=2, severity=low)")
    found = compute(company.session, (key, fed), AS_OF, zone=ZoneInfo(zone))[1]
    assert found[fed] == expected


def test_the_window_of_a_day_ends_where_the_next_begins(company: Company) -> None:
    company.add_account(1)
    midnight = datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
    for number, at in enumerate(
        (midnight - timedelta(microseconds=1), midnight, midnight + timedelta(hours=23))
    ):
        company.add("touches", 1, recorded_on=AS_OF, kind="call", at=at, by_email=str(number))
    key = parse_signal("touches(days=1)")
    assert compute(company.session, (key,), AS_OF)[1][key] == 2


def test_the_page_of_signals_is_what_the_code_says() -> None:
    page = Path(__file__).parents[3] / "docs" / "signals.md"
    assert page.read_text(encoding="utf-8") == build_page(), (
        "docs/signals.md is stale: uv run python -m scoring.signals > docs/signals.md"
    )
