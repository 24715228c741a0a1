"""`staysail import` and `staysail generate`, as a person or a program runs them."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner, Result

from bot.cli import data
from tests.sources.conftest import ACCOUNTS, write_files

APP = typer.Typer(pretty_exceptions_enable=False)
data.register(APP)


@pytest.fixture
def run(
    database_url: str, sessions: sessionmaker[Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CliRunner:
    """A runner of the command, on this worker's database and in a folder of its own."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def invoke(run: CliRunner, *arguments: object) -> Result:
    return run.invoke(APP, [str(argument) for argument in arguments])


def names(sessions: sessionmaker[Session]) -> list[str]:
    with sessions() as session:
        return list(session.scalars(text("select name from account order by id")))


def test_import_commits_and_says_what_came_in(
    run: CliRunner, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "in", {"accounts.csv": ACCOUNTS})
    result = invoke(run, "import", folder, "--on", "2026-03-10")
    assert result.exit_code == 0
    assert "2 rows were added and 0 changed, recorded on 2026-03-10." in result.stdout
    assert names(sessions) == ["Acme", "Birch"]
    write_files(folder, {"clients.csv": "client id,client name\nA1,Acme Inc\nA2,Birch\n"})
    result = invoke(run, "import", folder, "--on", "2026-03-11", "--dry-run")
    assert "client name" in result.stdout
    assert "A1, name: Acme → Acme Inc" in result.stdout
    assert "Nothing was written." in result.stdout
    assert names(sessions) == ["Acme", "Birch"]


def test_bad_rows_exit_with_one_and_load_nothing(
    run: CliRunner, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "in", {"accounts.csv": "id,name,arr\nA1,Acme,1\nA2,Birch,much\n"})
    result = invoke(run, "import", folder)
    assert result.exit_code == 1
    assert (
        "accounts.csv line 3, column arr: is no number (found 'much'). Write it as 1234.50" in result.stderr
    )
    assert "Nothing came in: 1 problem." in result.stderr
    assert names(sessions) == []
    result = invoke(run, "import", folder, "--skip-bad")
    assert result.exit_code == 0
    assert (tmp_path / "accounts.rejected.csv").read_text().splitlines()[1].startswith("A2,Birch,much")
    assert names(sessions) == ["Acme"]


def test_json_is_one_document(run: CliRunner, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "in", {"accounts.csv": "id,name,arr\nA1,Acme,much\n"})
    result = invoke(run, "import", folder, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["loaded"], report["problem_count"]) == (False, 1)
    assert report["problems"][0]["line"] == 2
    assert report["files"][0]["columns"][0] == {"header": "id", "column": "id", "confidence": 1.0}


def test_a_wrong_day_is_a_usage_error(run: CliRunner, tmp_path: Path) -> None:
    assert invoke(run, "import", tmp_path, "--on", "yesterday").exit_code == 2
    assert invoke(run, "generate", tmp_path, "--end", "soon").exit_code == 2


def test_a_generated_company_comes_in_twice(
    run: CliRunner, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    result = invoke(run, "generate", tmp_path / "company", "--accounts", 8, "--weeks", 20, "--seed", 3)
    assert result.exit_code == 0
    yesterday = datetime.now(ZoneInfo("UTC")).date() - timedelta(days=1)
    assert f"to {yesterday}" in result.stdout
    first = json.loads(invoke(run, "import", tmp_path / "company", "--json").stdout)
    again = json.loads(invoke(run, "import", tmp_path / "company", "--json").stdout)
    assert first["loaded"]
    assert sum(file["rejected"] for file in first["files"]) == 0
    assert len(names(sessions)) == 8
    assert {(file["added"], file["changed"]) for file in again["files"]} == {(0, 0)}


def test_a_seed_below_zero_is_a_wrong_option(run: CliRunner, tmp_path: Path) -> None:
    assert invoke(run, "generate", tmp_path / "company", "--seed", -3).exit_code == 2
