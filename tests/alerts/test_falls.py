"""A fall is news once: when it happens, not when it is computed again, and not while it lasts."""

import pytest

from bot.alerts.lifecycle import resolve
from tests.alerts.book import PULSE, Book, day, morning_after, read_model


def test_a_fall_into_a_worse_level_opens_one_alert_and_wants_one_message(book: Book) -> None:
    book.add(1, [66] * 9 + [60] * 4)
    assert book.run_all(8, 12) == [0, 1, 0, 0, 0]
    (alert,) = book.alerts()
    assert (alert.rule, alert.severity, alert.state) == ("fell_below_level", "at_risk", "open")
    assert book.wanted() == [(alert.id, "#cs-alerts", 1)]
    assert "Green → Yellow · 66 → *60* (−6 in 7 d)" in book.text(alert)


def test_the_worst_level_is_critical(book: Book) -> None:
    book.add(1, [44] * 9 + [39])
    book.run_all(8, 9)
    assert [alert.severity for alert in book.alerts()] == ["critical"]


@pytest.mark.parametrize(("low", "opened"), [(79.0, 0), (78.6, 0), (78.4, 1), (70.0, 1)])
def test_a_drop_is_more_than_ten_of_the_points_people_see(book: Book, low: float, opened: int) -> None:
    book.add(1, [89.0] * 9 + [low] * 3)
    assert sum(book.run_all(8, 11)) == opened
    assert [alert.rule for alert in book.alerts()] == ["score_drop"] * opened


def test_a_drop_is_measured_over_a_week(book: Book) -> None:
    book.add(1, [95.0 - number for number in range(16)])
    book.add(2, [95.0] * 9 + [95.0 - 3 * number for number in range(1, 8)])
    assert book.run_all(8, 15) == [0, 0, 0, 0, 1, 0, 0, 0]
    assert "Account 2* · Score fell fast · Green · 95 → *83* (−12 in 7 d)" in book.text(book.alerts()[0])


def test_both_rules_for_one_account_are_one_message(book: Book) -> None:
    book.add(1, [80] * 9 + [50] * 2)
    assert book.run_all(8, 10) == [0, 1, 0]
    (alert,) = book.alerts()
    assert alert.rule == "fell_below_level"
    assert "also: Score fell fast" in book.text(alert)
    assert len(book.wanted()) == 1


def test_computing_a_day_again_changes_nothing(book: Book) -> None:
    book.add(1, [80] * 9 + [50])
    book.run(9)
    before = book.wanted()
    assert book.evaluate(9) == 0
    assert book.run(9, force=True) == 0
    assert book.wanted() == before
    assert len(book.alerts()) == 1


def test_an_account_that_stays_low_is_no_news(book: Book) -> None:
    book.add(1, [20] * 20)
    assert sum(book.run_all(8, 19)) == 0


def test_the_same_fall_is_not_news_again_within_the_cool_down(book: Book) -> None:
    book.add(1, [80] * 9 + [60, 80, 60, 80, 60, 80, 60, 80, 60, 80, 60])
    opened = []
    for number in range(8, 20):
        if book.run(number):
            opened.append(number)
        for alert in book.alerts():
            resolve(book.session, alert, why="recovered", now=morning_after(day(number)))
    # The level rule rests for a week; the drop, which joined the first alert, for a month.
    assert opened == [9, 17]
    assert {alert.rule for alert in book.alerts()} == {"fell_below_level"}
    assert book.outcomes("fell_below_level") == [
        (9, "opened", None),
        (11, "suppressed", "cool_down"),
        (13, "suppressed", "cool_down"),
        (15, "suppressed", "cool_down"),
        (17, "opened", None),
        (19, "suppressed", "cool_down"),
    ]


def test_a_border_is_crossed_with_hysteresis(book: Book) -> None:
    book.add(1, [70] * 9 + [64, 65, 66, 64, 66, 64])
    assert book.run_all(8, 14) == [0, 1, 0, 0, 0, 0, 0]
    (alert,) = book.alerts()
    assert alert.state == "open", "66 is not above the border by the hysteresis"


def test_a_model_with_other_levels_and_names(book: Book) -> None:
    levels = PULSE[: PULSE.index("levels:")] + (
        "levels:\n"
        "  - {name: lost, title: As good as lost, color: red, from: 0}\n"
        "  - {name: shaky, title: Shaky, color: orange, from: 20}\n"
        "  - {name: fine, title: Fine, color: yellow, from: 50}\n"
        "  - {name: thriving, title: Thriving, color: green, from: 80}\n"
    )
    book.model = read_model(levels)
    book.add(1, [82] * 9 + [78])
    book.add(2, [25] * 9 + [15])
    assert book.run_all(8, 9) == [0, 2]
    texts = {alert.account_id: (alert.severity, book.text(alert)) for alert in book.alerts()}
    assert texts[1][0] == "at_risk"
    assert "Thriving → Fine" in texts[1][1]
    assert texts[2][0] == "critical"
    assert "Shaky → As good as lost" in texts[2][1]


def test_an_unknown_score_is_no_fall(book: Book) -> None:
    book.add(1, [80] * 9 + [None, None])
    book.add(2, [None] * 9 + [20, 20])
    book.add(3, [80] * 9)
    assert sum(book.run_all(8, 10)) == 0


def test_a_churned_account_does_not_fall(book: Book) -> None:
    book.add(1, [80] * 9 + [20], status="churned")
    assert sum(book.run_all(8, 9)) == 0


def test_what_fell_during_an_outage_of_the_clock_is_not_missed(book: Book) -> None:
    book.add(1, [66] * 10 + [60] * 4)
    assert book.run(8) == 0
    # Nothing ran for days 9 to 12; account 1 fell on day 10, by too little for the drop.
    assert book.run(13) == 1
    (alert,) = book.alerts()
    assert "Green → Yellow" in book.text(alert)


def test_a_day_before_the_newest_is_left_alone(book: Book) -> None:
    book.add(1, [80] * 9 + [50, 50, 50])
    book.run(11)
    opened = len(book.alerts())
    assert book.evaluate(9) == 0
    assert len(book.alerts()) == opened
