"""The step a rule takes each day: whatever happens, it fires once per entry, late enough, and is ready again
only after it cleared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.alerts.firing import Standing, take_first_step, take_step

#: What a day says of one account: nothing, inside the looser figure, inside the strict one.
CLEAR, HELD, MET = 0, 1, 2
DAYS = st.lists(st.lists(st.sampled_from([CLEAR, HELD, MET]), min_size=3, max_size=3), max_size=40)


def walk(
    days: list[list[int]], consecutive: int, repeats: list[int] | None = None
) -> list[NDArray[np.bool_]]:
    """The fires of each day, day numbers from 1 on; each day is looked at as often as ``repeats`` says."""
    standing, fired = Standing.fresh(3), []
    for number, states in enumerate(days, 1):
        state = np.array(states)
        found = np.zeros(3, np.bool_)
        for _ in range(repeats[number - 1] if repeats else 1):
            step = take_step(
                standing, met=state == MET, held=state >= HELD, day=number, consecutive=consecutive
            )
            standing, found = step.standing, found | step.fired
        fired.append(found)
    return fired


def expect(path: list[int], consecutive: int) -> list[bool]:
    """The same, told for one account in plain words."""
    firing, row, fires = False, 0, []
    for state in path:
        firing = firing and state >= HELD
        row = row + 1 if state == MET else 0
        fires.append(not firing and row >= consecutive)
        firing = firing or fires[-1]
    return fires


@given(DAYS, st.integers(1, 4))
def test_it_fires_once_per_entry_after_enough_days_and_again_only_once_cleared(
    days: list[list[int]], consecutive: int
) -> None:
    fired = walk(days, consecutive)
    for account in range(3):
        path = [states[account] for states in days]
        assert [bool(each[account]) for each in fired] == expect(path, consecutive)


@given(DAYS, st.integers(1, 4), st.data())
def test_a_day_looked_at_again_changes_nothing(
    days: list[list[int]], consecutive: int, data: st.DataObject
) -> None:
    repeats = data.draw(st.lists(st.integers(1, 3), min_size=len(days), max_size=len(days)))
    once, again = walk(days, consecutive), walk(days, consecutive, repeats)
    assert [each.tolist() for each in once] == [each.tolist() for each in again]


@given(DAYS, st.integers(1, 4))
def test_what_stands_is_kept_only_where_it_says_something(days: list[list[int]], consecutive: int) -> None:
    standing = Standing.fresh(3)
    for number, states in enumerate(days, 1):
        state = np.array(states)
        standing = take_step(
            standing, met=state == MET, held=state >= HELD, day=number, consecutive=consecutive
        ).standing
        assert (standing.streak <= consecutive).all()
        assert (standing.firing == (standing.streak == consecutive)).all()
        # Cleared or never met: no row is needed.
        assert not standing.firing[state == CLEAR].any()
        assert not standing.streak[state == CLEAR].any()


@given(st.integers(2, 4), st.integers(2, 5))
def test_a_day_not_looked_at_ends_the_row(consecutive: int, gap: int) -> None:
    met = np.array([True])
    standing = Standing.fresh(1)
    for number in range(1, consecutive):
        standing = take_step(standing, met=met, held=met, day=number, consecutive=consecutive).standing
    later = consecutive - 1 + gap
    step = take_step(standing, met=met, held=met, day=later, consecutive=consecutive)
    assert not step.fired[0]
    assert step.standing.streak[0] == 1


@pytest.mark.parametrize("consecutive", [1, 3])
def test_who_met_a_new_rule_the_day_before_is_no_news_and_who_meets_it_now_is(consecutive: int) -> None:
    standing = take_first_step(2, met=np.array([True, False]), day=1, consecutive=consecutive)
    met, fired = np.array([True, True]), np.zeros(2, np.bool_)
    for number in range(2, 2 + consecutive):
        step = take_step(standing, met=met, held=met, day=number, consecutive=consecutive)
        standing, fired = step.standing, fired | step.fired
    assert fired.tolist() == [False, True]


def test_a_quiet_entry_fires_only_after_it_cleared() -> None:
    one, none = np.array([True]), np.array([False])
    quiet = take_step(Standing.fresh(1), met=one, held=one, day=1, quiet=one)
    assert not quiet.fired[0]
    still = take_step(quiet.standing, met=one, held=one, day=2)
    assert not still.fired[0]
    cleared = take_step(still.standing, met=none, held=none, day=3)
    assert take_step(cleared.standing, met=one, held=one, day=4).fired[0]


def test_what_is_over_at_once_fires_each_time_it_happens() -> None:
    """Falling into a level today and into a worse one tomorrow is news twice."""
    standing, one, none = Standing.fresh(1), np.array([True]), np.array([False])
    for number in (1, 2):
        step = take_step(standing, met=one, held=none, day=number)
        assert step.fired[0]
        standing = step.standing


def test_a_day_before_the_last_that_counted_changes_nothing() -> None:
    one, none = np.array([True]), np.array([False])
    standing = take_step(Standing.fresh(1), met=one, held=one, day=5).standing
    step = take_step(standing, met=none, held=none, day=4)
    assert step.standing.firing[0]
    assert not take_step(step.standing, met=one, held=one, day=5).fired[0]
