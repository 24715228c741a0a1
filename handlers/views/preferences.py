"""What somebody wants to hear of, submitted."""

from blocks.ids import Field
from blocks.preferences import name_field
from bot.errors import NotAllowed
from bot.preferences import (
    DEFAULTS,
    FREQUENCIES,
    Frequency,
    load_preferences,
    set_preference,
    set_quiet_hours,
)
from handlers.desk import Desk
from handlers.doing import Send
from handlers.entries import View, WrongEntry, find_choice, find_time
from handlers.surfaces import load_home_again

#: What a menu holds is sent by a browser: only these are taken.
_KNOWN: dict[str | None, Frequency] = {frequency: frequency for frequency in FREQUENCIES}


def handle_preferences(view: View, publish: Send, desk: Desk) -> None:
    """Keep what was chosen, and draw the Home again, which shows it."""
    starts_at, ends_at = find_time(view, Field.QUIET_FROM), find_time(view, Field.QUIET_UNTIL)
    if (starts_at is None) != (ends_at is None):
        missing = Field.QUIET_UNTIL if ends_at is None else Field.QUIET_FROM
        raise WrongEntry(missing, "Quiet hours need both ends. Choose this one, or clear the other.")
    if starts_at is not None and starts_at == ends_at:
        raise WrongEntry(Field.QUIET_UNTIL, "They would last no time. Choose another end.")
    with desk.transaction() as (session, asking):
        person_id = asking.reader.person_id
        if person_id is None:
            raise NotAllowed("Only people of the team have notifications. Ask your admin to add you.")
        before = load_preferences(session, person_id)
        for event, way in DEFAULTS:
            frequency = _KNOWN.get(find_choice(view, name_field(event, way)))
            # What was left as it was shipped is no choice.
            if frequency is not None and frequency != before.find_frequency(event, way):
                set_preference(session, person_id=person_id, event=event, way=way, frequency=frequency)
        set_quiet_hours(session, person_id=person_id, starts_at=starts_at, ends_at=ends_at)
        home = load_home_again(session, asking)
    home.draw(publish)
