"""The control bar at the top of the page: what another program offers there, and presses of its buttons.

That program answers at one address. GET tells what to show, POST `{"button": id}` presses:
`{"title": "…", "buttons": [{"id": "…", "label": "…"}], "busy": false, "note": "…"}`.
"""

import asyncio
import json
from typing import Any

import aiohttp

from playground.server.errors import Refused
from playground.server.kinds import Json
from playground.server.live import Live

#: Seconds between two looks, and while something is under way.
LOOK, LOOK_BUSY = 1.0, 0.25
TIMEOUT = aiohttp.ClientTimeout(total=10)
MOST_BUTTONS, LONGEST = 5, 300
SILENT = "Whoever offered buttons here does not answer."


class Controls:
    """What the bar shows. Without an address there is no bar, and `shown` is None."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._url = ""
        self._session: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._look_now = asyncio.Event()
        self.shown: Json | None = None

    def start(self, url: str) -> None:
        """Begins to follow what is offered at `url`."""
        self._url = url
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def close(self) -> None:
        """Follows no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def press(self, button: str) -> None:
        """Passes a press on; raises Refused with a sentence when nobody takes it."""
        if self._session is None:
            raise Refused("There are no controls here.")
        if button not in [each["id"] for each in (self.shown or {}).get("buttons", [])]:
            raise Refused("That button is not offered any more.")
        try:
            async with self._session.post(self._url, json={"button": button}) as answer:
                said = await _read(answer)
                if answer.status >= 400:
                    raise Refused(str(said.get("error") or f"Refused with {answer.status}.")[:LONGEST])
                self._show(build_shown(said) if "title" in said else self.shown)
        except (aiohttp.ClientError, TimeoutError):
            raise Refused(SILENT) from None
        self._look_now.set()

    async def _follow(self) -> None:
        while True:
            self._show(await self._look())
            pause = LOOK_BUSY if self.shown and self.shown["busy"] else LOOK
            self._look_now.clear()
            try:
                await asyncio.wait_for(self._look_now.wait(), pause)
            except TimeoutError:
                continue

    async def _look(self) -> Json:
        assert self._session is not None
        try:
            async with self._session.get(self._url) as answer:
                said = await _read(answer)
                if answer.status == 200:
                    return build_shown(said)
        except (aiohttp.ClientError, TimeoutError):
            pass
        # What was known last stays, without anything to press.
        title = self.shown["title"] if self.shown else ""
        return {"title": title, "buttons": [], "busy": False, "note": SILENT}

    def _show(self, shown: Json | None) -> None:
        if shown != self.shown:
            self.shown = shown
            self._live.send({"type": "controls", "controls": shown})


async def _read(answer: aiohttp.ClientResponse) -> Json:
    try:
        said = json.loads(await answer.text())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def build_shown(said: Json) -> Json:
    """Returns what the page shows of an answer: cut to a length, buttons without id or label left out."""
    buttons = said.get("buttons")
    return {
        "title": _text(said.get("title")),
        "buttons": [
            {"id": _text(each["id"]), "label": _text(each["label"])}
            for each in (buttons if isinstance(buttons, list) else [])[:MOST_BUTTONS]
            if isinstance(each, dict) and each.get("id") and each.get("label")
        ],
        "busy": said.get("busy") is True,
        "note": _text(said.get("note")),
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:LONGEST]
