"""The audit log: every act in it, found again, and never changed."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner

from bot.audit import load_audit
from bot.cli import build_app
from bot.errors import NotFound, UserError
from bot.models import Account, AuditEntry
from tests.alerts.office import NOW, OTTO, VERA, Office


@pytest.fixture
def office(session: Session) -> Office:
    office = Office(session)
    office.hire()
    for account_id in (1, 2):
        office.add_account(account_id)
        office.open(account_id)
    return office


@pytest.mark.parametrize("statement", [update(AuditEntry).values(act="nothing"), delete(AuditEntry)])
def test_the_database_refuses_to_change_or_delete_an_entry(office: Office, statement: object) -> None:
    office.act("acknowledge")
    office.session.flush()
    with pytest.raises(DBAPIError, match="audit_entry only ever grows"), office.session.begin_nested():
        office.session.execute(statement)  # type: ignore[call-overload]
    assert office.audited() == ["alert.acknowledge"]


def test_an_entry_outlives_what_it_is_about(office: Office) -> None:
    office.act("resolve")
    office.session.execute(text("DELETE FROM slack_message"))
    office.session.execute(delete(Account).where(Account.id == 2))
    (line,) = load_audit(office.session)
    assert (line.actor, line.act, line.subject, line.account) == (
        "Maria Lopez <maria@corp.example>",
        "alert.resolve",
        f"alert {office.alerts[1]}",
        "account 2",
    )


def test_an_act_that_is_undone_leaves_no_entry(office: Office) -> None:
    undone = office.session.begin_nested()
    office.act("acknowledge")
    assert office.audited() == ["alert.acknowledge"]
    undone.rollback()
    assert office.audited() == []


def test_acts_are_found_by_day_account_and_person(office: Office) -> None:
    first, second = office.alerts
    office.act("acknowledge", alert_id=first)
    office.act("snooze", VERA, second, now=NOW + timedelta(days=1), until=NOW + timedelta(days=2))
    office.act("feedback", OTTO, second, now=NOW + timedelta(days=2), useful=False, reason="too_late")

    def found(**asked: object) -> list[str]:
        return [line.act for line in load_audit(office.session, **asked)]  # type: ignore[arg-type]

    assert found() == ["alert.feedback", "alert.snooze", "alert.acknowledge"]
    assert found(limit=1) == ["alert.feedback"]
    assert found(since=NOW + timedelta(hours=1)) == ["alert.feedback", "alert.snooze"]
    assert found(account="acme 1") == found(account="a1") == ["alert.acknowledge"]
    assert found(person="VERA@corp.example") == ["alert.snooze"]
    assert found(person="vera@corp.example", account="A1") == []
    newest = load_audit(office.session)[0]
    assert newest.detail == {"useful": False, "reason": "too_late"}
    with pytest.raises(NotFound, match="No account is called 'Acne'"):
        found(account="Acne")
    with pytest.raises(NotFound, match="Nobody of the team has the address"):
        found(person="nobody@corp.example")


def test_the_command_prints_a_table_or_json(
    sessions: sessionmaker[Session], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.delenv("STAYSAIL_CONFIG", raising=False)
    with sessions.begin() as session:
        office = Office(session)
        office.hire()
        office.add_account()
        office.open()
        office.act("dismiss", reason="other", words="[bold]Legal[/bold]\nsays so")
    run = CliRunner().invoke
    table = run(build_app("audit"), ["audit", "--since", "2026-11-24", "--account", "Acme 1"])
    assert table.exit_code == 0, table.output
    said = " ".join(table.output.split())
    assert "2026-11-24 10:00" in said
    assert "alert.dismiss" in said
    assert "[bold]Legal[/bold]" in said
    document = json.loads(run(build_app("audit"), ["audit", "--json"]).output)
    assert [(act["act"], act["account"], act["at"]) for act in document["acts"]] == [
        ("alert.dismiss", "Acme 1", "2026-11-24T10:00:00+00:00")
    ]
    none = run(build_app("audit"), ["audit", "--since", "2026-11-25"])
    assert "Nobody has done anything" in none.output
    wrong = run(build_app("audit"), ["audit", "--since", "tomorrow"])
    assert isinstance(wrong.exception, UserError)
    assert "write it like 2026-11-01" in str(wrong.exception)
