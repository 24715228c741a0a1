"""Alert rules are files: shipped ones, and the team's own of the same name in their place (SPEC A1)."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from bot.config import ConfigError, Strict, describe, read_yaml

SHIPPED = Path(__file__).parent / "rules"


class Rule(Strict):
    """When an account's score is worth a person's attention.

    ``level``: today's level is worse than yesterday's. ``drop``: the score lies more than ``points`` below
    what it was ``over_days`` ago. ``cool_down_days`` after an alert the rule stays silent about the account.
    """

    name: str
    title: str
    why: str
    when: Literal["level", "drop"]
    points: float = Field(default=0, ge=0, le=100)
    over_days: Literal[1, 7, 30] = 1
    severity: Literal["by_level", "critical", "at_risk"] = "by_level"
    cool_down_days: int = Field(default=7, ge=0)
    enabled: bool = True

    @model_validator(mode="after")
    def drop_has_points(self) -> Self:
        if self.when == "drop" and self.points <= 0:
            raise ValueError("a rule with `when: drop` needs `points` above 0, such as `points: 10`")
        return self


def load_rules(folder: Path | None) -> tuple[Rule, ...]:
    """The enabled rules, level rules first, then by name. Raises ConfigError naming file, key and value."""
    paths = {path.stem: path for path in SHIPPED.glob("*.yaml")}
    if folder is not None and (folder / "rules").is_dir():
        paths |= {path.stem: path for path in (folder / "rules").glob("*.yaml")}
    rules = [_load_rule(path) for path in paths.values()]
    return tuple(sorted((rule for rule in rules if rule.enabled), key=lambda r: (r.when != "level", r.name)))


def _load_rule(path: Path) -> Rule:
    try:
        rule = Rule.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ConfigError(describe(path, error)) from error
    if rule.name != path.stem:
        raise ConfigError(f"{path}: name is {rule.name!r}; it must be the file's own name, {path.stem!r}")
    return rule
