"""A worker that is given a mail server sends what is queued, and `staysail check` says how that stands."""

import json
import re

from sqlalchemy.orm import Session, sessionmaker

from tests.mail.conftest import Desk
from tests.mail.office import open_office
from tests.runtime.conftest import TOKENS, Start


def test_a_worker_sends_and_check_names_what_was_refused(
    start: Start, database_url: str, sessions: sessionmaker[Session]
) -> None:
    with open_office() as office:
        desk = Desk(office, sessions, database_url)
        desk.add_person(1, "Maria Lopez")
        for number in (1, 2):
            desk.add_alert(number, f"Account {number}")
        env = TOKENS | {
            "DATABASE_URL": database_url,
            "SMTP_URL": office.url,
            "MAIL_FROM": "Staysail <staysail@corp.example>",
            "PUBLIC_URL": "https://staysail.corp.example",
        }
        worker = start("bot", "worker", env=env)
        worker.wait_for_words("started")
        desk.queue(alert_id=1)
        worker.wait_for(lambda: desk.row().status == "sent")
        office.refuse_recipients = ["550 No such mailbox"]
        desk.queue(alert_id=2)
        worker.wait_for(lambda: desk.row(1).status == "failed")
        assert worker.stop() == 0
        (mail,) = office.mails()
        link = re.escape("<https://staysail.corp.example/unsubscribe?t=1.critical_alert.")
        assert re.match(link, mail["List-Unsubscribe"])
        check = start(
            "bot", "check", "--json", "--retry", env=env | {"SLACK_API_BASE_URL": "http://127.0.0.1:9/"}
        )
        assert check.process.wait(30) == 1
        document = json.loads(check.said[check.said.index("{") :])
        found = {each["what"]: each for each in document["findings"]}
        assert found["e-mail"]["mark"] == "ok"
        assert document["retried"] == 1
        assert desk.row(1).status == "queued"
