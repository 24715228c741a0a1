"""Socket Mode on the wire: tickets, hello, one connection an envelope, pings, ten connections at most."""

import asyncio
from typing import Any

import aiohttp
import pytest
from bolt_apps import manifest

from playground import Installed, LocalSlack
from playground.server.kinds import Json


async def open_url(session: aiohttp.ClientSession, slack: LocalSlack, installed: Installed) -> str:
    """Returns a fresh WebSocket address."""
    headers = {"Authorization": f"Bearer {installed.app_token}"}
    async with session.post(f"{slack.api_url}apps.connections.open", headers=headers) as answer:
        return str((await answer.json())["url"])


async def connect(
    session: aiohttp.ClientSession, slack: LocalSlack, installed: Installed, **options: Any
) -> aiohttp.ClientWebSocketResponse:
    """Returns a connection, not yet greeted."""
    return await session.ws_connect(await open_url(session, slack, installed), **options)


def test_a_ticket_opens_one_connection(slack: LocalSlack) -> None:
    installed = slack.install(manifest())

    async def work() -> None:
        async with aiohttp.ClientSession() as session:
            url = await open_url(session, slack, installed)
            async with session.ws_connect(url) as ws:
                hello = await ws.receive_json()
                assert (hello["type"], hello["num_connections"]) == ("hello", 1)
                assert hello["connection_info"] == {"app_id": installed.app_id}
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await session.ws_connect(url)

    asyncio.run(work())


def test_pings_are_answered_with_what_they_carry(slack: LocalSlack) -> None:
    installed = slack.install(manifest())

    async def work() -> None:
        async with aiohttp.ClientSession() as session:
            ws = await connect(session, slack, installed, autoping=False)
            await ws.receive_json()
            await ws.ping(b"sdk-ping-pong:1795359161")
            pong = await ws.receive()
            assert (pong.type, bytes(pong.data)) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1795359161")
            await ws.close()

    asyncio.run(work())


def test_an_envelope_goes_to_one_of_the_connections(slack: LocalSlack) -> None:
    installed = slack.install(manifest())
    got: list[tuple[int, Json]] = []

    async def listen(number: int, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            envelope = message.json()
            if "envelope_id" not in envelope:
                continue
            got.append((number, envelope))
            answer = {"text": f"heard by {number}"}
            await ws.send_json({"envelope_id": envelope["envelope_id"], "payload": answer})

    async def work() -> None:
        async with aiohttp.ClientSession() as session:
            sockets = [await connect(session, slack, installed) for _ in range(2)]
            listeners = [asyncio.create_task(listen(n, ws)) for n, ws in enumerate(sockets)]
            await asyncio.to_thread(slack.wait_for, lambda: slack.connected(installed.app_id) == 2)
            for _ in range(4):
                assert (await asyncio.to_thread(slack.command, "ada", "general", "/tide"))["ok"]
            for ws in sockets:
                await ws.close()
            await asyncio.gather(*listeners)

    asyncio.run(work())
    assert sorted(number for number, _ in got) == [0, 0, 1, 1]
    assert {envelope["type"] for _, envelope in got} == {"slash_commands"}
    assert all(envelope["accepts_response_payload"] for _, envelope in got)
    assert len(slack.messages("general", as_="ada")) == 4


def test_an_eleventh_connection_is_turned_away(slack: LocalSlack) -> None:
    installed = slack.install(manifest())

    async def work() -> None:
        async with aiohttp.ClientSession() as session:
            sockets = [await connect(session, slack, installed) for _ in range(10)]
            assert [(await ws.receive_json())["type"] for ws in sockets] == ["hello"] * 10
            turned_away = await connect(session, slack, installed)
            goodbye = await turned_away.receive_json()
            assert (goodbye["type"], goodbye["reason"]) == ("disconnect", "too_many_websockets")

    asyncio.run(work())


def test_a_connection_that_closes_unacknowledged_fails_at_once_and_stopping_waits_for_nobody() -> None:
    slack = LocalSlack.start()
    installed = slack.install(manifest())

    async def work() -> None:
        async with aiohttp.ClientSession() as session:
            ws = await connect(session, slack, installed)
            await ws.receive_json()
            running = asyncio.create_task(asyncio.to_thread(slack.command, "ada", "general", "/tide"))
            assert (await ws.receive_json())["type"] == "slash_commands"
            await ws.close()
            assert "dispatch_failed" in (await running)["error"]
            ws = await connect(session, slack, installed)
            await ws.receive_json()
            await asyncio.to_thread(slack.open_home, "ada", installed.app_id)
            assert (await ws.receive_json())["type"] == "events_api"
            await asyncio.to_thread(slack.stop)

    asyncio.run(work())
    assert not slack.slack.tasks


def test_an_app_that_uses_http_gets_no_socket(slack: LocalSlack) -> None:
    installed = slack.install(manifest(), mode="http", request_url="http://127.0.0.1:9/")

    async def work() -> Json:
        async with aiohttp.ClientSession() as session:
            headers = {"Authorization": f"Bearer {installed.app_token}"}
            async with session.post(f"{slack.api_url}apps.connections.open", headers=headers) as answer:
                return dict(await answer.json())

    assert asyncio.run(work()) == {"ok": False, "error": "socket_mode_not_enabled"}
