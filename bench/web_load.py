"""200 slash commands at once against one `staysail web`, and the memory of `staysail run`.

`uv run python -m bench.web_load [--accounts 2000] [--weeks 12] [--rounds 5]`

Every round sends 200 signed `/cs score <name>` at the same instant, each over a connection of its own, from
another process, and counts those not answered within Slack's three seconds. The same is asked of the same
application served the way Bolt comes: an executor of five threads and no `process_before_response`. Rounds
of both alternate, so that both meet the same noise.
"""

import argparse
import hashlib
import hmac
import http.client
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import psutil
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from bot.app import build_parts, build_slack_app
from bot.config import TeamConfig, load_settings
from bot.db.embedded import EmbeddedPostgres
from bot.db.engine import create_engine, create_sessions
from bot.db.migrate import migrate
from bot.generator import generate
from bot.manifest import build_manifest
from bot.models import Account, Person
from bot.processes import build_door, serve_web
from bot.sources.importing import import_path
from bot.stopping import Stop
from bot.web import Door
from playground import LocalSlack
from scoring.run import load_models_for, score_day

AT_ONCE = 200
SECRET = "bench" * 8
TEAM = TeamConfig()
#: Slack gives up then.
LOST_SECONDS = 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--weeks", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", choices=["default"], help=argparse.SUPPRESS)
    parser.add_argument("--shoot", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve_bolts_default()
    elif options.shoot:
        print(json.dumps(shoot(json.loads(options.shoot))))
    else:
        measure(options.accounts, options.weeks, options.rounds)


def measure(accounts: int, weeks: int, rounds: int) -> None:
    """Print what was measured, and the machine it was measured on."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {today}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="staysail-bench-")))
        folder.chmod(0o755)
        server = stack.enter_context(EmbeddedPostgres(folder / "home"))
        sessions = make_company(server.url, folder / "company", accounts, weeks)
        asker, names = load_asker(sessions)
        ways = {
            "staysail web": stack.enter_context(serving(server.url, ["-m", "bot", "web"])),
            "two processes": stack.enter_context(serving(server.url, ["-m", "bot", "web"], "2")),
            "Bolt's default": stack.enter_context(
                serving(server.url, ["-m", "bench.web_load", "--serve", "default"])
            ),
        }
        load = os.getloadavg()[0]
        times: dict[str, list[float]] = {name: [] for name in ways}
        spent = dict.fromkeys(ways, 0.0)
        for number in range(rounds + 1):
            for name, (port, process) in ways.items():
                before = read_cpu(process)
                told = {"port": port, "names": names, "asker": asker, "round": f"{name}{number}"}
                shot = json.loads(run_python(["-m", "bench.web_load", "--shoot", json.dumps(told)]))
                if number:  # the first round warms both up
                    times[name] += shot
                    spent[name] += read_cpu(process) - before
        print(f"\n{AT_ONCE} /cs score at once, {rounds} rounds, {accounts:,} accounts, load {load:.1f}")
        for name, taken in times.items():
            print_line(name, taken, spent[name])
        ratio = p(times["Bolt's default"], 99) / p(times["staysail web"], 99)
        print(f"p99 of Bolt's default is {ratio:.1f} times that of staysail web")
        print_memory(server.url, asker)


def read_cpu(process: "subprocess.Popen[bytes]") -> float:
    """The CPU seconds a server and its processes have used."""
    tree = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return sum(each.cpu_times().user + each.cpu_times().system for each in tree)


def print_line(name: str, taken: Sequence[float], spent: float) -> None:
    lost = sum(seconds >= LOST_SECONDS for seconds in taken)
    p50, p99, most = (f"{seconds * 1000:5.0f} ms" for seconds in (p(taken, 50), p(taken, 99), max(taken)))
    print(
        f"  {name:16} p50 {p50}  p99 {p99}  most {most}  lost {lost} of {len(taken)}"
        f"  CPU {spent / len(taken) * 1000:.1f} ms each"
    )


def p(taken: Sequence[float], percent: int) -> float:
    ordered = sorted(taken)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def make_company(url: str, out: Path, accounts: int, weeks: int) -> sessionmaker[Session]:
    """A generated company, imported, and scored for its last day."""
    migrate(url)
    sessions = create_sessions(create_engine(url, 2))
    now = datetime.now(UTC)
    end = now.date() - timedelta(days=1)
    generate(out, accounts=accounts, weeks=weeks, seed=7, end=end)
    with sessions.begin() as session:
        import_path(session, out, recorded_on=now.date(), now=now, zone=TEAM.zone)
    with sessions.begin() as session:
        score_day(session, models=load_models_for(TEAM, None), as_of=end, now=now, zone=TEAM.zone)
    return sessions


def load_asker(sessions: sessionmaker[Session]) -> tuple[str, list[str]]:
    """Somebody known, and the names that are asked for: whole, cut short and misspelt."""
    with sessions() as session:
        asker = session.scalars(select(Person.slack_id).where(Person.slack_id.is_not(None)).limit(1)).one()
        names = list(session.scalars(select(Account.name).order_by(Account.id).limit(AT_ONCE)))
    cut = [name if n % 3 else name[: max(3, len(name) - 2)] for n, name in enumerate(names)]
    return str(asker), [name[:1] + name[2:] if n % 7 == 0 else name for n, name in enumerate(cut)]


@contextmanager
def serving(
    url: str, command: list[str], processes: str = "1"
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The port of a server that answers, and its process."""
    with LocalSlack.start() as probe:
        port = int(probe.url.rsplit(":", 1)[1])
    env = os.environ | {
        "DATABASE_URL": url,
        "PORT": str(port),
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": SECRET,
        "WEB_CONCURRENCY": processes,
    }
    process = subprocess.Popen([sys.executable, *command], env=env, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(f"{command} did not start") from None
                time.sleep(0.1)
        yield port, process
    finally:
        process.terminate()
        process.wait()


def shoot(told: dict[str, object]) -> list[float]:
    """Send all commands at one instant; seconds each took to be answered, LOST_SECONDS or more when lost."""
    names = [str(name) for name in told["names"]]  # type: ignore[attr-defined]
    together = threading.Barrier(len(names))

    def one(number: int) -> float:
        connection = http.client.HTTPConnection("127.0.0.1", int(str(told["port"])), timeout=10)
        connection.connect()
        body = urlencode(
            {
                "command": "/cs",
                "text": f"score {names[number]}",
                "user_id": told["asker"],
                "team_id": "T1",
                "channel_id": "C1",
                "trigger_id": f"{told['round']}.{number}",
                "response_url": "http://127.0.0.1:9/",
            }
        ).encode()
        stamp = str(int(time.time()))
        mark = hmac.new(SECRET.encode(), b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={mark}",
        }
        together.wait()
        began = time.perf_counter()
        try:
            connection.request("POST", "/slack/events", body, headers)
            answer = connection.getresponse()
            good = answer.status == 200 and answer.read()
        except OSError:
            good = b""
        seconds = time.perf_counter() - began
        return seconds if good else max(seconds, LOST_SECONDS)

    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(one, range(len(names))))


def serve_bolts_default() -> None:
    """Serve the same application the way Bolt comes."""
    stop = Stop(7.0)
    stop.listen()
    serve_web(load_settings(), stop, "bench.web_load:create_default_door")


def create_default_door() -> Door:
    settings = load_settings()
    assert settings.database_url
    parts = build_parts(settings, TEAM, settings.database_url)
    app = build_slack_app(parts)
    app.listener_runner.process_before_response = False
    app.listener_runner.listener_executor = ThreadPoolExecutor(5)
    return build_door(parts, app)


def print_memory(url: str, asker: str) -> None:
    """The memory of `staysail run` in Socket Mode after it has answered."""
    workspace = {
        "users": [{"id": asker, "name": "asker"}],
        "channels": [{"id": "C1", "name": "talk", "members": [asker]}],
    }
    with LocalSlack.start(workspace) as slack:
        app = slack.install(build_manifest(), channels=["talk"])
        env = os.environ | {
            "DATABASE_URL": url,
            "SLACK_BOT_TOKEN": app.bot_token,
            "SLACK_APP_TOKEN": app.app_token,
            "SLACK_API_BASE_URL": slack.api_url,
        }
        process = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=env, stderr=subprocess.DEVNULL)
        try:
            slack.wait_for(lambda: slack.connected(app.app_id), timeout=60)
            for number in range(50):
                slack.command(asker, "talk", ["/cs score a", "/portfolio", "/cs help"][number % 3])
            tree = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            used = [each.memory_full_info() for each in tree]
            rss, pss = (sum(getattr(each, kind) for each in used) / 2**20 for kind in ("rss", "pss"))
            print(
                f"\nstaysail run, {len(tree)} process(es): RSS {rss:.0f} MB, PSS {pss:.0f} MB (limit 250 MB)"
            )
        finally:
            process.terminate()
            process.wait()


def run_python(arguments: list[str]) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    main()
