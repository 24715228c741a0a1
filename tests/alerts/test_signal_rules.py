"""Rules over signals and events: they fire on entering, say their own figure, and end with their matter."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bot.alerts.rules import Rule, load_rules
from bot.models import (
    Account,
    AccountVersion,
    Alert,
    AlertEvent,
    Contact,
    FeedDay,
    Payment,
    RuleFire,
    RuleState,
    SignalValue,
    SlackMessage,
    Ticket,
    UsageDaily,
)
from scoring.sheets import refresh_sheets
from tests.alerts.book import FIRST, TEAM, Book, day, morning_after, pick_rules

DAY = timedelta(days=1)
#: Long enough before the first scored day for a month's window.
LOW = FIRST - 60 * DAY


def add_logins(book: Book, logins: dict[int, Sequence[int]], *, last: int) -> None:
    """Each account's logins, active users and core actions of the days that end with day number ``last``;
    zero before. The feed is complete."""
    end = day(last)
    rows = []
    for account_id, counts in logins.items():
        for back, count in enumerate(reversed(counts)):
            on = end - back * DAY
            use = {"logins": count, "active_users": count, "core_actions": 3 * count}
            rows.append({"account_id": account_id, "day": on, "recorded_on": on, **use})
    book.session.execute(insert(UsageDaily), rows)
    days = [LOW + n * DAY for n in range((end - LOW).days + 1)]
    book.session.execute(insert(FeedDay), [{"feed": "usage", "day": on, "recorded_on": on} for on in days])
    refresh_sheets(book.session, days)


def add_custom(book: Book, account_id: int, name: str, number: int, value: float = 1.0) -> None:
    on = day(number)
    row = {"account_id": account_id, "name": name, "day": on, "recorded_on": on, "value": value}
    book.session.execute(insert(SignalValue), [row])


def add_payment(book: Book, account_id: int, due: date, status: str = "failed") -> None:
    known = {"external_id": f"p{account_id}-{due}", "recorded_on": due, "amount_cents": 500}
    book.session.execute(insert(Payment).values(account_id=account_id, due_on=due, status=status, **known))


def add_champion(book: Book, account_id: int, left_on: date) -> None:
    who = {"email": f"c{account_id}@x.example", "role": "champion", "recorded_on": FIRST - DAY}
    book.session.execute(insert(Contact).values(account_id=account_id, left_on=left_on, **who))


def test_no_login_fires_on_the_seventh_day_and_once(book: Book) -> None:
    book.rules = pick_rules("no_login_7_days")
    book.add(1, [80] * 40)
    # The last login is on day 9; account 2 logs in once a week, account 3 never did.
    for account_id in (2, 3):
        book.add(account_id, [80] * 40)
    add_logins(book, {1: [5] * 50 + [0] * 30, 2: ([1] + [0] * 6) * 12, 3: [0] * 80}, last=39)
    opened = [number for number in range(8, 40) if book.run(number)]
    assert opened == [16]
    (alert,) = book.alerts()
    assert (alert.account_id, alert.as_of) == (1, day(16))
    assert alert.facts["reasons"][0] == "days with logins 0 of 7"
    assert "Ask the admin what keeps people from logging in" in book.text(alert)


def test_an_alert_about_silence_ends_with_the_silence_and_not_with_a_score(book: Book) -> None:
    book.rules = pick_rules("no_login_7_days")
    book.add(1, [80] * 40)
    add_logins(book, {1: [5] * 50 + [0] * 12 + [5] * 18}, last=39)
    book.run_all(8, 20)
    (alert,) = book.alerts()
    assert (alert.proposed_at, alert.good_runs) == (None, 0)
    book.run_all(21, 24)
    (alert,) = book.alerts()
    # They are back on day 22: two good runs later people are asked.
    assert alert.proposed_at == morning_after(day(23))


def test_a_weekend_is_no_cliff_and_a_real_one_is_told_within_three_days(book: Book) -> None:
    book.rules = pick_rules("usage_cliff")
    weekdays = [40 if (LOW + n * DAY).weekday() < 5 else 2 for n in range(100)]
    # FIRST is a Monday: the cliff begins on day 22, a Tuesday.
    falls = [3 if n >= 60 + 22 else count for n, count in enumerate(weekdays)]
    book.add(1, [80] * 40)
    book.add(2, [80] * 40)
    add_logins(book, {1: weekdays, 2: falls}, last=39)
    assert [number for number in range(8, 30) if book.run(number)] == [23]
    (alert,) = book.alerts()
    assert (alert.account_id, alert.severity) == (2, "critical")
    assert alert.facts["reasons"][0] == "logins −62 % in 3 days on the same weekdays before"


def test_too_few_logins_make_no_cliff(book: Book) -> None:
    book.rules = pick_rules("usage_cliff")
    book.add(1, [80] * 40)
    add_logins(book, {1: [4] * 80 + [0] * 20}, last=39)
    assert sum(book.run_all(8, 39)) == 0


def test_core_actions_that_stop_while_people_still_log_in(book: Book) -> None:
    book.rules = pick_rules("core_feature_unused", "no_login_7_days")
    book.add(1, [80] * 40)
    add_logins(book, {1: [5] * 100}, last=39)
    stop = update(UsageDaily).where(UsageDaily.day > day(12)).values(core_actions=0)
    book.session.execute(stop)
    refresh_sheets(book.session, [day(number) for number in range(13, 40)])
    assert [number for number in range(8, 30) if book.run(number)] == [19]
    (alert,) = book.alerts()
    assert alert.rule == "core_feature_unused"
    assert alert.facts["escalation"] == {"manager": "next_working_day"}


def test_a_failed_payment_is_told_once_and_again_for_the_next_one(book: Book) -> None:
    book.rules = pick_rules("payment_failed")
    book.add(1, [80] * 60)
    book.add(2, [80] * 60)
    for number in (10, 40):
        add_payment(book, 1, day(number))
        add_payment(book, 2, day(number), "paid")
    opened = []
    for number in range(8, 50):
        if book.run(number):
            opened.append(number)
        if number == 30:
            (alert,) = book.alerts()
            alert.state = "resolved"
            book.session.flush()
    assert opened == [10, 40]
    (first, _) = book.alerts()
    assert first.facts["escalation"] == {"manager": "2h"}
    assert first.facts["class"] == "billing"
    assert first.facts["reasons"][0] == "failed payments 1 in 14 days"


def test_an_account_without_a_score_is_told_of_too(book: Book) -> None:
    book.rules = pick_rules("payment_failed")
    book.add(1, [None] * 20)
    add_payment(book, 1, day(10))
    book.run_all(8, 10)
    (alert,) = book.alerts()
    assert (alert.facts["score"], alert.facts["level"]) == (None, None)
    assert "A payment failed" in book.text(alert)


def test_two_signs_are_a_note_and_three_an_escalation_that_takes_its_place(book: Book) -> None:
    book.rules = load_rules(None)
    book.add(1, [80] * 40)
    add_champion(book, 1, day(10))
    assert book.run_all(8, 10) == [0, 0, 0]
    add_custom(book, 1, "data_export", 11)
    assert book.run(11) == 1
    assert book.run(12) == 0
    add_custom(book, 1, "billing_page_visits", 13, 3)
    assert book.run(13) == 1
    note, escalation = book.alerts()
    assert (note.rule, note.state) == ("churn_risk_note", "resolved")
    assert (escalation.rule, escalation.severity) == ("churn_risk_escalation", "critical")
    assert escalation.facts["tell"] == ["owner", "manager", "executive", "account_executive"]
    assert escalation.facts["figures"] == [
        "without a champion for 3 days",
        "billing page visits 3 in all",
        "data export 1 in all",
    ]


def test_signs_alone_are_recorded_in_shadow_and_post_nothing(book: Book) -> None:
    book.rules = load_rules(None)
    book.add(1, [80] * 40)
    add_champion(book, 1, day(10))
    assert sum(book.run_all(8, 14)) == 0
    assert book.outcomes("champion_left") == [(10, "shadow", None)]
    (fire,) = book.session.scalars(select(RuleFire))
    assert fire.facts["said"] == "without a champion for 0 days"
    assert fire.facts["figure"] == 0
    assert book.session.scalars(select(SlackMessage)).all() == []
    assert book.session.scalars(select(AlertEvent)).all() == []


def test_tickets_then_silence(book: Book) -> None:
    book.rules = pick_rules("ticket_silence")
    book.add(1, [80] * 40)
    book.add(2, [80] * 40)
    rows = [(1, n) for n in (1, 2, 3, 4, 5, 6)] + [(2, n) for n in range(1, 40)]
    for at, (account_id, number) in enumerate(rows):
        opened = morning_after(day(number)) - DAY
        known = {"external_id": f"t{at}", "recorded_on": day(number), "severity": "normal"}
        book.session.execute(insert(Ticket).values(account_id=account_id, opened_at=opened, **known))
    book.run_all(8, 24)
    assert book.outcomes("ticket_silence") == [(20, "shadow", None)]


def test_seats_removed(book: Book) -> None:
    book.rules = pick_rules("seat_removals")
    book.add(1, [80] * 40, seats=50)
    book.run_all(8, 9)
    known = (AccountVersion.account_id == 1, AccountVersion.superseded_on.is_(None))
    book.session.execute(update(AccountVersion).where(*known).values(superseded_on=day(10)))
    values = {"name": "Account 1", "segment": "smb", "arr_cents": 1_000_000, "seats": 40}
    book.session.execute(insert(AccountVersion).values(account_id=1, recorded_on=day(10), **values))
    book.session.execute(update(Account).where(Account.id == 1).values(seats=40))
    book.run_all(10, 12)
    assert book.outcomes("seat_removals") == [(10, "shadow", None)]
    (fire,) = book.session.scalars(select(RuleFire))
    assert fire.facts["said"] == "seats 50 → 40 within 30 days"


def test_news_of_the_contract_ends_a_snooze(book: Book) -> None:
    book.rules = pick_rules("fell_below_level", "commercial")
    own = Rule.model_validate(
        {
            "name": "commercial",
            "title": "Commercial",
            "why": "Since.",
            "class": "commercial",
            "severity": "at_risk",
            "when": {"signal": "custom(name=notice)", "at_least": 1},
        }
    )
    book.rules = (*book.rules, own)
    book.add(1, [80] * 9 + [60] * 10)
    book.run_all(8, 9)
    (alert,) = book.alerts()
    alert.state, alert.snoozed_until = "snoozed", morning_after(day(30))
    add_custom(book, 1, "notice", 11)
    book.run_all(10, 11)
    (alert,) = book.alerts()
    assert alert.state == "open"
    kinds = book.session.scalars(select(AlertEvent.kind).order_by(AlertEvent.id)).all()
    assert kinds[-2:] == ["also_fired", "woke"]
    assert book.outcomes("commercial") == [(11, "joined", None)]


def test_a_score_under_20_tells_the_executive_and_clears_at_25(book: Book) -> None:
    book.rules = pick_rules("score_below_20")
    book.add(1, [30] * 9 + [19, 22, 19, 24, 19, 26, 19])
    book.run_all(8, 15)
    (alert,) = book.alerts()
    assert (alert.as_of, alert.severity) == (day(9), "critical")
    assert "executive" in alert.facts["tell"]
    # 22 and 24 are under 25; 26 is not, so day 15 is a new entry, within the cool-down.
    assert book.outcomes("score_below_20") == [(9, "opened", None), (15, "suppressed", "already_open")]
    (fire, _) = book.session.scalars(select(RuleFire).order_by(RuleFire.id))
    assert fire.facts["figure"] == 19


def test_a_graver_rule_takes_the_place_of_the_open_alert_once(book: Book) -> None:
    book.rules = pick_rules("fell_below_level", "score_below_20", "critical_or_declining")
    book.add(1, [66] * 9 + [60, 60, 18, 18, 17])
    book.run_all(8, 13)
    first, second = book.alerts()
    assert (first.rule, first.state) == ("fell_below_level", "resolved")
    assert (second.rule, second.state) == ("score_below_20", "open")
    assert {noted["name"] for noted in second.facts["also"]} == {"fell_below_level", "critical_or_declining"}


def test_at_risk_and_declining(book: Book) -> None:
    book.rules = pick_rules("critical_or_declining")
    book.add(1, [80] * 9 + [64, 64, 59, 59, 38])
    book.add(2, [64] * 9 + [61, 58, 55])
    opened = book.run_all(8, 13)
    # Account 1 is at risk and fell by 16, then by 5; account 2 slides by 3 a day, which is stable.
    assert opened == [0, 1, 0, 0, 0, 1]
    assert {alert.account_id for alert in book.alerts()} == {1}


def test_days_in_a_row(book: Book) -> None:
    rule = Rule.model_validate(
        {
            "name": "low",
            "title": "Low",
            "why": "Since.",
            "when": {"score_below": 50},
            "consecutive_days": 3,
            "cool_down_days": 0,
        }
    )
    book.rules = (rule,)
    book.add(1, [80] * 9 + [40, 40, 80, 40, 40, 40, 40])
    assert [number for number in range(8, 16) if book.run(number)] == [14]
    assert book.session.scalars(select(RuleState.streak)).all() == [3]


def test_a_changed_rule_takes_who_meets_it_already_as_known(book: Book) -> None:
    book.rules = pick_rules("score_below_20")
    book.add(1, [30] * 40)
    book.add(2, [50] * 11 + [30] * 20)
    book.run_all(8, 9)
    changed = book.rules[0].model_dump(mode="json", by_alias=True, exclude_unset=True)
    book.rules = (Rule.model_validate({**changed, "when": {"score_below": 40}}),)
    assert book.run_all(10, 12) == [0, 1, 0]
    assert [alert.account_id for alert in book.alerts()] == [2]


def test_a_rule_that_fires_for_too_many_at_once_is_held_back(book: Book) -> None:
    book.rules = pick_rules("payment_failed")
    for account_id in range(1, 31):
        book.add(account_id, [80] * 20)
    for account_id in range(1, 7):
        add_payment(book, account_id, day(10))
    add_payment(book, 9, day(12))
    assert book.run_all(8, 12) == [0, 0, 0, 0, 1]
    fires = book.outcomes("payment_failed")
    assert fires == [(10, "suppressed", "flood")] * 6 + [(12, "opened", None)]


def test_fires_of_a_held_day_are_kept_with_the_reason(book: Book) -> None:
    for account_id in range(1, 31):
        book.add(account_id, [80] * 9 + [(50 if account_id <= 6 else 80)] * 3)
    book.run_all(8, 11)
    assert book.alerts() == []
    assert set(book.outcomes("fell_below_level")) == {(9, "suppressed", "flood")}
    assert len(book.outcomes("fell_below_level")) == 6


def test_running_a_day_again_changes_nothing(book: Book) -> None:
    book.rules = load_rules(None)
    book.add(1, [80] * 9 + [50, 18])
    add_payment(book, 1, day(9))
    add_champion(book, 1, day(9))

    def look() -> tuple[object, ...]:
        session = book.session
        states = session.execute(
            select(RuleState.rule, RuleState.streak, RuleState.firing, RuleState.as_of).order_by(
                RuleState.rule
            )
        )
        fires = session.execute(select(RuleFire.rule, RuleFire.as_of, RuleFire.outcome).order_by(RuleFire.id))
        alerts = session.execute(select(Alert.id, Alert.rule, Alert.state).order_by(Alert.id))
        events = session.execute(select(AlertEvent.kind).order_by(AlertEvent.id))
        return states.all(), fires.all(), alerts.all(), events.all(), book.wanted()

    for number in (8, 9, 10):
        book.run(number)
        before = look()
        assert book.evaluate(number) == 0
        assert book.run(number, force=True) == 0
        assert look() == before
    assert before[1]


def test_the_csm_of_the_time_is_kept_with_the_fire(book: Book) -> None:
    book.add_person(1, "Maria Lopez", "U1")
    book.add(1, [80] * 9 + [50], csm_id=1)
    book.run_all(8, 9)
    assert set(book.session.scalars(select(RuleFire.csm_id))) == {1}


def test_an_unknown_level_in_a_rule_is_met_by_nobody(book: Book, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    text = "name: gone\ntitle: Gone\nwhy: Since.\nwhen: {level: gone}\n"
    (tmp_path / "rules" / "gone.yaml").write_text(text)
    book.rules = tuple(rule for rule in load_rules(tmp_path) if rule.name == "gone")
    book.add(1, [80] * 9 + [10] * 3)
    assert sum(book.run_all(8, 11)) == 0


@pytest.mark.parametrize("name", sorted({rule.name for rule in load_rules(None)}))
def test_every_shipped_rule_can_be_looked_at(book: Book, name: str) -> None:
    book.rules = load_rules(None)
    assert TEAM.default_model == "pulse"
    book.rules = tuple(
        rule.model_copy(update={"state": "live" if rule.name == name else "off"}) for rule in book.rules
    )
    book.add(1, [80] * 12)
    assert sum(book.run_all(8, 9)) == 0
