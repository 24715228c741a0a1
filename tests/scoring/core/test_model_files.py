"""Reading model files: what a wrong one is told, whose file counts, and what makes another version."""

from pathlib import Path

import pytest
import yaml

from bot.config import ConfigError
from scoring.catalogue import parse_signal
from scoring.model import ScoringModel, get_model, load_models
from tests.scoring.core.building import LEVELS, SIMPLE

GOOD = SIMPLE + LEVELS


def write(folder: Path, text: str, name: str = "simple") -> Path:
    (folder / "models").mkdir(exist_ok=True)
    path = folder / "models" / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def replaced(old: str, new: str) -> str:
    assert old in GOOD, f"{old!r} is not in the model to be spoilt"
    return GOOD.replace(old, new, 1)


CAP = "caps: [{name: cap, title: Cap, at_most: 29, when: {WHEN}}]"
SEASON = "seasons: [{name: break, from: FROM, to: '08-31', signals: [SIGNAL]}]"

WRONG = [
    # What is spoilt, and the facts the error must tell.
    ("not YAML: [", ["line 1", "not valid YAML"]),
    ("- a list", ["not a scoring model", "dimensions"]),
    (replaced("sessions", "sesions"), ["dimensions[logins].signal", "'sesions'", "did you mean sessions"]),
    (replaced("sessions", "sessions(day=3)"), ["dimensions[logins].signal", "'day'", "it takes days"]),
    (replaced("sessions", "sessions(days=0)"), ["days=0", "1 to 400"]),
    (replaced("sessions", '"touches(kinds=lunch)"'), ["kinds", "'lunch'", "meeting, qbr, call"]),
    (replaced("sessions", "custom"), ["custom needs name=", "custom(name=…)"]),
    (
        replaced("weight: 0.5, signal: tickets", "weight: 0.45, signal: tickets"),
        ["model simple", "add up to 0.95", "not to 1", "logins 0.5, support 0.45"],
    ),
    (
        replaced("weight: 0.5, signal: tickets", "signal: tickets"),
        ["support has none", "give every one a weight"],
    ),
    (replaced("weight: 0.5", "weight: 1.5"), ["dimensions[logins].weight", "1.5", "allowed is 0 to 1"]),
    (replaced("weight: 0.5", "weight: half"), ["dimensions[logins].weight", "'half'", "0.15"]),
    (replaced("weight: 0.5", "wieght: 0.5"), ["dimensions[logins]", "'wieght'", "did you mean weight"]),
    (
        replaced("{capped_ratio: 20}", "{capped_ratio: 0}"),
        ["dimensions[logins].normalise.capped_ratio", "greater than 0", "found 0"],
    ),
    (
        replaced("{capped_ratio: 20}", "{ratio: 20}"),
        ["dimensions[logins].normalise", "'ratio'", "capped_ratio"],
    ),
    (
        replaced("{capped_ratio: 20}", "{capped_ratio: 20, boolean: {at_least: 1}}"),
        ["dimensions[logins].normalise", "exactly one of", "capped_ratio, boolean"],
    ),
    (replaced("{capped_ratio: 20}", "{}"), ["exactly one of", "none"]),
    (
        replaced("{capped_ratio: 20}", "{boolean: {at_least: 1, at_most: 2}}"),
        ["exactly one of at_least, at_most"],
    ),
    (replaced("{capped_ratio: 20}", "{linear: {from: 3, to: 3}}"), ["normalise.linear", "must differ"]),
    (replaced("{capped_ratio: 20}", "{piecewise: [[3, 0], [1, 1]]}"), ["normalise.piecewise", "raw rising"]),
    (
        replaced("{capped_ratio: 20}", "{piecewise: [[0, 0], [1, 2]]}"),
        ["piecewise[2][2]", "less than or equal to 1"],
    ),
    (
        replaced("{capped_ratio: 20}", "{bands: {steps: [{below: 5, value: 0}, {below: 3, value: 1}]}}"),
        ["normalise.bands", "band 2 ends at 3, before it begins at 5"],
    ),
    (replaced("{capped_ratio: 20}", "{bands: {steps: [{value: 0}, {value: 1}]}}"), ["band 1 needs a border"]),
    (
        replaced("{capped_ratio: 20}", "{bands: {steps: [{below: 5, value: 7}, {value: 1}]}}"),
        ["allowed is 0 to 1"],
    ),
    (replaced(", normalise: {capped_ratio: 20}", ""), ["dimensions[logins]", "a signal needs normalise"]),
    (replaced("signal: sessions, ", ""), ["dimensions[logins]", "give signal, or signals"]),
    (
        replaced("{capped_ratio: 20}", "{capped_ratio: 20}, missing: ignore"),
        ["dimensions[logins].missing:", "share_out", "required", "'ignore'"],
    ),
    (
        replaced("{capped_ratio: 20}", "{capped_ratio: 20}, missing: {default: 2}"),
        ["missing.default", "found 2"],
    ),
    (replaced("name: support", "name: logins"), ["dimensions and signals: logins is there 2 times"]),
    (replaced("name: support", "name: Über"), ["dimensions[Über].name", "pattern"]),
    (replaced("from: 0}", "from: 5}"), ["levels", "the worst must be from: 0"]),
    (replaced("from: 40}", "from: 70}"), ["levels", "green (from 65) stands after yellow (from 70)"]),
    (replaced("from: 40}", "from: 40.5}"), ["yellow begins at 40.5", "whole points"]),
    (replaced("from: 40}", "from: 400}"), ["levels[yellow].from", "less than or equal to 100"]),
    (
        replaced("color: green", "color: mauve"),
        ["levels[green].color", "'red', 'orange', 'yellow' or 'green'"],
    ),
    (GOOD.replace("name: simple", "name: other"), ["'other' differs from the file's name", "name: simple"]),
    (GOOD.replace("name: simple\n", ""), ["simple.yaml: name: is required"]),
    (GOOD + CAP.replace("WHEN", ""), ["caps[cap]", "when is empty"]),
    (
        GOOD + CAP.replace("WHEN", "signals: [{signal: arr}]"),
        ["caps[cap].when.signals[1]", "give one of above"],
    ),
    (GOOD + CAP.replace("WHEN", "segments: [enterprize]"), ["caps[cap].when.segments[1]", "'enterprise'"]),
    (
        GOOD + SEASON.replace("FROM", "07-32").replace("SIGNAL", "logins"),
        ["seasons[break].from", "MM-DD", "'07-32'"],
    ),
    (
        GOOD + SEASON.replace("FROM", "07-01").replace("SIGNAL", "login"),
        ["seasons: break", "'login'", "did you mean logins"],
    ),
    (
        GOOD + "variants: [{name: small, when: {segments: [smb]}, weights: {logins: 0.6}}]",
        ["variant small", "add up to 1.1"],
    ),
    (
        GOOD + "variants: [{name: small, when: {segments: [smb]}, weights: {login: 0.6}}]",
        ["variants: small", "'login'", "did you mean logins"],
    ),
    (
        GOOD + "risk: {probabilities: [{probability: 0.6}, {below: 40, probability: 0.2}]}",
        ["risk", "the last"],
    ),
    (
        GOOD + "risk: {probabilities: [{below: 40, probability: 60}, {probability: 0}]}",
        ["probability", "0 to 1"],
    ),
    (
        GOOD + "risk: {probabilities: [{below: 40, probability: 0.123456}, {probability: 0}]}",
        ["risk", "too many decimals"],
    ),
    (GOOD + "weights: relative", ["weights", "'of_dimension' or 'of_score'", "'relative'"]),
    (
        GOOD.replace("signal: tickets", "product: A, signal: tickets"),
        ["logins has no product while others have"],
    ),
    (
        replaced("signal: tickets, normalise: {inverse: {best: 0, worst: 10}}", "model: sixsignal"),
        ["dimensions[support].model", "'sixsignal'", "did you mean six_signal"],
    ),
    (
        replaced("signal: tickets", "model: six_signal, signal: tickets"),
        ["dimensions[support].model", "of its own"],
    ),
]


@pytest.mark.parametrize(("text", "facts"), WRONG)
def test_a_wrong_file_is_told_what_where_and_how(tmp_path: Path, text: str, facts: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_models(tmp_path)
    message = str(caught.value)
    missing = [fact for fact in [str(path), *facts] if fact not in message]
    assert not missing, message


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    first = write(tmp_path, replaced("sessions", "sesions").replace("color: green", "color: mauve"))
    second = write(tmp_path, GOOD.replace("name: simple", "name: two").replace("0.5", "0.4"), "two")
    with pytest.raises(ConfigError) as caught:
        load_models(tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith((str(first), str(second))) for line in lines)


def test_a_teams_file_replaces_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("name: simple", "name: six_signal"), "six_signal")
    models = load_models(tmp_path)
    assert [leaf.name for leaf in models["six_signal"].leaves] == ["logins", "support"]
    assert models["four_dimension"] == load_models()["four_dimension"]


def test_an_unknown_model_is_told_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean four_dimension"):
        get_model("four_dimensions")


def test_what_people_read_does_not_make_another_version() -> None:
    def version(text: str) -> str:
        return ScoringModel.model_validate(yaml.safe_load(text)).version

    same = [
        "# a comment\n" + GOOD,
        GOOD.replace("weight: 0.5", "weight: 0.50"),
        GOOD.replace("signal: sessions", "signal: sessions(days=30)"),
        GOOD.replace("color: red", "color: orange"),
        GOOD + "title: A title\ndescription: Words",
        GOOD + "trend_points: 5",
    ]
    other = [
        replaced("capped_ratio: 20", "capped_ratio: 21"),
        replaced("sessions", "sessions(days=7)"),
        replaced("from: 40}", "from: 40, hysteresis: 3}"),
        GOOD + "trend_points: 6",
        GOOD + "missing: {share: dimension}",
        GOOD + "risk: {factors: []}",
    ]
    assert {version(text) for text in same} == {version(GOOD)}
    assert len({version(text) for text in [GOOD, *other]}) == 1 + len(other)


@pytest.mark.parametrize("name", sorted(load_models()))
def test_a_definition_gives_the_model_again(name: str) -> None:
    model = get_model(name)
    again = ScoringModel.model_validate(model.definition)
    assert again.version == model.version
    assert again.signals == model.signals
    assert again.leaves == model.leaves


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("sessions", "sessions(days=30)"),
        ("touches( days = 30 )", "touches(days=30, kinds=call+executive+meeting+qbr)"),
        ("tickets(severity=urgent+high)", "tickets(days=30, severity=high+urgent)"),
        ("contacts(role=any+champion)", "contacts(role=any)"),
        ("custom(name=nps.v2)", "custom(agg=last, days=90, name=nps.v2)"),
        ("arr()", "arr"),
    ],
)
def test_a_signal_has_one_spelling(text: str, full: str) -> None:
    key = parse_signal(text)
    assert key.text == full
    assert parse_signal(full) == key
