"""Reading an app's manifest, where people leave sections out or empty."""

from playground.server.kinds import Json


def section(manifest: object, *names: str) -> Json:
    """Returns the object at this path of a manifest, empty when it is missing or something else."""
    part = manifest
    for name in names:
        part = part.get(name) if isinstance(part, dict) else None
    return part if isinstance(part, dict) else {}


def listing(manifest: object, *names: str) -> list[Json]:
    """Returns the objects of the list at this path, none when it is missing or something else."""
    value = section(manifest, *names[:-1]).get(names[-1])
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def words(manifest: object, *names: str) -> list[str] | None:
    """Returns the words of the list at this path, None when there is no list."""
    value = section(manifest, *names[:-1]).get(names[-1])
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else None
