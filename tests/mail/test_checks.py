"""`staysail check` names what is wrong with e-mail, and what to do."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.checks import Finding
from bot.config import Route, Settings, TeamConfig
from bot.mail.checks import check_mail, check_mails, check_routes
from tests.mail.conftest import SECRET, Desk
from tests.mail.office import open_office


class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Healthy)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def check(desk: Desk, **changed: Any) -> dict[str, Finding]:
    given: dict[str, Any] = {
        "smtp_url": SecretStr(desk.office.url),
        "mail_from": "Staysail <staysail@corp.example>",
        "slack_signing_secret": SecretStr(SECRET),
        "staysail_config": None,
        "public_url": None,
    }
    settings = Settings().model_copy(update={**given, **changed})
    return {each.what: each for each in check_mail(settings)}


def test_e_mail_that_is_well(desk: Desk, web: str) -> None:
    found = check(desk, public_url=web)
    assert {each.mark for each in found.values()} == {"ok"}
    where = f"127.0.0.1:{desk.office.port}, not encrypted, from staysail@corp.example"
    assert found["e-mail"].found == where
    assert desk.office.taken == []


def test_e_mail_that_is_off_is_no_fault(desk: Desk) -> None:
    found = check(desk, smtp_url=None, mail_from=None)
    assert found["e-mail"].mark == "ok"
    assert "off" in found["e-mail"].found


@pytest.mark.parametrize(
    ("changed", "what", "mark", "said"),
    [
        ({"mail_from": None}, "e-mail", "fail", "MAIL_FROM is not set"),
        ({"smtp_url": None}, "e-mail", "fail", "SMTP_URL is not set"),
        ({"mail_from": "nobody"}, "e-mail", "fail", "MAIL_FROM 'nobody' is no sender"),
        ({"smtp_url": SecretStr("mail")}, "e-mail", "fail", "SMTP_URL is not an address"),
        ({"smtp_url": SecretStr("smtp://127.0.0.1:1")}, "e-mail", "fail", "127.0.0.1:1 cannot be reached"),
        ({"public_url": "x"}, "e-mail", "fail", "PUBLIC_URL 'x' is not"),
        ({}, "e-mail links", "warn", "cannot be ended by a click"),
        ({"public_url": "http://127.0.0.1:1"}, "e-mail links", "warn", "does not answer from here"),
        (
            {"public_url": "http://x.example", "slack_signing_secret": None},
            "e-mail links",
            "warn",
            "cannot be signed",
        ),
    ],
)
def test_what_is_wrong_is_named_with_a_remedy(
    desk: Desk, changed: dict[str, Any], what: str, mark: str, said: str
) -> None:
    finding = check(desk, **changed)[what]
    assert finding.mark == mark
    assert said in finding.found
    assert finding.remedy


def test_a_wrong_password_is_named(desk: Desk) -> None:
    with open_office(login=True) as office:
        url = SecretStr(f"smtp://maria:hunter2@127.0.0.1:{office.port}")
        found = check(desk, smtp_url=url)["e-mail"]
    assert found.mark == "fail"
    assert "refuses the name or password" in found.found
    assert "hunter2" not in repr(found)
    assert found.remedy == "correct SMTP_URL"


def test_a_broken_template_is_named_with_its_line(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "alert.txt.j2").write_text("Hello\n{% if %}\n")
    finding = check(desk, staysail_config=tmp_path)["e-mail templates"]
    assert finding.mark == "fail"
    assert "alert.txt.j2 line 2" in finding.found


def test_e_mails_that_were_not_sent_are_counted(desk: Desk) -> None:
    desk.office.refuse_recipients = ["550 No such mailbox", "550 No such mailbox"]
    desk.office.cut_after = 1
    for number in range(2, 6):
        desk.add_alert(number, f"Account {number}")
        desk.queue(alert_id=number)
    desk.send_all()
    with desk.sessions() as session, session.begin():
        failed, unknown = check_mails(session)
        assert (failed.mark, unknown.mark) == ("fail", "warn")
        assert failed.found.startswith(
            "2 to maria@corp.example and others not sent: the mail server said: 550"
        )
        assert unknown.found == "1 may have arrived or not (maria@corp.example)"
        assert "staysail check --retry" in unknown.remedy
        session.execute(text("update mail set status = 'queued', problem = 'down' where status = 'failed'"))
        assert "2 waiting: down" in [each.found for each in check_mails(session)]


def test_routes_that_lead_nowhere_are_named(desk: Desk) -> None:
    routes = (Route(csm="Maria@corp.example", to="#a"), Route(csm="eve@corp.example", to="email"))
    with desk.sessions() as session:
        found = [each.found for each in check_routes(session, TeamConfig(routes=routes))]
        assert found[0] == "eve@corp.example is nobody in people.csv"
        assert "which is off" in found[1]
        assert list(check_routes(session, TeamConfig(routes=routes[:1], mails=True))) == []
