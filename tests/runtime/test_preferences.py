"""What a person chose is kept, and what they did not choose is as shipped."""

from datetime import time

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.errors import UserError
from bot.models import Person
from bot.preferences import (
    DEFAULTS,
    EVENTS,
    TITLES,
    WAYS,
    Quiet,
    load_preferences,
    set_preference,
    set_quiet_hours,
)


@pytest.fixture(autouse=True)
def maria(session: Session) -> None:
    session.execute(insert(Person).values(id=1, email="m@corp.example", name="Maria", role="csm"))


def test_every_event_can_be_chosen_and_has_a_name() -> None:
    assert set(EVENTS) == {event for event, _ in DEFAULTS} == set(TITLES)
    assert {way for _, way in DEFAULTS} == set(WAYS)


def test_the_last_wish_counts_and_the_others_stay(session: Session) -> None:
    assert load_preferences(session, 1).choices == DEFAULTS
    for frequency in ("never", "digest"):
        set_preference(session, person_id=1, event="alert", way="email", frequency=frequency)
    found = load_preferences(session, 1)
    assert found.find_frequency("alert", "email") == "digest"
    assert {**found.choices, ("alert", "email"): "at_once"} == DEFAULTS
    assert found.chosen == {("alert", "email")}


def test_only_what_the_person_refused_themselves_is_refused(session: Session) -> None:
    assert not load_preferences(session, 1).refuses("reminder", "email"), "shipped as never, not chosen"
    set_preference(session, person_id=1, event="reminder", way="email", frequency="never")
    assert load_preferences(session, 1).refuses("reminder", "email")


@pytest.mark.parametrize(
    "wish", [("alarm", "slack", "never"), ("alert", "pigeon", "never"), ("alert", "slack", "often")]
)
def test_a_wish_that_does_not_exist_is_refused(session: Session, wish: tuple[str, str, str]) -> None:
    event, way, frequency = wish
    with pytest.raises(UserError, match="There is no such wish"):
        set_preference(session, person_id=1, event=event, way=way, frequency=frequency)  # type: ignore[arg-type]


def test_quiet_hours_are_kept_moved_and_ended(session: Session) -> None:
    for end in (time(7), time(8)):
        set_quiet_hours(session, person_id=1, starts_at=time(22), ends_at=end)
    assert load_preferences(session, 1).quiet == Quiet(time(22), time(8))
    with pytest.raises(UserError, match="choose another end"):
        set_quiet_hours(session, person_id=1, starts_at=time(8), ends_at=time(8))
    set_quiet_hours(session, person_id=1, starts_at=None, ends_at=None)
    assert load_preferences(session, 1).quiet is None


@pytest.mark.parametrize(
    ("quiet", "inside", "outside"),
    [
        (Quiet(time(22), time(7)), [time(22), time(23, 59), time(0), time(6, 59)], [time(7), time(21, 59)]),
        (Quiet(time(12), time(13)), [time(12), time(12, 59)], [time(11, 59), time(13), time(0)]),
    ],
)
def test_quiet_hours_may_pass_midnight(quiet: Quiet, inside: list[time], outside: list[time]) -> None:
    assert all(quiet.holds(at) for at in inside)
    assert not any(quiet.holds(at) for at in outside)
