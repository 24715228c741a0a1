"""Events that Slack sends by itself."""

from slack_bolt import App

from handlers.errors import Guard
from handlers.events.app_home import handle_app_home_opened


def register(app: App, guard: Guard) -> None:
    """Register a listener for every event of use."""
    app.event("app_home_opened")(guard(handle_app_home_opened))
