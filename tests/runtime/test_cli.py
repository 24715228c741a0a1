"""What the command says when something is wrong: a sentence with the remedy, and the right exit status."""

import logging
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from bot import cli
from tests.runtime.conftest import Start, clean_environment, find_free_port, names_on, processes_on

Run = Callable[..., tuple[int, str]]
SECRETS = ("hunter2", "xoxb-secret")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run a command in this process; returns its exit status and what it said on stderr."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def call(*arguments: str, **env: str) -> tuple[int, str]:
        with monkeypatch.context() as patch:
            patch.setattr("os.environ", clean_environment() | {"SLACK_BOT_TOKEN": "xoxb-secret"} | env)
            patch.setattr("sys.argv", ["staysail", *arguments])
            status = cli._run()
        return status, capsys.readouterr().err

    root = logging.getLogger()
    logs, level = list(root.handlers), root.level
    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)
    # A command sends all logs to the stderr it has, which here is gone after the test.
    root.handlers, root.level = logs, level
    structlog.reset_defaults()


@pytest.fixture
def away() -> str:
    """The address of a database that is not there."""
    return f"postgresql://someone:hunter2@127.0.0.1:{find_free_port()}/db"


def write_config(folder: Path, text: str) -> str:
    folder.mkdir()
    (folder / "staysail.yaml").write_text(text)
    return str(folder)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://root:hunter2@h/db", "Staysail needs PostgreSQL"),
        ("postgresql://x:hunter2@h:notaport/db", "DATABASE_URL"),
        ("nonsense", "DATABASE_URL"),
    ],
)
def test_a_wrong_database_url(run: Run, url: str, words: str) -> None:
    assert_one_sentence(run("check", DATABASE_URL=url), words)


@pytest.mark.parametrize("name", ["worker", "clock", "migrate", "check", "run"])
def test_a_database_that_is_not_there(run: Run, name: str, away: str) -> None:
    assert_one_sentence(run(name, DATABASE_URL=away), "database cannot be")


def test_web_without_the_means_to_trust_anything(run: Run, away: str) -> None:
    assert_one_sentence(run("web", DATABASE_URL=away), "SLACK_SIGNING_SECRET is not set")


def test_processes_without_a_token(run: Run, away: str) -> None:
    said = run("web", DATABASE_URL=away, SLACK_BOT_TOKEN="", SLACK_SIGNING_SECRET="s")
    assert_one_sentence(said, "SLACK_BOT_TOKEN is not set")


@pytest.mark.parametrize(("name", "value"), [("PORT", "many"), ("PORT", "70000"), ("LOG_FORMAT", "xml")])
def test_a_wrong_variable_is_named(run: Run, away: str, name: str, value: str) -> None:
    assert_one_sentence(run("check", DATABASE_URL=away, **{name: value}), f"{name}: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("timezone: Mars/Olympus\n", "no time zone; use a name such as Europe/Berlin"),
        ("timezone: [\n", "not valid YAML"),
        ("alert_channel: '#x'\n", "alert_channel"),
        ("score_at: noon\n", "score_at"),
    ],
)
def test_a_wrong_configuration(run: Run, away: str, tmp_path: Path, text: str, words: str) -> None:
    folder = write_config(tmp_path / "config", text)
    said = run("check", DATABASE_URL=away, STAYSAIL_CONFIG=folder)
    assert_one_sentence(said, words)
    assert "staysail.yaml" in said[1]


def test_a_configuration_that_is_not_there(run: Run, away: str, tmp_path: Path) -> None:
    said = run("check", DATABASE_URL=away, STAYSAIL_CONFIG=str(tmp_path / "none"))
    assert_one_sentence(said, "is not a folder; create it or unset the variable")


def test_an_unknown_model_is_named(run: Run, fresh_database: str, tmp_path: Path) -> None:
    folder = write_config(tmp_path / "config", "default_model: brilliant\n")
    said = run("worker", DATABASE_URL=fresh_database, STAYSAIL_CONFIG=folder)
    assert_one_sentence(said, "brilliant")


@pytest.mark.parametrize("arguments", [["nonsense"], ["check", "--nonsense"], ["demo", "--accounts", "1"]])
def test_wrong_usage_is_status_2(run: Run, arguments: list[str]) -> None:
    status, said = run(*arguments)
    assert status == 2
    assert "Traceback" not in said


def test_every_command_explains_itself() -> None:
    app = cli.build_app()
    runner = CliRunner()
    listed = runner.invoke(app, ["--help"])
    assert listed.exit_code == 0
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert {"demo", "run", "web", "worker", "clock", "migrate", "import", "score", "check"} <= set(names)
    assert {"manifest", "generate", "models"} <= set(names)
    for name in names:
        shown = runner.invoke(app, [name, "--help"])
        assert shown.exit_code == 0
        described = shown.output.split("\n\n")[1]
        assert len(described.split()) >= 5, f"{name} does not say what it does: {described}"


def test_a_command_ended_from_outside_leaves_nothing_running(start: Start, home: Path) -> None:
    migrating = start("bot", "migrate", env={"STAYSAIL_HOME": str(home)})
    migrating.wait_for(lambda: any("postgres" in name for _, name in names_on(home)), timeout=60)
    assert migrating.stop(within=30) in (0, 1)
    assert processes_on(home) == []


def assert_one_sentence(said: tuple[int, str], words: str) -> None:
    status, text = said
    assert status == 1, text
    assert words in text
    assert len(text.strip().splitlines()) == 1, text
    assert not any(secret in text for secret in SECRETS), text
