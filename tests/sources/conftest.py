"""Files written by a test, imported into its own database."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from bot.sources.importing import ImportReport, import_path

Files = Mapping[str, str | bytes]
Load = Callable[..., ImportReport]


def write_files(folder: Path, files: Files) -> Path:
    """The folder, holding exactly these files."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.fixture
def load(session: Session, tmp_path: Path) -> Load:
    """Import files given as text; ``on`` is the day on which they count as recorded, ``only``
    the one file to import of them."""

    def load_files(
        files: Files, on: str = "2026-03-10", zone: str = "UTC", only: str = "", **options: object
    ) -> ImportReport:
        return import_path(
            session,
            write_files(tmp_path / "company", files) / only,
            recorded_on=date.fromisoformat(on),
            now=datetime(2026, 3, 10, 12, tzinfo=UTC),
            zone=ZoneInfo(zone),
            rejects=tmp_path / "rejects",
            **options,  # type: ignore[arg-type]
        )

    return load_files


ACCOUNTS = "id,name\nA1,Acme\nA2,Birch\n"
