"""A small language for shapes of JSON: each check takes a value and its place, and yields what is wrong."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.server.kinds import Json


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing Slack refuses: where (a JSON pointer), Slack's words, and blocks.validate's code."""

    pointer: str
    message: str
    code: str = "failed_constraint"
    constraint: Json = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


Problems = Iterator[Problem]
Check = Callable[[Any, str], Problems]


def string(most: int, least: int = 1) -> Check:
    """Accepts text of `least` to `most` characters."""

    def check(value: Any, at: str) -> Problems:
        if not isinstance(value, str):
            yield Problem(at, "must provide a string", "invalid_type")
        elif len(value) < least:
            limit = {"type": "min_length", "expected": least, "got": len(value)}
            yield Problem(at, f"must be more than {least - 1} characters", constraint=limit)
        elif len(value) > most:
            limit = {"type": "max_length", "expected": most, "got": len(value)}
            yield Problem(at, f"must be less than {most + 1} characters", constraint=limit)

    return check


def flag() -> Check:
    """Accepts true or false."""

    def check(value: Any, at: str) -> Problems:
        if not isinstance(value, bool):
            yield Problem(at, "must provide a boolean", "invalid_type")

    return check


def number(least: float | None = None, most: float | None = None, *, whole: bool = True) -> Check:
    """Accepts a number in a range, a whole one unless told otherwise."""

    def check(value: Any, at: str) -> Problems:
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            yield Problem(at, "must provide a number", "invalid_type")
        elif least is not None and value < least:
            yield Problem(at, f"must be greater than or equal to {least}")
        elif most is not None and value > most:
            yield Problem(at, f"must be less than or equal to {most}")

    return check


def one_of(*allowed: str) -> Check:
    """Accepts one of these words."""

    def check(value: Any, at: str) -> Problems:
        if value not in allowed:
            limit = {"type": "enum", "expected": list(allowed), "got": value}
            yield Problem(at, f"must be a valid enum value: {', '.join(allowed)}", constraint=limit)

    return check


def items(of: Check, most: int, least: int = 1) -> Check:
    """Accepts a list of `least` to `most` values, each accepted by `of`."""

    def check(value: Any, at: str) -> Problems:
        if not isinstance(value, list):
            yield Problem(at, "must provide an array", "invalid_type")
            return
        if len(value) > most:
            limit = {"type": "max_items", "expected": most, "got": len(value)}
            yield Problem(at, f"no more than {most} items allowed", constraint=limit)
        if len(value) < least:
            limit = {"type": "min_items", "expected": least, "got": len(value)}
            yield Problem(at, f"no fewer than {least} items allowed", constraint=limit)
        for number_, item in enumerate(value):
            yield from of(item, f"{at}/{number_}")

    return check


def record(
    required: Mapping[str, Check] | None = None,
    optional: Mapping[str, Check] | None = None,
    *rules: Check,
    open_: bool = False,
) -> Check:
    """Accepts an object with these fields, no others unless `open_`, and the rules on the whole."""
    needed, known = dict(required or {}), {**(required or {}), **(optional or {})}

    def check(value: Any, at: str) -> Problems:
        if not isinstance(value, dict):
            yield Problem(at, "must provide an object", "invalid_type")
            return
        for name in needed:
            if value.get(name) is None:
                yield Problem(at, f"missing required field: {name}", "missing_field")
        for name, part in value.items():
            if name in known:
                if part is not None:
                    yield from known[name](part, f"{at}/{name}")
            elif not open_:
                yield Problem(at, f"invalid additional property: {name}", "additional_property")
        for rule in rules:
            yield from rule(value, at)

    return check


def by_type(table: Mapping[str, Check]) -> Check:
    """Accepts an object whose `type` is in the table and whose shape is that entry's."""

    def check(value: Any, at: str) -> Problems:
        if not isinstance(value, dict):
            yield Problem(at, "must provide an object", "invalid_type")
            return
        kind = value.get("type")
        if kind is None:
            yield Problem(at, "missing required field: type", "missing_field")
        elif not isinstance(kind, str) or kind not in table:
            limit = {"type": "enum", "expected": sorted(table), "got": kind}
            yield Problem(f"{at}/type", f"unsupported type: {kind}", "unsupported_type", limit)
        else:
            yield from table[kind](value, at)

    return check


def any_one(*names: str) -> Check:
    """A rule for records: at least one of these fields must be there."""

    def check(value: Any, at: str) -> Problems:
        if not any(value.get(name) for name in names):
            yield Problem(at, f"must define either `{'` or `'.join(names)}`", "missing_field")

    return check


def only_one(*names: str) -> Check:
    """A rule for records: no more than one of these fields may be there."""

    def check(value: Any, at: str) -> Problems:
        there = [name for name in names if value.get(name) is not None]
        if len(there) > 1:
            yield Problem(at, f"cannot define both `{there[0]}` and `{there[1]}`")

    return check


def anything() -> Check:
    """Accepts whatever comes."""

    def check(value: Any, at: str) -> Problems:
        yield from ()

    return check


def of_type(name: str) -> dict[str, Check]:
    """Returns the `type` field of a record."""
    return {"type": one_of(name)}
