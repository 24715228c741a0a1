"""What an alert's card and timeline tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from bot.alerts import load_alert_cards, load_line, load_open_alert_cards, load_timeline
from bot.alerts.lifecycle import add_event
from bot.alerts.views import AheadLine
from bot.models import AlertEvent
from tests.alerts.office import FACTS, NOW, OPENED, VERA, Office

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def office(session: Session) -> Office:
    office = Office(session)
    office.hire()
    office.add_account()
    office.open()
    return office


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    asked: list[str] = []

    def count(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", count)
    yield asked
    event.remove(engine, "before_cursor_execute", count)


def test_the_card_says_what_comes_next_and_whom_it_reaches(office: Office) -> None:
    card = office.card()
    assert card.ahead == AheadLine("escalate", OPENED + DAY, "Vera Manager", 1)
    assert (card.owner, card.escalated_to, card.asks_confirmation, card.proposes_end) == (
        "Maria Lopez",
        None,
        False,
        False,
    )
    office.act("assign", to_person_id=4)
    assert office.card().ahead == AheadLine("escalate", OPENED + DAY, "Max Manager", 1)
    office.act("acknowledge")
    assert office.card().ahead == AheadLine("confirm", NOW + 3 * DAY, "Otto Weber", 0)
    office.act("snooze", until=NOW + DAY)
    assert office.card().ahead == AheadLine("wake", NOW + DAY, None, 0)
    office.act("resolve")
    card = office.card()
    assert card.ahead is None
    assert card.end is not None
    assert (card.end.why, card.end.by) == ("by_hand", "Maria Lopez")


def test_the_card_says_why_it_stands_elsewhere(office: Office) -> None:
    detail = {"channel": "#gone", "to": "#cs-alerts", "problem": "the channel #gone is archived."}
    add_event(office.session, office.alerts[0], "rerouted", NOW, detail=detail)
    assert office.card().rerouted == "It stands here because the channel #gone is archived."


def test_an_account_without_a_score_has_a_card_too(office: Office) -> None:
    unknown = {"score": None, "score_before": None, "level": None, "level_before": None, "play": "nonesuch"}
    office.add_account(2)
    office.open(2, facts={**FACTS, **unknown})
    card = office.card()
    assert (card.score, card.delta, card.level, card.play) == (None, None, None, "nonesuch")


def test_the_timeline_tells_the_past_and_every_step_to_come(office: Office) -> None:
    office.act("acknowledge", VERA)
    office.act("reopen", now=NOW + HOUR)
    timeline = load_timeline(office.session, office.alerts[0], zone=office.team.zone)
    assert timeline is not None
    assert [(line.kind, line.by) for line in timeline.past] == [
        ("opened", None),
        ("acknowledged", "Vera Manager"),
        ("reopened", "Maria Lopez"),
    ]
    assert [(line.kind, line.step, line.to) for line in timeline.ahead] == [
        ("escalate", 1, "Vera Manager"),
        ("escalate", 2, "Eve Executive"),
    ]
    due = [line.at for line in timeline.ahead if line.at]
    assert due == sorted(due)
    assert load_timeline(office.session, 999, zone=office.team.zone) is None


def test_a_snooze_without_a_date_is_ahead_too(office: Office) -> None:
    office.act("snooze", until=None)
    timeline = load_timeline(office.session, office.alerts[0], zone=office.team.zone)
    assert timeline is not None
    assert [(line.kind, line.at) for line in timeline.ahead] == [
        ("wake", None),
        ("escalate", None),
        ("escalate", None),
    ]


def test_a_line_knows_its_alert(office: Office) -> None:
    office.act("acknowledge")
    event_id = office.session.query(AlertEvent.id).order_by(AlertEvent.id.desc()).limit(1).scalar()
    found = load_line(office.session, event_id or 0)
    assert found is not None
    line, account, alert_id = found
    assert (line.kind, line.by, account, alert_id) == (
        "acknowledged",
        "Maria Lopez",
        "Acme 1",
        office.alerts[0],
    )
    assert load_line(office.session, 99_999) is None


def test_a_list_of_cards_takes_as_many_queries_as_one(office: Office, engine: Engine) -> None:
    with counted(engine) as for_one:
        assert len(load_open_alert_cards(office.session, csm_id=3, zone=office.team.zone)) == 1
    for account_id in range(2, 12):
        office.add_account(account_id)
        office.open(account_id)
        office.act("acknowledge")
    office.act("resolve")
    with counted(engine) as for_many:
        cards = load_open_alert_cards(office.session, csm_id=3, zone=office.team.zone, limit=50)
    assert len(cards) == 10
    assert len(for_many) == len(for_one)
    assert load_open_alert_cards(office.session, csm_id=4, zone=office.team.zone) == ()
    wanted = [office.alerts[5], 999, office.alerts[2]]
    found = load_alert_cards(office.session, wanted, zone=office.team.zone)
    assert [card.alert_id for card in found] == [office.alerts[5], office.alerts[2]]
