"""Rules are files: the team's own before the shipped ones, and a wrong one says what is wrong."""

from pathlib import Path

import pytest

from bot.alerts import load_rules
from bot.alerts.conditions import find_leaves
from bot.alerts.rules import Rule, get_precedence
from bot.config import ConfigError
from bot.spans import Span

GOOD = """name: mine
title: Mine
why: Since.
when: {score_fell: 5, over_days: 1}
"""
WHEN = "when: {score_fell: 5, over_days: 1}"

#: SPEC A1, then L5.
SHIPPED = {
    "score_drop",
    "fell_below_level",
    "critical_or_declining",
    "score_below_20",
    "usage_cliff",
    "payment_failed",
    "core_feature_unused",
    "no_login_7_days",
    "usage_down_30",
    "champion_left",
    "ticket_silence",
    "billing_page_visits",
    "competitor_evaluation",
    "data_export",
    "non_renewal_signals",
    "seat_removals",
    "churn_risk_note",
    "churn_risk_escalation",
}


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / name).write_text(text)
    return folder


def find(name: str, folder: Path | None = None) -> Rule:
    return next(rule for rule in load_rules(folder) if rule.name == name)


def test_every_rule_of_the_spec_is_shipped_with_a_reason() -> None:
    rules = load_rules(None)
    assert {rule.name for rule in rules} == SHIPPED
    assert all(len(rule.why.split()) > 8 and rule.why.rstrip().endswith(".") for rule in rules)


def test_the_times_of_the_spec() -> None:
    below = find("score_below_20")
    assert "executive" in below.tell
    assert below.escalation is not None
    assert below.escalation.executive == Span(3600)
    paid, feature = find("payment_failed").escalation, find("core_feature_unused").escalation
    assert paid is not None
    assert paid.manager == Span(2 * 3600)
    assert feature is not None
    assert feature.manager == Span(None)


def test_who_must_hear_soonest_speaks_first() -> None:
    names = [rule.name for rule in load_rules(None) if rule.rule_class == "risk"]
    assert names[:2] == ["score_below_20", "fell_below_level"]
    assert list(load_rules(None)) == sorted(load_rules(None), key=get_precedence)


def test_a_teams_own_rule_joins_them(tmp_path: Path) -> None:
    assert {rule.name for rule in load_rules(write(tmp_path, GOOD))} == SHIPPED | {"mine"}


def test_a_teams_file_takes_the_place_of_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("name: mine", "name: score_drop"), "score_drop.yml")
    assert find("score_drop", tmp_path).fall_days == 1
    assert find("score_drop").fall_days == 7


def test_a_rule_can_be_switched_off(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("name: mine", "name: score_drop") + "state: off\n", "score_drop.yaml")
    assert find("score_drop", tmp_path).state == "off"


def test_a_version_changes_with_what_decides_and_with_nothing_else(tmp_path: Path) -> None:
    version = find("mine", write(tmp_path, GOOD)).version
    assert find("mine", write(tmp_path, GOOD.replace("Since.", "Because."))).version == version
    assert find("mine", write(tmp_path, GOOD.replace("fell: 5", "fell: 6"))).version != version
    assert find("mine", write(tmp_path, GOOD + "consecutive_days: 2\n")).version != version


def test_a_tree_of_conditions_is_read_whole(tmp_path: Path) -> None:
    tree = """when:
  any:
    - {level: [worst, second_worst]}
    - all:
        - {signal: "sessions(days=7)", below: 3, clears_at: 5}
        - at_least: {count: 1, of: [{event: payment_failed}, {rule: champion_left}]}
"""
    leaves = list(find_leaves(find("mine", write(tmp_path, GOOD.replace(WHEN + "\n", tree))).when))
    assert [type(leaf).__name__ for leaf in leaves] == ["Level", "SignalIs", "EventIs", "RuleMet"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((WHEN, "when: {score_fell: 0}"), "when.score_fell: must be greater than 0"),
        ((WHEN, "when: {score_fell: many}"), "when.score_fell: must be a valid number, unable to parse"),
        ((WHEN, "when: {scor_fell: 5}"), "did you mean score_fell"),
        ((WHEN, "when: drop"), "when: is no condition"),
        ((WHEN, "when: {score_fell: 5, days: 7}"), "a condition with `score_fell` has no key 'days'"),
        ((WHEN, "when: {score_fell: 5, over_days: 5}"), "when.over_days: must be 1, 7 or 30 (found 5)"),
        ((WHEN, "when: {score_fell: 5, over_days: 30}"), "make it at least 30"),
        ((WHEN, "when: {score_below: 20, clears_at: 10}"), "it must lie above it, or be left out"),
        ((WHEN, "when: {signal: sesions, below: 3}"), "no signal is called 'sesions'; did you mean sessions"),
        ((WHEN, "when: {signal: sessions}"), "when: a signal needs one of above, below"),
        ((WHEN, "when: {signal: sessions, below: 3, over_days: 3}"), "belongs to `fell` and `rose`"),
        ((WHEN, "when: {event: paid}"), "when.event: must be 'payment_failed' or 'urgent_ticket'"),
        ((WHEN, "when: {rule: champion}"), "no rule is called 'champion'; did you mean champion_left"),
        ((WHEN, "when: {rule: churn_risk_note}"), "would go in circles; name those instead"),
        ((WHEN, "when: {at_least: {count: 2, of: [{level: worst}]}}"), "`of` has only 1; lower it"),
        ((WHEN, "when: {all: [{score_below: x}]}"), "when.all.0.score_below: must be a valid number"),
        ((WHEN, "when: {level: worse}\nconsecutive_days: 2"), "holds for one day only"),
        (("why: Since.", "ponts: 5\nwhy: Since."), "ponts: a rule has no key 'ponts'"),
        (("title: Mine\n", ""), "title: is missing; add it"),
        (("name: mine", "name: other"), "name is 'other'; make it the file's own name, 'mine'"),
        (("why: Since.", "why: Since.\nescalation: {manager: soon}"), "'soon' is no span of time; write 30m"),
        (("why: Since.", "why: Since.\ntell: [boss]"), "tell.0: must be 'owner', 'manager'"),
        (("why: Since.", "why: Since.\nenabled: false"), "a rule has no key 'enabled'"),
        ((GOOD, "- 1\n"), "a rule is a list of keys and values such as `name: mine`"),
        ((GOOD, "name: [\n"), "not valid YAML"),
        ((WHEN, WHEN + "\nseverity: bad"), "severity: must be 'by_level', 'critical' or 'at_risk'"),
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


def test_rules_over_scores_are_not_looked_at_when_data_arrives(tmp_path: Path) -> None:
    write(tmp_path, GOOD + "checked: on_arrival\n")
    with pytest.raises(ConfigError, match="scores are computed once a day; remove `checked`"):
        load_rules(tmp_path)
