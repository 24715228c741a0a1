"""What a Web API method is: a name, who may call it how often, and a function."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.slack import Slack
from playground.server.state import App

Run = Callable[[Slack, "Call"], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """`token` is bot, app or none; `scopes` is what any one of suffices."""

    name: str
    run: Run
    tier: int
    scopes: tuple[str, ...]
    token: str


METHODS: dict[str, Method] = {}


def method(name: str, *, tier: int, scopes: tuple[str, ...] = (), token: str = "bot") -> Callable[[Run], Run]:
    """Registers the function below as the method `name`."""

    def register(run: Run) -> Run:
        METHODS[name] = Method(name, run, tier, scopes, token)
        return run

    return register


@dataclass(slots=True)
class Call:
    """One call's arguments. Forms bring numbers and structures as text; these give them their type back."""

    app: App | None
    args: Json = field(default_factory=dict)

    @property
    def caller(self) -> App:
        """Returns the app that calls; raises not_authed for the few methods anybody may call."""
        if self.app is None:
            raise SlackError("not_authed")
        return self.app

    def text(self, name: str) -> str:
        """Returns a text argument, empty when left out."""
        value = self.args.get(name)
        if value is None:
            return ""
        if isinstance(value, (dict, list)):
            raise SlackError("invalid_arguments", **_told(f"{name} must be a string"))
        return str(value)

    def required(self, name: str) -> str:
        """Returns a text argument; raises invalid_arguments as Slack does when it is missing."""
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", **_told(f"missing required field: {name}"))
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Returns a boolean argument: JSON's own, or 1/0/true/false as text."""
        value = self.args.get(name)
        if value is None or value == "":
            return default
        return str(value).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        """Returns a whole number; raises invalid_arguments for anything else."""
        value = self.args.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments", **_told(f"{name} must be a number")) from None

    def structure(self, name: str, *, wrong: str = "invalid_arguments") -> Any:
        """Returns a JSON argument, parsed when it came as text; raises `wrong` when it is not JSON."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(wrong) from None

    def names(self, name: str) -> list[str]:
        """Returns a list given as JSON or as text with commas."""
        value = self.args.get(name)
        if isinstance(value, str) and value.startswith("["):
            value = self.structure(name)
        if isinstance(value, list):
            return [str(item) for item in value]
        return [part.strip() for part in str(value or "").split(",") if part.strip()]


def invalid_arguments(*messages: str) -> SlackError:
    """Returns invalid_arguments with Slack's response_metadata.messages."""
    return SlackError("invalid_arguments", **_told(*messages))


def _told(*messages: str) -> Json:
    return {"response_metadata": {"messages": [f"[ERROR] {message}" for message in messages]}}
