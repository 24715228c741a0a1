"""Alert rules are files: shipped ones, and the team's own of the same name in their place (SPEC A1)."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from bot.config import ConfigError, Strict, read_yaml
from scoring.catalogue import find_nearest

SHIPPED = Path(__file__).parent / "rules"
ENDINGS = (".yaml", ".yml")


class Rule(Strict):
    """When an account's score is worth a person's attention.

    ``level``: the level is worse than at the last look, normally yesterday's. ``drop``: the score lies more
    than ``points`` below what it was ``over_days`` ago. After an alert the rule stays silent about the
    account for ``cool_down_days``, except about a level that is worse still.
    """

    name: str
    title: str = Field(min_length=1, max_length=80)
    why: str
    when: Literal["level", "drop"]
    points: float = Field(default=0, ge=0, le=100)
    over_days: Literal[1, 7, 30] = 1
    severity: Literal["by_level", "critical", "at_risk"] = "by_level"
    cool_down_days: int = Field(default=7, ge=0, le=365)
    enabled: bool = True

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        if self.when == "level" and self.model_fields_set & {"points", "over_days"}:
            raise ValueError(
                "`points` and `over_days` belong to `when: drop`; remove them, or write `when: drop`"
            )
        if self.when == "drop" and self.points <= 0:
            raise ValueError("a rule with `when: drop` needs `points` above 0, such as `points: 10`")
        if self.when == "drop" and self.cool_down_days < self.over_days:
            raise ValueError(
                f"cool_down_days is {self.cool_down_days}, but a fall stays in sight for `over_days: "
                f"{self.over_days}` and would be reported again; make it at least {self.over_days}"
            )
        return self


def load_rules(folder: Path | None) -> tuple[Rule, ...]:
    """The enabled rules, level rules first, then by name. Raises ConfigError naming file, key and value."""
    paths = _find_files(SHIPPED)
    if folder is not None:
        paths |= _find_files(folder / "rules")
    rules = [_load_rule(path) for path in paths.values()]
    return tuple(sorted((rule for rule in rules if rule.enabled), key=lambda r: (r.when != "level", r.name)))


def _find_files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in ENDINGS}


def _load_rule(path: Path) -> Rule:
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: a rule is a list of keys and values such as `name: {path.stem}`")
    try:
        rule = Rule.model_validate(document)
    except ValidationError as error:
        lines = [f"{path}: {_describe(problem)}" for problem in error.errors(include_url=False)]
        raise ConfigError("\n".join(lines)) from error
    if rule.name != path.stem:
        raise ConfigError(f"{path}: name is {rule.name!r}; make it the file's own name, {path.stem!r}")
    return rule


def _describe(problem: Any) -> str:
    """Key, value and remedy of one problem."""
    key, found = ".".join(str(part) for part in problem["loc"]), problem["input"]
    if problem["type"] == "missing":
        return f"{key}: is missing; add it"
    if problem["type"] == "extra_forbidden":
        return f"{key}: no rule has this key; {find_nearest(key, list(Rule.model_fields))}"
    if problem["type"] == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    wanted = str(problem["msg"]).replace("Input should be", "must be")
    return f"{key}: {wanted} (found {found!r})"
