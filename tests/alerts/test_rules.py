"""Rules are files: the team's own before the shipped ones, and a wrong one says what is wrong."""

from pathlib import Path

import pytest

from bot.alerts import load_rules
from bot.config import ConfigError

GOOD = "name: mine\ntitle: Mine\nwhy: Since.\nwhen: drop\npoints: 5\nover_days: 1\n"


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / name).write_text(text)
    return folder


def test_the_shipped_rules_are_spec_a1s_first_two() -> None:
    level, drop = load_rules(None)
    assert (level.name, level.when) == ("fell_below_level", "level")
    assert (drop.name, drop.when, drop.points) == ("score_drop", "drop", 10)


def test_a_teams_own_rule_joins_them(tmp_path: Path) -> None:
    assert [rule.name for rule in load_rules(write(tmp_path, GOOD))] == [
        "fell_below_level",
        "mine",
        "score_drop",
    ]


def test_a_teams_file_takes_the_place_of_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("name: mine", "name: score_drop"), "score_drop.yml")
    drop = next(rule for rule in load_rules(tmp_path) if rule.name == "score_drop")
    assert (drop.points, drop.over_days) == (5, 1)


def test_a_rule_can_be_switched_off(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("name: mine", "name: score_drop") + "enabled: false\n", "score_drop.yaml")
    assert [rule.name for rule in load_rules(tmp_path)] == ["fell_below_level"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("points: 5", "points: 0"), "needs `points` above 0, such as `points: 10`"),
        (("points: 5", "points: many"), "points: must be a valid number, unable to parse string"),
        (("points: 5", "ponts: 5"), "ponts: no rule has this key; did you mean points"),
        (("when: drop", "when: dropp"), "when: must be 'level' or 'drop' (found 'dropp')"),
        (("over_days: 1", "over_days: 5"), "over_days: must be 1, 7 or 30 (found 5)"),
        (("over_days: 1", "over_days: 30"), "make it at least 30"),
        (("when: drop", "when: level"), "`points` and `over_days` belong to `when: drop`"),
        (("title: Mine\n", ""), "title: is missing; add it"),
        (("name: mine", "name: other"), "name is 'other'; make it the file's own name, 'mine'"),
        ((GOOD, "- 1\n"), "a rule is a list of keys and values such as `name: mine`"),
        ((GOOD, "name: [\n"), "not valid YAML"),
        (("points: 5", "points: 5\nseverity: bad"), "severity: must be 'by_level', 'critical' or 'at_risk'"),
    ],
)
def test_a_wrong_file_says_where_what_and_the_remedy(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    write(tmp_path, GOOD.replace(*change))
    with pytest.raises(ConfigError) as refused:
        load_rules(tmp_path)
    assert str(tmp_path / "rules" / "mine.yaml") in str(refused.value)
    assert said in str(refused.value)
