"""An alert ends by itself, its message says how, and a new fall is a new message."""

import pytest

from bot.alerts import acknowledge_alert
from bot.errors import NotAllowed
from tests.alerts.book import Book, day, morning_after


def test_an_alert_ends_at_the_level_the_account_fell_from(book: Book) -> None:
    book.add(1, [80] * 9 + [60, 62, 66, 68, 68])
    book.run_all(8, 11)
    (alert,) = book.alerts()
    version = book.wanted()[0][2]
    assert alert.state == "open", "66 is within the hysteresis of the border"
    book.run(12)
    (alert,) = book.alerts()
    assert alert.state == "resolved"
    assert book.wanted() == [(alert.id, "#cs-alerts", version + 1)]
    assert "🟢 Recovered to 68, Green · 14 Jun, 06:00" in book.text(alert)
    book.run(13)
    assert book.wanted()[0][2] == version + 1


def test_a_later_fall_is_a_new_message(book: Book) -> None:
    book.add(1, [80] * 9 + [60] + [80] * 10 + [60])
    book.run_all(8, 20)
    assert [alert.state for alert in book.alerts()] == ["resolved", "open"]
    assert [subject for subject, _, _ in book.wanted()] == [alert.id for alert in book.alerts()]


def test_a_drop_within_a_level_ends_when_half_of_it_is_made_up(book: Book) -> None:
    book.add(1, [95] * 9 + [75, 80, 84, 85])
    assert book.run_all(8, 11) == [0, 1, 0, 0]
    assert [alert.state for alert in book.alerts()] == ["open"]
    book.run(12)
    assert "Recovered to 85, Green" in book.text(book.alerts()[0])


def test_a_churned_accounts_alert_ends(book: Book) -> None:
    book.add(1, [80] * 9 + [60, 60])
    book.run_all(8, 9)
    book.churn(1)
    book.run(10)
    (alert,) = book.alerts()
    assert alert.state == "resolved"
    assert "⚫ Churned" in book.text(alert)


def test_an_alert_waits_while_the_score_is_unknown(book: Book) -> None:
    book.add(1, [80] * 9 + [60, None, None])
    book.run_all(8, 11)
    assert [alert.state for alert in book.alerts()] == ["open"]


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
        ([60, 60, 39], False, "has fallen further since: acknowledge the newer alert"),
        ([60, 60, 80], False, "has recovered since"),
        ([60, 60, 60], True, "has churned since"),
    ],
)
def test_acknowledging_what_is_over_is_refused_with_the_reason(
    book: Book, path: list[float], churns: bool, said: str
) -> None:
    book.add_person(1, "Maria Lopez", "U1")
    book.add(1, [66.0] * 9 + path)
    book.run_all(8, 10)
    if churns:
        book.churn(1)
    book.run(11)
    with pytest.raises(NotAllowed, match=said):
        acknowledge_alert(
            book.session, alert_id=book.alerts()[0].id, slack_user_id="U1", now=morning_after(day(11))
        )


def test_an_acknowledged_alert_still_ends_and_says_both(book: Book) -> None:
    book.add_person(1, "Maria Lopez", "U1")
    book.add(1, [80] * 9 + [60, 80])
    book.run_all(8, 9)
    done = acknowledge_alert(
        book.session, alert_id=book.alerts()[0].id, slack_user_id="U1", now=morning_after(day(9))
    )
    assert (done.first, done.by) == (True, "Maria Lopez")
    book.run(10)
    text = book.text(book.alerts()[0])
    assert "✅ Acknowledged by Maria Lopez, 06:00" in text
    assert "🟢 Recovered to 80, Green" in text
