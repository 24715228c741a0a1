"""Starting, stopping and remembering."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from bolt_apps import WORKSPACE, client_of, manifest, over_http

from playground import LocalSlack
from playground.running import PortTaken
from playground.server.saving import UnreadableState


def test_a_second_start_shows_the_same_conversation(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "state.json"
    with LocalSlack.start(WORKSPACE, state_file=file) as first:
        installed = first.install(manifest(), channels=["alerts"])
        client = client_of(first, installed)
        root = client.chat_postMessage(channel="C2", text="root", blocks=[{"type": "divider"}])["ts"]
        client.chat_postMessage(channel="C2", text="reply", thread_ts=root)
        client.chat_postEphemeral(channel="C2", user="U1", text="psst")
        client.views_publish(user_id="U1", view={"type": "home", "blocks": [{"type": "divider"}]})
        first.react("ada", "alerts", root, "eyes")
        client.files_upload_v2(channel="C2", content="abc", filename="a.txt")
        before = [first.messages("alerts", as_="ada"), first.home("ada", installed.app_id)]
    assert file.stat().st_mode & 0o777 == 0o600
    with LocalSlack.start({}, state_file=file) as second:
        assert [second.messages("alerts", as_="ada"), second.home("ada", installed.app_id)] == before
        again = second.install(manifest())
        assert again == installed
        later = client_of(second, again).chat_postMessage(channel="C2", text="more")["ts"]
    assert later > before[0][-1]["ts"]


def test_changes_are_saved_while_it_runs(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with LocalSlack.start(WORKSPACE, state_file=file) as slack:
        slack.limits(save_after_seconds=0.01)
        slack.say("ada", "general", "remember me")
        slack.wait_for(lambda: file.exists() and "remember me" in file.read_text())


def test_a_state_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    for text in ("not json", '{"format": 99}', "[]"):
        file.write_text(text)
        with pytest.raises(UnreadableState, match="Move it away to start afresh"):
            LocalSlack.start(state_file=file)
    assert file.read_text() == "[]"
    with pytest.raises(UnreadableState, match="Give another file"):
        LocalSlack.start(state_file=tmp_path)


def test_a_state_that_cannot_be_written_is_reported_and_harms_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "folder"
    with LocalSlack.start(WORKSPACE, state_file=folder / "state.json") as slack:
        slack.wait_for(lambda: (folder / "state.json").exists())
        (folder / "state.json").unlink()
        folder.rmdir()
        folder.write_text("in the way")
        slack.limits(save_after_seconds=0.01)
        slack.say("ada", "general", "still here")
        slack.wait_for(lambda: "is not being kept" in caplog.text)
        assert slack.messages("general")


def test_a_taken_port_says_so() -> None:
    with LocalSlack.start() as slack, pytest.raises(PortTaken, match="Choose another"):
        LocalSlack.start(port=int(slack.url.rsplit(":", 1)[1]))


def test_the_command_serves_and_stops_on_a_signal(tmp_path: Path) -> None:
    workspace, app = tmp_path / "workspace.json", tmp_path / "manifest.json"
    workspace.write_text(json.dumps(WORKSPACE))
    app.write_text(json.dumps(manifest()))
    options = ["--workspace", workspace, "--manifest", app, "--state", tmp_path / "state.json"]
    command = [sys.executable, "-m", "playground", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        url = line.removeprefix("Local Slack at ").strip()
        with urlopen(f"{url}/_control/apps") as answer:
            [installed] = json.load(answer)["apps"]
        server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 0
    assert installed["bot_token"].startswith("xoxb-")
    assert installed["bot_token"] in (tmp_path / "state.json").read_text()


def test_the_command_explains_files_it_cannot_use(tmp_path: Path) -> None:
    wrong = tmp_path / "workspace.yaml"
    wrong.write_text("users: [{id: U1}]")
    command = [sys.executable, "-m", "playground", "--port", "0", "--workspace", str(wrong)]
    failed = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == "users[0] needs a 'name'\n"


def test_stopping_does_not_wait_for_open_connections_or_unanswered_events() -> None:
    slack = LocalSlack.start(WORKSPACE)
    installed = slack.install(manifest(), mode="http", request_url="http://127.0.0.1:9/")
    slack.open_home("ada", installed.app_id)
    page = urlopen(f"{slack.url}/_page/people")
    slack.stop()
    slack.stop()
    page.close()
    assert not slack.slack.tasks


def test_an_app_that_is_replaced_keeps_its_place(tmp_path: Path) -> None:
    with LocalSlack.start(WORKSPACE) as slack:
        with over_http(slack, lambda app: None) as first:
            pass
        with over_http(slack, lambda app: None) as second:
            assert first == second
