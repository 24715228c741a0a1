"""What the mailer sends, to a real SMTP server, and what becomes of it when that one fails."""

import threading
from collections import Counter

import pytest
from sqlalchemy import text

from bot.mail.contents import build_writers
from bot.mail.letters import MAX_ATTEMPTS, Letter, abandon_letters, take_letter
from bot.mail.queue import MailContent, revive_mails
from bot.mail.sending import Mailer, Written
from bot.mail.smtp import NoService
from bot.preferences import set_preference
from tests.mail.conftest import TEAM, Desk
from tests.mail.office import PostOffice


def test_an_alert_arrives_as_text_and_html(desk: Desk) -> None:
    assert desk.queue()
    assert desk.send_all() == 1
    (mail,) = desk.office.mails()
    assert desk.office.recipients == ["maria@corp.example"]
    assert mail["From"] == "Staysail <staysail@corp.example>"
    assert mail["To"] == "Maria Lopez <maria@corp.example>"
    assert mail["Subject"] == "🔴 Acme · Green → Red · 80 → 32 (−48 in 7 d)"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        said = body.get_content()
        for phrase in (
            "A critical alert was opened.",
            "Logins fell by 60 %",
            "Call their champion.",
            "$120k",
        ):
            assert phrase in said
    assert desk.row().status == "sent"
    assert desk.row().sent_at is not None


def test_an_alert_is_queued_once_for_each_state(desk: Desk) -> None:
    assert desk.queue()
    assert not desk.queue()
    desk.send_all()
    assert not desk.queue()
    assert desk.send_all() == 0
    assert len(desk.office.taken) == 1


def test_content_that_was_given_is_sent_as_it_is_dots_and_all(desk: Desk) -> None:
    given = MailContent("Yours", "one\n.\n..two\n.three\nQUIT\n", "<p>\n.\n</p>\n")
    desk.queue(content=given)
    desk.send_all()
    (mail,) = desk.office.mails()
    said = [mail.get_body((kind,)) for kind in ("plain", "html")]
    assert mail["Subject"] == "Yours"
    assert [body and body.get_content().replace("\r\n", "\n") for body in said] == [given.text, given.html]


def test_later_states_answer_the_first_e_mail(desk: Desk) -> None:
    desk.queue()
    for kind in ("acknowledged", "resolved"):
        line = desk.happen(1, kind, by=2, why="by_hand")
        desk.queue(key=f"event:{line}")
    desk.send_all()
    first, second, third = desk.office.mails()
    assert first["References"] is None
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["References"] == first["Message-ID"]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert third["References"] == f"{first['Message-ID']} {second['Message-ID']}"
    assert second["Subject"] == f"Re: {first['Subject']}"
    assert third["Subject"] == second["Subject"]
    body = second.get_body(("plain",))
    assert body is not None
    assert "Acknowledged by Vera Novak" in body.get_content()


def test_each_person_has_a_thread_of_their_own(desk: Desk) -> None:
    for person in (1, 2):
        desk.queue(person_id=person)
    desk.queue(key=f"event:{desk.happen(1, 'escalated', to='Vera')}", person_id=2)
    desk.send_all()
    by_person: dict[str, list[str]] = {}
    for mail in desk.office.mails():
        by_person.setdefault(mail["To"], []).append(mail["In-Reply-To"] or "")
    assert [len(found) for found in by_person.values()] == [1, 2]
    assert len({mail["Message-ID"] for mail in desk.office.mails()}) == 3


def test_what_is_refused_for_now_is_sent_later_and_its_thread_waits(desk: Desk) -> None:
    desk.queue()
    desk.queue(key=f"event:{desk.happen(1, 'acknowledged', by=2)}")
    desk.office.refuse_recipients = ["451 4.7.1 Greylisted, come back"]
    assert desk.send_all() == 1
    row = desk.row()
    assert (row.status, row.attempts) == ("queued", 1)
    assert "451 4.7.1 Greylisted" in (row.problem or "")
    desk.hurry()
    assert desk.send_all() == 2
    assert [row.status for row in desk.rows()] == ["sent", "sent"]
    assert desk.row().problem is None


@pytest.mark.parametrize("where", ["refuse_recipients", "refuse_data"])
def test_what_is_refused_for_good_is_given_up_with_the_servers_words(desk: Desk, where: str) -> None:
    setattr(desk.office, where, ["550 5.1.1 No such mailbox"])
    desk.queue()
    desk.add_alert(2, "Beta")
    desk.queue(alert_id=2)
    desk.send_all()
    assert [row.status for row in desk.rows()] == ["failed", "sent"]
    assert "550 5.1.1 No such mailbox" in (desk.row().problem or "")


def test_a_failed_e_mail_is_sent_on_demand(desk: Desk) -> None:
    desk.office.refuse_recipients = ["550 No"]
    desk.queue()
    desk.send_all()
    with desk.sessions() as session, session.begin():
        assert revive_mails(session) == 1
    desk.send_all()
    assert desk.row().status == "sent"


def test_a_connection_that_ends_before_the_e_mail_does_leaves_nothing_behind(desk: Desk) -> None:
    desk.office.cut_before = 1
    desk.queue()
    desk.send_all()
    assert desk.row().status == "queued"
    desk.hurry()
    desk.send_all()
    assert desk.row().status == "sent"
    assert len(desk.office.taken) == 1


def test_an_e_mail_whose_answer_was_lost_is_unknown_and_not_sent_again(desk: Desk) -> None:
    desk.office.cut_after = 1
    desk.queue()
    desk.send_all()
    row = desk.row()
    assert row.status == "unknown"
    assert "may have arrived or not" in (row.problem or "")
    desk.hurry()
    assert desk.send_all() == 0
    assert len(desk.office.taken) == 1


def test_an_answer_that_is_none_leaves_an_e_mail_unknown(desk: Desk) -> None:
    desk.office.refuse_data = ["Hello there"]
    desk.queue()
    desk.send_all()
    assert desk.row().status == "unknown"
    assert "at the end; it may have arrived or not" in (desk.row().problem or "")


def test_an_unknown_e_mail_sent_again_is_recognised_by_its_id(desk: Desk) -> None:
    desk.office.cut_after = 1
    desk.queue()
    desk.send_all()
    with desk.sessions() as session, session.begin():
        revive_mails(session)
    desk.send_all()
    first, second = desk.office.mails()
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Subject"] == second["Subject"]


def test_what_is_refused_for_now_too_often_is_given_up(desk: Desk) -> None:
    desk.queue()
    with desk.sessions() as session, session.begin():
        session.execute(text("update mail set attempts = :n"), {"n": MAX_ATTEMPTS - 1})
    desk.office.refuse_recipients = ["452 Mailbox full"]
    desk.send_all()
    assert desk.row().status == "failed"


def test_a_server_that_is_down_blames_no_e_mail(desk: Desk) -> None:
    desk.queue()
    port = desk.office.port
    desk.office.port = 1
    with pytest.raises(NoService, match="check SMTP_URL"):
        desk.build_post().send_next()
    row = desk.row()
    assert (row.status, row.attempts) == ("queued", 0)
    assert "cannot be reached" in (row.problem or "")
    desk.office.port = port
    desk.send_all()
    assert desk.row().status == "sent"


def test_one_connection_carries_many_e_mails(desk: Desk) -> None:
    for number in range(2, 12):
        desk.add_alert(number, f"Account {number}")
        desk.queue(alert_id=number)
    assert desk.send_all() == 10
    assert desk.office.connections == 1


def test_who_wants_no_more_gets_none_that_waits(desk: Desk) -> None:
    desk.queue()
    with desk.sessions() as session, session.begin():
        set_preference(session, person_id=1, event="critical_alert", way="email", frequency="never")
    desk.send_all()
    assert desk.row().status == "dropped"
    assert desk.office.taken == []


def test_an_alert_that_is_gone_is_not_written_about(desk: Desk) -> None:
    desk.queue(alert_id=404)
    desk.send_all()
    assert desk.row().status == "dropped"


def test_an_address_that_is_none_is_named(desk: Desk) -> None:
    desk.add_person(3, "Nobody", email="nobody at home")
    desk.queue(person_id=3)
    desk.send_all()
    assert desk.row().status == "failed"
    assert "correct people.csv" in (desk.row().problem or "")


def test_a_mailer_that_was_overtaken_sends_nothing(desk: Desk) -> None:
    desk.queue()
    slow = desk.build_post()
    start = slow._start
    quick = desk.build_post()

    def overtaken(letter: Letter, written: Written) -> bool:
        desk.hurry()
        assert quick.send_next()
        return start(letter, written)

    slow._start = overtaken  # type: ignore[method-assign]
    assert slow.send_next()
    assert desk.row().status == "sent"
    assert len(desk.office.taken) == 1


def test_what_is_left_behind_in_the_moment_of_sending_is_unknown(desk: Desk) -> None:
    desk.queue()
    with desk.sessions() as session, session.begin():
        assert take_letter(session) is not None
        session.execute(text("update mail set status = 'sending'"))
        assert abandon_letters(session) == 0
    desk.hurry()
    assert desk.send_all() == 0
    assert desk.row().status == "unknown"
    assert desk.office.taken == []


def test_two_mailers_send_each_e_mail_once(desk: Desk) -> None:
    desk.office.slowness = 0.01
    for number in range(2, 32):
        desk.add_alert(number, f"Account-{number:02}")
        desk.queue(alert_id=number)
    posts = [desk.build_post() for _ in range(2)]
    threads = [threading.Thread(target=desk.send_all, args=[post]) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.status for row in desk.rows()} == {"sent"}
    subjects = Counter(str(mail["Subject"]) for mail in desk.office.mails())
    assert len(subjects) == 30
    assert set(subjects.values()) == {1}


def test_a_running_mailer_is_woken_by_the_commit(desk: Desk, office: PostOffice) -> None:
    arrived = threading.Event()

    class Noticing(list[bytes]):
        def append(self, each: bytes) -> None:
            super().append(each)
            arrived.set()

    office.taken = Noticing()
    writers = build_writers(TEAM, desk.setup)
    mailer = Mailer(sessions=desk.sessions, setup=desk.setup, writers=writers, listen_url=desk.url)
    mailer.start()
    try:
        desk.queue()
        assert arrived.wait(20)
    finally:
        assert mailer.stop()
    assert desk.row().status == "sent"
