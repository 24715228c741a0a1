"""The problems of a playbook's file in words: file, step, what is wrong, the value found, what to do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scoring.catalogue import find_nearest

ACTIONS = (
    "send_email",
    "create_task",
    "post_message",
    "approval",
    "wait_for",
    "crm_update",
    "start_play",
)
BRANCHES = ("approved", "declined", "expired", "met", "timed_out")


def describe_problems(path: Path, document: object, error: ValidationError) -> str:
    """A line for each problem; a step is named, not counted."""
    lines = []
    problems = error.errors(include_url=False)
    for problem in problems:
        if problem["type"] == "too_short" and _has_deeper(problems, problem["loc"]):
            continue  # a list is only empty because what is in it is wrong
        place = _place(document, problem["loc"])
        for message in _message(problem).splitlines():
            # What concerns the whole playbook names its own place.
            lines.append(f"{path}: {place}: {message}" if place else f"{path}: {message}")
    return "\n".join(lines)


def _has_deeper(problems: Sequence[Any], loc: tuple[int | str, ...]) -> bool:
    return any(len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in problems)


def _message(problem: Any) -> str:
    match problem["type"]:
        case "missing":
            return "is required"
        case "too_short":
            return "is empty; give at least one"
        case "union_tag_not_found":
            return f"action is required: one of {', '.join(ACTIONS)}"
        case "union_tag_invalid":
            tag = str(problem["ctx"]["tag"])
            return f"action: no action is called {tag!r}; {find_nearest(tag, list(ACTIONS))}"
    found = problem["input"]
    message = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    shown = "" if isinstance(found, dict | list | tuple) or "\n" in message else f" (found {found!r})"
    return message + shown


def _place(document: object, loc: tuple[int | str, ...]) -> str:
    places: list[str] = []
    here = document
    for part in loc:
        inner = _step_into(here, part)
        if isinstance(part, int):
            places[-1:] = [_name_item(places[-1] if places else "", part, inner)]
        elif inner is not None or part not in ACTIONS:
            # An action that is no key is the branch of the union, which the file does not name.
            places.append(str(part))
        here = inner
    return ": ".join(places)


def _name_item(of: str, number: int, item: object) -> str:
    """A step by its name, which says more than its number; anything else by its number."""
    name = item.get("name") if isinstance(item, dict) else None
    if name is None:
        return f"{of}[{number + 1}]"
    return f"step {name}" if of in ("steps", *BRANCHES) else f"{of} {name}"


def _step_into(here: object, part: int | str) -> Any:
    if isinstance(here, dict):
        return here.get(part)
    if isinstance(here, list | tuple) and isinstance(part, int) and part < len(here):
        return here[part]
    return None
