"""`staysail check` finds what is wrong and names the remedy; `staysail manifest` is one Slack accepts."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from slack_sdk import WebClient
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner

from bot.app import build_client
from bot.checks import Finding, check_data, check_slack
from bot.cli import build_app
from bot.config import Settings, TeamConfig
from bot.manifest import COMMANDS, SCOPES, build_manifest
from bot.models import (
    Account,
    FeedDay,
    JobRun,
    ModelVersion,
    Person,
    Schedule,
    ScoreRun,
    SlackLane,
    SlackMessage,
)
from playground import LocalSlack

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
YESTERDAY = date(2026, 11, 21)
TEAM = TeamConfig()
WORKSPACE = {
    "channels": [{"id": "C1", "name": "cs-alerts"}, {"id": "C2", "name": "cs-team"}],
    "users": [{"id": "U1", "name": "maria"}],
}


def fill(session: Session) -> None:
    """An installation that is well."""
    session.add(Person(id=1, email="maria@corp.example", name="Maria", role="csm"))
    session.flush()
    session.add(Account(id=1, external_id="A1", name="Acme", csm_id=1))
    session.add(FeedDay(feed="usage", day=YESTERDAY, recorded_on=YESTERDAY))
    session.add(
        ModelVersion(id=1, name=TEAM.default_model, version="v1", definition={}, first_used_on=YESTERDAY)
    )
    session.flush()
    times = {"started_at": NOW - timedelta(hours=3, seconds=7), "finished_at": NOW - timedelta(hours=3)}
    session.add(ScoreRun(model=TEAM.default_model, model_version_id=1, as_of=YESTERDAY, accounts=1, **times))
    session.add(
        Schedule(name="daily_score", cron="0 6 * * *", timezone="UTC", next_run_at=NOW + timedelta(hours=21))
    )
    session.flush()


def find(session: Session, what: str) -> Finding:
    """The finding about this; the only one."""
    session.flush()
    [finding] = [each for each in check_data(session, team=TEAM, now=NOW) if each.what == what]
    return finding


def test_an_installation_that_is_well(session: Session) -> None:
    fill(session)
    findings = list(check_data(session, team=TEAM, now=NOW))
    assert {each.mark for each in findings} == {"ok"}
    assert find(session, "scores").found == "1 accounts for 21 Nov 2026, run 22 Nov 06:00 in 7.0 s"


def test_an_empty_installation_is_told_what_to_do_first(session: Session) -> None:
    findings = {each.what: each for each in check_data(session, team=TEAM, now=NOW)}
    assert findings["accounts"].remedy == "run `staysail import FOLDER`"
    assert findings["people"].mark == "fail"
    assert findings["schedule"].found == "the clock has never run"
    assert all(each.remedy for each in findings.values() if each.mark != "ok")


Spoil = Callable[[Session], None]


def _stale_feed(session: Session) -> None:
    session.query(FeedDay).update({"day": YESTERDAY - timedelta(days=3)})


def _late_run(session: Session) -> None:
    session.query(ScoreRun).update({"finished_at": NOW - timedelta(hours=31)})


def _dead_clock(session: Session) -> None:
    session.query(Schedule).update({"next_run_at": NOW - timedelta(minutes=6)})


def _failed_job(session: Session) -> None:
    session.add(JobRun(name="daily_score", wall_clock="x", started_at=NOW, problem="ValueError: broken"))


def _dead_message(session: Session) -> None:
    session.add(SlackLane(channel="#cs-alerts", next_at=NOW))
    why = "the channel #cs-alerts is archived"
    session.add(SlackMessage(kind="alert", subject_id=1, channel="#cs-alerts", state="dead", problem=why))


def _waiting_message(session: Session) -> None:
    session.add(SlackLane(channel="#cs-alerts", next_at=NOW))
    session.add(SlackMessage(kind="alert", subject_id=1, channel="#cs-alerts", problem="paced by Slack"))


def _ownerless(session: Session) -> None:
    session.query(Account).update({"csm_id": None})


@pytest.mark.parametrize(
    ("spoil", "what", "mark", "found"),
    [
        (_stale_feed, "data", "warn", "usage ends 18 Nov 2026"),
        (_late_run, "scores", "warn", "run 21 Nov 02:00"),
        (_dead_clock, "schedule", "fail", "due since"),
        (_failed_job, "schedule", "fail", "daily_score failed: ValueError: broken"),
        (_dead_message, "messages", "fail", "1 to #cs-alerts given up"),
        (_waiting_message, "messages", "warn", "1 waiting after a failure"),
        (_ownerless, "accounts", "warn", "1 live, 1 without a CSM"),
    ],
)
def test_what_is_wrong_is_found_with_its_remedy(
    session: Session, spoil: Spoil, what: str, mark: str, found: str
) -> None:
    fill(session)
    spoil(session)
    finding = find(session, what)
    assert finding.mark == mark
    assert found in finding.found
    assert finding.remedy


def test_a_failure_that_was_made_good_is_none(session: Session) -> None:
    fill(session)
    _failed_job(session)
    session.add(JobRun(name="daily_score", wall_clock="y", started_at=NOW, finished_at=NOW))
    assert find(session, "schedule").mark == "ok"


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack.start(WORKSPACE) as slack:
        yield slack


def look(
    slack: LocalSlack, manifest: dict[str, Any], team: TeamConfig = TEAM, **changed: str
) -> list[Finding]:
    app = slack.install(manifest)
    tokens = {"slack_bot_token": app.bot_token, "slack_app_token": app.app_token} | changed
    settings = Settings(slack_api_base_url=slack.api_url, **tokens)  # type: ignore[arg-type]
    return list(check_slack(settings, team, build_client))


def test_a_slack_that_is_well(slack: LocalSlack) -> None:
    assert [each.mark for each in look(slack, build_manifest())] == ["ok"]


def test_missing_permissions_are_named(slack: LocalSlack) -> None:
    manifest = build_manifest()
    manifest["oauth_config"]["scopes"]["bot"].remove("users:read.email")
    [finding] = [each for each in look(slack, manifest) if each.mark == "fail"]
    assert finding.found == "missing: users:read.email"
    assert "staysail manifest" in finding.remedy


def test_channels_that_are_not_there_are_named(slack: LocalSlack) -> None:
    routes = [{"segment": "enterprise", "to": "#enterprise"}, {"to": "owner"}]
    team = TeamConfig.model_validate({"alerts_channel": "#nowhere", "routes": routes})
    found = [each.found for each in look(slack, build_manifest(), team) if each.mark == "fail"]
    assert [text.split()[0] for text in found] == ["#enterprise", "#nowhere"]


def test_tokens_that_are_refused(slack: LocalSlack) -> None:
    [bot] = look(slack, build_manifest(), slack_bot_token="xoxb-wrong")
    assert (bot.mark, bot.found) == ("fail", "refused (invalid_auth)")
    findings = look(slack, build_manifest(), slack_app_token="xapp-wrong")
    assert [each.what for each in findings if each.mark == "fail"] == ["Socket Mode"]


def test_a_slack_that_is_not_there(slack: LocalSlack) -> None:
    settings = Settings(slack_bot_token="xoxb-1", slack_app_token="xapp-1", slack_api_base_url=slack.api_url)
    slack.stop()
    [finding] = check_slack(settings, TEAM, build_client)
    assert "cannot be reached" in finding.found


def test_without_tokens_nothing_is_asked() -> None:
    def never(_: Settings) -> WebClient:
        raise AssertionError("nothing to ask with")

    [finding] = check_slack(Settings(), TEAM, never)
    assert finding.mark == "warn"


def test_the_command_prints_one_document_and_fails_when_something_does(
    sessions: sessionmaker[Session], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "STAYSAIL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    with sessions.begin() as session:
        fill(session)
        _dead_message(session)
    failing = CliRunner().invoke(build_app(), ["check", "--json", "--retry"])
    document = json.loads(failing.output)
    assert document["retried"] == 1
    assert {"mark", "what", "found", "remedy"} == set(document["findings"][0])
    with sessions.begin() as session:
        session.query(Account).delete()
    assert CliRunner().invoke(build_app(), ["check", "--json"]).exit_code == 1
    shown = CliRunner().invoke(build_app(), ["check"])
    assert "run `staysail import FOLDER`" in " ".join(shown.output.split())


def test_a_schema_left_behind_is_found_and_left_alone(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database)
    with psycopg.connect(fresh_database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("delete from alembic_version")
        result = CliRunner().invoke(build_app(), ["check", "--json"])
        assert connection.execute("select count(*) from alembic_version").fetchone() == (0,)
    assert result.exit_code == 1
    assert "staysail migrate" in result.output


URL = "https://bot.example/slack/events"


@pytest.mark.parametrize("url", [None, URL])
def test_the_manifest_keeps_slacks_limits(url: str | None) -> None:
    arguments = ["manifest"] if url is None else ["manifest", "--request-url", url]
    result = CliRunner().invoke(build_app(), arguments)
    manifest = json.loads(result.output)
    assert manifest == build_manifest(request_url=url)
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    features = manifest["features"]
    assert len(features["bot_user"]["display_name"]) <= 80
    assert len(features["slash_commands"]) == len(COMMANDS) <= 50
    for command in features["slash_commands"]:
        assert command["command"].startswith("/")
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
        assert command.get("url") == url
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"] is (url is None)
    assert settings["interactivity"].get("request_url") == url
    assert settings["event_subscriptions"].get("request_url") == url
    assert len(settings["event_subscriptions"]["bot_events"]) <= 100
    assert manifest["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert len(SCOPES) <= 255


def test_a_local_slack_takes_the_manifest_both_ways(slack: LocalSlack) -> None:
    slack.install(build_manifest())
    slack.install(build_manifest(request_url=URL), mode="http", request_url=URL)


@pytest.mark.parametrize("url", ["bot.example", "http://bot.example/slack/events", "https://bot.example/"])
def test_an_address_slack_could_not_deliver_to_is_refused(url: str) -> None:
    result = CliRunner().invoke(build_app(), ["manifest", "--request-url", url])
    assert result.exit_code != 0
