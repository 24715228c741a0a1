"""Alert rules are files: shipped ones, and the team's own of the same name in their place (SPEC A1, L5)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from bot.alerts.conditions import (
    KINDS,
    TAG,
    Condition,
    EventIs,
    Level,
    RuleMet,
    ScoreFell,
    SignalIs,
    find_leaves,
    find_parts,
)
from bot.alerts.limits import Limit
from bot.config import Chain, ConfigError, Strict, read_yaml
from scoring.catalogue import CATALOGUE, find_nearest

SHIPPED = Path(__file__).parent / "rules"
ENDINGS = (".yaml", ".yml")

RuleClass = Literal["commercial", "risk", "billing", "support", "adoption"]
#: Of two rules that fire at once, the one whose class comes first speaks and the other is noted on it.
PRECEDENCE: tuple[RuleClass, ...] = ("commercial", "risk", "billing", "support", "adoption")
RuleState = Literal["live", "shadow", "off"]
Teller = Literal["owner", "manager", "executive", "account_executive"]


class Rule(Strict):
    """When something about an account is worth a person's attention, who is told, and how soon.

    ``rule_class`` is `class` in the file. A rule fires for an account when its condition has been met for
    ``consecutive_days`` and was not before; it is ready to fire again once the condition has cleared. After
    an alert it stays silent about the account for ``cool_down_days``. In ``shadow`` it is recorded and
    posts nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=60)
    title: str = Field(min_length=1, max_length=80)
    why: str = Field(min_length=1)
    rule_class: RuleClass = Field(default="risk", alias="class")
    state: RuleState = "live"
    when: Condition
    severity: Literal["by_level", "critical", "at_risk"] = "by_level"
    tell: tuple[Teller, ...] = ()
    escalation: Chain | None = None
    #: The one thing the message says to do; by default what fits the first reason.
    do: str | None = Field(default=None, max_length=200)
    cool_down_days: int = Field(default=7, ge=0, le=365)
    consecutive_days: int = Field(default=1, ge=1, le=30)
    play: str | None = None
    checked: Literal["daily", "on_arrival"] = "daily"

    @field_validator("state", mode="before")
    @classmethod
    def read_off(cls, value: object) -> object:
        # YAML takes a bare `off` for a truth.
        return "off" if value is False else value

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        for leaf in find_leaves(self.when):
            if isinstance(leaf, ScoreFell) and self.cool_down_days < leaf.over_days:
                raise ValueError(
                    f"cool_down_days is {self.cool_down_days}, but a fall stays in sight for `over_days: "
                    f"{leaf.over_days}` and would be reported again; make it at least {leaf.over_days}"
                )
            if self.consecutive_days > 1 and isinstance(leaf, Level) and leaf.is_fall:
                raise ValueError(
                    "`level: worse` holds for one day only, so `consecutive_days` above 1 is never met; "
                    "remove it, or name the level"
                )
        return self

    @property
    def is_about_level(self) -> bool:
        """Whether it fires for crossing into a worse level."""
        return any(isinstance(leaf, Level) and leaf.is_fall for leaf in find_leaves(self.when))

    @property
    def reads_level(self) -> bool:
        """Whether it looks at the level at all."""
        return any(isinstance(leaf, Level) for leaf in find_leaves(self.when))

    @property
    def fall_days(self) -> int | None:
        """Over how many days it measures a fall of the score; None where it does not."""
        days = [leaf.over_days for leaf in find_leaves(self.when) if isinstance(leaf, ScoreFell)]
        return min(days, default=None)

    @cached_property
    def version(self) -> str:
        """Twelve digits that change with anything that decides when the rule fires."""
        meaning = {"when": self.model_dump(mode="json", include={"when"}), "days": self.consecutive_days}
        return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def limit(self) -> Limit | None:
        """The one figure that decides how often it fires; None where it has none, or several."""
        found = list(_find_limits(self.when, "when"))
        return found[0] if len(found) == 1 else None


def _find_limits(condition: Any, key: str) -> Iterable[Limit]:
    """The figures of comparisons that fire more rarely when they are moved; bounds of what is looked at
    (``all`` beyond its first part) are none."""
    parts = find_parts(condition)
    if parts:
        group = next(iter(condition.model_fields_set))
        if group == "all":
            yield from _find_limits(parts[0], f"{key}.all.0")
        else:
            inside = f"{key}.at_least.of" if group == "at_least" else f"{key}.{group}"
            for at, part in enumerate(parts):
                yield from _find_limits(part, f"{inside}.{at}")
    elif isinstance(condition, ScoreFell):
        yield Limit(f"{key}.score_fell", condition.score_fell, "above")
    elif "score_below" in condition.model_fields_set:
        yield Limit(f"{key}.score_below", condition.score_below, "below")
    elif isinstance(condition, SignalIs):
        unit = CATALOGUE[condition.signal.name].unit
        fires: Literal["above", "below"] = (
            "below" if condition.comparison in ("below", "at_most") else "above"
        )
        step = 0.01 if unit in ("percent", "change") else 1.0
        inclusive = condition.comparison not in ("above", "below")
        yield Limit(f"{key}.{condition.comparison}", condition.figure, fires, step, unit, inclusive)


def get_precedence(rule: Rule) -> tuple[Any, ...]:
    """The order in which rules speak of the same account: whoever must be told most urgently first."""
    return (
        PRECEDENCE.index(rule.rule_class),
        "executive" not in rule.tell,
        not rule.is_about_level,
        rule.severity != "critical",
        rule.name,
    )


def load_rules(folder: Path | None) -> tuple[Rule, ...]:
    """Every rule, also those in shadow and off, in the order in which they speak.

    Raises ConfigError naming file, key, value and remedy, with all wrong files at once.
    """
    rules: list[Rule] = []
    problems: list[str] = []
    for path in find_rule_files(folder).values():
        try:
            rules.append(read_rule(path))
        except ConfigError as error:
            problems.append(str(error))
    if not problems:
        problems = [*_find_wrong_references(rules, find_rule_files(folder))]
    if problems:
        raise ConfigError("\n".join(problems))
    return tuple(sorted(rules, key=get_precedence))


def find_rule_files(folder: Path | None) -> dict[str, Path]:
    """The file of each rule by name: the team's own, else the shipped one."""
    paths = _find_files(SHIPPED)
    if folder is not None:
        paths |= _find_files(folder / "rules")
    return paths


def _find_files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in ENDINGS}


def _find_wrong_references(rules: Iterable[Rule], paths: Mapping[str, Path]) -> Iterable[str]:
    by_name = {rule.name: rule for rule in rules}
    for rule in by_name.values():
        if rule.checked == "on_arrival" and any(
            not isinstance(leaf, SignalIs | EventIs | RuleMet) for leaf in find_leaves(rule.when)
        ):
            yield (
                f"{paths[rule.name]}: checked: on_arrival is for signals and events, and this rule looks at "
                "scores; scores are computed once a day; remove `checked`"
            )
        for leaf in find_leaves(rule.when):
            if not isinstance(leaf, RuleMet):
                continue
            place = f"{paths[rule.name]}: when: "
            named = by_name.get(leaf.rule)
            if named is None:
                near = find_nearest(leaf.rule, sorted(by_name))
                yield f"{place}no rule is called {leaf.rule!r}; {near}"
            elif any(isinstance(inner, RuleMet) for inner in find_leaves(named.when)):
                yield (
                    f"{place}{leaf.rule!r} names other rules itself, and so would go in circles; "
                    "name those instead"
                )


def read_rule(path: Path) -> Rule:
    """The rule of one file. Raises ConfigError naming file, key, value and remedy."""
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: a rule is a list of keys and values such as `name: {path.stem}`")
    try:
        rule = Rule.model_validate(document)
    except ValidationError as error:
        lines = [
            f"{path}: {_describe(problem)}"
            for problem in error.errors(include_url=False)
            # A list that seems too short is one whose parts are wrong, which is said of them.
            if not (problem["type"] == "too_short" and problem["input"])
        ]
        raise ConfigError("\n".join(lines)) from error
    if rule.name != path.stem:
        raise ConfigError(f"{path}: name is {rule.name!r}; make it the file's own name, {path.stem!r}")
    return rule


def _describe(problem: Any) -> str:
    """Key, value and remedy of one problem."""
    where = [str(part) for part in problem["loc"]]
    key, found = ".".join(part for part in where if not part.startswith(TAG)), problem["input"]
    if problem["type"] == "missing":
        return f"{key}: is missing; add it"
    if problem["type"] == "extra_forbidden":
        last = where[-1]
        kind = next((part for part in reversed(where) if part.startswith(TAG)), "")
        known = KINDS[kind[1:]].model_fields if kind else {_get_alias(name): 0 for name in Rule.model_fields}
        place = "a rule" if not kind else f"a condition with `{kind[1:]}`"
        near = find_nearest(last, list(known))
        return f"{key}: {place} has no key {last!r}; {near}"
    if problem["type"] == "no_condition":
        begins = next(iter(found), "") if isinstance(found, dict) else ""
        near = find_nearest(str(begins), list(KINDS)) if begins else f"known are {', '.join(KINDS)}"
        return f"{key}: is no condition, which begins with one of its known words: {near} (found {found!r})"
    said = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return f"{key}: {said}" if key else said
    return f"{key}: {said.replace('Input should be', 'must be')} (found {found!r})"


def _get_alias(name: str) -> str:
    return Rule.model_fields[name].alias or name


def find_signals(rule: Rule, rules: Mapping[str, Rule]) -> frozenset[Any]:
    """The keys of every signal the rule reads, those of rules it names included."""
    found = set()
    for leaf in find_leaves(rule.when):
        if isinstance(leaf, SignalIs | EventIs):
            found.add(leaf.signal)
        elif isinstance(leaf, RuleMet):
            found |= find_signals(rules[leaf.rule], rules)
    return frozenset(found)


def reads_scores(rule: Rule, rules: Mapping[str, Rule]) -> bool:
    """Whether the rule, or one it names, looks at the score or the level."""
    return any(
        reads_scores(rules[leaf.rule], rules)
        if isinstance(leaf, RuleMet)
        else not isinstance(leaf, SignalIs | EventIs)
        for leaf in find_leaves(rule.when)
    )
