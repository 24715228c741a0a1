"""Runs: what they write, that they repeat to the byte, and that nothing learnt later moves the past."""

import threading
from datetime import date
from random import Random

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from bot.config import TeamConfig
from scoring.computing import compute_day, compute_model_needs
from scoring.explaining import load_explanations
from scoring.facts import Facts
from scoring.model import ScoringModel, get_model
from scoring.packing import pack_inputs, pack_scores, unpack_inputs
from scoring.run import (
    compute_explanation,
    find_current_explanation,
    forget_scores,
    load_models_for,
    load_trend,
    score_day,
    score_history,
)

from .company import DAY, NOW, UTC_ZONE, Company, build_steady_company
from .random_company import ACCOUNTS, build_random_company

AS_OF = date(2026, 3, 10)


@pytest.fixture
def six_signal() -> ScoringModel:
    return get_model("six_signal", None)


def run(session: Session, model: ScoringModel, as_of: date = AS_OF, *, force: bool = False) -> int:
    """Score a day and return how many days it took."""
    report = score_day(session, models=[model], as_of=as_of, now=NOW, zone=UTC_ZONE, force=force)
    return report.runs[0].days_scored


def read_sheets(
    session: Session, first: date = date(1970, 1, 1)
) -> dict[tuple[str, int, date], tuple[bytes, bytes]]:
    query = """SELECT v.version, block, as_of, scores, inputs FROM score_sheet s
                 JOIN model_version v ON v.id = s.model_version_id WHERE as_of >= :first"""
    rows = session.execute(text(query), {"first": first})
    return {(row[0], row[1], row[2]): (bytes(row[3]), bytes(row[4])) for row in rows}


def edit(model: ScoringModel) -> ScoringModel:
    """The same model with another border of its top level."""
    definition = {**model.definition, "levels": [dict(level) for level in model.definition["levels"]]}
    definition["levels"][-1]["from"] = 71
    return ScoringModel.model_validate(definition)


def test_a_run_puts_every_live_account_on_the_lists(session: Session, six_signal: ScoringModel) -> None:
    company = build_steady_company(session, (1, 2, 5000), AS_OF, 40)
    company.add_account(7, status="churned", churned_on=AS_OF)
    company.add_account(8, started_on=AS_OF + DAY)
    company.add_account(9, started_on=AS_OF, churned_on=AS_OF + DAY, status="churned")
    company.add_account(10, recorded_on=AS_OF + DAY)
    run(session, six_signal)
    rows = session.execute(text("SELECT account_id, as_of, arr_cents FROM account_score ORDER BY 1")).all()
    assert [tuple(row) for row in rows] == [
        (1, AS_OF, 1_000_001),
        (2, AS_OF, 1_000_002),
        (9, AS_OF, 0),
        (5000, AS_OF, 1_005_000),
    ]
    totals = session.execute(text("SELECT sum(accounts), sum(arr_cents) FROM portfolio_total")).one()
    assert tuple(totals) == (4, 3_005_003)


def test_days_scored_before_there_were_accounts_are_scored_again(
    session: Session, six_signal: ScoringModel
) -> None:
    assert run(session, six_signal) == 31
    assert list(load_explanations(session, model=six_signal, as_of=AS_OF)) == []
    build_steady_company(session, (1, 2), AS_OF, 80)
    assert run(session, six_signal) == 31
    assert len(list(load_explanations(session, model=six_signal, as_of=AS_OF))) == 2


def test_lists_and_explanations_say_the_same(session: Session, six_signal: ScoringModel) -> None:
    build_steady_company(session, (1, 2), AS_OF, 80)
    run(session, six_signal)
    for view in load_explanations(session, model=six_signal, as_of=AS_OF):
        row = session.execute(
            text("SELECT * FROM account_score WHERE account_id = :id"), {"id": view.account_id}
        ).one()
        assert view.level is not None
        assert view.change_7 is not None
        assert view.change_30 is not None
        assert (row.score_micro, row.level, row.trend) == (view.score_micro, view.level.name, view.trend)
        assert (row.delta_7_micro, row.delta_30_micro) == (
            view.change_7.delta_micro,
            view.change_30.delta_micro,
        )
        assert (row.coverage_percent, row.arr_at_risk_cents) == (
            round(view.coverage * 100),
            view.arr_at_risk_cents,
        )


def test_a_second_run_leaves_all_as_it_was(session: Session, six_signal: ScoringModel) -> None:
    build_steady_company(session, (1,), AS_OF, 40)
    assert run(session, six_signal) == 31
    before = read_sheets(session)
    assert run(session, six_signal) == 0
    assert run(session, six_signal, force=True) == 1
    assert read_sheets(session) == before


def test_the_same_day_gives_the_same_bytes_in_whatever_order_days_are_scored(
    session: Session, six_signal: ScoringModel
) -> None:
    build_steady_company(session, (1, 2, 5000), AS_OF, 80)
    score_history(session, model=six_signal, first=AS_OF - 40 * DAY, last=AS_OF, now=NOW, zone=UTC_ZONE)
    at_once = read_sheets(session)
    forget_scores(session, since=date(1970, 1, 1))
    assert read_sheets(session) == {}
    for days in (20, 40, 3, 0, 1):
        run(session, six_signal, AS_OF - days * DAY)
    one_by_one = read_sheets(session, AS_OF - 40 * DAY)
    assert one_by_one == at_once


@pytest.mark.parametrize("name", ["six_signal", "four_dimension", "five_dimension", "eighteen_component"])
def test_one_account_alone_gives_the_bytes_it_gives_among_all(session: Session, name: str) -> None:
    model = get_model(name, None)
    build_random_company(session, Random(7), AS_OF, UTC_ZONE)
    needs = compute_model_needs([model])
    together = {}
    for block in Facts(session, needs, first=AS_OF, last=AS_OF, zone=UTC_ZONE).blocks():
        found = compute_day(model, block, AS_OF)
        for at, slot in enumerate(found.inputs.slots.tolist()):
            mine = slice(at, at + 1)
            together[(block.block << 12) + slot] = (
                pack_inputs(found.inputs.where(found.inputs.slots == slot)),
                {key: column[mine].tobytes() for key, column in vars(found.table).items()},
            )
    assert len(together) > 1
    for account, (inputs, table) in together.items():
        facts = Facts(session, needs, first=AS_OF, last=AS_OF, zone=UTC_ZONE, only=account)
        found = compute_day(model, next(facts.blocks()), AS_OF)
        assert pack_inputs(found.inputs) == inputs
        assert {key: column.tobytes() for key, column in vars(found.table).items()} == table


@pytest.mark.parametrize("name", ["six_signal", "five_dimension"])
def test_a_stored_score_explains_itself_as_data_does(session: Session, name: str) -> None:
    model = get_model(name, None)
    build_random_company(session, Random(11), AS_OF, UTC_ZONE)
    run(session, model)
    stored = {view.account_id: view for view in load_explanations(session, model=model, as_of=AS_OF)}
    assert len(stored) > 1
    for account, view in stored.items():
        fresh = compute_explanation(session, model=model, account_id=account, as_of=AS_OF, zone=UTC_ZONE)
        assert view == fresh
        assert find_current_explanation(session, model=model, account_id=account) == fresh


def test_points_and_changes_add_up_exactly(session: Session) -> None:
    model = get_model("four_dimension", None)
    build_random_company(session, Random(5), AS_OF, UTC_ZONE)
    run(session, model)
    views = [
        view for view in load_explanations(session, model=model, as_of=AS_OF) if view.score_micro is not None
    ]
    assert views
    for view in views:
        assert sum(signal.points_micro for signal in view.signals) == view.score_micro
        for change in (view.change_7, view.change_30):
            if change is not None:
                assert sum(part.points_micro for part in change.parts) == change.delta_micro


@pytest.mark.parametrize("seed", range(2))
def test_nothing_recorded_later_moves_the_past(session: Session, seed: int) -> None:
    model, random = get_model("five_dimension", None), Random(seed)
    company = build_random_company(session, random, AS_OF, UTC_ZONE)
    days = (AS_OF, AS_OF - 6 * DAY)
    before = {
        (account, day): compute_explanation(
            session, model=model, account_id=account, as_of=day, zone=UTC_ZONE
        )
        for account in ACCOUNTS
        for day in days
    }
    assert any(view is not None and view.score_micro is not None for view in before.values())
    learn_more(company, random)
    after = {
        (account, day): compute_explanation(
            session, model=model, account_id=account, as_of=day, zone=UTC_ZONE
        )
        for account, day in before
    }
    assert after == before


def learn_more(company: Company, random: Random) -> None:
    """After AS_OF: new facts about any day, and corrections of all that is current."""
    known = AS_OF + DAY
    for row in [row for row in company.usage if row["superseded_on"] is None and row["recorded_on"] < known]:
        if random.random() < 0.5:
            company.remove_usage(row["account_id"], row["day"], recorded_on=known)
        else:
            company.add_usage(
                row["account_id"], row["day"], recorded_on=known, logins=9999, features=["later"]
            )
    for account in ACCOUNTS:
        company.add_account(account, recorded_on=known + DAY, name="Renamed", seats=1, arr_cents=5, custom={})
        free = {row["day"] for row in company.usage if row["account_id"] == account}
        for at in range(-450, 3, 50):
            day = AS_OF + at * DAY
            if day not in free:
                company.add_usage(account, day, recorded_on=known, logins=777, active_users=50)
    for table in ("ticket", "survey", "payment", "touch", "contact", "goal", "signal_value"):
        company.session.execute(
            text(f"UPDATE {table} SET superseded_on = :on WHERE superseded_on IS NULL AND recorded_on < :on"),
            {"on": known},
        )
    company.add(
        "tickets", 1, recorded_on=known, external_id="later", opened_at=NOW - 90 * DAY, severity="urgent"
    )
    company.add(
        "payments", 1, recorded_on=known, external_id="later", due_on=AS_OF - 2 * DAY, status="failed"
    )
    company.add("contacts", 1, recorded_on=known, email="later@example.com", role="champion")
    company.refresh()


def test_an_edited_model_keeps_what_its_earlier_self_said(session: Session, six_signal: ScoringModel) -> None:
    build_steady_company(session, (1,), AS_OF, 40)
    run(session, six_signal)
    before = read_sheets(session)
    edited = edit(six_signal)
    assert edited.version != six_signal.version
    # Until the edited model runs, what the earlier one said stands with its own name of version.
    view = find_current_explanation(session, model=edited, account_id=1)
    assert view is not None
    assert view.version == six_signal.version
    assert len(load_trend(session, model=edited, account_id=1)) == 31
    run(session, edited)
    after = read_sheets(session)
    assert {key: after[key] for key in before} == before
    assert len(after) == 2 * len(before)
    view = find_current_explanation(session, model=edited, account_id=1)
    assert view is not None
    assert view.version == edited.version


def test_an_earlier_day_scored_late_does_not_turn_the_lists_back(
    session: Session, six_signal: ScoringModel
) -> None:
    build_steady_company(session, (1,), AS_OF, 40)
    run(session, six_signal)
    run(session, six_signal, AS_OF - 33 * DAY)
    assert session.execute(text("SELECT DISTINCT as_of FROM account_score")).scalar_one() == AS_OF


def test_two_runs_at_once_do_the_work_once(sessions: sessionmaker[Session], six_signal: ScoringModel) -> None:
    with sessions.begin() as session:
        build_steady_company(session, (1,), AS_OF, 40)
    took: list[int] = []

    def second() -> None:
        with sessions.begin() as session:
            took.append(run(session, six_signal))

    thread = threading.Thread(target=second)
    with sessions() as session:
        took.append(run(session, six_signal))
        thread.start()
        wait_for_a_waiter(session)
        session.commit()
    thread.join(timeout=30)
    assert took == [31, 0]


def wait_for_a_waiter(session: Session) -> None:
    """Return once another session waits for a lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(3_000):
        session.execute(text("SELECT pg_stat_clear_snapshot()"))
        if session.execute(query).scalar_one():
            return
        session.execute(text("SELECT pg_sleep(0.002)"))
    raise AssertionError("the second run did not wait for the first")


def test_several_models_are_scored_from_one_reading(session: Session) -> None:
    build_steady_company(session, (1,), AS_OF, 40)
    models = load_models_for(TeamConfig(default_model="four_dimension", models=("six_signal",)), None)
    report = score_day(session, models=models, as_of=AS_OF, now=NOW, zone=UTC_ZONE)
    assert [done.model for done in report.runs] == ["four_dimension", "six_signal"]
    together = read_sheets(session)
    forget_scores(session, since=date(1970, 1, 1))
    for model in models:
        run(session, model)
    assert read_sheets(session) == together


def test_packed_inputs_come_back_as_they_were(session: Session) -> None:
    model = get_model("eighteen_component", None)
    build_random_company(session, Random(3), AS_OF, UTC_ZONE)
    block = next(
        Facts(session, compute_model_needs([model]), first=AS_OF, last=AS_OF, zone=UTC_ZONE).blocks()
    )
    inputs = compute_day(model, block, AS_OF).inputs
    back = unpack_inputs(pack_inputs(inputs))
    assert back.slots.tolist() == inputs.slots.tolist()
    assert {key: raw.tobytes() for key, raw in back.raws.items()} == {
        key: raw.tobytes() for key, raw in inputs.raws.items()
    }
    one = unpack_inputs(pack_inputs(inputs), int(inputs.slots[-1]))
    assert {key: raw.tobytes() for key, raw in one.raws.items()} == {
        key: raw[-1:].tobytes() for key, raw in inputs.raws.items()
    }


def test_scores_of_nobody_are_no_bytes() -> None:
    nobody = np.zeros(0, dtype=np.int64)
    assert pack_scores(nobody, nobody, nobody.astype(np.int8), nobody.astype(np.int16)) == b""
