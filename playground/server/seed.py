"""A workspace as people write it (JSON), made into state."""

from dataclasses import fields

from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.state import Channel, State, User

DEFAULT_WORKSPACE: Json = {
    "team": {"id": "T0LOCAL0001", "name": "Local", "domain": "local"},
    "users": [
        {"id": "U0ADA00001", "name": "ada", "real_name": "Ada Okafor", "is_admin": True},
        {"id": "U0BEN00001", "name": "ben", "real_name": "Ben Sørensen", "tz": "Europe/Copenhagen"},
        {"id": "U0CLEO0001", "name": "cleo", "real_name": "Cleo Marsh", "tz": "America/New_York"},
    ],
    "channels": [
        {"id": "C0GENERAL1", "name": "general", "purpose": "For everyone"},
        {"id": "C0RANDOM01", "name": "random"},
    ],
}

COLORS = ("1d7a5f", "8a3ffc", "b34700", "0b6bcb", "a3195b", "5b6770", "7a6000", "00677a")


def load_workspace(workspace: Json) -> State:
    """Returns the state a workspace file describes.

    Channels without `members` get everybody but guests and people of another workspace. Raises
    SlackError(invalid_arguments) naming the entry that lacks an id or a name, or repeats an id.
    """
    team = {**DEFAULT_WORKSPACE["team"], **workspace.get("team", {})}
    state = State(team=team)
    for number, entry in enumerate(_entries(workspace, "users")):
        add_user(state, entry, number)
    for number, entry in enumerate(_entries(workspace, "channels")):
        add_channel(state, entry, number)
    for number, entry in enumerate(_entries(workspace, "usergroups")):
        _require(entry, ("id", "handle"), f"usergroups[{number}]", state.usergroups)
        state.usergroups[entry["id"]] = entry
    return state


def add_user(state: State, entry: Json, number: int) -> User:
    """Adds a person described as in a workspace file and returns them."""
    _require(entry, ("id", "name"), f"users[{number}]", state.users)
    known = {field.name for field in fields(User)}
    user = User(**{name: value for name, value in entry.items() if name in known})
    user.is_restricted = bool(user.is_restricted or entry.get("is_guest"))
    user.is_stranger = bool(user.is_stranger or entry.get("is_external"))
    user.real_name = user.real_name or user.name
    user.team_id = user.team_id or state.team["id"]
    if "color" not in entry:
        user.color = COLORS[number % len(COLORS)]
    state.users[user.id] = user
    return user


def add_channel(state: State, entry: Json, number: int) -> Channel:
    """Adds a channel described as in a workspace file and returns it."""
    _require(entry, ("id", "name"), f"channels[{number}]", state.channels)
    everyone = [u.id for u in state.users.values() if not (u.is_restricted or u.is_stranger or u.is_bot)]
    members = list(entry.get("members", everyone))
    for member in members:
        if member not in state.users:
            raise SlackError("invalid_arguments", detail=f"channels[{number}]: no user {member!r}")
    channel = Channel(
        id=entry["id"],
        name=entry["name"].lstrip("#"),
        is_private=bool(entry.get("is_private")),
        is_archived=bool(entry.get("is_archived")),
        is_general=entry["name"] == "general",
        is_ext_shared=bool(entry.get("is_ext_shared")),
        topic=entry.get("topic", ""),
        purpose=entry.get("purpose", ""),
        creator=members[0] if members else "",
        members=members,
    )
    state.channels[channel.id] = channel
    return channel


def _entries(workspace: Json, name: str) -> list[Json]:
    entries = workspace.get(name) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SlackError("invalid_arguments", detail=f"{name} must be a list of objects")
    return entries


def _require(entry: Json, names: tuple[str, ...], where: str, taken: object) -> None:
    for name in names:
        if not isinstance(entry.get(name), str) or not entry[name]:
            raise SlackError("invalid_arguments", detail=f"{where} needs a {name!r}")
    if isinstance(taken, dict) and entry["id"] in taken:
        raise SlackError("invalid_arguments", detail=f"{where}: id {entry['id']!r} is used twice")
