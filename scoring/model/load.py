"""Reading the models: the shipped files, each replaced by the team's own of the same name."""

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.config import ConfigError, read_yaml
from scoring.catalogue import find_nearest
from scoring.model.problems import describe_problems
from scoring.model.schema import Part, ScoringModel
from scoring.model.weights import compute_shares

SHIPPED = Path(__file__).parent.parent / "models"


def load_models(folder: Path | None = None) -> dict[str, ScoringModel]:
    """Every model by name, sorted: the shipped ones, and the team's from ``folder``/models.

    ``folder`` is the one STAYSAIL_CONFIG names. Raises ConfigError with the problems of all files.
    """
    if folder is None:
        return dict(_load_shipped())
    return _load(find_model_files(folder))


def get_model(name: str, folder: Path | None = None) -> ScoringModel:
    """The model of that name. Raises ConfigError naming the nearest when there is none."""
    models = load_models(folder)
    if name not in models:
        raise ConfigError(f"no scoring model is called {name!r}; {find_nearest(name, list(models))}")
    return models[name]


def find_model_files(folder: Path | None) -> dict[str, Path]:
    """Model name → the file that defines it, a team's own file before the shipped one."""
    found = {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}
    if folder is not None:
        own = (path for path in sorted((folder / "models").glob("*")) if path.suffix in (".yaml", ".yml"))
        found.update({path.stem: path for path in own})
    return dict(sorted(found.items()))


@cache
def _load_shipped() -> dict[str, ScoringModel]:
    # The shipped files do not change while the program runs; reading them takes a fifth of a second.
    return _load(find_model_files(None))


@cache
def _read_shipped(path: Path) -> Any:
    return read_yaml(path)


def _load(files: dict[str, Path]) -> dict[str, ScoringModel]:
    models: dict[str, ScoringModel] = {}
    problems: list[str] = []
    documents: dict[str, Any] = {}
    for name, path in files.items():
        try:
            documents[name] = _read_shipped(path) if path.parent == SHIPPED else read_yaml(path)
        except ConfigError as error:
            problems.append(str(error))
    # Models that others take signals from come first.
    for name in sorted(documents, key=lambda name: bool(_submodels(documents[name]))):
        try:
            models[name] = _validate(name, files[name], documents[name], models)
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("\n".join(problems))
    return dict(sorted(models.items()))


def _validate(name: str, path: Path, document: Any, others: dict[str, ScoringModel]) -> ScoringModel:
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: not a scoring model; it needs name, dimensions and levels")
    document = _expand(path, document, others)
    try:
        model = ScoringModel.model_validate(document)
    except ValidationError as error:
        raise ConfigError(describe_problems(path, document, error)) from error
    if model.name != name:
        raise ConfigError(f"{path}: name: {model.name!r} differs from the file's name; use name: {name}")
    return model


def _submodels(document: Any) -> list[dict[str, Any]]:
    """The dimensions that take their signals from another model."""
    dimensions = document.get("dimensions") if isinstance(document, dict) else None
    if not isinstance(dimensions, list):
        return []
    return [item for item in dimensions if isinstance(item, dict) and "model" in item]


def _expand(path: Path, document: dict[str, Any], others: dict[str, ScoringModel]) -> dict[str, Any]:
    """The document with the signals of the models it names written out, their names prefixed."""
    if not _submodels(document):
        return document
    dimensions = []
    for item in document["dimensions"]:
        if isinstance(item, dict) and "model" in item:
            place = f"{path}: dimensions[{item.get('name', '?')}].model"
            item = {**item, "signals": _write_out(place, item, others)}
        dimensions.append(item)
    return {**document, "dimensions": dimensions}


def _write_out(place: str, item: dict[str, Any], others: dict[str, ScoringModel]) -> list[dict[str, Any]]:
    name = str(item["model"])
    if "signals" in item or "signal" in item:
        raise ConfigError(f"{place}: the dimension has signals of its own too; delete one or the other")
    if name not in others:
        raise ConfigError(
            f"{place}: no model that can be used here is called {name!r}; it must be a sound "
            f"model without model: of its own; {find_nearest(name, list(others))}"
        )
    model = others[name]
    if model.variants or model.products or model.seasons:
        raise ConfigError(f"{place}: {name} has variants, products or seasons; only a plain model fits here")
    shares = compute_shares(model)
    return [_write_part(part, f"{item.get('name')}_", shares, model) for part in model.dimensions]


def _write_part(part: Part, prefix: str, shares: dict[str, Any], model: ScoringModel) -> dict[str, Any]:
    written = part.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"signals"})
    written |= {"name": prefix + part.name, "weight": str(shares[part.name]), "title": part.label}
    if part.signals:
        written["signals"] = [_write_part(child, prefix, shares, model) for child in part.signals]
    elif part.missing is None:
        written["missing"] = model.missing.signals.model_dump(mode="json", exclude_defaults=True)
    return written
