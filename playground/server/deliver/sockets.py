"""Socket Mode: the open connections of each app, and envelopes sent to one of them."""

import asyncio
import contextlib
import json
import uuid
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from playground.server.deliver.answer import Answer
from playground.server.kinds import Clock, Json
from playground.server.settings import Settings
from playground.server.state import App

MOST_CONNECTIONS = 10


@dataclass(eq=False, slots=True)
class Connection:
    """One WebSocket of an app, with the envelopes it has not acknowledged."""

    app_id: str
    ws: web.WebSocketResponse
    transport: asyncio.Transport | None
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    # A connection that was told to go gets no more envelopes but may still acknowledge.
    leaving: bool = False


class Sockets:
    """Hands out one-time tickets, keeps connections and takes turns among them."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.tickets: dict[str, tuple[str, float]] = {}
        self.connections: dict[str, list[Connection]] = {}
        self.turn = 0

    def new_ticket(self, app_id: str) -> str:
        """Returns a ticket for one connection, to be used within 30 s."""
        ticket = uuid.uuid4().hex
        self.tickets[ticket] = (app_id, self.clock())
        return ticket

    def use_ticket(self, ticket: str) -> str | None:
        """Returns the app a ticket is for, once; None when it is unknown, used or old."""
        app_id, at = self.tickets.pop(ticket, ("", 0.0))
        fresh = self.clock() - at <= self.settings.ticket_seconds
        return app_id if app_id and fresh else None

    def is_connected(self, app_id: str) -> bool:
        """Returns whether the app has a connection that takes envelopes."""
        return bool(self._open(app_id))

    def count(self, app_id: str) -> int:
        """Returns how many connections take envelopes for the app."""
        return len(self._open(app_id))

    async def serve(
        self, app_id: str, ws: web.WebSocketResponse, transport: asyncio.Transport | None
    ) -> None:
        """Greets a connection and reads its acknowledgements until it closes."""
        mine = self.connections.setdefault(app_id, [])
        if len(mine) >= MOST_CONNECTIONS:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": DEBUG})
            await ws.close()
            return
        connection = Connection(app_id=app_id, ws=ws, transport=transport)
        mine.append(connection)
        try:
            await ws.send_json(
                {
                    "type": "hello",
                    "num_connections": len(mine),
                    "debug_info": {**DEBUG, "build_number": 1, "approximate_connection_time": 3600},
                    "connection_info": {"app_id": app_id},
                }
            )
            async for frame in ws:
                if frame.type == WSMsgType.TEXT:
                    _acknowledge(connection, frame.data)
        finally:
            mine.remove(connection)
            for future in connection.waiting.values():
                if not future.done():
                    future.set_exception(ConnectionResetError("the app's connection closed"))

    async def deliver(self, app: App, kind: str, payload: Json, extra: Json) -> Answer:
        """Sends one envelope to one connection and waits for its acknowledgement, 3 s at most."""
        candidates = self._open(app.id)
        if not candidates:
            return Answer(error="dispatch_failed", reason="connection_failed")
        self.turn += 1
        connection = candidates[self.turn % len(candidates)]
        envelope_id = str(uuid.uuid4())
        acknowledged: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = acknowledged
        envelope = {"envelope_id": envelope_id, "payload": payload, "type": kind, **extra}
        try:
            async with asyncio.timeout(self.settings.ack_seconds):
                await connection.ws.send_json(envelope)
                answer = await acknowledged
        except TimeoutError:
            return Answer(error="operation_timeout", reason="timeout")
        except ConnectionError:
            return Answer(error="dispatch_failed", reason="connection_failed")
        finally:
            connection.waiting.pop(envelope_id, None)
        return Answer(payload=answer.get("payload"))

    async def disconnect(self, app_id: str, reason: str) -> None:
        """Asks the app to replace its connections; `reason` "abort" breaks them instead."""
        for connection in list(self.connections.get(app_id, [])):
            connection.leaving = True
            if reason == "abort":
                _break(connection)
                continue
            with contextlib.suppress(ConnectionError):
                await connection.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": DEBUG})
                if reason != "warning":
                    await connection.ws.close()

    async def close(self) -> None:
        """Closes every connection."""
        everyone = [c for connections in self.connections.values() for c in connections]
        await asyncio.gather(*(_say_goodbye(connection) for connection in everyone))

    def _open(self, app_id: str) -> list[Connection]:
        return [c for c in self.connections.get(app_id, []) if not c.ws.closed and not c.leaving]


DEBUG: Json = {"host": "applink-local"}


async def _say_goodbye(connection: Connection) -> None:
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(0.5):
            await connection.ws.close(code=1001)


def _acknowledge(connection: Connection, text: str) -> None:
    try:
        answer = json.loads(text)
    except ValueError:
        return
    if not isinstance(answer, dict):
        return
    future = connection.waiting.get(str(answer.get("envelope_id")))
    if future is not None and not future.done():
        future.set_result(answer)


def _break(connection: Connection) -> None:
    # The socket is cut without a WebSocket goodbye, which is what an app sees when a network fails.
    if connection.transport is not None:
        connection.transport.abort()
