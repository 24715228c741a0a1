"""When too many accounts move together the data is to blame: one message, and nothing comes out late."""

from blocks.floods import build_flood
from bot.alerts import load_flood_card
from bot.config import Alerts
from bot.models import HeldFlood
from tests.alerts.book import TEAM, Book, Figure

STEADY = 30
BROKEN = 6


def fill(book: Book, broken: list[Figure], *, others: Figure = 80, days: int = 30) -> None:
    """Thirty accounts: the first ones go the way of ``broken`` from day 9 on, the others stay."""
    for account_id in range(1, STEADY + 1):
        path = broken if account_id <= BROKEN else [others] * days
        book.add(account_id, [80] * 9 + path)


def flood_text(book: Book) -> str:
    (flood,) = book.session.query(HeldFlood).all()
    card = load_flood_card(book.session, flood.id)
    assert card is not None
    reply = build_flood(card)
    return f"{reply.text}\n{reply.blocks[0]['text']['text']}"


def test_a_flood_is_one_message_and_no_alerts(book: Book) -> None:
    fill(book, [(80, 10)] * 8)
    assert book.run_all(8, 9) == [0, 0]
    assert book.alerts() == []
    assert [(channel, version) for _, channel, version in book.wanted("flood")] == [("#cs-alerts", 1)]
    text = flood_text(book)
    assert "6 of 30 scores (20 %) fell by 5 points or more on 10 Jun" in text
    assert "*Moved most:* Ticket peace (6 of 6)" in text


def test_looking_at_the_day_again_does_nothing(book: Book) -> None:
    fill(book, [(80, 10)] * 8)
    book.run_all(8, 9)
    assert book.evaluate(9) == 0
    assert book.run(9, force=True) == 0
    assert book.alerts() == []
    assert [version for _, _, version in book.wanted("flood")] == [1]


def test_exactly_the_allowed_share_is_no_flood(book: Book) -> None:
    book.team = TEAM.model_copy(update={"alerts": Alerts(flood_share=0.2)})
    fill(book, [(80, 10)] * 8)
    assert book.run_all(8, 9) == [0, 6]


def test_what_stays_low_after_a_flood_does_not_come_out_late(book: Book) -> None:
    fill(book, [(80, 10)] * 25)
    book.run_all(8, 9)
    assert book.run_all(10, 18) == [0] * 9
    assert len(book.wanted("flood")) == 1


def test_when_the_feed_is_back_only_who_really_fell_is_reported(book: Book) -> None:
    # One of seven really fell behind the broken feed.
    for account_id in range(1, STEADY + 1):
        broken = account_id <= BROKEN + 1
        after = (80, 10) if account_id == 1 else (80, 80)
        book.add(account_id, [80] * 9 + ([(80, 10)] * 3 if broken else [80] * 3) + [after] * 27)
    assert book.run_all(8, 13) == [0, 0, 0, 0, 0, 1]
    (alert,) = book.alerts()
    assert alert.account_id == 1
    assert "Green → Yellow · 80 → *52*" in book.text(alert)
    # The return was a flood too, upwards.
    assert [flood.facts["direction"] for flood in book.session.query(HeldFlood)] == ["down", "up"]
    assert sum(book.run_all(14, 21)) == 0


def test_a_feed_that_read_too_high_does_not_drop_everyone_when_it_is_mended(book: Book) -> None:
    fill(book, [(80, 100)] * 2 + [80] * 20)
    assert sum(book.run_all(8, 19)) == 0
    # 80 → 88 is a move up of a flood's size, and back down is one too.
    assert [flood.facts["direction"] for flood in book.session.query(HeldFlood)] == ["up", "down"]


def test_a_real_fall_after_a_flood_is_reported_at_once(book: Book) -> None:
    fill(book, [(80, 10)] * 25)
    book.add(31, [80] * 11 + [60] * 5)
    book.run_all(8, 10)
    assert book.run(11) == 1
    assert [alert.account_id for alert in book.alerts()] == [31]


def test_a_small_team_has_no_floods(book: Book) -> None:
    for account_id in range(1, 11):
        book.add(account_id, [80] * 9 + [60 if account_id <= 3 else 80])
    assert book.run_all(8, 9) == [0, 3]
    assert book.wanted("flood") == []


def test_accounts_without_a_score_do_not_count(book: Book) -> None:
    for account_id in range(1, 61):
        path = [80] * 9 + [60 if account_id <= 5 else 80] if account_id <= 30 else [None] * 10
        book.add(account_id, path)
    # Five of thirty with a score are more than 15 %, five of sixty would not be.
    assert book.run_all(8, 9) == [0, 0]
    assert len(book.wanted("flood")) == 1
