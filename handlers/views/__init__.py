"""Forms that people submit."""

from slack_bolt import App

from blocks.ids import Callback
from handlers.errors import Guard, Listener
from handlers.views.alerts import handle_assign, handle_dismiss, handle_snooze_until
from handlers.views.preferences import handle_preferences

SUBMISSIONS: dict[Callback, Listener] = {
    Callback.ALERT_ASSIGN: handle_assign,
    Callback.ALERT_DISMISS: handle_dismiss,
    Callback.ALERT_SNOOZE: handle_snooze_until,
    Callback.PREFERENCES: handle_preferences,
}


def register(app: App, guard: Guard) -> None:
    """Register a listener for every form there is."""
    for callback, listener in SUBMISSIONS.items():
        app.view(callback.value)(guard(listener))
