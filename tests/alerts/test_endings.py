"""How an alert ends: its end is proposed when the account is back, and comes when nobody objects."""

from datetime import datetime

import pytest
from sqlalchemy import insert, select, update

from bot.alerts import acknowledge_alert, snooze_alert
from bot.alerts.keeping import find_next_due, keep_due_promises
from bot.errors import NotAllowed
from bot.models import Alert, AlertEvent, Person, RuleState
from tests.alerts.book import Book, day, morning_after

BACK = [80, 80]


def keep_until(book: Book, number: int) -> None:
    """Let alerts do by themselves what is due until the morning after a day."""
    while (due := find_next_due(book.session)) is not None and due <= morning_after(day(number)):
        keep_due_promises(book.session, now=due, team=book.team)


def live(book: Book, first: int, last: int) -> None:
    """Run these days, with what alerts do by themselves in between."""
    for number in range(first, last + 1):
        keep_until(book, number)
        book.run(number)


def kinds(book: Book) -> list[str]:
    """What happened to the first alert after it was opened, without who was called in."""
    asked = select(AlertEvent.kind).where(AlertEvent.alert_id == book.alerts()[0].id)
    silent = ("opened", "told", "held", "escalated", "also_fired")
    return [kind for kind in book.session.scalars(asked.order_by(AlertEvent.id)) if kind not in silent]


def test_an_end_is_proposed_after_two_runs_at_the_level_the_account_fell_from(book: Book) -> None:
    book.add(1, [80] * 9 + [60, 62, 66, 68, 68])
    book.run_all(8, 12)
    (alert,) = book.alerts()
    assert (alert.good_runs, alert.proposed_at) == (1, None), "66 is within the hysteresis of the border"
    book.run(13)
    (alert,) = book.alerts()
    assert (alert.state, alert.proposed_at) == ("open", morning_after(day(13)))
    assert book.card(alert).proposes_end
    book.run(14)
    assert kinds(book) == ["proposed"]


def test_it_ends_by_itself_when_nobody_objects(book: Book) -> None:
    book.add(1, [80] * 9 + [60] + [68] * 9)
    live(book, 8, 18)
    (alert,) = book.alerts()
    assert (alert.state, kinds(book)) == ("resolved", ["proposed", "resolved"])
    # Proposed on a Saturday morning: three working days begin on Monday.
    assert alert.resolved_at is not None
    assert alert.resolved_at.strftime("%a %H:%M") == "Thu 09:00"
    assert "🟢 Recovered to 68, Green" in book.text(alert)
    assert find_next_due(book.session) is None


def test_one_run_too_few_and_the_count_begins_anew(book: Book) -> None:
    book.add(1, [80] * 9 + [60, 80, 60, 80, 60])
    book.run_all(8, 13)
    (alert, *_) = book.alerts()
    assert (alert.good_runs, kinds(book)) == (0, [])


def test_a_proposed_end_is_withdrawn_when_the_account_falls_again(book: Book) -> None:
    book.add(1, [80] * 9 + [60, *BACK, 60])
    book.run_all(8, 11)
    (alert,) = book.alerts()
    assert alert.proposed_at is not None
    book.run(12)
    alert = book.alerts()[0]
    assert (alert.state, alert.proposed_at, alert.good_runs) == ("open", None, 0)
    assert kinds(book) == ["proposed", "kept_open"]


def test_the_same_run_counts_once(book: Book) -> None:
    book.add(1, [80] * 9 + [60, 80, 80])
    book.run_all(8, 10)
    book.evaluate(10)
    (alert,) = book.alerts()
    assert (alert.good_runs, alert.proposed_at) == (1, None)


def test_nobody_is_called_in_while_an_end_is_proposed(book: Book) -> None:
    book.add_person(1, "Maria Lopez", "U1")
    book.add_person(2, "Vera Manager", "U2")
    book.session.execute(update(Person).where(Person.id == 1).values(manager_id=2))
    book.add(1, [80] * 9 + [60, *BACK, 80, 60, 60, 60, 60, 60], csm_id=1)
    book.run_all(8, 11)
    keep_until(book, 12)
    book.run_all(12, 13)
    live(book, 14, 17)
    called = select(AlertEvent.at).where(AlertEvent.kind == "escalated").order_by(AlertEvent.id)
    first = book.session.scalars(called).first()
    assert first is not None
    assert first > morning_after(day(13)), "only once the account had fallen again"


def test_a_later_fall_is_a_new_message(book: Book) -> None:
    book.add(1, [80] * 9 + [60] + [80] * 10 + [60])
    live(book, 8, 20)
    assert [alert.state for alert in book.alerts()] == ["resolved", "open"]
    assert [subject for subject, _, _ in book.wanted()] == [alert.id for alert in book.alerts()]


def test_a_drop_within_a_level_is_over_when_half_of_it_is_made_up(book: Book) -> None:
    book.add(1, [95] * 9 + [75, 80, 84, 85, 85])
    assert book.run_all(8, 11) == [0, 1, 0, 0]
    assert [alert.good_runs for alert in book.alerts()] == [0]
    book.run_all(12, 13)
    assert kinds(book) == ["proposed"]


def test_a_churned_accounts_alert_ends_at_once(book: Book) -> None:
    book.add(1, [80] * 9 + [60, 60])
    book.run_all(8, 9)
    book.churn(1)
    book.run(10)
    (alert,) = book.alerts()
    assert alert.state == "resolved"
    assert "⚫ Churned" in book.text(alert)
    assert find_next_due(book.session) is None


def test_an_alert_waits_while_the_score_is_unknown(book: Book) -> None:
    book.add(1, [80] * 9 + [60, 80, None, None, 80])
    book.run_all(8, 12)
    assert [alert.good_runs for alert in book.alerts()] == [1]
    book.run(13)
    assert kinds(book) == ["proposed"]


def test_falling_further_is_news_and_the_older_message_says_so(book: Book) -> None:
    book.add(1, [66] * 9 + [60, 60, 39, 39])
    assert book.run_all(8, 12) == [0, 1, 0, 1, 0]
    first, second = book.alerts()
    assert first.state == "resolved"
    assert "🔻 Fell further to 39, Red: see the newer alert" in book.text(first)
    assert (second.state, second.severity) == ("open", "critical")
    assert "Green → Red · 66 → *39* (−27 in 7 d)" in book.text(second)


@pytest.mark.parametrize(
    ("path", "churns", "said"),
    [
        ([60, 60, 39], False, "has fallen further since"),
        ([60] + [80] * 9, False, "has recovered since"),
        ([60, 60, 60], True, "has churned since"),
    ],
)
def test_acknowledging_what_is_over_is_refused_with_the_reason(
    book: Book, path: list[float], churns: bool, said: str
) -> None:
    book.add_person(1, "Maria Lopez", "U1")
    book.add(1, [66.0] * 9 + path, csm_id=1)
    live(book, 8, 10)
    if churns:
        book.churn(1)
    live(book, 11, 8 + len(path))
    with pytest.raises(NotAllowed, match=said):
        acknowledge(book, morning_after(day(8 + len(path))))


def acknowledge(book: Book, now: datetime) -> None:
    acknowledge_alert(book.session, alert_id=book.alerts()[0].id, slack_user_id="U1", now=now, team=book.team)


def test_an_acknowledged_alert_still_ends_and_says_both(book: Book) -> None:
    book.add_person(1, "Maria Lopez", "U1")
    book.add(1, [80] * 9 + [60] + [80] * 9, csm_id=1)
    book.run_all(8, 9)
    acknowledge(book, morning_after(day(9)))
    live(book, 10, 18)
    text = book.text(book.alerts()[0])
    assert "🟢 Recovered to 80, Green · 18 Jun, 09:00 · acknowledged by Maria Lopez" in text


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ([60, 62, 58], "snoozed"),
        ([60, 63], "open"),
        ([60, 57], "open"),
        ([66, 64, 65, 67], "open"),
    ],
)
def test_a_snooze_until_the_score_changes_ends_with_three_points_or_another_level(
    book: Book, path: list[float], state: str
) -> None:
    book.add_person(1, "Maria Lopez", "U1")
    book.add(1, [80] * 9 + [path[0] - 3, *path], csm_id=1)
    book.run_all(8, 10)
    now = morning_after(day(10))
    alert = book.alerts()[0]
    snooze_alert(book.session, alert_id=alert.id, slack_user_id="U1", now=now, team=book.team, until=None)
    assert book.alerts()[0].snoozed_score == path[0]
    book.run_all(11, 9 + len(path))
    assert book.alerts()[0].state == state
    assert ("woke" in kinds(book)) == (state == "open")


def lasting_alert(book: Book, **also: object) -> Alert:
    """An alert of a rule about something that lasts, opened on the day with number 8."""
    book.add(1, [80] * 20)
    facts = {"lasts": True, "score": None, "rank": None, "also": [], "rule_title": "No login", **also}
    book.session.execute(
        insert(Alert).values(
            account_id=1,
            rule="no_login",
            severity="at_risk",
            as_of=day(8),
            opened_at=morning_after(day(8)),
            facts=facts,
        )
    )
    return book.alerts()[0]


def stand(book: Book, rule: str, *, firing: bool) -> None:
    book.session.merge(RuleState(rule=rule, account_id=1, streak=0, firing=firing, as_of=day(8)))
    book.session.flush()


def test_an_alert_of_something_that_lasts_is_over_with_it_whatever_the_score(book: Book) -> None:
    lasting_alert(book)
    stand(book, "no_login", firing=True)
    book.run_all(9, 12)
    assert kinds(book) == []
    stand(book, "no_login", firing=False)
    book.run_all(13, 14)
    assert kinds(book) == ["proposed"]
    stand(book, "no_login", firing=True)
    book.run(15)
    assert kinds(book) == ["proposed", "kept_open"]


def test_what_joined_an_alert_and_lasts_keeps_it_open(book: Book) -> None:
    book.add(1, [80] * 9 + [60] + [80] * 9)
    book.run_all(8, 9)
    alert = book.alerts()[0]
    alert.facts = {
        **alert.facts,
        "also": [{"name": "payment_failed", "title": "Payment failed", "lasts": True}],
    }
    stand(book, "payment_failed", firing=True)
    book.run_all(10, 12)
    assert kinds(book) == []
    stand(book, "payment_failed", firing=False)
    book.run_all(13, 14)
    assert kinds(book) == ["proposed"]
