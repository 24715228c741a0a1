"""What one person wants to hear of: the Home tab's section and its form."""

from datetime import time

from blocks.elements import Block, actions, button, context, header, section
from blocks.forms import build_form, choice, entry
from blocks.ids import Action, Callback, Field
from bot.preferences import DEFAULTS, EVENTS, Frequency, NoticeEvent, Preferences, Way

EVENT_TITLES: dict[NoticeEvent, str] = {
    "critical_alert": "Critical alerts",
    "alert": "Other alerts",
    "escalation": "Escalations",
    "reminder": "Reminders",
    "digest": "Daily digest of your own",
}
_WAY_TITLES: dict[Way, str] = {"slack": "by direct message", "email": "by e-mail"}
_FREQUENCY_TITLES: dict[Frequency, str] = {
    "at_once": "At once",
    "digest": "In the daily digest",
    "never": "Never",
}
#: What comes at its own time either comes or does not.
_ON_ITS_OWN_TIME = frozenset({"digest"})


def build_preferences_section(preferences: Preferences) -> list[Block]:
    """What is set now in a few words, and the button to change it."""
    quiet = preferences.quiet
    hours = (
        f"Nothing rings from {quiet.starts_at:%H:%M} to {quiet.ends_at:%H:%M} your time."
        if quiet
        else "No quiet hours are set."
    )
    lines = [line for event in EVENTS if (line := _describe(preferences, event))]
    heard = f"You hear at once of: {', '.join(lines)}." if lines else "Nothing reaches you directly."
    change = button(Action.HOME_PREFERENCES, "Change notifications", "preferences")
    return [header("Notifications"), section(f"{heard} {hours}"), actions(change)]


def build_preferences_form(preferences: Preferences) -> Block:
    """Event by event and way by way how often, and the quiet hours."""
    blocks: list[Block] = [
        context("Alerts also stand in the team's channels; this is about what reaches you directly.")
    ]
    for event, way in DEFAULTS:
        label = f"{EVENT_TITLES[event]}, {_WAY_TITLES[way]}"
        menu = choice(_offer(event), preferences.find_frequency(event, way))
        blocks.append(entry(name_field(event, way), label, menu))
    quiet = preferences.quiet
    hint = "In your own time zone. Without both ends there are no quiet hours."
    blocks.append(
        entry(Field.QUIET_FROM, "Quiet from", _clock(quiet.starts_at if quiet else None), optional=True)
    )
    end = _clock(quiet.ends_at if quiet else None)
    blocks.append(entry(Field.QUIET_UNTIL, "Quiet until", end, optional=True, hint=hint))
    return build_form(Callback.PREFERENCES, "Notifications", "Save", blocks, about="preferences")


def name_field(event: NoticeEvent, way: Way) -> str:
    """The entry of an event and a way."""
    return f"{event}.{way}"


def _offer(event: NoticeEvent) -> list[tuple[str, str]]:
    own_time = event in _ON_ITS_OWN_TIME
    titles = {**_FREQUENCY_TITLES, "at_once": "Yes"} if own_time else _FREQUENCY_TITLES
    return [(title, word) for word, title in titles.items() if not (own_time and word == "digest")]


def _describe(preferences: Preferences, event: NoticeEvent) -> str:
    ways = " and ".join(_WAY_TITLES[way].removeprefix("by ") for way in preferences.find_ways(event))
    return f"{EVENT_TITLES[event].lower()} ({ways})" if ways else ""


def _clock(at: time | None) -> Block:
    return {"type": "timepicker", **({"initial_time": f"{at:%H:%M}"} if at else {})}
