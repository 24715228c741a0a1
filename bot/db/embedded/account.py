"""Who the database server runs as, and where that user can keep data.

PostgreSQL refuses to run as root, so under root (most containers) the server gets another user.
Nothing here changes the permissions of a folder that is not Staysail's own.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from bot.db.embedded.errors import EmbeddedPostgresError

HOME_VARIABLE = "STAYSAIL_HOME"
_ROOT_HOME = Path("/var/lib/staysail")
# `_postgres` is macOS's. `nobody` is always there, though less private.
_SERVER_USERS = ("postgres", "_postgres", "nobody")


def home_folder() -> Path:
    """Return the folder that holds the embedded database: `STAYSAIL_HOME`, or this user's data folder.

    Root's default is /var/lib/staysail and not below root's home folder, which no other user may enter.
    """
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    return _ROOT_HOME if os.geteuid() == 0 else platformdirs.user_data_path("staysail")


@dataclass(frozen=True)
class Account:
    """The operating system's user that the server runs as; `name` is None for the present one."""

    name: str | None
    uid: int
    gid: int

    @property
    def described(self) -> str:
        """Text to put after what could not be done: ` by the user postgres`, or nothing."""
        return f" by the user {self.name}" if self.name else ""

    @property
    def popen_arguments(self) -> dict[str, Any]:
        """Arguments of `subprocess` that start a program as this user, deaf to this terminal."""
        arguments: dict[str, Any] = {
            # Ctrl-C goes to the terminal's whole process group; the server must outlive it long enough
            # for its users to finish.
            "start_new_session": True,
            "stdin": subprocess.DEVNULL,
            "env": clean_environment(os.environ),
            "umask": 0o077,
        }
        if self.name is not None:
            arguments |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return arguments

    def run(
        self, command: Sequence[str], cwd: str = "/", pass_fds: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a short program as this user and return its result. Raises OSError if it cannot start."""
        return subprocess.run(
            command,
            cwd=cwd,
            pass_fds=pass_fds,
            capture_output=True,
            text=True,
            errors="replace",
            **self.popen_arguments,
        )

    def give(self, path: Path) -> None:
        """Make `path` this user's own."""
        if self.name is not None:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether this user can go into `folder` through all of its parents."""
        if self.name is None:
            return os.access(folder, os.X_OK)
        # Asked of the system by trying: access lists and mounts decide as much as the mode bits.
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]).returncode == 0

    def reachable_folder(self, home: Path) -> Path:
        """Return `home`, or the folder that stands in for it because this user cannot enter it.

        `home` itself is Staysail's and may be made passable (`mktemp -d` gives 0700). Its parents
        belong to someone else and stay as they are: then the data live in a folder elsewhere, and the
        link `home/elsewhere` says where, whatever becomes of the permissions later.
        """
        link = home / "elsewhere"
        if link.is_dir():
            return link.resolve()
        if self.can_enter(home):
            return home
        if home.stat().st_uid == os.geteuid() and home != Path.home():
            home.chmod(home.stat().st_mode | 0o011)
            if self.can_enter(home):
                return home
        if any(home.glob("pg*/data")):
            raise EmbeddedPostgresError(
                f"{home} holds a database, and the user {self.name}, as whom its server must run, may not "
                f"enter it any more. Allow that (chmod o+x on its parent folders), or move {home} and set "
                f"{HOME_VARIABLE} to the new place."
            )
        return self._folder_elsewhere(link)

    def _folder_elsewhere(self, link: Path) -> Path:
        # A throw-away home gets a throw-away stand-in.
        temporary = Path(tempfile.gettempdir()).resolve()
        parent = temporary if link.resolve().is_relative_to(temporary) else _ROOT_HOME
        parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="staysail-", dir=parent))
        folder.chmod(0o711)
        if not self.can_enter(folder):
            raise EmbeddedPostgresError(
                f"The database cannot keep its data in {link.parent}: it must run as the user {self.name}, "
                f"who may not enter that folder. Set {HOME_VARIABLE} to a folder this user can reach."
            )
        link.unlink(missing_ok=True)
        link.symlink_to(folder)
        return folder


def server_account() -> Account:
    """Return the user to run the server as: the present one, or for root a user without privileges.

    Raises EmbeddedPostgresError when root has no user to hand the server to, or when the present user
    has no name.
    """
    if os.geteuid() != 0:
        return _present_account()
    for name in _SERVER_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(name, entry.pw_uid, entry.pw_gid)
        try:
            account.run([shutil.which("true") or "/bin/true"])
        except OSError as error:
            raise EmbeddedPostgresError(
                f"PostgreSQL refuses to run as root, and this root may not start programs as {name} "
                f"({error}). Run Staysail as an ordinary user, or set DATABASE_URL to a running server."
            ) from error
        return account
    raise EmbeddedPostgresError(
        f"PostgreSQL refuses to run as root, and none of the users {', '.join(_SERVER_USERS)} exists. "
        "Run Staysail as an ordinary user, or set DATABASE_URL to a running server."
    )


def _present_account() -> Account:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise EmbeddedPostgresError(
            f"PostgreSQL's initdb needs a user with a name, and number {os.geteuid()} has none here. "
            "Run Staysail as a user of /etc/passwd or as root, or set DATABASE_URL to a running server."
        ) from None
    return Account(None, os.geteuid(), os.getegid())


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` without what would redirect PostgreSQL (PGDATA, PGPORT …) or its language."""
    kept = {k: v for k, v in environment.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}
