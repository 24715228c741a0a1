"""No figure in money stands where people of another company read along (Slack Connect)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.contents import build_builders
from bot.courier.delivery import Content, Delivery
from bot.courier.runner import run_errand
from bot.models import Digest
from bot.reports.digest_views import write_digest
from tests.alerts.book import Book
from tests.blocks.rule_views import AT, make_digest
from tests.courier.conftest import Office
from tests.reports.team import TEAM, Team


def build_money(_session: Session, subject_id: int) -> Content:
    return Content(f"note {subject_id}: $84k", for_guests=Content(f"note {subject_id}"))


def run(office: Office, times: int = 20) -> None:
    """Errands of one courier, with every lane's rest skipped."""
    delivery = Delivery(office.client, office.sessions, {"note": build_money})
    for _ in range(times):
        with office.sessions.begin() as session:
            session.execute(text("update slack_lane set next_at = now() - interval '1 day'"))
        if not run_errand(office.sessions, delivery):
            return


@pytest.mark.parametrize(("channel", "words"), [("#cs-alerts", "note 7: $84k"), ("#with-acme", "note 7")])
def test_money_stays_among_the_team(office: Office, channel: str, words: str) -> None:
    office.want(7, channel)
    run(office)
    assert [message["text"] for message in office.slack.messages(channel.lstrip("#"))][-1:] == [words]


def test_slack_is_asked_once_for_many_messages_and_not_for_direct_ones(office: Office) -> None:
    for subject in range(4):
        office.want(subject, "#with-acme")
        office.want(subject, "U1")
    run(office)
    assert len(office.slack.journal("conversations.info")) == 1
    texts = [message["text"] for message in office.slack.messages("with-acme")]
    assert sum("$" in each for each in texts) == 0
    assert sum(each.startswith("note") for each in texts) == 4


def test_while_slack_does_not_say_nothing_is_posted(office: Office) -> None:
    office.want(7, "#with-acme")
    office.slack.faults("status", method="conversations.info", status=503, times=1)
    run(office, times=1)
    assert office.slack.journal("chat.postMessage") == []


def test_an_alert_has_a_version_for_guests(session: Session) -> None:
    book = Book(session)
    book.add(1, [80, 30], arr_cents=8_400_000)
    book.run_all(0, 1)
    (alert,) = book.alerts()
    shown = build_builders(book.team)["alert"](session, alert.id)
    assert shown is not None
    assert shown.for_guests is not None
    assert "$84k ARR" in str(shown.blocks)
    assert "$" not in str(shown.for_guests.blocks) + shown.for_guests.text
    assert shown.for_guests.text == shown.text


def test_a_digest_has_a_version_for_guests(session: Session) -> None:
    team = Team(session)
    team.add_people()
    digest = Digest(kind="daily", channel="#cs-team", day=AT.date(), at=AT, facts={})
    digest.facts = write_digest(make_digest(3))
    own = Digest(kind="daily", channel="UMARIA", person_id=1, day=AT.date(), at=AT)
    own.facts = write_digest(replace(make_digest(3), at=AT - timedelta(days=1)))
    session.add_all([digest, own])
    session.flush()
    builders = build_builders(TEAM)
    for_team = builders["digest"](session, digest.id)
    assert for_team is not None
    assert for_team.for_guests is not None
    assert "$" in str(for_team.blocks)
    assert "$" not in str(for_team.for_guests.blocks)
    private = builders["digest"](session, own.id)
    assert private is not None
    assert private.for_guests is None
