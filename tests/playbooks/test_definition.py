"""A playbook's file: what it takes, and how it says what is wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config import ConfigError
from playbooks import Playbook, get_library, load_library
from playbooks.facts import PlayFacts

GOOD: dict[str, Any] = {
    "name": "mine",
    "title": "Mine",
    "class": "risk",
    "steps": [
        {"name": "look", "action": "create_task", "day": 0},
        {"name": "write", "action": "send_email", "day": 3, "template": "onboarding_tips"},
    ],
}


def load(folder: Path, document: Any, name: str = "mine") -> Playbook:
    (folder / "playbooks").mkdir(exist_ok=True)
    text = document if isinstance(document, str) else yaml.safe_dump(document)
    (folder / "playbooks" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_library(folder).get(name)


def change(**more: Any) -> dict[str, Any]:
    return {**GOOD, **more}


def step(**more: Any) -> dict[str, Any]:
    return change(steps=[{"name": "look", "action": "create_task", "day": 0, **more}])


def test_every_shipped_playbook_says_the_same_when_it_is_kept_and_read_again() -> None:
    for play in get_library().plays.values():
        again = Playbook.model_validate(play.definition)
        assert again == play
        assert again.version == play.version


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("steps: [", "not valid YAML"),
        ("just words", "not a playbook; it needs name, title, class and steps"),
        (change(name="yours"), "name: 'yours' differs from the file's name; use name: mine"),
        (change(steps=[]), "steps: is empty; give at least one"),
        (step(acton=1), "step look: no key is called 'acton' here; did you mean action"),
        (
            step(action="send_mail"),
            "step look: action: no action is called 'send_mail'; did you mean send_email?",
        ),
        (
            change(steps=[{"name": "look", "day": 1}]),
            "step look: action is required: one of send_email, create_task",
        ),
        (step(action="send_email"), "step look: template: is required"),
        (
            step(action="send_email", template="onboarding_tip"),
            "step look: template: there is no templates/onboarding_tip.j2; did you mean onboarding_tips",
        ),
        (step(details="{{ oops"), "step look: details: line 1: not a jinja2 text"),
        (step(due="soon"), "'soon' is no span of time; write 30m, 2h, 3d or next_working_day"),
        (step(day=1, after="1d"), "step look: look: give day or after, and not both"),
        (step(day=-3), "step look: day -3 lies before the start it is counted from"),
        (
            change(steps=[{**GOOD["steps"][0], "day": 5}, GOOD["steps"][1]]),
            "step write (day 3) stands after look (day 5); list the steps in the order in which they happen",
        ),
        (
            change(steps=[GOOD["steps"][0], GOOD["steps"][0]]),
            "steps: look is there 2 times; rename all but one",
        ),
        (step(only_if={"steps": {"lok": "done"}}), "step look: no step is called 'lok'; did you mean look?"),
        (step(only_if={"steps": {"look": "done"}}), "step look: asks for look, which comes no earlier"),
        (step(only_if={"signals": [{"signal": "logins", "below": 3}]}), "no signal is called 'logins'"),
        (step(variant="b"), "step look: no variant is called 'b'; the playbook has none: add variants"),
        (change(variants=[{"name": "a"}]), "variants: one variant is no choice"),
        (step(action="wait_for", until={}, at_most="1d"), "until is empty; say what to wait for"),
        (step(action="approval"), "give template or text, and not both"),
        (step(action="start_play", play="at_rsk"), "step look: play: no playbook is called 'at_rsk'"),
        (step(action="start_play", play="mine"), "a play cannot start itself"),
        (change(**{"class": "urgent"}), "class: must be 'commercial', 'risk'"),
        (change(starts={"day": 3}), "starts: give day and from together"),
        (change(exits=[{"name": "x", "title": "X", "when": {}}]), "exit x: when is empty"),
    ],
)
def test_a_mistake_is_named_with_its_file_its_step_and_what_to_do(
    tmp_path: Path, document: Any, problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, document)
    said = str(caught.value)
    assert str(tmp_path / "playbooks" / "mine.yaml") in said
    assert problem in said


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "odd.j2").write_text("Dear all,\n\nhello\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, change(steps=[{"name": "look", "action": "nap"}], title=""))
    said = str(caught.value).splitlines()
    assert len(said) == 3
    assert "odd.j2: the line 'Dear all,' is no header; begin with Subject: …" in said[0]


def test_plays_that_start_each_other_for_ever_are_refused(tmp_path: Path) -> None:
    begin = {"name": "go", "action": "start_play"}
    (tmp_path / "playbooks").mkdir()
    for name, other in (("one", "two"), ("two", "one")):
        document = {**GOOD, "name": name, "steps": [{**begin, "play": other}]}
        (tmp_path / "playbooks" / f"{name}.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(ConfigError, match="plays start each other in a circle"):
        load_library(tmp_path)


def test_the_teams_own_files_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    text = "Subject: Ours\nNeeds-yes: manager\n\n{{ greeting }}\nOur own words.\n{{ signature }}\n"
    (tmp_path / "templates" / "onboarding_tips.j2").write_text(text)
    play = load(tmp_path, {**GOOD, "name": "at_risk"}, "at_risk")
    assert [each.name for each in play.steps] == ["look", "write"]
    # The mark of the template is the step's own, and kept with the run.
    assert play.get_step("write").blocks
    assert get_library().get("at_risk").version != play.version


def test_a_step_of_several_days_is_written_out(tmp_path: Path) -> None:
    play = load(tmp_path, step(day=2, daily_for=3))
    assert [(each.name, each.day) for each in play.steps] == [("look_1", 2), ("look_2", 3), ("look_3", 4)]


def test_what_is_not_known_never_holds() -> None:
    unknown, known = (
        PlayFacts(1, "Acme"),
        PlayFacts(1, "Acme", color="red", score=30, flags=frozenset({"merger"})),
    )
    condition = load_condition({"colors": ["red"], "score": {"below": 40}})
    assert not condition.holds(unknown, {})
    assert condition.holds(known, {})
    assert not load_condition({"without_flags": ["merger"]}).holds(known, {})
    assert load_condition({"unless": {"colors": ["red"]}}).holds(unknown, {})
    assert load_condition({"any": [{"colors": ["green"]}, {"flags": ["merger"]}]}).holds(known, {})
    assert load_condition({"signals": [{"signal": "nps", "known": False}]}).holds(known, {})
    assert not load_condition({"signals": [{"signal": "nps", "below": 3}]}).holds(known, {})


def load_condition(document: dict[str, Any]) -> Any:
    return Playbook.model_validate({**GOOD, "only_for": document}).only_for
