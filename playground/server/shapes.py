"""State as Slack's JSON objects: messages, users, conversations, views and files."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from playground.server.kinds import Json
from playground.server.state import App, Channel, File, Message, State, User, View


def message_json(state: State, message: Message, *, metadata: bool = True) -> Json:
    """Returns a message as conversations.history gives it; its metadata only when asked for."""
    shape: Json = {"type": "message", "ts": message.ts, "user": message.user, "text": message.text}
    optional: Json = {
        "team": state.team["id"],
        "subtype": message.subtype or ("thread_broadcast" if message.reply_broadcast else ""),
        "bot_id": message.bot_id,
        "app_id": message.app_id,
        "username": message.username,
        "icons": message.icons,
        "client_msg_id": message.client_msg_id,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "thread_ts": message.thread_ts,
        "edited": message.edited,
        "metadata": message.metadata if metadata else None,
    }
    shape |= {name: value for name, value in optional.items() if value}
    if message.bot_id and (app := state.apps.get(message.app_id)):
        shape["bot_profile"] = bot_json(app, state.team["id"])
    if message.files:
        shape["files"] = [file_json(state.files[f]) for f in message.files if f in state.files]
    if message.reactions:
        shape["reactions"] = [
            {"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()
        ]
    if message.stream:
        shape["streaming_state"] = message.stream["state"]
    return shape | _thread_json(state, message)


def _thread_json(state: State, message: Message) -> Json:
    channel = state.channels.get(message.channel)
    if channel is None or not message.thread_ts or message.ephemeral_to:
        return {}
    if message.thread_ts != message.ts:
        root = channel.messages.get(message.thread_ts)
        return {"parent_user_id": root.user} if root else {}
    replies = channel.replies(message.ts)
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "reply_count": len(replies),
        "reply_users": users,
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts if replies else None,
        "is_locked": False,
        "subscribed": False,
    }


def page_message(state: State, message: Message) -> Json:
    """Returns a message for the page: Slack's object with its channel, icon and whether only they see it."""
    shape = message_json(state, message) | {"channel": message.channel}
    if message.ephemeral_to:
        shape["ephemeral"] = True
    if message.icons:
        shape["icon"] = message.icons.get("emoji") or message.icons.get("image_48")
    if message.stream:
        shape["streaming"] = message.stream["state"] == "in_progress"
    return shape


def bot_json(app: App, team_id: str) -> Json:
    """Returns the bot as bots.info and a message's bot_profile give it."""
    return {
        "id": app.bot_id,
        "app_id": app.id,
        "user_id": app.bot_user_id,
        "name": app.name,
        "deleted": False,
        "updated": 0,
        "team_id": team_id,
        "icons": {},
    }


def tz_offset(zone: str, now: float) -> int:
    """Returns seconds east of UTC at `now`; 0 for a zone nobody knows."""
    try:
        offset = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return 0
    return int(offset.total_seconds()) if offset else 0


def user_json(user: User, now: float, *, email: bool = True) -> Json:
    """Returns a user as users.info gives it; the e-mail only to apps with users:read.email."""
    return {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "color": user.color,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": tz_offset(user.tz, now),
        "profile": profile_json(user, email=email),
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted or user.is_ultra_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_stranger": user.is_stranger,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": user.updated,
        "has_2fa": False,
    }


def profile_json(user: User, *, email: bool = True) -> Json:
    """Returns the profile part of a user."""
    profile: Json = {
        "title": user.title,
        "phone": "",
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.display_name or user.name,
        "display_name_normalized": user.display_name or user.name,
        "status_text": "",
        "status_emoji": "",
        "team": user.team_id,
        "first_name": user.real_name.split(" ")[0],
        "last_name": " ".join(user.real_name.split(" ")[1:]),
    }
    if email and user.email:
        profile["email"] = user.email
    if user.bot_id:
        profile |= {"bot_id": user.bot_id, "api_app_id": user.app_id, "always_active": True}
    return profile


def channel_json(state: State, channel: Channel, viewer: str) -> Json:
    """Returns a conversation as conversations.info gives it to `viewer`."""
    shape: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_org_shared": False,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "context_team_id": state.team["id"],
        "updated": channel.created * 1000,
    }
    if channel.is_im:
        other = next((member for member in channel.members if member != viewer), viewer)
        return shape | {"user": other, "is_user_deleted": False, "is_open": True, "priority": 0}
    return shape | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private and not channel.is_mpim,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private,
        "is_general": channel.is_general,
        "is_member": viewer in channel.members,
        "creator": channel.creator,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
    }


def file_json(file: File) -> Json:
    """Returns a file as files.info gives it; its URLs point at the page's file route."""
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": file.name.rsplit(".", 1)[-1] if "." in file.name else "text",
        "pretty_type": "File",
        "user": file.user,
        "size": file.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": True,
        "alt_txt": file.alt_txt,
        "url_private": f"/_page/file/{file.id}",
        "url_private_download": f"/_page/file/{file.id}",
        "permalink": f"/_page/file/{file.id}",
        "channels": file.channels,
    }


def view_json(state: State, view: View) -> Json:
    """Returns a view as views.open answers it and payloads carry it."""
    app = state.apps.get(view.app_id)
    shape: Json = {
        "id": view.id,
        "team_id": state.team["id"],
        "app_id": view.app_id,
        "app_installed_team_id": state.team["id"],
        "bot_id": app.bot_id if app else "",
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "submit": None,
        "close": None,
        "title": {"type": "plain_text", "text": "View Title", "emoji": True},
    }
    return (
        shape
        | view.body
        | {
            "state": {"values": view.values},
            "hash": view.hash,
            "root_view_id": view.root_view_id or view.id,
            "previous_view_id": view.previous_view_id or None,
        }
    )
