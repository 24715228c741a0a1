"""Models and raw columns for the tests, with quiet defaults."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import yaml

from scoring.catalogue import SignalKey, parse_signal
from scoring.engine import AccountColumns, ScoreTable, compute_scores
from scoring.model import ScoringModel

LEVELS = """
levels:
  - {name: red, color: red, from: 0}
  - {name: yellow, color: yellow, from: 40}
  - {name: green, color: green, from: 65}
"""

#: Logins and support, evenly: 20 logins are worth all, 10 tickets nothing.
SIMPLE = """
name: simple
dimensions:
  - {name: logins, weight: 0.5, signal: sessions, normalise: {capped_ratio: 20}}
  - {name: support, weight: 0.5, signal: tickets, normalise: {inverse: {best: 0, worst: 10}}}
"""


def read_model(text: str) -> ScoringModel:
    """A model from YAML; levels are added where the text has none."""
    document = yaml.safe_load(text if "levels:" in text else text + LEVELS)
    return ScoringModel.model_validate(document)


def build_raws(model: ScoringModel, figures: Mapping[str, Any]) -> dict[SignalKey, Any]:
    """Raw columns by signal text: a figure, or a list of one for each account; the others are unknown."""
    given = {
        parse_signal(text): np.atleast_1d(np.array(values, dtype=float)) for text, values in figures.items()
    }
    unread = set(given) - set(model.signals)
    assert not unread, f"the model does not read {unread}"
    count = max((len(column) for column in given.values()), default=1)
    return {key: given.get(key, np.full(count, np.nan)) for key in model.signals}


def score(model: ScoringModel, figures: Mapping[str, Any], **columns: Any) -> ScoreTable:
    """The table of the accounts whose figures are given; ``columns`` are texts by column name."""
    raws = build_raws(model, figures)
    count = len(next(iter(raws.values())))
    texts = {name: np.array(np.atleast_1d(value), dtype=object) for name, value in columns.items()}
    return compute_scores(model, raws, AccountColumns(count, texts))
