"""A rule's record against the same counted one by one."""

import random
from collections import Counter, defaultdict
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.alerts.precision import Audience, RuleRecord, compute_wilson, load_rule_records
from tests.reports.team import DAY, HOUR, MORNING, Team

WINDOW = 90 * DAY


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_records_are_what_is_counted_one_by_one(session: Session, seed: int) -> None:
    chance = random.Random(seed)
    team = Team(session)
    team.add_people()
    for number in range(1, 13):
        team.add_account(number, csm_id=chance.choice([1, 2, None]))
    team.add_account(13, status="churned", csm_id=3)
    fires, alerts = [_make_fire(team, chance, place) for place in range(250)], []
    for account in range(1, 13):
        for rule in ("a", "b"):
            alerts.append(_make_alert(team, chance, account, rule))
    session.flush()
    found = load_rule_records(session, since=MORNING - WINDOW, until=MORNING)

    csms = len({csm for csm in _find_csms(session) if csm})
    for rule in ("a", "b", "c"):
        expected = _count(rule, fires, alerts)
        record = found[rule]
        assert {name: getattr(record, name) for name in expected} == expected
        assert record.fires == record.opened + record.joined + record.shadow
        assert record.account_share == pytest.approx(min(1, expected["account_months"] / (12 * 3)))
        assert record.fires_per_csm_week == pytest.approx(record.fires / csms / (90 / 7))
        assert record.precision == (
            record.useful / (record.useful + record.not_useful) if record.answers else None
        )


def _find_csms(session: Session) -> list[int | None]:
    from sqlalchemy import select

    from bot.models import Account

    return list(session.scalars(select(Account.csm_id).where(Account.status == "live")))


def _make_fire(team: Team, chance: random.Random, place: int) -> dict[str, Any]:
    outcome = chance.choice(["opened", "joined", "shadow", "suppressed"])
    fire = {
        "rule": chance.choice(["a", "b", "c"]),
        "account": chance.randint(1, 12),
        "at": MORNING - chance.randrange(0, 120 * 24) * HOUR - HOUR,
        "outcome": outcome,
        "reason": chance.choice(["cool_down", "flood", None]) if outcome == "suppressed" else None,
        "review": chance.choice([True, False, None]) if outcome == "shadow" else None,
    }
    # Any day will do that is not used yet: an account fires once a day.
    as_of = (MORNING - place * DAY).date()
    team.add_fire(as_of=as_of, **fire)
    return fire


def _make_alert(team: Team, chance: random.Random, account: int, rule: str) -> dict[str, Any]:
    opened = MORNING - chance.randrange(0, 120 * 24) * HOUR - HOUR
    alert: dict[str, Any] = {"rule": rule, "opened": opened, "acks": [], "answers": []}
    alert_id = team.add_alert(account, rule=rule, opened_at=opened)
    for _ in range(chance.choice([0, 1, 1, 2])):
        at = opened + chance.randrange(1, 5000) * timedelta(minutes=1)
        team.add_event(alert_id, "acknowledged", at)
        alert["acks"].append(at)
    for person in (1, 2, 3):
        useful = chance.choice([True, False, None])
        if useful is not None:
            reason = None if useful else chance.choice(["known_already", "wrong_data", None])
            team.answer(alert_id, person, useful, reason)
            alert["answers"].append((useful, reason))
    return alert


def _count(rule: str, fires: list[dict[str, Any]], alerts: list[dict[str, Any]]) -> dict[str, Any]:
    mine = [fire for fire in fires if fire["rule"] == rule and MORNING - WINDOW <= fire["at"] < MORNING]
    opened = [each for each in alerts if each["rule"] == rule and each["opened"] >= MORNING - WINDOW]
    outcomes = Counter(fire["outcome"] for fire in mine)
    suppressed = Counter(fire["reason"] or "" for fire in mine if fire["outcome"] == "suppressed")
    months = defaultdict[int, set[int]](set)
    for fire in mine:
        if fire["outcome"] != "suppressed":
            months[fire["account"]].add((MORNING - fire["at"]) // (30 * DAY))
    took = [(min(each["acks"]) - each["opened"]).total_seconds() for each in opened if each["acks"]]
    answers = [answer for each in opened for answer in each["answers"]]
    return {
        "opened": outcomes["opened"],
        "joined": outcomes["joined"],
        "shadow": outcomes["shadow"],
        "suppressed": dict(suppressed),
        "account_months": sum(len(each) for each in months.values()),
        "alerts": len(opened),
        "acknowledged": len(took),
        "median_seconds": median(took) if took else None,
        "useful": sum(useful for useful, _ in answers),
        "not_useful": sum(not useful for useful, _ in answers),
        "reasons": dict(Counter(reason for useful, reason in answers if reason)),
        "reviewed": sum(fire["review"] is not None for fire in mine),
        "reviewed_useful": sum(fire["review"] is True for fire in mine),
    }


def test_a_rule_that_never_fired_has_no_record(session: Session) -> None:
    assert load_rule_records(session, since=MORNING - WINDOW, until=MORNING) == {}


def test_rates_without_anything_to_divide_by_are_none() -> None:
    record = RuleRecord("a", Audience(0, 0, WINDOW))
    assert record.precision is None
    assert record.interval is None
    assert record.acknowledge_rate is None
    assert record.account_share is None
    assert record.fires_per_csm_week is None


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_an_interval_holds_its_share_and_solves_its_equation(pair: tuple[int, int]) -> None:
    """Each end is a share from which what was counted lies 1.96 standard errors away."""
    hits, total = pair
    low, high = compute_wilson(hits, total)
    share = hits / total
    assert 0 <= low <= share <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            errors = (share - end) ** 2 / (end * (1 - end) / total)
            assert errors == pytest.approx(1.959964**2, rel=1e-6)


def test_known_intervals() -> None:
    assert compute_wilson(5, 20) == pytest.approx((0.1119, 0.4687), abs=1e-4)
    assert compute_wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert compute_wilson(20, 20) == pytest.approx((0.8389, 1.0), abs=1e-4)
