"""The files shown in the docs are ones Staysail takes, and every shipped rule is told of as it is."""

import re
from pathlib import Path

import pytest

from bot.alerts import load_rules
from bot.alerts.describing import describe_condition, describe_telling
from bot.alerts.rules import Rule
from bot.config import load_team_config
from playbooks import find_play

DOCS = Path(__file__).parents[2] / "docs"


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def find_examples(page: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


def test_the_examples_of_the_alerts_page_load(tmp_path: Path) -> None:
    rule, team = find_examples(read("alerts.md"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "score_drop.yaml").write_text(rule, encoding="utf-8")
    (tmp_path / "staysail.yaml").write_text(team, encoding="utf-8")

    drop = next(rule for rule in load_rules(tmp_path) if rule.name == "score_drop")
    assert (drop.limit and drop.limit.value, drop.fall_days) == (15, 30)
    assert {"#cs-escalations", "owner"} <= {route.to for route in load_team_config(tmp_path).routes}


def test_the_example_of_the_rules_page_loads_and_shows_every_key(tmp_path: Path) -> None:
    (example,) = find_examples(read("alert-rules.md"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "quiet_champion.yaml").write_text(example, encoding="utf-8")
    rule = next(rule for rule in load_rules(tmp_path) if rule.name == "quiet_champion")
    assert rule.model_fields_set == set(Rule.model_fields)


@pytest.mark.parametrize("rule", load_rules(None), ids=lambda rule: rule.name)
def test_every_shipped_rule_is_told_of_as_it_is(rule: Rule) -> None:
    page = " ".join(read("alert-rules.md").split())
    section = page.split(f"### `{rule.name}`: {rule.title}")[1].split(" ### ")[0]
    assert " ".join(rule.why.split()) in section
    kind = f"{rule.rule_class}, {rule.state}, {rule.severity.replace('_', ' ')}."
    assert kind in section
    assert f"Fires when {describe_condition(rule.when)}" in section
    assert f"Tells {describe_telling(rule)}." in section
    assert (f"Silent for {rule.cool_down_days} days" in section) == bool(rule.cool_down_days)
    assert ("looked at as data arrives" in section) == (rule.checked == "on_arrival")


def test_every_play_a_rule_names_is_there() -> None:
    named = {rule.play for rule in load_rules(None) if rule.play}
    assert {name for name in named if find_play(name) is None} == set()
