"""What a message says agrees with itself: the headline, the reasons and the next step."""

from datetime import date

from tests.alerts.book import Book


def test_the_reasons_are_the_parts_of_the_fall_and_the_advice_is_about_the_first(book: Book) -> None:
    book.add(1, [(80, 80)] * 9 + [(78, 20)])
    book.run_all(8, 9)
    text = book.text(book.alerts()[0])
    assert "80 → *55* (−25 in 7 d)" in text
    assert "*Why:* tickets 80 → 20 (−24)\n" in text
    assert "*Do:* Go through the open tickets" in text


def test_advice_is_not_about_what_weighs_but_did_not_fall(book: Book) -> None:
    # Support costs more points, as it has for long; it is the logins that fell.
    book.add(1, [(90, 10)] * 9 + [(60, 10)])
    book.run_all(8, 9)
    text = book.text(book.alerts()[0])
    assert "*Why:* logins 90 → 60 (−18)" in text
    assert "*Do:* Ask the admin what keeps people from logging in" in text


def test_a_fall_after_a_rise_is_told_from_yesterday_and_by_what_weighs(book: Book) -> None:
    # A week ago the score was lower than now: compared with then, nothing fell.
    book.add(1, [(64, 64)] * 6 + [(68, 68)] * 3 + [(66, 60)])
    assert book.run_all(5, 9)[-1] == 1
    text = book.text(book.alerts()[0])
    assert "Green → Yellow · 68 → *64* (−4 in 1 d)" in text
    assert "*Why:* tickets 68 → 60 (−3)" in text


def test_a_hairs_breadth_is_explained_by_what_weighs_most(book: Book) -> None:
    book.add(1, [(70, 58)] * 9 + [(69, 57)])
    book.run_all(8, 9)
    text = book.text(book.alerts()[0])
    assert "65 → *64* (−1 in 7 d)" in text
    assert "*Weighs most:* logins 69 · tickets 57" in text
    assert "*Do:* Ask the admin what keeps people from logging in" in text


def test_new_data_is_named_as_the_cause_and_not_the_weights_it_shifts(book: Book) -> None:
    book.add(1, [(80, None)] * 9 + [(80, 10)])
    book.run_all(8, 9)
    text = book.text(book.alerts()[0])
    assert "*Why:* tickets 10, new (−28)" in text
    assert "logins" not in text.split("*Do:*")[0]


def test_data_that_ended_is_said_to_have_ended(book: Book) -> None:
    book.add(1, [(60, 95)] * 9 + [(60, None)])
    book.run_all(8, 9)
    text = book.text(book.alerts()[0])
    assert "no data" in text
    assert "*Do:* Find out why there is no data on Ticket peace any more" in text


def test_dates_that_are_over_are_not_offered(book: Book) -> None:
    book.add(1, [80] * 9 + [60], renewal_on=date(2026, 7, 1), notice_days=30)
    book.add(2, [80] * 9 + [60], renewal_on=date(2026, 12, 1), notice_days=30)
    book.run_all(8, 9)
    texts = {alert.account_id: book.text(alert) for alert in book.alerts()}
    assert "opt-out" not in texts[1]
    assert "renewal 1 Jul (in 20 d)" in texts[1]
    assert "opt-out by 1 Nov (in 143 d)" in texts[2]
