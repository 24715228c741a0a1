"""The Web API answers with Slack's shapes and Slack's error codes."""

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from bolt_apps import client_of, manifest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from playground import Installed, LocalSlack
from playground.server.kinds import Json


@pytest.fixture
def installed(slack: LocalSlack) -> Installed:
    """An app whose bot is in #alerts."""
    return slack.install(manifest(), channels=["alerts"])


@pytest.fixture
def client(slack: LocalSlack, installed: Installed) -> WebClient:
    """The app's client."""
    return client_of(slack, installed)


def post(slack: LocalSlack, method: str, body: bytes, **headers: str) -> Json:
    """Calls a method as no library would."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with urlopen(Request(f"{slack.api_url}{method}", data=body, headers=names)) as answer:
        return dict(json.load(answer))


def code(call: Any, **args: Any) -> str:
    """Returns the error code a call is refused with."""
    with pytest.raises(SlackApiError) as refused:
        call(**args)
    return str(refused.value.response["error"])


def test_tokens_are_asked_for_in_slacks_words(slack: LocalSlack, installed: Installed) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert post(slack, "auth.test", b"", **form)["error"] == "not_authed"
    assert post(slack, "auth.test", b"token=xoxb-wrong", **form)["error"] == "invalid_auth"
    by_body = post(slack, "auth.test", urlencode({"token": installed.bot_token}).encode(), **form)
    by_header = post(
        slack,
        "auth.test",
        b"",
        Content_Type="application/json",
        Authorization=f"Bearer {installed.bot_token}",
    )
    wrong_kind = post(
        slack, "apps.connections.open", b"", Authorization=f"Bearer {installed.bot_token}", **form
    )
    assert by_body == by_header
    assert (by_body["user_id"], by_body["team_id"]) == (installed.bot_user_id, "T1")
    assert wrong_kind["error"] == "not_allowed_token_type"
    assert post(slack, "no.such", b"", **form) == {
        "ok": False,
        "error": "unknown_method",
        "req_method": "no.such",
    }


def test_forms_and_json_say_the_same(slack: LocalSlack, installed: Installed) -> None:
    blocks = [{"type": "divider"}]
    metadata = {"event_type": "tide", "event_payload": {"key": "k1"}}
    token = {"Authorization": f"Bearer {installed.bot_token}"}
    form = {
        "channel": "C2",
        "text": "é & <b>",
        "blocks": json.dumps(blocks),
        "metadata": json.dumps(metadata),
    }
    one = post(
        slack,
        "chat.postMessage",
        urlencode(form).encode(),
        Content_Type="application/x-www-form-urlencoded",
        **token,
    )
    body = {"channel": "C2", "text": "é & <b>", "blocks": blocks, "metadata": metadata}
    two = post(
        slack,
        "chat.postMessage",
        json.dumps(body).encode(),
        Content_Type="application/json; charset=utf-8",
        **token,
    )
    for answer in (one, two):
        assert answer["ok"]
        message = answer["message"]
        assert (message["text"], message["metadata"]) == ("é & <b>", metadata)
        assert [block["type"] for block in message["blocks"]] == ["divider"]
        assert message["blocks"][0]["block_id"]
    assert float(two["ts"]) > float(one["ts"])


def test_posting_is_refused_as_slack_refuses_it(slack: LocalSlack, client: WebClient) -> None:
    slack.limits(enforce=False)
    say = client.chat_postMessage
    assert code(client.api_call, api_method="chat.postMessage", json={"channel": "C2"}) == "no_text"
    assert code(say, channel="C404", text="x") == "channel_not_found"
    assert code(say, channel="C3", text="x") == "channel_not_found"
    assert code(say, channel="C1", text="x") == "not_in_channel"
    assert code(say, channel="C2", text="x", thread_ts="1.2") == "thread_not_found"
    assert code(say, channel="C2", text="x", blocks="[") == "invalid_blocks_format"
    assert code(say, channel="C2", text="x", metadata={"event_type": "a"}) == "invalid_metadata_schema"
    big = {"event_type": "a", "event_payload": {"k": "x" * 8000}}
    assert code(say, channel="C2", text="x", metadata=big) == "metadata_too_large"
    slack.archive("alerts")
    assert code(say, channel="C2", text="x") == "is_archived"
    slack.kick("alerts", "tide")
    assert slack.messages("alerts") == []


def test_a_name_or_a_user_id_will_do_for_a_channel(slack: LocalSlack, client: WebClient) -> None:
    assert client.chat_postMessage(channel="#alerts", text="x")["channel"] == "C2"
    dm = client.chat_postMessage(channel="U1", text="psst")["channel"]
    assert dm == slack.dm("ada", "tide") == client.conversations_open(users="U1")["channel"]["id"]


def test_long_text_is_cut_when_posted_and_refused_when_updated(client: WebClient) -> None:
    posted = client.chat_postMessage(channel="C2", text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    assert code(client.chat_update, channel="C2", ts=posted["ts"], text="y" * 4_001) == "msg_too_long"


def test_an_update_keeps_what_it_leaves_out(slack: LocalSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C2", text="a", blocks=[{"type": "divider"}])["ts"]
    kept = client.chat_update(channel="C2", ts=ts, text="b")["message"]
    gone = client.chat_update(channel="C2", ts=ts, text="c", blocks=[])["message"]
    assert [block["type"] for block in kept["blocks"]] == ["divider"]
    assert "blocks" not in gone
    assert code(client.chat_update, channel="C2", ts="1.2", text="x") == "message_not_found"
    theirs = slack.say("ada", "alerts", "mine")["ts"]
    assert code(client.chat_update, channel="C2", ts=theirs, text="x") == "cant_update_message"
    assert code(client.chat_delete, channel="C2", ts=theirs) == "cant_delete_message"


def test_ephemerals_go_to_members_only(slack: LocalSlack, client: WebClient) -> None:
    client.chat_postEphemeral(channel="C2", user="U2", text="psst")
    assert code(client.chat_postEphemeral, channel="C2", user="U4", text="psst") == "user_not_in_channel"
    assert [m["text"] for m in slack.messages("alerts", as_="ben")] == ["psst"]
    assert slack.messages("alerts", as_="ada") == []
    assert client.conversations_history(channel="C2")["messages"] == []


def test_history_is_paged_newest_first_and_leaves_replies_to_replies(
    slack: LocalSlack, client: WebClient
) -> None:
    slack.limits(enforce=False)
    stamps = [client.chat_postMessage(channel="C2", text=f"m{n}")["ts"] for n in range(5)]
    meta = {"event_type": "k", "event_payload": {"key": "7"}}
    reply = client.chat_postMessage(channel="C2", text="reply", thread_ts=stamps[1], metadata=meta)["ts"]
    first = client.conversations_history(channel="C2", limit=2)
    second = client.conversations_history(
        channel="C2", limit=3, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [m["text"] for m in first["messages"] + second["messages"]] == ["m4", "m3", "m2", "m1", "m0"]
    assert (first["has_more"], second["has_more"]) == (True, False)
    between = client.conversations_history(channel="C2", oldest=stamps[1], latest=stamps[3])["messages"]
    assert [m["text"] for m in between] == ["m2"]
    whole = {"oldest": stamps[1], "latest": stamps[3], "inclusive": True}
    assert len(client.conversations_history(channel="C2", **whole)["messages"]) == 3
    root = client.conversations_replies(channel="C2", ts=reply)["messages"]
    assert [m["text"] for m in root] == ["m1", "reply"]
    assert (root[0]["reply_count"], root[0]["latest_reply"]) == (1, reply)
    assert "metadata" not in root[1]
    told = client.conversations_replies(channel="C2", ts=stamps[1], include_all_metadata=True)["messages"]
    assert told[1]["metadata"] == meta
    assert code(client.conversations_history, channel="C1") == "not_in_channel"
    assert code(client.conversations_replies, channel="C2", ts="1.2") == "thread_not_found"
    assert code(client.conversations_history, channel="C2", cursor="nonsense") == "invalid_cursor"


def test_a_thread_outlives_its_root(slack: LocalSlack, client: WebClient) -> None:
    root = client.chat_postMessage(channel="C2", text="root")["ts"]
    reply = client.chat_postMessage(channel="C2", text="reply", thread_ts=root)["ts"]
    client.chat_delete(channel="C2", ts=root)
    [grave] = slack.messages("alerts")
    assert (grave["ts"], grave["subtype"]) == (root, "tombstone")
    client.chat_delete(channel="C2", ts=reply)
    assert slack.messages("alerts") == []


def test_people_are_described_as_slack_does(client: WebClient) -> None:
    ben, guest, other = (client.users_info(user=user)["user"] for user in ("U2", "U3", "U4"))
    assert (ben["tz"], ben["tz_offset"] in (3600, 7200), ben["is_restricted"]) == (
        "Europe/Copenhagen",
        True,
        False,
    )
    assert guest["is_restricted"]
    assert (other["is_stranger"], other["team_id"]) == (True, "T9")
    assert client.users_lookupByEmail(email="ADA@example.com")["user"]["id"] == "U1"
    assert code(client.users_lookupByEmail, email="nobody@example.com") == "users_not_found"
    assert code(client.users_info, user="U404") == "user_not_found"
    assert len(client.users_list(limit=2)["members"]) == 2
    assert client.usergroups_users_list(usergroup="S1")["users"] == ["U1"]
    assert code(client.usergroups_users_list, usergroup="S9") == "no_such_subteam"


def test_channels_are_listed_created_joined_and_left(slack: LocalSlack, client: WebClient) -> None:
    names = [c["name"] for c in client.conversations_list(types="public_channel,private_channel")["channels"]]
    assert names == ["general", "alerts"]
    created = client.conversations_create(name="port-7")["channel"]["id"]
    assert code(client.conversations_create, name="port-7") == "name_taken"
    assert code(client.conversations_create, name="Port 7") == "invalid_name_specials"
    client.conversations_invite(channel=created, users=["U1", "U2"])
    assert code(client.conversations_invite, channel=created, users="U1") == "already_in_channel"
    assert set(client.conversations_members(channel=created)["members"]) >= {"U1", "U2"}
    mine = [c["id"] for c in client.users_conversations()["channels"]]
    assert mine == ["C2", created]
    client.conversations_join(channel="C1")
    assert client.conversations_info(channel="C1")["channel"]["is_member"]
    client.conversations_archive(channel=created)
    assert client.conversations_info(channel=created)["channel"]["is_archived"]
    assert code(client.conversations_info, channel="C3") == "channel_not_found"
    assert code(client.conversations_leave, channel="C1") == "cant_leave_general"


def test_a_home_tab_published_with_a_stale_hash_is_refused(slack: LocalSlack, client: WebClient) -> None:
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    first = client.views_publish(user_id="U1", view=view)["view"]
    second = client.views_publish(user_id="U1", view=view, hash=first["hash"])["view"]
    assert code(client.views_publish, user_id="U1", view=view, hash=first["hash"]) == "hash_conflict"
    assert second["id"] == first["id"]
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "A"}, "blocks": []}
    assert code(client.views_publish, user_id="U1", view=modal) == "invalid_arguments"
    assert code(client.views_publish, user_id="U404", view=view) == "user_not_found"
    big = {"type": "home", "blocks": [], "private_metadata": "x" * 250_000}
    assert code(client.views_publish, user_id="U1", view=big) == "view_too_large"


def test_a_call_outside_the_manifests_scopes_is_refused(slack: LocalSlack) -> None:
    scoped = {**manifest(), "oauth_config": {"scopes": {"bot": ["chat:write", "chat:write.public"]}}}
    client = client_of(slack, slack.install(scoped))
    client.chat_postMessage(channel="C1", text="chat:write.public needs no membership")
    with pytest.raises(SlackApiError) as refused:
        client.users_info(user="U1")
    answer = refused.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert answer["provided"] == "chat:write,chat:write.public"


def test_reactions_and_permalinks(slack: LocalSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C2", text="x")["ts"]
    where = {"channel": "C2", "timestamp": ts}
    client.reactions_add(**where, name="eyes")
    assert code(client.reactions_add, **where, name="eyes") == "already_reacted"
    assert code(client.reactions_remove, **where, name="wave") == "no_reaction"
    assert code(client.reactions_add, channel="C2", timestamp="1.2", name="eyes") == "message_not_found"
    link = client.chat_getPermalink(channel="C2", message_ts=ts)["permalink"]
    assert link == f"{slack.url}/archives/C2/p{ts.replace('.', '')}"


def test_an_upload_must_be_announced_sent_and_completed(client: WebClient) -> None:
    asked = client.files_getUploadURLExternal(filename="a.txt", length=3)
    complete = client.files_completeUploadExternal
    assert code(complete, files=[{"id": asked["file_id"]}], channel_id="C2") == "file_not_found"
    assert urlopen(Request(asked["upload_url"], data=b"abc")).status == 200
    file = complete(files=[{"id": asked["file_id"], "title": "A"}], channel_id="C2")["files"][0]
    assert urlopen(file["url_private"]).read() == b"abc"
    assert code(complete, files=[{"id": asked["file_id"]}], channel_id="C2") == "file_not_found"


def test_an_assistant_tells_the_page(slack: LocalSlack, client: WebClient, installed: Installed) -> None:
    dm = slack.dm("ada", installed.bot_user_id)
    ts = slack.say("ada", dm, "hello")["ts"]
    client.assistant_threads_setStatus(channel_id=dm, thread_ts=ts, status="is thinking")
    client.assistant_threads_setTitle(channel_id=dm, thread_ts=ts, title="Tides")
    prompts = [{"title": "Today", "message": "What is today's tide?"}]
    client.assistant_threads_setSuggestedPrompts(channel_id=dm, thread_ts=ts, prompts=prompts)
    kept = slack.slack.state.channels[dm].assistant[ts]
    assert (kept["status"], kept["title"], kept["prompts"]) == ("is thinking", "Tides", prompts)
    with pytest.raises(SlackApiError):
        client.assistant_threads_setSuggestedPrompts(channel_id=dm, thread_ts=ts, prompts=prompts * 5)


def test_a_message_can_be_scheduled_and_taken_back(slack: LocalSlack, client: WebClient) -> None:
    now = slack.slack.clock()
    assert code(client.chat_scheduleMessage, channel="C2", post_at=int(now) - 5, text="x") == "time_in_past"
    far = int(now) + 121 * 86400
    assert code(client.chat_scheduleMessage, channel="C2", post_at=far, text="x") == "time_too_far"
    later = client.chat_scheduleMessage(channel="C2", post_at=int(now) + 3600, text="later")
    assert len(client.chat_scheduledMessages_list()["scheduled_messages"]) == 1
    client.chat_deleteScheduledMessage(channel="C2", scheduled_message_id=later["scheduled_message_id"])
    assert client.chat_scheduledMessages_list()["scheduled_messages"] == []


def test_what_slack_answers_to_everybody(slack: LocalSlack, client: WebClient, installed: Installed) -> None:
    assert client.api_test(foo="bar")["args"]["foo"] == "bar"
    assert client.team_info()["team"]["name"] == "Harbour"
    assert client.bots_info(bot=installed.bot_id)["bot"]["user_id"] == installed.bot_user_id
    entries = slack.journal("api.test")
    assert [(e["ok"], e["error"], e["status"]) for e in entries] == [(True, None, 200)]
    assert installed.bot_token not in json.dumps(slack.journal())
