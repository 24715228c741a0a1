"""docs/scoring-models.md says everything the format has, and its examples work."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scoring.engine import AccountColumns, compute_scores
from scoring.fields import ModelPart
from scoring.model import ScoringModel, load_models
from scoring.model.conditions import SignalTest, When
from scoring.model.schema import (
    Cap,
    Dimension,
    Level,
    Missing,
    MissingData,
    Risk,
    RiskBand,
    RiskFactor,
    Season,
    Variant,
)
from scoring.normalise import Band, Bands, Boolean, Inverse, Linear, Normalise, Trend
from tests.scoring.core.building import LEVELS, SIMPLE, build_raws, read_model

TEXT = (Path(__file__).parents[3] / "docs" / "scoring-models.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)

PARTS: list[type[ModelPart]] = [
    ScoringModel, Dimension, Level, Missing, MissingData, Cap, Variant, Season, Risk, RiskBand, RiskFactor,
    When, SignalTest, Normalise, Linear, Inverse, Trend, Boolean, Bands, Band,
]  # fmt: skip


def keys_of(part: type[ModelPart]) -> Iterator[str]:
    for name, field in part.model_fields.items():
        yield field.alias or name


def test_the_list_of_parts_is_whole() -> None:
    known = {part.__name__ for part in PARTS} | {"Part", "Where"}
    defined: set[str] = set()
    waiting: list[type] = [ModelPart]
    while waiting:
        for part in waiting.pop().__subclasses__():
            # Others build their files of the same parts.
            if part.__module__.startswith("scoring."):
                defined.add(part.__name__)
            waiting.append(part)
    assert defined == known


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_is_taught(part: type[ModelPart]) -> None:
    code = " ".join(re.findall(r"`[^`]+`|```.*?```", TEXT, re.DOTALL))
    missing = [key for key in keys_of(part) if not re.search(rf"\b{key}\b", code)]
    assert not missing, f"{part.__name__}: docs/scoring-models.md does not mention {missing}"


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block).split("\n", 1)[0])
def test_every_example_is_valid(block: str, tmp_path: Path) -> None:
    document: dict[str, Any] = yaml.safe_load(block)
    if "normalise" in document:
        Normalise.model_validate(document["normalise"])
        return
    if "when" in document:
        When.model_validate(document["when"])
        return
    whole = yaml.safe_load(SIMPLE + LEVELS) | document
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / f"{whole['name']}.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    assert whole["name"] in load_models(tmp_path)


def test_the_first_example_scores_as_it_says() -> None:
    model = read_model(BLOCKS[0])
    raws = build_raws(model, {"sessions": 12, "tickets": 4})
    assert "**60 points**" in TEXT
    assert compute_scores(model, raws, AccountColumns(1)).score_micro.tolist() == [60_000_000]


def test_the_defaults_of_risk_are_the_ones_shown() -> None:
    (shown,) = [yaml.safe_load(block) for block in BLOCKS if block.startswith("risk:")]
    assert Risk.model_validate(shown["risk"]) == Risk()


def test_the_custom_signals_of_shipped_models_are_listed() -> None:
    names = {
        str(key.get("name"))
        for model in load_models().values()
        for key in model.signals
        if key.name == "custom"
    }
    assert [name for name in sorted(names) if f"`{name}`" not in TEXT] == []
