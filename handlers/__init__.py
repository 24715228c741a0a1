"""Slack in: every command, click, modal, event and shortcut, registered on a Bolt app."""

from slack_bolt import App

from handlers import actions, commands, events, views
from handlers.errors import Guard


def register(app: App) -> None:
    """Register every listener. What they need besides Slack's payload comes from the Bolt context:
    ``sessions``, ``now``, ``team``, ``models``, ``names`` and ``rules``."""
    guard = Guard(app.listener_runner.listener_executor)
    commands.register(app, guard)
    actions.register(app, guard)
    events.register(app, guard)
    views.register(app, guard)
