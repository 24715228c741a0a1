"""Everything the local Slack remembers: people, channels, messages, views, files and apps."""

from dataclasses import dataclass, field

from playground.server.kinds import Json
from playground.server.manifest import listing, section, words


@dataclass(slots=True)
class User:
    """A person or a bot. `team_id` differs from the workspace's own for people of another workspace."""

    id: str
    name: str
    real_name: str = ""
    display_name: str = ""
    title: str = ""
    email: str = ""
    tz: str = "UTC"
    color: str = "4a154b"
    team_id: str = ""
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    deleted: bool = False
    bot_id: str = ""
    app_id: str = ""
    updated: int = 0


@dataclass(slots=True)
class Message:
    """A message of a channel, or an ephemeral one when `ephemeral_to` names its only reader."""

    ts: str
    channel: str
    user: str
    text: str = ""
    app_id: str = ""
    bot_id: str = ""
    username: str = ""
    icons: Json = field(default_factory=dict)
    subtype: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    reply_broadcast: bool = False
    metadata: Json | None = None
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited: Json | None = None
    client_msg_id: str = ""
    ephemeral_to: str = ""
    stream: Json | None = None


@dataclass(slots=True)
class Channel:
    """A channel or a direct message; `messages` and `ephemerals` are keyed by ts, oldest first."""

    id: str
    name: str = ""
    is_im: bool = False
    is_mpim: bool = False
    is_private: bool = False
    is_archived: bool = False
    is_general: bool = False
    is_ext_shared: bool = False
    topic: str = ""
    purpose: str = ""
    creator: str = ""
    created: int = 0
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    ephemerals: dict[str, Message] = field(default_factory=dict)
    last_read: dict[str, str] = field(default_factory=dict)
    # What an assistant told the page: status line, title and suggested prompts, by thread ts.
    assistant: dict[str, Json] = field(default_factory=dict)

    def replies(self, thread_ts: str) -> list[Message]:
        """Returns the replies of a thread, oldest first, without its root."""
        return [m for m in self.messages.values() if m.thread_ts == thread_ts and m.ts != thread_ts]


@dataclass(slots=True)
class View:
    """A modal or one person's Home tab. `body` is what the app sent, with ids filled in."""

    id: str
    app_id: str
    user: str
    type: str
    body: Json
    hash: str
    root_view_id: str = ""
    previous_view_id: str = ""
    values: Json = field(default_factory=dict)


@dataclass(slots=True)
class File:
    """An upload; `data` is base64, empty until the bytes have come."""

    id: str
    name: str
    title: str = ""
    user: str = ""
    app_id: str = ""
    mimetype: str = "application/octet-stream"
    length: int = 0
    data: str = ""
    created: int = 0
    alt_txt: str = ""
    shared: bool = False
    channels: list[str] = field(default_factory=list)


@dataclass(slots=True)
class App:
    """An installed app with its credentials. `request_url` wins over the manifest's own URLs."""

    id: str
    name: str
    manifest: Json
    mode: str
    request_url: str
    bot_id: str
    bot_user_id: str
    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str

    @property
    def scopes(self) -> list[str] | None:
        """Returns the bot scopes the manifest asks for; None when it names none, which is taken as all."""
        return words(self.manifest, "oauth_config", "scopes", "bot")

    @property
    def bot_events(self) -> list[str]:
        """Returns the events the app subscribed to."""
        return words(self.manifest, "settings", "event_subscriptions", "bot_events") or []

    @property
    def commands(self) -> list[Json]:
        """Returns the slash commands of the manifest, as written there."""
        return listing(self.manifest, "features", "slash_commands")

    @property
    def shortcuts(self) -> list[Json]:
        """Returns the shortcuts of the manifest, as written there."""
        return listing(self.manifest, "features", "shortcuts")

    @property
    def has_home(self) -> bool:
        """Returns whether the app has a Home tab."""
        return bool(section(self.manifest, "features", "app_home").get("home_tab_enabled", False))


@dataclass(slots=True)
class State:
    """One workspace. Plain data: it is saved and read back whole."""

    team: Json
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    # The published Home tabs, keyed "app user".
    homes: dict[str, View] = field(default_factory=dict)
    usergroups: dict[str, Json] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    last_ts: int = 0
