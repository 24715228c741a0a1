"""``staysail models`` as a person at a terminal meets it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from bot.cli import models
from bot.config import ConfigError
from scoring.model import get_model
from tests.scoring.core.building import LEVELS, SIMPLE


def run(*arguments: str) -> Result:
    app = typer.Typer()
    models.register(app)
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The team's folder, with one sound model of its own."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "simple.yaml").write_text(SIMPLE + LEVELS, encoding="utf-8")
    monkeypatch.setenv("STAYSAIL_CONFIG", str(tmp_path))
    return tmp_path


def test_list_shows_shipped_and_own(folder: Path) -> None:
    result = run()
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    assert "(default)" in lines["four_dimension"]
    assert "shipped" in lines["six_signal"]
    assert "shipped" not in lines["simple"]


def test_list_as_json(folder: Path) -> None:
    listed = {model["name"]: model for model in json.loads(run("--json").stdout)["models"]}
    assert len(listed) == 6
    assert [name for name, model in listed.items() if model["default"]] == ["four_dimension"]
    assert listed["six_signal"]["version"] == get_model("six_signal").version
    assert listed["simple"]["file"] == str(folder / "models" / "simple.yaml")


def test_check_of_sound_models(folder: Path) -> None:
    result = run("--check")
    assert result.exit_code == 0
    assert "simple" in result.stdout


def test_check_tells_every_problem_and_fails(folder: Path) -> None:
    path = folder / "models" / "simple.yaml"
    path.write_text(path.read_text().replace("sessions", "sesions").replace("from: 40", "from: 400"))
    result = run("--check")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(str(path)) for line in lines)
    document = json.loads(run("--check", "--json").stdout)
    assert document == {"ok": False, "problems": lines}


def test_check_misses_a_model_the_team_names(folder: Path) -> None:
    (folder / "staysail.yaml").write_text("default_model: four_dimensions\n")
    result = run("--check")
    assert result.exit_code == 1
    assert "four_dimensions" in result.stderr
    assert "did you mean four_dimension" in result.stderr


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("four_dimension", ["40 %", "stickiness", "× 0.9", "42"]),
        ("crm_pattern", ["16.7 %", "30 → 0.4", "60 or more → 0"]),
        ("five_dimension", ["≤ 0.4 → 4–6", "of 10", "counts as 0.5"]),
        ("eighteen_component", ["37.5 %", "15 %", "×0.5 → 0"]),
    ],
)
def test_explain_prints_the_model(name: str, facts: list[str]) -> None:
    result = run("--explain", name)
    assert result.exit_code == 0
    assert get_model(name).version in result.stdout
    # Cells are folded to the width of the table; words of a cell may stand on two lines.
    text = " ".join(result.stdout.replace("│", " ").split())
    assert [fact for fact in facts if fact not in text] == []


def test_explain_of_every_rule_a_model_can_have(folder: Path) -> None:
    (folder / "models" / "simple.yaml").write_text(
        SIMPLE
        + LEVELS
        + """
missing: {refuse_below: 0.3}
variants: [{name: small, when: {segments: [smb]}, weights: {logins: 0.8, support: 0.2}}]
seasons:
  - {name: summer_break, from: 07-01, to: 08-31, when: {columns: {industry: [education]}}, signals: [logins]}
""",
        encoding="utf-8",
    )
    text = run("--explain", "simple").stdout
    for fact in [
        "coverage of 30 %",
        "small (segment smb): logins 80 %",
        "summer break, 07-01 to 08-31",
        "education",
    ]:
        assert fact in text


def test_explain_as_json_is_the_definition() -> None:
    document = json.loads(run("--explain", "six_signal", "--json").stdout)
    assert document.pop("version") == get_model("six_signal").version
    assert document == get_model("six_signal").definition


def test_explain_of_an_unknown_model_names_the_nearest() -> None:
    result = run("--explain", "six_signals")
    assert isinstance(result.exception, ConfigError)
    assert "did you mean six_signal" in str(result.exception)
