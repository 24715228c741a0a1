"""One small company, written once a worker and read by every test that only looks."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.generator import GeneratedCompany, generate

END = date(2026, 11, 21)

Rows = list[dict[str, str]]


def read(folder: Path, name: str) -> Rows:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> GeneratedCompany:
    """120 accounts over 60 weeks."""
    return generate(tmp_path_factory.mktemp("company"), accounts=120, weeks=60, seed=4, end=END)


@pytest.fixture(scope="session")
def rows(company: GeneratedCompany) -> Callable[[str], Rows]:
    """The rows of a file of ``company``, by its name."""
    kept: dict[str, Rows] = {}

    def find(name: str) -> Rows:
        if name not in kept:
            kept[name] = read(company.folder, name)
        return kept[name]

    return find
