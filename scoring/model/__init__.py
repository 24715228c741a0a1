"""Scoring models: files of data, read and checked once (docs/scoring-models.md)."""

from scoring.model.load import find_model_files, get_model, load_models
from scoring.model.schema import Part, ScoringModel

__all__ = ["Part", "ScoringModel", "find_model_files", "get_model", "load_models"]
