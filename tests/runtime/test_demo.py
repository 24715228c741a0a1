"""`staysail demo` as a newcomer has it: ask, acknowledge, stop; and whatever is killed comes back."""

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.demo.playing import choose_port
from bot.errors import UserError
from tests.runtime.conftest import Start, Started, find_process, processes_on

SMALL = ("--accounts", "60", "--weeks", "20")
AT_WORK = "Staysail is at work"


@dataclass
class Visitor:
    """A person at the playground's page, by its API."""

    port: int

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        return dict(self._ask("POST", path, json.dumps(body)))

    def people(self) -> dict[str, str]:
        """Ids by title, the bots left out."""
        return {u["title"]: u["id"] for u in self.get("/_page/people")["users"] if not u["is_bot"]}

    def messages(self, user: str, channel: str) -> list[dict[str, Any]]:
        return list(self.get(f"/_page/messages?as={user}&channel={channel}")["messages"])

    def channel(self, user: str, name: str) -> str:
        channels = self.get(f"/_page/state?as={user}")["channels"]
        return str(next(c["id"] for c in channels if c["name"] == name))

    def _ask(self, method: str, path: str, body: str | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


def wait_for(found: Callable[[], Any], timeout: float = 30) -> Any:
    """The first true value, while the demo is finding its feet again."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            if value := found():
                return value
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            pass
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.1)


def start_demo(start: Start, home: Path, port: int, *arguments: str) -> Started:
    demo = start("bot", "demo", "--port", str(port), *arguments, env={"STAYSAIL_HOME": str(home)})
    demo.wait_for_words(AT_WORK, timeout=60)
    return demo


def test_a_newcomer_asks_acknowledges_and_leaves_and_what_is_killed_comes_back(
    start: Start, home: Path, port: int
) -> None:
    demo = start_demo(start, home, port, *SMALL)
    visitor = Visitor(port)
    maria = visitor.people()["Customer success manager"]
    alerts, team = visitor.channel(maria, "cs-alerts"), visitor.channel(maria, "cs-team")

    def ask() -> list[dict[str, Any]]:
        """The answers of the bot to a command typed now, None when it could not be asked."""
        before = len(visitor.messages(maria, team))
        sent = visitor.post("/_page/send", **{"as": maria}, channel=team, text="/cs score a")
        return visitor.messages(maria, team)[before:] if sent["ok"] else []

    # At once: who follows the greeting finds the bot there.
    assert ask()[0]["ephemeral"]

    alert = wait_for(lambda: [m for m in visitor.messages(maria, alerts) if "Acknowledge" in str(m)])[0]
    button = find_button(alert, "Acknowledge")
    place = {"type": "message", "channel": alerts, "message_ts": alert["ts"]}
    click = {"as": maria, "container": place, "block_id": button["block_id"], "action": button}
    assert wait_for(lambda: visitor.post("/_page/action", **click)["ok"])
    wait_for(lambda: "Acknowledged by" in str(shown(visitor, maria, alerts, alert["ts"])))

    for words in (("postgres", "-D"), ("bot", "run"), ("playground",)):
        victim = find_process(home, *words)
        os.kill(victim.pid, signal.SIGKILL)
        psutil.wait_procs([victim], timeout=10)
        wait_for(ask)
        assert "Acknowledged by" in str(shown(visitor, maria, alerts, alert["ts"]))

    os.kill(demo.process.pid, signal.SIGKILL)
    demo.process.wait()
    again = start_demo(start, home, port, *SMALL)
    assert "Making up a company" not in again.said
    wait_for(ask)
    assert "Acknowledged by" in str(shown(visitor, maria, alerts, alert["ts"]))

    refused = start("bot", "demo", "--port", str(port + 1), env={"STAYSAIL_HOME": str(home)})
    assert refused.process.wait(30) == 1
    assert "is running already" in refused.said

    assert again.stop(signal.SIGINT, signal.SIGINT) == 0
    assert processes_on(home) == []
    assert choose_port(port) == port


def test_a_day_is_turned_by_a_button_and_one_cut_short_is_finished(
    start: Start, home: Path, port: int
) -> None:
    demo = start_demo(start, home, port, *SMALL)
    visitor = Visitor(port)
    maria = visitor.people()["Customer success manager"]
    alerts = visitor.channel(maria, "cs-alerts")

    def bar() -> dict[str, Any]:
        return dict(visitor.get(f"/_page/state?as={maria}")["controls"])

    def day() -> datetime:
        return datetime.strptime(bar()["title"], "%a %d %b %Y, %H:%M %Z").replace(tzinfo=UTC)

    first = wait_for(day)
    wait_for(lambda: not any("Acme Robotics" in str(m) for m in visitor.messages(maria, alerts)))
    assert visitor.post("/_page/control", button="next_day")["ok"]
    refused = visitor.post("/_page/control", button="next_day")
    assert refused["error"] == "A day is being turned already; wait until it has come."
    wait_for(lambda: "The morning" in bar()["note"] or not bar()["busy"], timeout=90)
    os.kill(demo.process.pid, signal.SIGKILL)
    demo.process.wait()

    # Acme falls on the day of the start; what was left of the next morning is made up for.
    demo = start_demo(start, home, port, *SMALL)
    wait_for(lambda: "lert" in bar()["note"] and not bar()["busy"], timeout=90)
    assert day().date() == first.date() + timedelta(days=1)
    assert (day().hour, day().minute // 10) == (8, 3)
    told = wait_for(lambda: [m for m in visitor.messages(maria, alerts) if "Acme Robotics" in str(m)])
    assert datetime.fromtimestamp(float(told[-1]["ts"]), UTC).date() == day().date()

    assert visitor.post("/_page/control", button="next_day")["ok"]
    wait_for(lambda: not bar()["busy"], timeout=90)
    assert day().date() == first.date() + timedelta(days=2)

    assert demo.stop(signal.SIGINT, within=30) == 0
    # Started again on the same morning: a demo's days pass by the button alone.
    demo = start_demo(start, home, port, *SMALL)
    assert wait_for(day).date() == first.date() + timedelta(days=2)
    assert demo.stop(signal.SIGINT, within=30) == 0


def test_own_files_without_slack_ids_or_people_are_enough(
    start: Start, home: Path, port: int, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "accounts.csv").write_text("id,name,arr,renewal_on\nA1,Acme,1000,2027-01-31\nA2,Birch,2000,\n")
    demo = start_demo(start, home, port, "--data", str(own))
    visitor = Visitor(port)
    assert list(visitor.people()) == ["CS operations"]
    assert demo.stop() == 0

    # Changed files are noticed: nobody looks at yesterday's data by mistake.
    (own / "people.csv").write_text("email,name,role\nmaria@corp.example,Maria,csm\n")
    demo = start_demo(start, home, port, "--data", str(own))
    maria = visitor.people()["Customer success manager"]
    team = visitor.channel(maria, "cs-team")

    def ask() -> list[dict[str, Any]]:
        visitor.post("/_page/send", **{"as": maria}, channel=team, text="/cs score acme")
        return [m for m in visitor.messages(maria, team) if "Acme" in str(m)]

    assert wait_for(ask)
    assert demo.stop() == 0


def test_a_taken_port_is_said_before_any_work(start: Start, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = start("bot", "demo", "--port", str(port), env={"STAYSAIL_HOME": str(home)})
        assert demo.process.wait(60) == 1
    assert demo.said.startswith(f"Port {port} is taken")
    assert len(demo.said.splitlines()) == 1
    assert list(home.iterdir()) == []


def test_any_free_port_will_do() -> None:
    assert choose_port(0) > 1023
    with pytest.raises(UserError, match="is taken"):
        _choose_taken_port()


def _choose_taken_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        choose_port(taken.getsockname()[1])


def shown(visitor: Visitor, user: str, channel: str, ts: str) -> dict[str, Any]:
    """A message as the page shows it."""
    return next(m for m in visitor.messages(user, channel) if m["ts"] == ts)


def find_button(message: dict[str, Any], text: str) -> dict[str, Any]:
    """A button of a message as its click is sent."""
    blocks = message.get("blocks") or []
    blocks = blocks + [b for a in message.get("attachments") or [] for b in a.get("blocks") or []]
    for block in blocks:
        for element in block.get("elements") or []:
            if isinstance(element, dict) and (element.get("text") or {}) and text in str(element["text"]):
                return {**element, "block_id": block["block_id"], "type": "button"}
    raise AssertionError(f"no button {text!r} in {json.dumps(message)[:500]}")
