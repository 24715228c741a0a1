"""The door of `staysail web`: what is not Slack's is turned away at no cost, what is gets through."""

import contextlib
import io
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy.orm import Session, sessionmaker

from bot.db.engine import create_engine
from bot.models import Person
from bot.web import LARGEST_BODY, SLACK_PATH, Door
from tests.runtime.conftest import (
    FORM,
    SECRET,
    TOKENS,
    Start,
    command_body,
    find_free_port,
    form,
    get,
    is_healthy,
    post,
    sign,
)

BODY = form(command="/cs", text="help", trigger_id="1.2")


def _authorize() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")


class Knocker:
    """A door whose Bolt and database count every touch: the database is not even there."""

    def __init__(self) -> None:
        self.reached: list[Any] = []
        app = App(authorize=_authorize, signing_secret=SECRET)
        app.use(lambda body, next: (self.reached.append(body), next())[1])
        self.engine = create_engine("postgresql://nobody@127.0.0.1:9/none")
        self.door = Door(self.engine, app, SECRET)

    def knock(self, body: bytes, headers: dict[str, str], **environ: Any) -> int:
        """The status of a POST with exactly these headers."""
        statuses: list[str] = []
        given = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
        base = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": SLACK_PATH,
            "CONTENT_TYPE": FORM,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        self.door(base | given | environ, lambda status, _: statuses.append(status))
        return int(statuses[0][:3])


@pytest.fixture
def knocker() -> Iterator[Knocker]:
    knocker = Knocker()
    yield knocker
    knocker.engine.dispose()


def _forgeries() -> dict[str, dict[str, str]]:
    now = str(int(time.time()))
    good = sign(BODY, now)
    return {
        "nothing": {},
        "no signature": {"X-Slack-Request-Timestamp": now},
        "no timestamp": {"X-Slack-Signature": good["X-Slack-Signature"]},
        "another secret": sign(BODY, now, "t" * 32),
        "another body": sign(BODY + b"x", now),
        "another time": good | {"X-Slack-Request-Timestamp": str(int(now) - 1)},
        "old": sign(BODY, str(int(now) - 320)),
        "from the future": sign(BODY, str(int(now) + 320)),
        "a word for a time": sign(BODY, "yesterday"),
        "a negative time": sign(BODY, f"-{now}"),
        "a fraction": sign(BODY, f"{now}.5"),
        "an endless time": sign(BODY, "9" * 5000),
        "other digits": good | {"X-Slack-Request-Timestamp": "\u00b2\u00b3"},
        "a space before": sign(BODY, f" {now}"),
        "no version": good | {"X-Slack-Signature": good["X-Slack-Signature"][3:]},
        "not ASCII": good | {"X-Slack-Signature": "v0=" + "é" * 64},
        "an empty signature": good | {"X-Slack-Signature": ""},
        "a lazy header": {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Request-Timestamp": now},
    }


@pytest.mark.parametrize("name", _forgeries())
def test_a_forgery_gets_401_and_reaches_nothing(knocker: Knocker, name: str) -> None:
    assert knocker.knock(BODY, _forgeries()[name]) == 401
    assert knocker.reached == []
    assert knocker.engine.pool.checkedin() + knocker.engine.pool.checkedout() == 0


def test_a_forged_body_is_not_even_read(knocker: Knocker) -> None:
    body = io.BytesIO(BODY)
    assert knocker.knock(BODY, sign(BODY, "1"), **{"wsgi.input": body}) == 401
    assert body.tell() == 0


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1, 2]"),
        ("application/json", b"null"),
        ("application/json", b"[" * 100_000),
        (FORM, b"payload=%7Bnot"),
        (FORM, b"payload=%5B1%5D"),
        (FORM, b"\xff\xfe\xfa"),
        (FORM, b'{"type": 7'),
    ],
)
def test_signed_nonsense_is_refused_and_not_a_fault(knocker: Knocker, content: str, body: bytes) -> None:
    assert knocker.knock(body, sign(body), CONTENT_TYPE=content) == 400
    assert knocker.reached == []


def test_nobody_outside_steers_bolt_by_its_own_headers(knocker: Knocker) -> None:
    knocker.knock(BODY, sign(BODY) | {"X-Slack-Bolt-Lazy-Only": "1"})
    assert len(knocker.reached) == 1


@pytest.mark.parametrize(
    ("length", "status"), [("-1", 400), ("ten", 400), ("9" * 5000, 413), ("\u00b2", 400)]
)
def test_an_unusable_length_is_refused(knocker: Knocker, length: str, status: int) -> None:
    assert knocker.knock(BODY, sign(BODY), CONTENT_LENGTH=length) == status


@pytest.fixture(scope="class")
def served(start_for_class: Start, database_url: str) -> int:
    """The port of `staysail web`."""
    port = find_free_port()
    web = start_for_class("bot", "web", env=TOKENS | {"DATABASE_URL": database_url, "PORT": str(port)})
    web.wait_for(lambda: is_healthy(port))
    return port


class TestServed:
    """Over HTTP, by the server that production uses."""

    def test_what_is_larger_than_1_mb_is_refused_with_and_without_a_length(self, served: int) -> None:
        large = b"a" * (LARGEST_BODY + 1)
        allowed = b"a=" + b"b" * 900_000
        for chunked in (False, True):
            assert _post_raw(served, large, sign(large), chunked=chunked) == 413
            assert _post_raw(served, large * 3, sign(large), chunked=chunked) == 413
            assert _post_raw(served, allowed, sign(allowed), chunked=chunked) == 200

    def test_only_slacks_path_and_method_are_served(self, served: int) -> None:
        assert get(served, "/slack/events")[0] == 405
        assert get(served, "/")[0] == 404
        assert get(served, "/slack/install")[0] == 404
        assert get(served, "/healthz") == (200, {"ok": True})
        assert get(served, "/readyz") == (200, {"ok": True})

    def test_slack_can_verify_the_address(self, served: int) -> None:
        body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"}).encode()
        status, answer = post(served, body, content="application/json")
        assert (status, json.loads(answer)) == (200, {"challenge": "abc"})
        assert post(served, form(ssl_check="1", token="x"))[0] == 200

    def test_a_command_is_answered(self, served: int, sessions: sessionmaker[Session]) -> None:
        with sessions.begin() as session:
            session.add(Person(email="maria@corp.example", name="Maria", role="csm", slack_id="UMARIA"))
        status, answer = post(served, command_body("/cs", "help", "7.1"))
        assert status == 200
        assert b"portfolio" in answer

    def test_what_nobody_listens_to_is_taken(self, served: int) -> None:
        status, answer = post(served, command_body("/gone", "", "7.2"))
        assert status == 200
        assert "I do not know /gone" in json.loads(answer)["text"]
        click = {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "open_url"}]}
        assert post(served, form(payload=json.dumps(click))) == (200, b"")
        event = {"type": "event_callback", "event_id": "E1", "event": {"type": "team_join"}}
        assert post(served, json.dumps(event).encode(), content="application/json") == (200, b"")


def test_readiness_says_what_is_wrong(start: Start, port: int, fresh_database: str) -> None:
    env = TOKENS | {"DATABASE_URL": fresh_database, "PORT": str(port)}
    web = start("bot", "web", env=env)
    web.wait_for(lambda: is_healthy(port))
    assert get(port, "/readyz")[0] == 200
    address = fresh_database.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("update alembic_version set version_num = '0000'")
    status, answer = get(port, "/readyz")
    assert status == 503
    assert "staysail migrate" in answer["error"]
    name = conninfo_to_dict(address)["dbname"]
    with psycopg.connect(make_conninfo(address, dbname="postgres"), autocommit=True) as admin:
        admin.execute(f'alter database "{name}" allow_connections false')
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
    assert get(port, "/readyz") == (503, {"error": "the database cannot be reached"})
    assert get(port, "/healthz")[0] == 200


def _post_raw(port: int, body: bytes, headers: dict[str, str], *, chunked: bool) -> int:
    length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
    lines = {"Host": "x", "Content-Type": FORM, **length, **headers}
    head = f"POST {SLACK_PATH} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())
    pieces = [body[at : at + 65_536] for at in range(0, len(body), 65_536)]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        # A server that has answered already need not listen to the rest.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            link.sendall(head.encode() + b"\r\n")
            for piece in pieces:
                link.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                link.sendall(b"0\r\n\r\n")
        return int(link.recv(1000).split()[1])
