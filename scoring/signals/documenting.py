"""The catalogue of signals as a page for people: from the functions' own docstrings."""

import inspect
from typing import Final

from scoring.catalogue import CATALOGUE, Param, SignalSpec
from scoring.signals import MODULES, SIGNALS
from scoring.signals.registry import Signal

_HEAD: Final = """# Signals

What a scoring model can weigh. A signal is written in a model's file with its parameters, such as
`sessions(days=30)`; those left out have the default given here. Each is a number for an account on a day,
from what was recorded by the end of that day in the team's time zone, or unknown.

- A window of N days is the day scored and the N − 1 days before it.
- A day of use is known when the account has a row with a figure; without a row it is zero if the feed of that
  day is complete, else unknown. An empty figure is unknown, not zero. Before the first day on record of a
  metric its use is zero: history begins there.
- Unknown is never counted as zero; what a model does with it is written in the model's file.

This page is made from the code: `uv run python -m scoring.signals > docs/signals.md`.
"""


def build_page() -> str:
    """The page in Markdown, ending with one newline."""
    parts = [_HEAD]
    for module in MODULES:
        title = (module.__doc__ or "").splitlines()[0].partition(":")[0].rstrip(".")
        mine = [signal for signal in SIGNALS.values() if signal.compute.__module__ == module.__name__]
        parts += [
            f"## {title.removeprefix('Signals of ').capitalize()}\n",
            *(_build_entry(signal) for signal in mine),
        ]
    return "\n".join(parts).rstrip("\n") + "\n"


def _build_entry(signal: Signal) -> str:
    spec = CATALOGUE[signal.name]
    inside = ", ".join(_build_param(name, param) for name, param in spec.params.items())
    return (
        f"### `{signal.name}({inside})`\n\n{spec.title}, {_describe_unit(spec)}.\n\n{_build_text(signal)}\n"
    )


def _build_text(signal: Signal) -> str:
    text = inspect.cleandoc(signal.text)
    params = CATALOGUE[signal.name].params
    words = [
        f"- `{name}`: {', '.join(f'`{word}`' for word in param.words)}"
        + ("; several may be joined by `+`." if param.many else ".")
        for name, param in params.items()
        if param.words
    ]
    return "\n".join([text, *(["", *words] if words else [])])


def _build_param(name: str, param: Param) -> str:
    return f"{name}=…" if param.default is None else f"{name}={param.default}"


def _describe_unit(spec: SignalSpec) -> str:
    return {
        "count": "a count",
        "days": "in days",
        "percent": "a share (1 is 100 %)",
        "change": "a ratio (1 is unchanged)",
        "stars": "1 to 5 stars",
        "points": "−100 to 100 points",
        "money": "in whole units of currency",
        "number": "a number",
    }[spec.unit]
