"""An asynchronous Bolt app over aiohttp's Socket Mode client is served like any other."""

import asyncio
from functools import partial
from typing import Any

from bolt_apps import manifest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground import LocalSlack


def test_an_async_app_answers_and_comes_back_after_a_cut(slack: LocalSlack) -> None:
    installed = slack.install(manifest())

    async def work() -> None:
        app = AsyncApp(client=AsyncWebClient(token=installed.bot_token, base_url=slack.api_url))

        @app.command("/tide")
        async def tide(ack: Any, respond: Any, command: Any) -> None:
            await ack()
            await respond(f"{command['text']}: high")

        handler = AsyncSocketModeHandler(app, installed.app_token)
        await handler.connect_async()
        for word in ("first", "second"):
            await asyncio.to_thread(slack.wait_for, partial(answers, word), 30)
            await asyncio.to_thread(slack.disconnect, installed.app_id, "refresh_requested")
        await handler.close_async()

    def answers(word: str) -> bool:
        # What is sent while the client changes connections is lost, as it is in Slack.
        return bool(slack.command("ada", "general", f"/tide {word}")["ok"])

    asyncio.run(work())
    slack.wait_for(lambda: "second: high" in [m["text"] for m in slack.messages("general", as_="ada")])
    assert slack.messages("general", as_="ada")[0]["text"] == "first: high"
