"""users.* and usergroups.*."""

from playground.server.api.method import Call, method
from playground.server.api.paging import page_of
from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.rooms import get_user
from playground.server.shapes import profile_json, user_json
from playground.server.slack import Slack
from playground.server.state import User


@method("users.info", tier=4, scopes=("users:read",))
def users_info(slack: Slack, call: Call) -> Json:
    """Returns one user."""
    return {"user": _shape(slack, call, get_user(slack, call.text("user")))}


@method("users.list", tier=2, scopes=("users:read",))
def users_list(slack: Slack, call: Call) -> Json:
    """Returns everybody in the workspace, bots and deactivated people too."""
    page, cursor = page_of(call, list(slack.state.users.values()))
    return {
        "members": [_shape(slack, call, user) for user in page],
        "cache_ts": int(slack.clock()),
        "response_metadata": {"next_cursor": cursor},
    }


@method("users.lookupByEmail", tier=3, scopes=("users:read.email",))
def users_lookup_by_email(slack: Slack, call: Call) -> Json:
    """Returns the active user with this e-mail address; raises users_not_found."""
    wanted = call.text("email").strip().lower()
    users = (u for u in slack.state.users.values() if u.email and not (u.deleted or u.is_bot))
    user = next((u for u in users if u.email.lower() == wanted), None)
    if user is None:
        raise SlackError("users_not_found")
    return {"user": _shape(slack, call, user)}


@method("users.profile.get", tier=4, scopes=("users.profile:read",))
def users_profile_get(slack: Slack, call: Call) -> Json:
    """Returns a user's profile, the bot's own by default."""
    user = get_user(slack, call.text("user") or call.caller.bot_user_id)
    return {"profile": profile_json(user, email=_sees_email(call))}


@method("users.getPresence", tier=3, scopes=("users:read",))
def users_get_presence(slack: Slack, call: Call) -> Json:
    """Returns active for whoever has the page open."""
    user = get_user(slack, call.text("user") or call.caller.bot_user_id)
    here = user.is_bot or any(page.user == user.id for page in slack.live.pages)
    return {"presence": "active" if here else "away"}


@method("usergroups.list", tier=2, scopes=("usergroups:read",))
def usergroups_list(slack: Slack, call: Call) -> Json:
    """Returns the user groups of the workspace file."""
    groups = []
    for group in slack.state.usergroups.values():
        shape = {
            "team_id": slack.state.team["id"],
            "is_usergroup": True,
            "name": group.get("handle", ""),
            **group,
        }
        shape["user_count"] = len(shape.get("users", []))
        if not call.flag("include_users"):
            shape.pop("users", None)
        groups.append(shape)
    return {"usergroups": groups}


@method("usergroups.users.list", tier=2, scopes=("usergroups:read",))
def usergroups_users_list(slack: Slack, call: Call) -> Json:
    """Returns who is in a user group."""
    group = slack.state.usergroups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.get("users", []))}


def _shape(slack: Slack, call: Call, user: User) -> Json:
    return user_json(user, slack.clock(), email=_sees_email(call))


def _sees_email(call: Call) -> bool:
    return call.caller.scopes is None or "users:read.email" in call.caller.scopes
