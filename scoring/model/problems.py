"""The problems of a model's file in words: file, place, what is wrong, the value found, what is allowed."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError


def describe_problems(path: Path, document: object, error: ValidationError) -> str:
    """A line for each problem; places name parts (``dimensions[usage].weight``) rather than count them."""
    lines = []
    for problem in error.errors(include_url=False):
        place = _place(document, problem["loc"])
        found = problem["input"]
        shown = (
            "" if isinstance(found, dict | list) or problem["type"] == "missing" else f" (found {found!r})"
        )
        for message in _message(problem).splitlines():
            lines.append(f"{path}: {place}: {message}{shown}")
    return "\n".join(lines)


def _message(problem: Any) -> str:
    if problem["type"] == "missing":
        return "is required"
    return str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")


def _place(document: object, loc: tuple[int | str, ...]) -> str:
    place, here = "", document
    for step in loc:
        inner = _step(here, step)
        if isinstance(step, int):
            name = inner.get("name") if isinstance(inner, dict) else None
            place += f"[{name or step + 1}]"
        elif inner is None and not isinstance(here, dict):
            continue  # a branch of a union, which the file knows nothing of
        else:
            place += f".{step}" if place else str(step)
        here = inner
    return place or "(whole file)"


def _step(here: object, step: int | str) -> Any:
    if isinstance(here, dict):
        return here.get(step)
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return here[step]
    return None
