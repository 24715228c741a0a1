"""The mapping file: how tables of any form become the canonical ones."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints, ValidationError, field_validator

from bot.config import Strict, describe, read_yaml
from bot.sources.importing.expressions import MappingError
from bot.sources.importing.tables import BY_NAME

DateOrder = Literal["iso", "dmy", "mdy"]
DecimalSign = Literal["point", "comma"]
#: What a source or a step is called; short, as a table of the database is called after it.
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]


class SourceFile(Strict):
    """A CSV file and what its columns hold."""

    file: str
    #: Columns that are not text.
    types: dict[str, Literal["number", "date", "moment"]] = Field(default_factory=dict)
    #: The order of the parts of its dates; worked out from each column where it is not said.
    dates: DateOrder | None = None
    numbers: DecimalSign | None = None


class Query(Strict):
    """Rows made of a source or a step."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: str = Field(alias="from")
    #: Other sources or steps, each with its columns and the ones here that they must equal.
    join: dict[str, dict[str, str]] = Field(default_factory=dict)
    where: list[Any] = Field(default_factory=list)
    #: Columns of ``columns``; rows that agree in them become one.
    group_by: list[str] = Field(default_factory=list)
    columns: dict[str, Any]

    @field_validator("where", "group_by", mode="before")
    @classmethod
    def listed(cls, value: object) -> object:
        return value if isinstance(value, list) else [value]

    @field_validator("columns")
    @classmethod
    def some_columns(cls, value: dict[str, Any]) -> dict[str, Any]:
        if not value:
            raise ValueError("names no column")
        return value


class Mapping(Strict):
    """A whole mapping file."""

    sources: dict[Key, SourceFile]
    steps: dict[Key, Query] = Field(default_factory=dict)
    #: By canonical table; a list where several queries add to one table.
    tables: dict[str, list[Query]]

    @field_validator("tables", mode="before")
    @classmethod
    def each_a_list(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {name: query if isinstance(query, list) else [query] for name, query in value.items()}

    @field_validator("tables")
    @classmethod
    def canonical_tables(cls, value: dict[str, list[Query]]) -> dict[str, list[Query]]:
        for name in value:
            if name not in BY_NAME:
                raise ValueError(f"{name!r} is no canonical table; there are {', '.join(BY_NAME)}")
        return value


def load_mapping(path: Path) -> Mapping:
    """The mapping in a file. Raises MappingError naming file, path in it, and value."""
    if not path.is_file():
        raise MappingError(f"{path} does not exist. Give the path of a mapping file: see docs/importing.md.")
    content = read_yaml(path)
    try:
        mapping = Mapping.model_validate(content)
    except ValidationError as error:
        raise MappingError(describe(path, error)) from error
    twice = set(mapping.sources) & set(mapping.steps)
    if twice:
        raise MappingError(f"{path}: {', '.join(sorted(twice))} is both a source and a step; rename one")
    return mapping
