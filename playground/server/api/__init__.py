"""The Web API's methods, one module a family; importing this package registers them all."""

from playground.server.api import (
    assistant,
    auth,
    blocks,
    chat,
    conversations,
    files,
    history,
    reactions,
    scheduled,
    streams,
    users,
    views,
)

__all__ = [
    "assistant",
    "auth",
    "blocks",
    "chat",
    "conversations",
    "files",
    "history",
    "reactions",
    "scheduled",
    "streams",
    "users",
    "views",
]
