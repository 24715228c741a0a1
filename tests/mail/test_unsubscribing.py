"""The way out of an e-mail, over HTTP: opened it asks, posted it is done."""

import http.client
import re
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bot.mail.unsubscribing import Ticket, build_link, read_token
from bot.preferences import load_preferences
from bot.web import Door
from tests.mail.conftest import SECRET, Desk

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """Where the door stands; the links in e-mails lead there."""

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")

    engine = desk.sessions.kw["bind"]
    door = Door(engine, App(authorize=authorize, signing_secret=SECRET), SECRET)
    server = make_server("127.0.0.1", 0, door, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    desk.public_url = f"http://127.0.0.1:{server.server_port}"
    yield desk.public_url
    server.shutdown()
    thread.join()
    server.server_close()


def ask(url: str, method: str = "GET", body: bytes | None = None) -> tuple[int, str, dict[str, str]]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request(method, f"{parts.path}?{parts.query}", body=body, headers=FORM if body else {})
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    return answer.status, page, {name.lower(): value for name, value in answer.getheaders()}


def send_one(desk: Desk) -> EmailMessage:
    desk.queue()
    desk.send_all()
    return desk.office.mails()[-1]


def find_link(mail: EmailMessage) -> str:
    link = re.fullmatch(r"<(.+)>", mail["List-Unsubscribe"])
    assert link is not None
    return link[1]


def wants_mail(desk: Desk, person_id: int = 1) -> bool:
    with desk.sessions() as session:
        return "email" in load_preferences(session, person_id).find_ways("critical_alert")


def test_the_mail_clients_own_button_ends_it(desk: Desk, address: str) -> None:
    mail = send_one(desk)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert find_link(mail).startswith(address)
    status, page, _ = ask(find_link(mail), "POST", ONE_CLICK)
    assert status == 200
    assert "no more e-mails about critical alerts" in page
    assert not wants_mail(desk)
    assert wants_mail(desk, 2), "another person's wish is not touched"


def test_the_link_in_the_text_only_asks(desk: Desk, address: str) -> None:
    mail = send_one(desk)
    body = mail.get_body(("plain",))
    assert body is not None
    assert find_link(mail) in body.get_content()
    status, page, headers = ask(find_link(mail))
    assert status == 200
    assert "No more e-mails about critical alerts?" in page
    assert 'method="post"' in page
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert wants_mail(desk), "a scanner that opens every link changes nothing"
    assert ask(find_link(mail), "POST", b"")[0] == 200
    assert not wants_mail(desk)


def test_a_way_out_that_was_taken_may_be_taken_again(desk: Desk, address: str) -> None:
    link = find_link(send_one(desk))
    assert [ask(link, "POST", ONE_CLICK)[0] for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("spoil", ["signature", "person", "event", "none", "gone"])
def test_a_link_that_is_not_ours_changes_nothing(desk: Desk, address: str, spoil: str) -> None:
    link = find_link(send_one(desk))
    spoiled = {
        "signature": link[:-1] + ("A" if link[-1] != "A" else "B"),
        "person": link.replace("t=1.", "t=2."),
        "event": link.replace("critical_alert", "alert"),
        "none": link.partition("?")[0],
        "gone": build_link(address, SECRET, Ticket(404, "alert")),
    }[spoil]
    status, page, _ = ask(spoiled, "POST", ONE_CLICK)
    assert status == 404
    assert "This link is not known" in page
    assert wants_mail(desk)
    assert wants_mail(desk, 2)


@pytest.mark.parametrize("token", ["", ".", "..", "1.alert", "a.b.c", "1.alert.é", "1.alert." + "x" * 5000])
def test_no_token_breaks_the_reader(token: str) -> None:
    assert read_token(SECRET, token) is None


def test_a_token_fits_its_own_secret_alone() -> None:
    token = build_link("", SECRET, Ticket(1, "alert")).partition("t=")[2]
    assert read_token(SECRET, token) == Ticket(1, "alert")
    assert read_token(SECRET + "x", token) is None


def test_without_a_public_address_the_e_mail_says_where_to_choose(desk: Desk) -> None:
    desk.public_url = None
    mail = send_one(desk)
    assert mail["List-Unsubscribe"] is None
    body = mail.get_body(("plain",))
    assert body is not None
    assert "in Staysail's Home" in body.get_content()
