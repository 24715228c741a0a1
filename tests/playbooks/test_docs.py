"""docs/playbooks.md shows a file Staysail takes, and names every playbook there is and what texts may say."""

import re
from pathlib import Path

from bot.plays.engine import LONGEST_BLACKOUT
from bot.plays.variants import ENOUGH
from playbooks import get_library, load_library
from playbooks.conditions import FLAGS, Condition
from playbooks.context import NAMES
from playbooks.problems import ACTIONS

DOCS = (Path(__file__).parents[2] / "docs" / "playbooks.md").read_text(encoding="utf-8")


def test_the_example_is_a_sound_playbook(tmp_path: Path) -> None:
    (tmp_path / "playbooks").mkdir()
    example = next(text for text in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL) if "steps:" in text)
    (tmp_path / "playbooks" / "early_warning.yaml").write_text(example, encoding="utf-8")
    assert len(load_library(tmp_path).get("early_warning").all_steps) == 7


def test_every_playbook_is_listed_with_its_class_and_description() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", DOCS, re.MULTILINE))
    plays = get_library().plays
    assert {name: row for name, row in rows.items() if name in plays} == {
        name: play.play_class for name, play in plays.items()
    }
    for play in plays.values():
        assert " ".join((play.description or play.title).split()) in DOCS


def test_every_action_condition_flag_and_name_is_told() -> None:
    for word in (*ACTIONS, *FLAGS, *NAMES, *Condition.model_fields):
        assert word in DOCS, word
    assert f"after {LONGEST_BLACKOUT.days} days" in DOCS
    assert f"fewer\n  than {ENOUGH} ended" in DOCS
