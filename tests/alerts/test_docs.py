"""The files shown in docs/alerts.md are ones Staysail takes."""

import re
from pathlib import Path

from bot.alerts import load_rules
from bot.config import load_team_config

DOCS = Path(__file__).parents[2] / "docs" / "alerts.md"


def test_the_examples_of_the_docs_load(tmp_path: Path) -> None:
    rule, team = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "score_drop.yaml").write_text(rule, encoding="utf-8")
    (tmp_path / "staysail.yaml").write_text(team, encoding="utf-8")

    drop = next(rule for rule in load_rules(tmp_path) if rule.name == "score_drop")
    assert (drop.title, drop.cool_down_days, drop.state) == ("Score fell by 15", 30, "live")
    assert drop.limit is not None
    assert drop.limit.value == 15
    assert [route.to for route in load_team_config(tmp_path).routes] == [
        "#cs-escalations",
        "#cs-strategic",
        "#maria-customers",
        "owner",
        "C012AB3CD",
    ]
