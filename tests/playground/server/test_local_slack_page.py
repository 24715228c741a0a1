"""The page's side: reading, acting, live frames, and the control routes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from bolt_apps import client_of, manifest, over_http
from slack_bolt import App

from playground import LocalSlack
from playground.server.kinds import Json


class Page:
    """One browser's requests, as the person `me`."""

    def __init__(self, slack: LocalSlack, session: aiohttp.ClientSession, me: str) -> None:
        self.url, self.session, self.me = slack.url, session, me

    async def get(self, name: str, **query: str) -> Json:
        async with self.session.get(f"{self.url}/_page/{name}", params={"as": self.me, **query}) as answer:
            return dict(await answer.json())

    async def post(self, deed: str, /, **body: Any) -> Json:
        async with self.session.post(f"{self.url}/_page/{deed}", json={"as": self.me, **body}) as answer:
            return dict(await answer.json())

    async def frame(self, live: aiohttp.ClientWebSocketResponse, kind: str) -> Json:
        """Returns the next live frame of this type."""
        async with asyncio.timeout(10):
            while True:
                frame = dict(await live.receive_json())
                if frame["type"] == kind:
                    return frame


@asynccontextmanager
async def pages(slack: LocalSlack, *people: str) -> AsyncIterator[list[Page]]:
    """Opens a page for each person."""
    async with aiohttp.ClientSession() as session:
        yield [Page(slack, session, person) for person in people]


def test_a_page_begins_with_what_its_person_may_see(slack: LocalSlack) -> None:
    async def work() -> None:
        async with pages(slack, "U1", "U2", "U3", "U9") as (ada, ben, gus, nobody):
            people = await ada.get("people")
            assert [u["initials"] for u in people["users"][:2]] == ["AO", "BS"]
            state = await ada.get("state")
            assert [c["name"] for c in state["channels"]] == ["general", "alerts", "board"]
            assert [c["name"] for c in (await ben.get("state"))["channels"]] == ["general", "alerts"]
            assert [c["name"] for c in (await gus.get("state"))["channels"]] == ["alerts"]
            assert (await nobody.get("state"))["ok"] is False
            assert (await ben.get("messages", channel="C3"))["ok"] is False
            [app] = state["apps"]
            assert (app["connected"], app["home"], app["commands"][0]["usage_hint"]) == (
                False,
                True,
                "[port]",
            )

    slack.install(manifest())
    asyncio.run(work())


def test_what_happens_is_seen_at_once_by_those_who_may_see_it(slack: LocalSlack) -> None:
    async def work() -> None:
        async with (
            pages(slack, "U1", "U2") as (ada, ben),
            ada.session.ws_connect(f"{slack.url}/_page/live?as=U1") as adas,
            ben.session.ws_connect(f"{slack.url}/_page/live?as=U2") as bens,
        ):
            await ada.post("send", channel="C3", text="for the board")
            sent = await ada.post("send", channel="C2", text="<b> & @ben")
            told = await ben.frame(bens, "message")
            assert told["message"]["text"] == "&lt;b&gt; &amp; <@U2>"
            assert (await ada.frame(adas, "message"))["channel"] == "C3"
            await ben.post("reaction", channel="C2", ts=sent["ts"], name="eyes", add=True)
            reacted = await ada.frame(adas, "reaction")
            assert reacted["reactions"] == [{"name": "eyes", "users": ["U2"], "count": 1}]
            state = await ben.get("state")
            assert {c["name"]: c["unread"] for c in state["channels"]} == {"general": 0, "alerts": 1}
            await ben.post("read", channel="C2", ts=sent["ts"])
            state = await ben.get("state")
            assert {c["name"]: c["unread"] for c in state["channels"]} == {"general": 0, "alerts": 0}

    asyncio.run(work())


def test_a_click_a_modal_and_a_home_tab_through_the_page(slack: LocalSlack) -> None:
    def listeners(app: App) -> None:
        @app.action("port")
        def port(ack: Any, action: Json, body: Json, client: Any) -> None:
            ack()
            element = {"type": "plain_text_input", "action_id": "a", "initial_value": "calm"}
            label = {"type": "plain_text", "text": "Why"}
            field = {"type": "input", "block_id": "why", "label": label, "element": element}
            text = {"type": "plain_text", "text": action["selected_option"]["value"]}
            view = {"type": "modal", "callback_id": "m", "title": text, "submit": text, "blocks": [field]}
            client.views_open(trigger_id=body["trigger_id"], view=view)

        app.view("m")(lambda ack: ack(response_action="errors", errors={"why": "No"}))

        @app.event("app_home_opened")
        def opened(event: Json, client: Any) -> None:
            view = {"type": "home", "blocks": [{"type": "divider"}]}
            client.views_publish(user_id=event["user"], view=view)

    async def work(bot: str, app: str, ts: str) -> None:
        async with (
            pages(slack, "U1") as [ada],
            ada.session.ws_connect(f"{slack.url}/_page/live?as=U1") as live,
        ):
            container = {"type": "message", "channel": "C2", "message_ts": ts}
            chosen = {"text": {"type": "plain_text", "text": "Oslo"}, "value": "oslo"}
            action = {"type": "static_select", "action_id": "port", "selected_option": chosen}
            assert await ada.post("action", container=container, block_id="b", action=action) == {"ok": True}
            view = (await ada.frame(live, "view_open"))["view"]
            assert view["title"]["text"] == "oslo"
            assert [v["id"] for v in (await ada.get("views"))["views"]] == [view["id"]]
            answer = await ada.post("view_submit", view_id=view["id"], state={"values": {}})
            assert answer == {"ok": False, "errors": {"why": "No"}}
            await ada.post("view_close", view_id=view["id"], all=False)
            assert (await ada.frame(live, "view_close"))["view_id"] == view["id"]
            assert (await ada.get("home", app=app))["view"] is None
            await ada.post("home_opened", app=app, tab="home")
            assert (await ada.frame(live, "home"))["view"]["blocks"][0]["type"] == "divider"
            assert (await ada.get("home", app=app))["view"]["type"] == "home"
            assert (await ada.post("open_dm", user=bot))["channel"].startswith("D")

    option = {"text": {"type": "plain_text", "text": "Oslo"}, "value": "oslo"}
    menu = {"type": "static_select", "action_id": "port", "options": [option]}
    blocks = [{"type": "actions", "block_id": "b", "elements": [menu]}]
    with over_http(slack, listeners) as installed:
        slack.invite("alerts", installed.bot_user_id)
        ts = client_of(slack, installed).chat_postMessage(channel="C2", text="x", blocks=blocks)["ts"]
        asyncio.run(work(installed.bot_user_id, installed.app_id, ts))


def test_ephemerals_survive_a_reload_until_dismissed(slack: LocalSlack) -> None:
    client = client_of(slack, slack.install(manifest(), channels=["alerts"]))
    client.chat_postEphemeral(channel="C2", user="U1", text="psst")

    async def work() -> None:
        async with pages(slack, "U1") as [ada]:
            [message] = (await ada.get("messages", channel="C2"))["messages"]
            assert message["ephemeral"] is True
            await ada.post("dismiss", channel="C2", ts=message["ts"])
            assert (await ada.get("messages", channel="C2"))["messages"] == []

    asyncio.run(work())


def test_a_file_a_person_adds_comes_back_as_a_download(slack: LocalSlack) -> None:
    async def work() -> None:
        async with aiohttp.ClientSession() as session:
            url = f"{slack.url}/_page/upload?as=U1&name=evil.html"
            async with session.post(url, data=b"<script>") as answer:
                file = (await answer.json())["file"]
            async with session.get(f"{slack.url}{file['url_private']}") as answer:
                assert await answer.read() == b"<script>"
                assert answer.headers["Content-Disposition"] == "attachment"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"

    asyncio.run(work())


def test_other_sites_and_rebound_names_are_kept_out(slack: LocalSlack) -> None:
    port = slack.url.rsplit(":", 1)[1]
    cases = {
        200: [{}, {"Origin": slack.url}, {"Host": f"localhost:{port}"}, {"Sec-Fetch-Site": "same-origin"}],
        403: [
            {"Host": f"evil.example:{port}"},
            {"Host": "127.0.0.1.evil.example"},
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": f"http://127.0.0.1:{int(port) + 1}"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        ],
    }

    async def work() -> None:
        async with aiohttp.ClientSession() as session:
            for status, requests in cases.items():
                for headers in requests:
                    async with session.get(f"{slack.url}/_control/apps", headers=headers) as answer:
                        assert (answer.status, headers) == (status, headers)
            async with session.get(f"{slack.url}/") as answer:
                assert answer.headers["X-Frame-Options"] == "DENY"
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(f"{slack.url}/_page/live?as=U1", origin="http://evil.example")

    asyncio.run(work())


def test_tools_can_do_over_http_what_tests_do_in_process(slack: LocalSlack) -> None:
    async def work() -> None:
        async with aiohttp.ClientSession() as session:

            async def control(name: str, body: Json) -> Json:
                async with session.post(f"{slack.url}/_control/{name}", json=body) as answer:
                    return dict(await answer.json())

            fixed = {"app_id": "A7", "bot_token": "xoxb-7", "app_token": "xapp-7", "signing_secret": "s7"}
            body = {"manifest": manifest(), "mode": "http", "request_url": "http://127.0.0.1:9/", **fixed}
            installed = await control("apps", body)
            assert {name: installed[name] for name in fixed} == fixed
            again = await control("apps", {"manifest": manifest(), "app_id": "A7"})
            assert (again["bot_token"], again["bot_user_id"]) == ("xoxb-7", installed["bot_user_id"])
            fresh = await control("apps", {"manifest": manifest(), "app_id": "A7", "bot_token": "xoxb-8"})
            assert (fresh["bot_token"], fresh["app_token"]) == ("xoxb-8", "xapp-7")
            other = {**manifest(), "display_information": {"name": "Other"}}
            assert "already" in (await control("apps", {"manifest": other, "bot_token": "xoxb-8"}))["detail"]
            lost = await control("apps", {"manifest": other, "channels": ["nowhere"]})
            assert lost["error"] == "channel_not_found"
            assert (await control("apps", {"manifest": {}}))["error"] == "invalid_arguments"
            assert (await control("invite", {"channel": "C2", "user": installed["bot_user_id"]}))["ok"]
            assert (await control("kick", {"channel": "C2", "user": "U2"}))["ok"]
            assert (await control("archive", {"channel": "C404"}))["error"] == "channel_not_found"
            sent = await control("event", {"app": "A7", "event": {"type": "team_join"}})
            assert sent["payload"]["event"]["type"] == "team_join"
            assert sent["payload"]["authorizations"][0]["user_id"] == installed["bot_user_id"]
            await control("workspace", {"users": [{"id": "U7", "name": "zoe"}], "channels": []})
            async with session.get(f"{slack.url}/_page/people") as answer:
                assert [u["name"] for u in (await answer.json())["users"]] == ["zoe"]
            bad = await control("workspace", {"users": [{"id": "U7"}]})
            assert bad["detail"] == "users[0] needs a 'name'"
            bad = await control("workspace", {"channels": ["general"]})
            assert bad["detail"] == "channels must be a list of objects"

    asyncio.run(work())
    assert json.dumps(slack.journal()) == "[]"


def test_a_manifest_with_empty_sections_is_taken(slack: LocalSlack) -> None:
    bare = {
        "display_information": {"name": "Bare"},
        "features": None,
        "settings": [],
        "oauth_config": {"scopes": None},
    }
    installed = slack.install(bare)
    client = client_of(slack, installed)
    assert client.auth_test()["user"] == "bare"
    assert "not a valid command" in slack.command("ada", "general", "/tide")["error"]
    slack.open_home("ada", installed.app_id)

    async def work() -> None:
        async with pages(slack, "U1") as [ada]:
            [app] = (await ada.get("state"))["apps"]
            assert (app["home"], app["commands"], app["shortcuts"]) == (False, [], [])

    asyncio.run(work())
