"""Events that Slack sends by itself."""

from slack_bolt import App

from handlers.errors import Guard


def register(app: App, guard: Guard) -> None:
    """Register a listener for every event of use."""
