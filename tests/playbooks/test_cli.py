"""`staysail playbooks`: the list, the check, a timeline, and a simulation that does nothing."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, inspect, select, table
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from bot.cli import build_app
from tests.plays.team import add_account, add_team

RUNNER = CliRunner()


def run(*arguments: str) -> tuple[int, str]:
    result = RUNNER.invoke(build_app("playbooks"), ["playbooks", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return 1, str(result.exception)
    return result.exit_code, result.output


@pytest.fixture
def account(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with one account, `a1`; its address."""
    monkeypatch.setenv("DATABASE_URL", fresh_database)
    monkeypatch.delenv("STAYSAIL_CONFIG", raising=False)
    engine = create_engine(fresh_database)
    with Session(engine) as session, session.begin():
        add_team(session)
        add_account(session, 1, name="Acme")
    engine.dispose()
    return fresh_database


def count_rows(url: str) -> dict[str, int]:
    engine = create_engine(url)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        counts = {
            name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names
        }
    engine.dispose()
    return counts


def test_the_list_and_a_timeline_can_be_read() -> None:
    status, listed = run("--json")
    assert status == 0
    assert len(json.loads(listed)["playbooks"]) >= 27
    status, shown = run("--show", "renewal_prep")
    assert status == 0
    assert "90 days before the renewal" in shown
    assert "Contract sent and signed" in shown
    assert "if declined" in shown
    status, said = run("--show", "renewal_pre")
    assert status == 1
    assert "no playbook is called 'renewal_pre'; did you mean renewal_prep" in said


def test_the_check_names_what_is_wrong_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, said = run("--check")
    assert (status, said[:30]) == (0, "All playbooks and their 52 tex")
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "mine.yaml").write_text(
        "name: mine\ntitle: Mine\nclass: risk\nsteps: [{name: a}]\n"
    )
    monkeypatch.setenv("STAYSAIL_CONFIG", str(tmp_path))
    status, said = run("--check", "--json")
    assert status == 1
    assert "mine.yaml: step a: action is required" in json.loads(said)["problems"][0]


def test_a_simulation_tells_everything_and_does_nothing(account: str) -> None:
    before = count_rows(account)
    status, said = run("--simulate", "at_risk", "--account", "a1", "--start", "2026-06-01", "--json")
    assert status == 0, said
    happened = json.loads(said)["happenings"]
    assert [(each["what"], each["step"], each["at"][:10]) for each in happened] == [
        ("task", "review_trends", "2026-06-01"),
        ("done", "review_trends", "2026-06-02"),
        ("sent", "executive_reach_out", "2026-06-02"),
        ("task", "review_call", "2026-06-08"),
        ("done", "review_call", "2026-06-15"),
        ("sent", "plan_follow_up", "2026-06-15"),
        ("ended", None, "2026-06-15"),
    ]
    status, said = run("--simulate", "at_risk", "--account", "a1", "--start", "2026-06-01", "--texts")
    assert status == 0
    assert "Hi Dana," in said
    assert "Eve Executive" in said
    assert "Nothing is sent or written" in said
    assert count_rows(account) == before


def test_a_simulation_that_cannot_be_says_why(account: str) -> None:
    assert run("--simulate", "at_risk", "--account", "a9") == (
        1,
        "--account: no account has the id 'a9'; look it up in accounts.csv",
    )
    status, said = run("--simulate", "win_back", "--account", "a1")
    assert status == 1
    assert "“Win-back” is for those who left" in said
    status, said = run("--simulate", "at_risk")
    assert status == 2
    status, said = run("--simulate", "at_risk", "--account", "a1", "--start", "soon")
    assert (status, "is no date; write it as" in said) == (2, True)
