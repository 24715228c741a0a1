"""The version of a model: a hash of what it means."""

import hashlib
import json
from typing import Any

#: Raised when the engine itself gives other scores for the same file, which makes them other versions.
ENGINE = 1

#: Words for people; a new title makes no other score.
_WORDS = frozenset({"title", "description", "color"})


def compute_version(definition: dict[str, Any]) -> str:
    """Twelve hex digits, equal for equal meaning."""
    text = json.dumps([ENGINE, _meaning(definition)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _meaning(value: Any) -> Any:
    if isinstance(value, dict):
        # Under these two the keys are a team's own names, and may be any word.
        return {
            key: inner if key in ("columns", "weights") else _meaning(inner)
            for key, inner in value.items()
            if key not in _WORDS
        }
    if isinstance(value, list):
        return [_meaning(inner) for inner in value]
    return value
