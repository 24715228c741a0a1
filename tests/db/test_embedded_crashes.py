"""The embedded server after every way its processes and its users can die."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import psutil
import psycopg
import pytest

from bot.db.embedded import EmbeddedPostgres
from tests.db.processes import kill_all, kill_server, processes_of

Another = Callable[[str], "subprocess.Popen[str]"]

OWNER = "server.start(); run('create table kept (n int)'); print('ready', flush=True); sys.stdin.read()"


def _connect(server: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True)


def _run(server: EmbeddedPostgres, statement: str) -> list[tuple[object, ...]]:
    with _connect(server) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("kill", [kill_server, kill_all])
def test_a_killed_server_starts_again_at_once_with_its_data(home: Path, kill: Callable[[Path], None]) -> None:
    with EmbeddedPostgres(home) as first:
        _run(first, "CREATE TABLE kept AS SELECT 1 AS n")
        kill(home)
        # At once: the dead are still in the process table, and a killed server's children still end.
        with EmbeddedPostgres(home) as second:
            assert _run(second, "SELECT n FROM kept") == [(1,)]


def test_a_user_that_stays_can_bring_the_server_back(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        _run(server, "CREATE TABLE kept AS SELECT 1 AS n")
        kill_all(home)
        assert _run(server.start(), "SELECT n FROM kept") == [(1,)]
    assert processes_of(home) == []


def test_a_backend_that_outlives_its_killed_server_is_waited_for(home: Path) -> None:
    with EmbeddedPostgres(home) as first:
        busy = _connect(first)
        # A backend that computes does not notice the death of its server for a while.
        thread = Thread(target=_sort_until_killed, args=[busy])
        thread.start()
        while not _run(
            first, "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%busy%' AND pid <> pg_backend_pid()"
        ):
            pass
        kill_server(home)
        with EmbeddedPostgres(home) as second:
            assert _run(second, "SELECT 1") == [(1,)]
        thread.join()
        busy.close()


def _sort_until_killed(connection: psycopg.Connection) -> None:
    try:
        connection.execute("SELECT count(*) AS busy FROM generate_series(1, 3000000) AS n WHERE n % 7 = 1")
    except psycopg.OperationalError:
        return


def test_processes_are_told_apart_where_there_is_no_proc(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")  # asks `ps`, which is here as well
    with EmbeddedPostgres(home) as server:
        _run(server, "CREATE TABLE kept AS SELECT 1 AS n")
        kill_all(home)
        assert _run(server.start(), "SELECT n FROM kept") == [(1,)]
    assert processes_of(home) == []


@pytest.mark.parametrize("user", ["the server's", "another"])
def test_a_process_number_that_belongs_to_a_stranger_now_does_not_refuse(home: Path, user: str) -> None:
    with EmbeddedPostgres(home) as first:
        _run(first, "CREATE TABLE kept AS SELECT 1 AS n")
        owner = processes_of(home)[0].uids().real
        kill_all(home)
    as_owner = {"user": owner} if user == "the server's" and os.geteuid() == 0 else {}
    stranger = subprocess.Popen(["sleep", "60"], **as_owner)  # type: ignore[call-overload]
    try:
        note = home / "pg18" / "data" / "postmaster.pid"
        lines = note.read_text().split("\n")
        note.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        with EmbeddedPostgres(home) as second:
            assert _run(second, "SELECT n FROM kept") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_after_a_killed_owner_the_next_user_finds_the_server_and_stops_it(
    home: Path, another: Another
) -> None:
    owner = another(OWNER)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "ready\n"
    serving = processes_of(home)[0]
    owner.kill()
    owner.wait()
    with EmbeddedPostgres(home) as server:
        assert processes_of(home)[0] == serving
        assert _run(server, "SELECT count(*) FROM kept") == [(0,)]
    assert processes_of(home) == []


def test_ctrl_c_does_not_reach_the_server(home: Path, another: Another) -> None:
    code = """
with server:
    try:
        print('ready', flush=True)
        signal.pause()
    except KeyboardInterrupt:
        print('still', run('select 1').fetchone(), flush=True)
"""
    owner = another(code)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "ready\n"
    os.killpg(owner.pid, signal.SIGINT)  # what a terminal does
    assert owner.stdout.readline() == "still (1,)\n"
    assert owner.wait() == 0
    assert processes_of(home) == []


def test_six_processes_that_start_at_once_share_one_server_and_leave_nothing(
    empty_home: Path, another: Another
) -> None:
    code = """
sys.stdin.read()
with server:
    run(f'create table visit_{os.getpid()} ()')
"""
    visitors = [another(code) for _ in range(6)]
    for visitor in visitors:
        assert visitor.stdin is not None
        visitor.stdin.close()
    for visitor in visitors:
        assert visitor.stdout is not None
        assert (visitor.stdout.read(), visitor.wait()) == ("", 0)
    assert processes_of(empty_home) == []
    with EmbeddedPostgres(empty_home) as server:
        found = _run(server, "SELECT tablename FROM pg_tables WHERE tablename LIKE 'visit%' ORDER BY 1")
    assert found == sorted((f"visit_{visitor.pid}",) for visitor in visitors)


def test_a_first_start_killed_half_way_leaves_nothing_in_the_way(empty_home: Path, another: Another) -> None:
    starting = another("server.start()")
    unfinished = empty_home / "pg18" / "data.init" / "PG_VERSION"
    while not unfinished.exists():
        assert starting.poll() is None
    starting.kill()  # while the program that makes the data folder runs on
    starting.wait()
    with EmbeddedPostgres(empty_home) as server:
        assert _run(server, "SELECT 1") == [(1,)]


def test_no_acknowledged_commit_is_lost_when_the_server_is_killed(home: Path) -> None:
    acknowledged: list[int] = []
    with EmbeddedPostgres(home) as server:
        assert _run(server, "SHOW fsync") == [("on",)]
        _run(server, "CREATE TABLE promise (n int PRIMARY KEY)")
        enough = Event()
        writers = [Thread(target=_write, args=[server, first, acknowledged, enough]) for first in range(4)]
        for writer in writers:
            writer.start()
        assert enough.wait(30)
        kill_server(home)
        for writer in writers:
            writer.join()
        with EmbeddedPostgres(home) as again:
            kept = {row[0] for row in _run(again, "SELECT n FROM promise")}
    assert len(acknowledged) >= 200
    assert set(acknowledged) <= kept


def _write(server: EmbeddedPostgres, first: int, acknowledged: list[int], enough: Event) -> None:
    with _connect(server) as connection:
        for n in range(first, 1_000_000, 4):
            try:
                connection.execute("INSERT INTO promise VALUES (%s)", [n])
            except psycopg.OperationalError:
                return
            acknowledged.append(n)
            if len(acknowledged) >= 200:
                enough.set()


def test_the_last_user_stops_the_server_and_not_the_first(home: Path) -> None:
    first, second = EmbeddedPostgres(home).start(), EmbeddedPostgres(home, database="other").start()
    first.close()
    assert _run(second, "SELECT current_database()") == [("other",)]
    second.close()
    second.close()
    assert processes_of(home) == []
    # It stopped in order: the next start has nothing to recover.
    assert "database system is shut down" in (home / "pg18" / "server.log").read_text()


def test_a_forked_child_that_closes_leaves_the_server_to_its_parent(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        child = os.fork()
        if child == 0:
            server.close()
            os._exit(0)
        os.waitpid(child, 0)
        assert _run(server, "SELECT 1") == [(1,)]
    assert [process for process in processes_of(home) if process.status() != psutil.STATUS_ZOMBIE] == []
