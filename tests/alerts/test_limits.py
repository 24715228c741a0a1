"""A stricter limit against the same found by trying every step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.limits import JudgedFire, Limit, compute_new_limit, fires

ABOVE = Limit("when.score_fell", 10.0, "above")
BELOW = Limit("when.score_below", 20.0, "below")


def judge(*pairs: tuple[float, bool]) -> list[JudgedFire]:
    return [JudgedFire(figure, useful) for figure, useful in pairs]


def test_the_limit_keeps_the_useful_and_drops_the_others() -> None:
    found = compute_new_limit(ABOVE, judge((11, False), (12, False), (13, False), (20, True), (30, True)))
    assert found is not None
    assert (found.value, found.useful_kept, found.not_useful_dropped) == (13, 2, 3)


def test_below_it_is_lowered() -> None:
    found = compute_new_limit(BELOW, judge((19, False), (18, False), (5, True), (7, True)))
    assert found is not None
    assert (found.value, found.useful_kept, found.not_useful_dropped) == (18, 2, 2)


def test_one_of_five_useful_ones_may_go() -> None:
    answers = judge((12, True), *[(20.0, True)] * 4, *[(15.0, False)] * 10)
    found = compute_new_limit(ABOVE, answers)
    assert found is not None
    assert (found.value, found.useful_kept, found.not_useful_dropped) == (15, 4, 10)
    assert compute_new_limit(ABOVE, [*answers, *judge((13, True))]) is None


def test_where_nothing_was_useful_no_figure_tells_good_from_bad() -> None:
    assert compute_new_limit(ABOVE, judge(*[(12.0, False)] * 30)) is None
    assert compute_new_limit(ABOVE, []) is None


def test_a_limit_that_includes_its_figure_goes_past_it() -> None:
    limit = Limit("when.at_least", 2.0, "above", unit="number", inclusive=True)
    found = compute_new_limit(limit, judge((2, False), (3, False), (9, True)))
    assert found is not None
    assert (found.value, found.not_useful_dropped) == (4, 2)


def test_parts_of_one_are_moved_by_their_own_step() -> None:
    limit = Limit("when.all.0.below", 0.7, "below", step=0.01, unit="change")
    found = compute_new_limit(limit, judge((0.693, False), (0.655, False), (0.3, True)))
    assert found is not None
    assert (found.value, found.not_useful_dropped) == (0.65, 2)


_ANSWERS = st.lists(
    st.tuples(st.integers(0, 400).map(lambda tenths: tenths / 10), st.booleans()), max_size=40
)


@given(_ANSWERS, st.sampled_from(["above", "below"]), st.booleans())
def test_no_step_would_serve_better(pairs: list[tuple[float, bool]], side: str, inclusive: bool) -> None:
    limit = Limit("when.x", 20.0, side, inclusive=inclusive)  # type: ignore[arg-type]
    answers = [each for each in judge(*pairs) if fires(limit, limit.value, each.figure)]
    found = compute_new_limit(limit, answers)

    def outcome(value: float) -> tuple[int, int]:
        left = [each for each in answers if fires(limit, value, each.figure)]
        dropped = sum(not each.useful for each in answers) - sum(not each.useful for each in left)
        return dropped, sum(each.useful for each in left)

    useful = sum(each.useful for each in answers)
    steps = range(21, 43) if side == "above" else range(-2, 20)
    possible = [outcome(value) for value in steps if outcome(value)[1] * 5 >= useful * 4]
    best = max((each for each in possible if each[0]), default=None) if useful else None
    if found is None:
        assert best is None
    else:
        assert (found.not_useful_dropped, found.useful_kept) == best == outcome(found.value)


@pytest.mark.parametrize("limit", [ABOVE, BELOW])
def test_a_rule_never_fires_more_often(limit: Limit) -> None:
    found = compute_new_limit(limit, judge((50, True), (40, False), (5, True), (1, False)))
    assert found is None or fires(limit, limit.value, found.value)
