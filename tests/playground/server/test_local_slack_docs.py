"""docs/playground.md names what there is, no more and no less."""

import re
from dataclasses import fields
from pathlib import Path

from playground.__main__ import build_parser
from playground.server.api.method import METHODS
from playground.server.faults import KINDS
from playground.server.settings import Settings

DOC = (Path(__file__).parents[3] / "docs" / "playground.md").read_text()


def test_every_method_is_listed() -> None:
    rows = re.findall(r"^\| `([\w.]+\.)` \| (.+) \|$", DOC, re.MULTILINE)
    assert {prefix + name for prefix, names in rows for name in names.split(", ")} == set(METHODS)


def test_every_option_and_fault_is_explained() -> None:
    options = {option for action in build_parser()._actions for option in action.option_strings}
    assert set(re.findall(r"^\| `(--[\w-]+)", DOC, re.MULTILINE)) == options - {"-h", "--help"}
    assert all(f"`{kind}`" in DOC for kind in KINDS)


def test_settings_it_names_exist() -> None:
    known = {field.name for field in fields(Settings)}
    named = re.findall(r"(?:limits|Settings)\((\w+)=", DOC)
    assert named
    assert set(named) <= known
