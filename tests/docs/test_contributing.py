"""CONTRIBUTING's examples do what they say when they are followed to the letter."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "blocks", "handlers", "scoring", "migrations")
PLACE = r"# (?:at the end of|in) ([^\s,]+)(?:, after \"([^\n]*)\")?"
EXAMPLE = re.compile(rf"```python\n{PLACE}\n(.*?)```", re.DOTALL)


def follow(text: str, tree: Path) -> None:
    """Write each example where its first line says."""
    for name, anchor, code in EXAMPLE.findall(text):
        path = tree / name
        before = path.read_text(encoding="utf-8")
        if anchor:
            assert before.count(f"{anchor}\n") == 1, f"{name} has no single line {anchor!r}"
            after = before.replace(f"{anchor}\n", f"{anchor}\n{code}")
        else:
            after = f"{before}\n\n{code}"
        path.write_text(after, encoding="utf-8")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert len(EXAMPLE.findall(text)) == text.count("```python"), "an example says not where it goes"
    follow(text, tree)
    return tree


def run(tree: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tree, capture_output=True, text=True, env={"PYTHONPATH": str(tree)}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_signal_is_in_the_catalogue_and_in_models(tree: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    shipped = (ROOT / "scoring/models/six_signal.yaml").read_text(encoding="utf-8")
    assert "sessions(days=30)" in shipped
    mine = shipped.replace("sessions(days=30)", "seats_bought").replace("name: six_signal", "name: mine", 1)
    (folder / "mine.yaml").write_text(mine, encoding="utf-8")
    said = run(
        tree,
        "from pathlib import Path; from scoring.model import get_model; from scoring.signals import SIGNALS;"
        f"model = get_model('mine', Path({str(tmp_path)!r}));"
        "print([key.text for key in model.signals][0], SIGNALS['seats_bought'].text)",
    )
    assert said.startswith("seats_bought Seats of the contract.")


def test_the_verb_is_answered_and_listed_by_help(tree: Path) -> None:
    said = run(
        tree,
        "from handlers.commands.verbs import get_verb, load_help;"
        "verb, words = get_verb('owner acme');"
        "print(verb.build.__name__, verb.parse(words).called, [l.usage for l in load_help(None, '', None)])",
    )
    assert said.startswith("build_owner acme")
    assert "/cs owner <account>" in said
