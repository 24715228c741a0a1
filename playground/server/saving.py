"""The state in a file, so that a second start shows the same conversation."""

import asyncio
import contextlib
import json
import logging
import os
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

from playground.server.kinds import Json
from playground.server.slack import Slack
from playground.server.state import App, Channel, File, Message, State, User, View

FORMAT = 1
log = logging.getLogger("playground")


class UnreadableState(Exception):
    """A state file that cannot be read; the text names it and says what to do."""


class Saver:
    """Writes the state a moment after a change, and once more when it stops."""

    def __init__(self, slack: Slack, path: Path) -> None:
        self.slack = slack
        self.path = path
        self.saved = -1
        self.task: asyncio.Task[None] | None = None
        self.writing: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Begins to watch for changes."""
        self.task = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """Saves the last change and stops watching."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        # A write goes on in its thread when the watch is cancelled, and two must not share a file.
        if self.writing is not None:
            await asyncio.gather(self.writing, return_exceptions=True)
        await self._save()

    async def _watch(self) -> None:
        while True:
            began = time.monotonic()
            await self._save()
            # Copying a long conversation takes a moment in which nobody is answered: at most a
            # twentieth of the time goes into it.
            took = time.monotonic() - began
            await asyncio.sleep(max(self.slack.settings.save_after_seconds, 20 * took))

    async def _save(self) -> None:
        if self.saved == self.slack.live.changes:
            return
        self.saved = self.slack.live.changes
        snapshot = json.dumps({"format": FORMAT, "state": self.slack.state}, default=_fields)
        # Writing is slow on some disks, and apps are waiting for answers meanwhile.
        self.writing = asyncio.ensure_future(asyncio.to_thread(write_state, self.path, snapshot))
        try:
            await asyncio.shield(self.writing)
        except OSError as error:
            self.saved = -1
            log.error("%s cannot be written (%s): this conversation is not being kept", self.path, error)


def _fields(value: Any) -> Json:
    # dataclasses.asdict would copy every block of every message first, ten times the work.
    return {field.name: getattr(value, field.name) for field in fields(value)}


def write_state(path: Path, snapshot: str) -> None:
    """Writes the file whole or not at all; only its owner may read it, for it holds the apps' tokens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(snapshot)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()


def read_state(path: Path) -> State | None:
    """Returns the saved state, None when there is no file yet; raises UnreadableState."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableState(f"{path} cannot be read ({error}). Give another file with --state.") from error
    try:
        snapshot = json.loads(text)
        if snapshot["format"] != FORMAT:
            raise ValueError(f"format {snapshot['format']}")
        return state_from(snapshot["state"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableState(
            f"{path} is not a state this version can read ({error}). Move it away to start afresh."
        ) from error


def state_from(saved: Json) -> State:
    """Returns the state that was written field by field."""
    return State(
        team=saved["team"],
        users={key: User(**user) for key, user in saved["users"].items()},
        channels={key: _channel(channel) for key, channel in saved["channels"].items()},
        apps={key: App(**app) for key, app in saved["apps"].items()},
        files={key: File(**file) for key, file in saved["files"].items()},
        homes={key: View(**view) for key, view in saved["homes"].items()},
        usergroups=saved["usergroups"],
        counters=saved["counters"],
        last_ts=saved["last_ts"],
    )


def _channel(saved: Json) -> Channel:
    kept = {"messages", "ephemerals"}
    messages, ephemerals = (
        {ts: Message(**message) for ts, message in saved[name].items()} for name in ("messages", "ephemerals")
    )
    rest = {name: value for name, value in saved.items() if name not in kept}
    return Channel(**rest, messages=messages, ephemerals=ephemerals)
