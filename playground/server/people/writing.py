"""Typing into the message box: plain messages and slash commands."""

import html
import re

from playground.server import posting, rooms
from playground.server.deliver.tickets import ResponseUrl
from playground.server.errors import Refused, SlackError
from playground.server.kinds import Json
from playground.server.people.builtin import run_builtin
from playground.server.people.payloads import channel_name, failure, get_person, response_url
from playground.server.people.respond import answer_of, respond
from playground.server.slack import Slack
from playground.server.state import App, Channel, Message, User

# A mention somebody picked from the page's list is sent as Slack writes it; what is typed is matched by name.
TOKEN = re.compile(r"<(?:[@#][A-Z0-9]+(?:\|[^<>]*)?|![a-z]+|https?://[^<>]+)>")
NAMED = re.compile(r"(?<![\w<])([@#])([a-z0-9][a-z0-9._-]*)")


async def send(
    slack: Slack, user: str, channel_id: str, text: str, thread_ts: str = "", *, is_escaped: bool = False
) -> Message | None:
    """Posts what a person typed, or runs it when it is a slash command; returns the message, if one.

    `is_escaped` text is stored as given: its writer has already told typed brackets from chosen mentions.
    Raises Refused with the sentence Slack would show.
    """
    person = get_person(slack, user)
    channel = _get_channel(slack, person, channel_id)
    if text.startswith("/") and len(text) > 1 and not text[1].isspace():
        await run_command(slack, person, channel, text, thread_ts)
        return None
    if not text.strip():
        raise Refused("There is nothing to send yet: type a message first.")
    if person.id not in channel.members:
        raise Refused(f"Join #{channel.name} before you write in it.")
    try:
        written = text if is_escaped else as_slack_writes(slack, text)
        content = posting.Content(text=written, client_msg_id=slack.ids.next_block_id())
        message = posting.post(slack, channel, person.id, content, thread_ts=thread_ts)
    except SlackError as error:
        raise Refused(f"This thread is gone ({error.code}). Reload the page.") from error
    _hint_at_absent_bots(slack, person, channel, message)
    return message


async def run_command(slack: Slack, person: User, channel: Channel, text: str, thread_ts: str) -> None:
    """Delivers a slash command and shows what the app acknowledged it with; raises Refused as Slack does."""
    command, rest = [*text.split(None, 1), ""][:2]
    if thread_ts:
        raise Refused(f"{command} is not supported in threads. Sorry!")
    found = find_command(slack, command)
    if found is None:
        if run_builtin(slack, person, channel, command, as_slack_writes(slack, rest)):
            return
        raise Refused(
            f'{command} is not a valid command. In Slack, all messages that start with the "/" character are '
            'interpreted as commands. To send it as a message, put a space before the "/".'
        )
    app, declared = found
    rest = _escaped(slack, rest) if declared.get("should_escape") else rest.strip()
    payload = _command_payload(slack, app, person, channel) | {"command": command, "text": rest}
    answer = await slack.dispatch.deliver(app, "slash_commands", payload)
    if not answer.acked:
        raise failure(command, answer.error)
    if (said := answer_of(answer.payload)) is not None:
        _show_answer(slack, app, person, channel, command, said)


def find_command(slack: Slack, command: str) -> tuple[App, Json] | None:
    """Returns the app that answers a command and its declaration; the app installed last wins."""
    for app in reversed(slack.state.apps.values()):
        for declared in app.commands:
            if declared.get("command") == command:
                return app, declared
    return None


def as_slack_writes(slack: Slack, text: str) -> str:
    """Returns typed text as Slack stores it: &, < and > escaped, @name and #name as ids."""
    parts, end = [], 0
    for token in TOKEN.finditer(text):
        parts += [_plain(slack, text[end : token.start()]), token.group()]
        end = token.end()
    return "".join([*parts, _plain(slack, text[end:])])


def _plain(slack: Slack, text: str) -> str:
    return NAMED.sub(lambda found: _mention(slack, found), html.escape(text, quote=False))


def _mention(slack: Slack, found: re.Match[str]) -> str:
    sign, name = found.groups()
    if sign == "@":
        if name in ("here", "channel", "everyone"):
            return f"<!{name}>"
        user = next((u for u in slack.state.users.values() if name in (u.name, u.display_name)), None)
        return f"<@{user.id}>" if user else found.group()
    channel = next((c for c in slack.state.channels.values() if c.name == name), None)
    return f"<#{channel.id}|{channel.name}>" if channel else found.group()


def _command_payload(slack: Slack, app: App, person: User, channel: Channel) -> Json:
    return {
        "token": app.verification_token,
        "team_id": slack.state.team["id"],
        "team_domain": slack.state.team["domain"],
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "api_app_id": app.id,
        "is_enterprise_install": "false",
        "response_url": response_url(slack, app, person, channel),
        "trigger_id": slack.tickets.new_trigger(app.id, person.id),
    }


def _escaped(slack: Slack, text: str) -> str:
    # In commands Slack adds the name to a person's mention: <@U1|ada>.
    written = as_slack_writes(slack, text.strip())
    return re.sub(
        r"<@([A-Z0-9]+)>", lambda found: f"<@{found[1]}|{slack.state.users[found[1]].name}>", written
    )


def _hint_at_absent_bots(slack: Slack, person: User, channel: Channel, message: Message) -> None:
    for app in slack.state.apps.values():
        if f"<@{app.bot_user_id}>" in message.text and app.bot_user_id not in channel.members:
            bot = slack.state.users[app.bot_user_id].name
            text = f"@{bot} is not in this channel and does not hear you. To bring it in: /invite @{bot}"
            slack.live.send({"type": "toast", "text": text}, [person.id])


def _get_channel(slack: Slack, person: User, channel_id: str) -> Channel:
    channel = rooms.find_channel(slack, channel_id)
    if channel is None or not rooms.can_see(slack, channel, person.id):
        raise Refused("You are not in this conversation. Pick one from the list on the left.")
    if channel.is_archived:
        raise Refused(f"#{channel.name} is archived: nobody can write in it.")
    return channel


def _show_answer(slack: Slack, app: App, person: User, channel: Channel, command: str, said: Json) -> None:
    right = ResponseUrl(app=app.id, user=person.id, channel=channel.id, at=slack.steady())
    try:
        respond(slack, right, said)
    except SlackError as error:
        raise failure(command, error.code) from error
