"""What stands in a digest, and whether there is anything to say."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.models import Digest as DigestRow
from bot.models import FeedDay, HeldFlood, Mail, RuleChange, SlackMessage
from bot.reports.digest import DigestScope, LastDigest, find_last_digest, load_digest
from bot.reports.digest_views import (
    AccountLine,
    AlertLine,
    AlertList,
    Digest,
    leave_money_out,
    read_digest,
    write_digest,
)
from tests.alerts.book import Book, day, morning_after
from tests.reports.team import DAY, HOUR, MARIA, MODELS, MONDAY, MORNING, TEAM, VERA, Team

FRIDAY = MORNING - 3 * DAY


def load(written: Team, scope: DigestScope | None = None, **changes: Any) -> Digest:
    asked: dict[str, Any] = {
        "last": LastDigest(FRIDAY),
        "now": MORNING,
        "zone": ZoneInfo("UTC"),
        "team": TEAM,
        "model": MODELS[TEAM.default_model],
        "money": True,
    }
    return load_digest(written.session, scope or DigestScope(), **asked | changes)


def ids(listed: AlertList) -> list[int]:
    return [line.alert_id for line in listed.lines]


def test_each_alert_is_told_of_once_by_what_matters_most(team: Team) -> None:
    for number in range(1, 7):
        team.add_account(number)
    opened, called, woken = team.add_alert(1), team.add_alert(2), team.add_alert(3, opened_at=FRIDAY - DAY)
    team.add_event(called, "escalated", MORNING - HOUR, to="Vera Stone", step=1)
    team.add_event(woken, "woke", MORNING - HOUR, why="commercial")
    ended = team.add_alert(4, state="resolved")
    team.add_event(ended, "resolved", MORNING - HOUR, why="recovered")
    long_ended = team.add_alert(5, state="resolved", opened_at=FRIDAY - DAY)
    team.add_event(long_ended, "resolved", FRIDAY - HOUR, why="recovered")
    again = team.add_alert(6, opened_at=FRIDAY - DAY)
    team.add_event(again, "resolved", MORNING - 3 * HOUR, why="by_hand")
    team.add_event(again, "reopened", MORNING - 2 * HOUR, why="by_hand")
    digest = load(team)

    assert ids(digest.opened) == [opened]
    assert [(line.alert_id, line.who) for line in digest.escalated.lines] == [(called, "Vera Stone")]
    assert sorted(ids(digest.woken)) == sorted([woken, again])
    assert ids(digest.ended) == [ended]
    assert digest.is_news


def test_what_happened_at_the_last_digest_is_not_told_again(team: Team) -> None:
    team.add_account(1)
    alert = team.add_alert(1, opened_at=MORNING)
    assert ids(load(team).opened) == [alert]
    later = load(team, last=LastDigest(MORNING), now=MORNING + DAY)
    assert ids(later.opened) == []
    assert ids(later.unacknowledged) == [alert]
    assert not later.is_news


def test_five_are_named_by_money_and_the_rest_counted(team: Team) -> None:
    for number in range(1, 9):
        team.add_account(number)
    alerts = [team.add_alert(number, at_risk=number * 100_00) for number in range(1, 9)]
    digest = load(team)
    assert ids(digest.opened) == alerts[:2:-1]
    assert (digest.opened.total, digest.opened.more) == (8, 3)


def test_due_today_is_what_comes_before_midnight_of_the_reader(team: Team) -> None:
    team.add_account(1)
    first, second = team.add_alert(1), team.add_alert(1, rule="other")
    third = team.add_alert(1, rule="third")
    ended = team.add_alert(1, rule="fourth", state="resolved")
    team.add_promise(first, "escalate", MORNING + 15 * HOUR, step=1, person_id=VERA)
    team.add_promise(first, "escalate", MORNING + 15.2 * HOUR, step=2, person_id=VERA)
    team.add_promise(second, "wake", MORNING + 16 * HOUR)
    team.add_promise(third, "wake", None, left_seconds=60)
    team.add_promise(third, "tell", MORNING + HOUR)
    team.add_promise(ended, "close", MORNING + HOUR)

    due = load(team).due
    assert [(line.alert_id, line.what, line.who) for line in due.lines] == [(first, "escalate", "Vera Stone")]
    assert due.total == 1
    # 00:30 on Tuesday in London is 19:30 on Monday in New York.
    assert ids(load(team, zone=ZoneInfo("America/New_York")).due) == [first, second]


def test_each_alert_waits_in_one_list(team: Team) -> None:
    team.add_account(1)
    old = FRIDAY - DAY
    silent = team.add_alert(1, opened_at=old)
    asked = team.add_alert(1, rule="asked", state="acknowledged", opened_at=old)
    team.add_promise(asked, "unanswered", MORNING + 5 * DAY)
    over = team.add_alert(1, rule="over", state="acknowledged", proposed_at=MORNING - HOUR, opened_at=old)
    held = team.add_alert(1, rule="held")
    team.add_event(held, "held", MORNING - HOUR, why="cap")
    shown = team.add_alert(1, rule="shown", opened_at=old)
    team.add_event(shown, "held", MORNING - HOUR, why="cap")
    team.session.add(SlackMessage(kind="alert", subject_id=shown, channel="#cs-alerts"))
    team.add_alert(1, rule="asleep", state="snoozed", opened_at=old)
    team.session.flush()

    digest = load(team)
    assert ids(digest.unacknowledged) == [silent, shown]
    assert ids(digest.asked) == [asked]
    assert ids(digest.proposed) == [over]
    assert ids(digest.held) == [held]


def test_a_book_holds_its_own_accounts_and_what_was_given_to_its_csm(team: Team) -> None:
    team.add_account(1, csm_id=MARIA)
    team.add_account(2, csm_id=VERA)
    own, given = team.add_alert(1), team.add_alert(2, owner_id=MARIA)
    team.add_alert(2, rule="other", owner_id=VERA)
    digest = load(team, DigestScope(MARIA, "Maria Lopez"))
    assert sorted(ids(digest.opened)) == [own, given]
    assert [line.account_id for line in digest.risks] == [1]
    assert digest.book == "Maria Lopez"


def test_renewals_are_counted_once_and_opt_outs_come_first(team: Team) -> None:
    for number, (ahead, notice) in enumerate(
        [(0, 0), (30, 29), (31, 20), (60, 31), (61, 0), (90, 30), (91, 60)], 1
    ):
        team.add_account(number, renewal_on=MONDAY + ahead * DAY, notice_days=notice)
    team.add_account(8, renewal_on=MONDAY + 9 * DAY, notice_days=9, status="churned", score=None)
    team.add_account(9, renewal_on=MONDAY + 40 * DAY, notice_days=40)
    digest = load(team)

    assert [(bucket.days, bucket.accounts) for bucket in digest.renewals] == [(30, 2), (60, 3), (90, 2)]
    assert digest.renewals[0].arr_cents == 20_000_00
    assert [line.account_id for line in digest.opt_outs.lines] == [2, 3, 4]
    assert [line.account_id for line in digest.opt_outs_today.lines] == [9]
    assert digest.is_news


def test_an_opt_out_that_passed_is_not_ahead(team: Team) -> None:
    team.add_account(1, renewal_on=MONDAY + 5 * DAY, notice_days=6)
    digest = load(team)
    assert not digest.opt_outs.total
    assert not digest.is_news


def test_small_accounts_are_counted_and_not_named(team: Team) -> None:
    team.add_account(1, arr_cents=1_000_000_00, renewal_on=MONDAY + 20 * DAY, notice_days=10)
    team.add_account(2, arr_cents=900_00, renewal_on=MONDAY + 20 * DAY, notice_days=10)
    team.add_account(3, arr_cents=900_00, score=80, delta=30)
    team.add_totals()
    digest = load(team)
    assert [line.account_id for line in digest.opt_outs.lines] == [1]
    assert digest.opt_outs.total == 2
    assert digest.improvers == ()


def test_those_who_improve_are_ordered_by_what_it_is_worth(team: Team) -> None:
    worth = {1: (10_000_00, 30), 2: (100_000_00, 6), 3: (90_000_00, 4), 4: (20_000_00, 14)}
    for number, (arr, delta) in worth.items():
        team.add_account(number, arr_cents=arr, delta=delta, score=70)
    assert [line.account_id for line in load(team).improvers] == [2, 1, 4]
    assert [line.delta for line in load(team).improvers] == [6, 30, 14]


def test_accounts_that_changed_level_since_the_last_digest(book: Book) -> None:
    book.add(1, [80, 80, 80, 50], name="Fell", arr_cents=500_00)
    book.add(2, [30, 30, 60, 60], name="Rose")
    book.add(3, [30, 80, 80, 30], name="Came and went")
    book.add(4, [80, 30, 30, 30], name="Before")
    book.run_all(0, 3)
    team = Team(book.session)
    digest = load(
        team,
        last=LastDigest(morning_after(day(1)), scored_for=day(1)),
        now=morning_after(day(3)),
        model=book.model,
        team=book.team,
    )

    fell = [(line.name, line.level_before, line.level, line.delta) for line in digest.fell.lines]
    assert fell == [("Came and went", "Green", "Red", -50), ("Fell", "Green", "Yellow", -30)]
    rose = [(line.name, line.level_before, line.level, line.delta) for line in digest.rose.lines]
    assert rose == [("Rose", "Red", "Yellow", 30)]
    same = load(
        team,
        last=LastDigest(morning_after(day(3)), scored_for=day(3)),
        now=morning_after(day(3)) + HOUR,
        model=book.model,
        team=book.team,
    )
    assert not same.fell.total + same.rose.total


def test_a_problem_is_news_once(team: Team) -> None:
    session = team.session
    session.add(FeedDay(feed="usage", day=MONDAY - 5 * DAY, recorded_on=MONDAY - 5 * DAY))
    session.add(FeedDay(feed="surveys", day=MONDAY - 3 * DAY, recorded_on=MONDAY - 3 * DAY))
    facts = {"moved": 62, "direction": "down"}
    session.add(HeldFlood(model=TEAM.default_model, as_of=MONDAY - DAY, at=MORNING - HOUR, facts=facts))
    session.add(SlackMessage(kind="alert", subject_id=1, channel="#gone", state="dead"))
    session.add(
        Mail(
            kind="alert",
            subject_id=1,
            person_id=MARIA,
            state_key="opened",
            event="alert",
            to_address="p1@corp.example",
            status="failed",
            queued_at=MORNING,
        )
    )
    session.flush()
    digest = load(team)
    found = [(problem.kind, problem.name, problem.count) for problem in digest.problems]
    flood = (MONDAY - DAY).isoformat()
    assert found == [
        ("feed", "usage", 0),
        ("flood", flood, 62),
        ("messages", "#gone", 1),
        ("mail", "", 1),
    ]
    assert digest.is_news
    known = tuple(problem.key for problem in digest.problems)
    assert not load(team, last=LastDigest(MORNING, problems=known), now=MORNING + HOUR).is_news
    own = load(team, DigestScope(MARIA, "Maria Lopez"))
    assert [problem.kind for problem in own.problems] == ["feed", "flood"]


def test_a_proposed_change_waits_on_those_who_lead(team: Team) -> None:
    change = {"key": "when.score_fell", "before": 10.0, "after": 14.0, "proposed_at": MORNING}
    team.session.add(RuleChange(rule="score_drop", evidence={"title": "Score fell fast"}, **change))
    team.session.flush()
    assert [each.rule_title for each in load(team).changes] == ["Score fell fast"]
    assert load(team, DigestScope(MARIA, "Maria Lopez")).changes == ()


def test_without_a_digest_before_it_begins_on_the_last_working_morning(team: Team) -> None:
    zone = ZoneInfo("Europe/Berlin")
    last = find_last_digest(team.session, channel="C1", now=MORNING, team=TEAM, zone=zone)
    assert last.at == datetime(2026, 11, 20, 7, 30, tzinfo=UTC)


def test_the_last_digest_counts_whether_it_was_sent_or_not(team: Team) -> None:
    digest = replace(load(team), scored_for=MONDAY)
    for days, channel in ((1, "C1"), (2, "C1"), (0, "C2")):
        at = MORNING - days * DAY
        facts = write_digest(digest)
        team.session.add(DigestRow(kind="daily", channel=channel, day=at.date(), at=at, facts=facts))
    team.session.flush()
    last = find_last_digest(team.session, channel="C1", now=MORNING, team=TEAM, zone=ZoneInfo("UTC"))
    assert (last.at, last.scored_for) == (MORNING - DAY, MONDAY)


def test_what_is_written_is_what_is_read(team: Team) -> None:
    team.add_account(1, renewal_on=MONDAY + 20 * DAY, notice_days=3, delta=8, csm_id=MARIA)
    alert = team.add_alert(1)
    team.add_promise(alert, "escalate", MORNING + HOUR, person_id=VERA)
    digest = load(team)
    assert read_digest(write_digest(digest)) == digest


def test_without_money_no_line_holds_any(team: Team) -> None:
    team.add_account(1, renewal_on=MONDAY + 20 * DAY, notice_days=3, delta=8)
    team.add_account(2, renewal_on=MONDAY, notice_days=0)
    team.add_promise(team.add_alert(1), "escalate", MORNING + HOUR)
    full, plain = load(team), load(team, money=False)
    assert plain == leave_money_out(full)
    written = str(write_digest(full))
    assert "500000" in written
    assert not plain.money
    for name, value in _find_amounts(write_digest(plain)):
        assert value is None, name


def _find_amounts(node: Any) -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        found = [(key, value) for key, value in node.items() if key.endswith("_cents")]
        return found + [each for value in node.values() for each in _find_amounts(value)]
    return [each for value in node for each in _find_amounts(value)] if isinstance(node, list) else []


@pytest.mark.parametrize("part", [AlertLine, AccountLine])
def test_every_kind_of_line_is_known_to_hold_money_by_its_name(part: type) -> None:
    """`_find_amounts` looks for names that end in _cents; an amount by another name would slip through."""
    amounts = [name for name in part.__dataclass_fields__ if "arr" in name or "risk" in name]
    assert amounts
    assert all(name.endswith("_cents") for name in amounts)
