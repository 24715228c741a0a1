"""Writes the pins: requirements.lock (with hashes, for pip) and the same versions as uv's constraints.

A lock of uv's own form records the addresses of whichever mirror made it; versions and hashes hold on any.

    uv run python .ci/lock.py            after a change of dependencies: resolve anew and write both
    uv run python .ci/lock.py --check    fail when the two do not say the same
"""

import re
import subprocess
import sys
from pathlib import Path

LOCK = Path("requirements.lock")
PROJECT = Path("pyproject.toml")
MARK = "# Written by .ci/lock.py from requirements.lock; not to be edited.\n"
BEGIN = f"{MARK}[tool.uv]\nconstraint-dependencies = [\n"
HEADER = "# Every version this project is tested with, with hashes. Written by .ci/lock.py.\n"


def main() -> None:
    if "--check" not in sys.argv:
        resolve()
    section = build_section(read_pins())
    text = PROJECT.read_text(encoding="utf-8")
    before = text.split(BEGIN)[0].rstrip() + "\n"
    wanted = f"{before}\n{section}"
    if "--check" in sys.argv:
        sys.exit(0 if text == wanted else "pyproject.toml and requirements.lock differ: run .ci/lock.py")
    PROJECT.write_text(wanted, encoding="utf-8")


def resolve() -> None:
    text = PROJECT.read_text(encoding="utf-8")
    PROJECT.write_text(text.split(BEGIN)[0].rstrip() + "\n", encoding="utf-8")
    Path("uv.lock").unlink(missing_ok=True)
    command = (
        "uv export --quiet --no-emit-project --all-groups --no-annotate --no-header --format requirements-txt"
    )
    exported = subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout
    LOCK.write_text(HEADER + exported, encoding="utf-8")


def read_pins() -> list[str]:
    pins = re.findall(r"^([\w.-]+==[^\\\n]+?)\s*\\?$", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [pin.replace('"', "'") for pin in pins]


def build_section(pins: list[str]) -> str:
    lines = "".join(f'    "{pin}",\n' for pin in pins)
    return f"{BEGIN}{lines}]\n"


main()
