"""The forms of an alert, submitted. What cannot be is said at the entry, and the form stays open."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from blocks.alert_states import DISMISS_REASONS
from blocks.ids import Field
from blocks.values import read_id, read_origin
from bot.accounts.asking import Asking
from bot.alerts import assign_alert, dismiss_alert, snooze_alert
from bot.alerts.acts import LONGEST_SNOOZE
from bot.alerts.forms import find_person_id
from bot.alerts.snoozing import compute_morning, compute_snooze_end
from handlers.desk import Desk, Session
from handlers.doing import Send, by
from handlers.entries import (
    View,
    WrongEntry,
    find_date,
    find_person,
    find_words,
    get_choice,
)
from handlers.surfaces import Surface, load_home_again

_Deed = Callable[[Session, Asking, int], Any]


def handle_snooze_until(view: View, publish: Send, desk: Desk) -> None:
    """Silence an alert until the morning of a day, or for a usual time with a reason."""

    def snooze(session: Session, asking: Asking, alert_id: int) -> None:
        until = _read_snooze_end(view, asking)
        snooze_alert(session, **by(asking, alert_id), until=until, reason=find_words(view, Field.WORDS))

    _submit(view, publish, desk, snooze)


def handle_assign(view: View, publish: Send, desk: Desk) -> None:
    """Give an alert to somebody of the team."""

    def assign(session: Session, asking: Asking, alert_id: int) -> None:
        person_id = _read_person(session, view)
        assign_alert(session, **by(asking, alert_id), to_person_id=person_id)

    _submit(view, publish, desk, assign)


def handle_dismiss(view: View, publish: Send, desk: Desk) -> None:
    """End an alert as not worth acting on."""
    reason, words = get_choice(view, Field.REASON), find_words(view, Field.WORDS)
    if reason not in DISMISS_REASONS:
        raise WrongEntry(Field.REASON, "Choose one of these.")
    if reason == "other" and words is None:
        raise WrongEntry(Field.WORDS, "Say in a few words why, since none of the reasons fits.")

    def dismiss(session: Session, asking: Asking, alert_id: int) -> None:
        dismiss_alert(session, **by(asking, alert_id), reason=reason, words=words)

    _submit(view, publish, desk, dismiss)


def _submit(view: View, publish: Send, desk: Desk, deed: _Deed) -> None:
    """Do it; the form closes, and the Home it was opened in is drawn again."""
    alert_id, in_home = read_origin(view["private_metadata"])
    with desk.transaction() as (session, asking):
        deed(session, asking, alert_id)
        home = load_home_again(session, asking) if in_home else Surface(desk.slack_id)
    home.draw(publish)


def _read_snooze_end(view: View, asking: Asking) -> datetime | None:
    word = get_choice(view, Field.SNOOZE_FOR)
    if word != "date":
        return compute_snooze_end(word, asking.now)
    day = find_date(view, Field.UNTIL)
    if day is None:
        raise WrongEntry(Field.UNTIL, "Choose a day, or another time above.")
    until = compute_morning(day, asking.team.working_hours.starts, asking.reader.zone)
    if until <= asking.now:
        raise WrongEntry(Field.UNTIL, "That morning has passed. Choose a day that lies ahead.")
    if until - asking.now > LONGEST_SNOOZE:
        raise WrongEntry(Field.UNTIL, "At most 180 days ahead. Choose an earlier day, or dismiss the alert.")
    return until


def _read_person(session: Session, view: View) -> int:
    slack_id = find_person(view, Field.PERSON_BY_SLACK)
    if slack_id is None:
        return read_id(get_choice(view, Field.PERSON))
    person_id = find_person_id(session, slack_id)
    if person_id is None:
        raise WrongEntry(
            Field.PERSON_BY_SLACK, "This person is not of the team. An admin can add them to people.csv."
        )
    return person_id
