"""`staysail score`: one JSON document and nothing else, the same for one account and for all."""

import json
from datetime import date
from typing import Any

import pytest
import typer
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner, Result

from bot.cli import score
from bot.errors import UserError

from .company import build_steady_company

AS_OF = date(2026, 3, 10)


@pytest.fixture
def run(database_url: str, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.delenv("STAYSAIL_CONFIG", raising=False)
    with sessions.begin() as session:
        build_steady_company(session, (1, 2, 3), AS_OF, 45)
    app = typer.Typer()
    score.register(app)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["--as-of", AS_OF.isoformat(), *arguments])

    return invoke


def test_json_is_one_document_in_the_agreed_form(run: Any) -> None:
    result = run("--model", "six_signal", "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert list(document) == ["model", "version", "as_of", "accounts"]
    assert (document["model"], document["as_of"]) == ("six_signal", "2026-03-10")
    assert [account["id"] for account in document["accounts"]] == ["a1", "a2", "a3"]
    account = document["accounts"][0]
    assert list(account) == [
        "id", "name", "score", "level", "trend", "delta_7", "delta_30", "coverage", "arr_at_risk", "signals",
    ]  # fmt: skip
    assert list(account["signals"][0]) == ["name", "dimension", "raw", "value", "weight", "points"]
    points = sum(round(signal["points"] * 1_000_000) for signal in account["signals"])
    assert (points + 500_000) // 1_000_000 == account["score"]


def test_one_account_gives_what_it_gives_among_all(run: Any) -> None:
    everyone = json.loads(run("--json").stdout)
    alone = json.loads(run("--json", "--account", "a2").stdout)
    assert alone["accounts"] == [everyone["accounts"][1]]
    assert json.loads(run("--json").stdout) == everyone


def test_a_table_names_every_account(run: Any) -> None:
    result = run("--model", "six_signal")
    assert result.exit_code == 0
    for account in (1, 2, 3):
        assert f"Account {account}" in result.stdout


def test_an_unknown_account_is_refused_with_those_that_are_near(run: Any) -> None:
    result = run("--account", "a22")
    assert isinstance(result.exception, UserError)
    assert "a2" in str(result.exception)


@pytest.mark.parametrize("wrong", ["soon", "2999-01-01", "1812-05-01"])
def test_a_wrong_date_is_a_mistake_of_usage(run: Any, wrong: str) -> None:
    assert run("--as-of", wrong).exit_code == 2
