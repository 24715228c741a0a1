"""What a new day changes for runs, what starts by itself, and how variants are dealt and compared."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session, sessionmaker

from bot.config import TeamConfig
from bot.errors import NotAllowed, NotFound, UserError
from bot.models import ALWAYS, Account, PlayRun, PlayVariant, SignalValue
from bot.plays.facts import is_recovered
from bot.plays.flags import clear_flag, set_flag
from bot.plays.following import find_due_accounts, start_due_plays, wake_changed_runs
from bot.plays.variants import VariantResult, choose_variant, compute_difference, load_results
from tests.plays.team import (
    CSM,
    DAY,
    OTHER,
    START,
    TEAM,
    add_account,
    add_team,
    build_library,
    live,
    run_of,
    start,
)
from tests.plays.worlds import email, read_play, task


@pytest.fixture
def team(session: Session) -> Session:
    add_team(session)
    for number in range(1, 5):
        add_account(session, number)
    return session


def test_a_moved_renewal_a_churn_and_an_exit_wake_their_runs_and_no_others(
    team: Session, tmp_path: Path
) -> None:
    library = build_library(
        tmp_path,
        read_play(**{"from": "renewal"}, steps=[task("look", day=-30)]),
        read_play(
            name="signed",
            steps=[task("look", day=40)],
            exits=[{"name": "renewed", "title": "It is signed", "when": {"renewed": True}}],
        ),
    )
    for number in (1, 2, 4):
        start(team, library, account_id=number)
    start(team, library, "signed", 3)
    live(team, library, START)
    now = START + DAY
    assert wake_changed_runs(team, now=now, team=TEAM) == 0

    team.get_one(Account, 1).renewal_on = date(2026, 10, 15)
    team.get_one(Account, 2).status = "churned"
    team.get_one(Account, 3).renewal_on = date(2027, 9, 15)
    team.flush()
    assert wake_changed_runs(team, now=now, team=TEAM) == 3
    live(team, library, now)
    assert run_of(team, "test", 1).next_at == START.replace(month=9, day=15, hour=9)
    assert run_of(team, "test", 2).outcome == "churned"
    assert run_of(team, "signed", 3).outcome == "renewed"
    assert run_of(team, "test", 4).next_at == START.replace(month=8, day=17, hour=9)


def test_a_mark_keeps_plays_from_starting_and_only_the_team_sets_it(team: Session, tmp_path: Path) -> None:
    library = build_library(
        tmp_path, read_play(only_for={"without_flags": ["low_touch"]}, steps=[task("look")])
    )
    click = {"account_id": 1, "now": START, "team": TEAM}
    with pytest.raises(UserError, match="did you mean low_touch"):
        set_flag(team, flag="lowtouch", slack_user_id=f"U{CSM}", **click)
    with pytest.raises(NotAllowed, match="You cannot act"):
        set_flag(team, flag="low_touch", slack_user_id=f"U{OTHER}", **click)
    set_flag(team, flag="low_touch", slack_user_id=f"U{CSM}", note="By contract.", **click)
    refused = start(team, library)
    assert (refused.outcome, refused.reason) == (
        "refused",
        "“Test” is not for accounts such as Account 1. It is marked low_touch.",
    )
    clear_flag(team, flag="low_touch", slack_user_id=f"U{CSM}", **click)
    with pytest.raises(NotFound, match="not marked"):
        clear_flag(team, flag="low_touch", slack_user_id=f"U{CSM}", **click)
    assert start(team, library).outcome == "started"


def test_plays_start_on_their_day_once_and_only_those_the_team_names(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    ahead = read_play(
        **{"from": "renewal"}, starts={"day": -90, "from": "renewal"}, steps=[task("look", day=-90)]
    )
    library = build_library(tmp_path, ahead)
    renewals = [date(2026, 8, 30), date(2026, 8, 24), date(2026, 8, 23), date(2026, 8, 31), None]
    with sessions.begin() as session:
        add_team(session)
        for number, renewal in enumerate(renewals, 1):
            add_account(session, number, renewal_on=renewal)
    assert start_due_plays(sessions, now=START, team=TEAM, library=library) == []

    named = TeamConfig(start_plays=("test",))
    for _ in range(2):
        start_due_plays(sessions, now=START, team=named, library=library)
    with sessions() as session:
        # Ninety days before, or within the week after that; not tomorrow, and not where there is no date.
        assert session.scalars(select(PlayRun.account_id).order_by(PlayRun.account_id)).all() == [1, 2]


def test_a_condition_starts_a_play_again_only_after_its_rest(team: Session, tmp_path: Path) -> None:
    play = read_play(
        starts={
            "when": {"signals": [{"signal": "custom(name=mood, days=30)", "below": 3}]},
            "not_again_for": 30,
        },
        steps=[email("ask", day=0)],
    )
    library = build_library(tmp_path, play)
    for number, mood in ((1, 2.0), (2, 5.0)):
        team.execute(
            insert(SignalValue).values(
                account_id=number, day=START.date() - DAY, name="mood", value=mood, recorded_on=ALWAYS
            )
        )
    assert find_due_accounts(team, play, now=START, team=TEAM) == [1]
    start(team, library)
    live(team, library, START)
    assert run_of(team).state == "completed"
    assert find_due_accounts(team, play, now=START + 20 * DAY, team=TEAM) == []


def test_variants_are_dealt_evenly_within_a_stratum_and_kept_for_good(team: Session, tmp_path: Path) -> None:
    steps = [email("a", day=0, variant="x"), email("b", day=0, variant="y"), task("c", day=1, due="1h")]
    play = read_play(variants=[{"name": "x"}, {"name": "y"}], goal="recovered", steps=steps)
    library = build_library(tmp_path, play)
    for number in range(11, 31):
        add_account(team, number, segment="enterprise" if number % 2 else "smb")
        start(team, library, account_id=number)
    dealt = Counter((row.stratum, row.variant) for row in team.scalars(select(PlayVariant)))
    assert set(dealt.values()) == {5}
    first = {row.account_id: row.variant for row in team.scalars(select(PlayVariant))}

    live(team, library, START + 90 * DAY)
    for number in range(11, 31):
        start(team, library, account_id=number, now=START + 91 * DAY)
        assert run_of(team, "test", number).variant == first[number]
    assert {row.account_id: row.variant for row in team.scalars(select(PlayVariant))} == first
    assert [(result.ended, result.reached) for result in load_results(team, play)] == [(10, 0), (10, 0)]


def test_a_round_deals_every_variant_before_it_repeats_one() -> None:
    dealt: list[str] = []
    for _ in range(30):
        dealt.append(choose_variant(["x", "y", "z"], dealt))
    assert all(set(dealt[at : at + 3]) == {"x", "y", "z"} for at in range(0, 30, 3))


def test_no_difference_is_told_of_too_few_and_an_interval_goes_with_the_rest() -> None:
    assert compute_difference(VariantResult("x", 19, 19), VariantResult("y", 400, 0)) is None
    found = compute_difference(VariantResult("x", 80, 48), VariantResult("y", 70, 56))
    assert found is not None
    assert (found.better, found.worse, found.is_certain) == ("y", "x", True)
    # Newcombe (1998), table II, method 10: 56/70 − 48/80 is 0.2000 (0.0524 to 0.3339).
    assert [round(value, 4) for value in (found.by, found.low, found.high)] == [0.2, 0.0524, 0.3339]
    alike = compute_difference(VariantResult("x", 40, 20), VariantResult("y", 40, 21))
    assert alike is not None
    assert not alike.is_certain


def test_a_play_for_an_account_that_is_healthy_yet_does_not_end_at_once() -> None:
    began = {"score": 66, "color": "green"}
    assert not is_recovered(began, 66, "green")
    assert is_recovered(began, 76, "green")
    assert is_recovered({"score": 38, "color": "red"}, 66, "green")
    assert is_recovered({"score": None, "color": None}, 66, "green")
    assert not is_recovered({"score": 38, "color": "red"}, 60, "yellow")
