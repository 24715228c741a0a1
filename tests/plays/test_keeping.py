"""Runs kept by real transactions that are cut anywhere, and by several keepers at once."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session, sessionmaker

from bot.models import Approval, CrmUpdate, CustomerMail, PlayEvent, PlayRun, PlayStep
from bot.plays.approvals import approve, decline
from bot.plays.keeping import find_next_due, keep_due_runs, keep_one_run
from bot.plays.store import load_play
from bot.plays.tasks import complete_task, skip_task
from playbooks import Library, Playbook, get_library
from tests.plays.team import (
    CSM,
    DAY,
    MANAGER,
    START,
    TEAM,
    add_account,
    add_team,
    build_library,
    start,
)
from tests.plays.worlds import email, read_play, task

OUTAGE = timedelta(days=4)


class CutError(Exception):
    """The process died here."""


class Cutter:
    """Cuts transactions at random places: after a flush, or just before the commit."""

    def __init__(self, share: float, seed: int) -> None:
        self.random, self.share, self.cuts = random.Random(seed), share, 0

    def __call__(self, *_: Any) -> None:
        if self.random.random() < self.share:
            self.cuts += 1
            raise CutError


@pytest.fixture
def cutter(engine: Engine) -> Iterator[tuple[sessionmaker[Session], Cutter]]:
    cutter = Cutter(0.02, 7)
    sessions = sessionmaker(engine, expire_on_commit=False)
    for moment in ("after_flush_postexec", "before_commit"):
        event.listen(sessions, moment, cutter)
    yield sessions, cutter
    for moment in ("after_flush_postexec", "before_commit"):
        event.remove(sessions, moment, cutter)


def keep_until(sessions: sessionmaker[Session], library: Library, now: datetime) -> None:
    """Keep all that is due, going on after each cut as a new process would."""
    while True:
        try:
            # keep_due_runs would put the blame on the run.
            with sessions.begin() as session:
                if not keep_one_run(session, now=now, team=TEAM, library=library):
                    return
        except CutError:
            continue


def find_due(sessions: sessionmaker[Session]) -> datetime | None:
    with sessions() as session:
        return find_next_due(session)


def let_people_act(sessions: sessionmaker[Session], now: datetime, chance: random.Random) -> None:
    """People do some of what waits for them; what a cut undoes they do again."""
    with sessions() as session:
        waiting = session.execute(
            select(PlayStep.id, PlayStep.waits_for, PlayRun.state)
            .join(PlayRun, PlayRun.id == PlayStep.run_id)
            .where(PlayStep.state == "open", PlayRun.state == "active")
            .order_by(PlayStep.id)
        ).all()
    for step_id, waits_for, _ in waiting:
        choice = chance.random()
        if choice < 0.6 or waits_for == "condition":
            continue
        while True:
            try:
                with sessions.begin() as session:
                    _act(session, step_id, waits_for, choice, now)
                break
            except CutError:
                continue


def _act(session: Session, step_id: int, waits_for: str, choice: float, now: datetime) -> None:
    if waits_for == "person":
        click = {"step_id": step_id, "slack_user_id": f"U{CSM}", "now": now, "team": TEAM}
        if choice < 0.9:
            complete_task(session, **click)
        else:
            skip_task(session, **click, reason="Not for them.")
        return
    question = session.scalars(select(Approval).where(Approval.step_id == step_id)).one()
    if question.until <= now:
        return
    answer = {"approval_id": question.id, "slack_user_id": f"U{MANAGER}", "now": now, "team": TEAM}
    if choice < 0.9:
        approve(session, **answer)
    else:
        decline(session, **answer, reason="Too much.")


def check_days(play: Playbook, began: list[PlayStep]) -> None:
    """On its day, or as soon as what came before it was over; at most an outage later."""
    ready = START
    for step in began:
        assert step.began_at is not None
        assert step.due_at is not None
        assert step.began_at >= step.due_at
        if step.held_until is None:
            assert step.began_at - max(step.due_at, ready) <= OUTAGE + timedelta(minutes=1), (
                play.name,
                step.name,
            )
        blocks = play.get_step(step.name).blocks or step.waits_for in ("verdict", "condition")
        ready = (step.done_at or ready) if blocks else step.began_at


def check_history(session: Session, library: Library) -> None:
    """Every step of every run happened once, in order; no mail twice; no yes by itself."""
    for run in session.scalars(select(PlayRun).order_by(PlayRun.id)):
        steps = list(
            session.scalars(select(PlayStep).where(PlayStep.run_id == run.id).order_by(PlayStep.position))
        )
        began = [step for step in steps if step.began_at is not None]
        assert [step.position for step in began] == sorted({step.position for step in began})
        times = [step.began_at for step in began]
        assert times == sorted(times, key=lambda at: at or START), run.playbook
        check_days(load_play(session, run.version_id), began)
        events = session.scalars(
            select(PlayEvent).where(PlayEvent.run_id == run.id).order_by(PlayEvent.id)
        ).all()
        opening = Counter(
            each.step_id
            for each in events
            if each.kind in ("task", "sent", "asked", "posted", "crm", "play", "left_out", "waiting")
        )
        assert all(times == 1 for times in opening.values()), (run.playbook, opening)
        assert [each.kind for each in events].count("ended") == (run.ended_at is not None)
    twice = select(CustomerMail.step_id).group_by(CustomerMail.step_id).having(func.count() > 1)
    assert session.scalars(twice).all() == []
    sent = set(session.scalars(select(PlayStep.id).where(PlayStep.outcome == "sent")))
    assert set(session.scalars(select(CustomerMail.step_id))) == sent
    assert set(session.scalars(select(CrmUpdate.step_id))) == set(
        session.scalars(
            select(PlayStep.id).where(PlayStep.action == "crm_update", PlayStep.outcome == "queued")
        )
    )
    for question in session.scalars(select(Approval).where(Approval.verdict == "approved")):
        assert question.decided_by == MANAGER


def test_every_shipped_play_goes_through_120_days_whatever_is_cut(
    sessions: sessionmaker[Session], cutter: tuple[sessionmaker[Session], Cutter]
) -> None:
    library, (cut, counter) = get_library(), cutter
    with sessions.begin() as session:
        add_team(session)
        for number, play in enumerate(library.plays.values(), 1):
            segment = "smb" if "smb" in play.only_for.segments or "30day" in play.name else "enterprise"
            arr = {"touch_cadence_smb": 1_000_000, "touch_cadence_mid_market": 5_000_000}.get(
                play.name, 20_000_000
            )
            more: dict[str, Any] = {"segment": segment, "arr_cents": arr, "contact": number % 5 != 0}
            if play.for_churned:
                more |= {"status": "churned", "churned_on": START.date(), "churn_reason": "product"}
            add_account(session, number, **more)
            begun = start(session, library, play.name, number)
            assert begun.outcome == "started", (play.name, begun.reason)

    chance, end = random.Random(3), START + 120 * DAY
    now = START
    while (due := find_due(sessions)) is not None and due <= end:
        # Now and then everything is down for days.
        now = max(now, due) + (OUTAGE if chance.random() < 0.02 else timedelta(0))
        keep_until(cut, library, now)
        let_people_act(cut, now, chance)
    assert counter.cuts > 20
    with sessions() as session:
        check_history(session, library)
        stuck = select(PlayRun.playbook).where(PlayRun.state == "active", PlayRun.next_at <= now)
        assert session.scalars(stuck).all() == []
        left = session.scalars(select(PlayRun.playbook).where(PlayRun.ended_at.is_(None))).all()
        assert set(left) <= {"renewal_prep", "onboarding_90day", "save_champion_left"} | {
            name for name in left if name.startswith("touch_cadence")
        }


def test_two_keepers_at_once_do_everything_once(sessions: sessionmaker[Session], tmp_path: Path) -> None:
    library = build_library(
        tmp_path,
        read_play(
            steps=[
                email("a", day=0, any_hour=True),
                task("b", day=1, due="1h", lapse_after="1d"),
                email("c", day=2),
                {"name": "d", "day": 2, "action": "crm_update", "object": "account", "set": {"stage": "x"}},
                email("e", day=9),
            ],
        ),
    )
    with sessions.begin() as session:
        add_team(session)
        for number in range(1, 13):
            add_account(session, number)
            start(session, library, "test", number)

    errors: list[BaseException] = []

    def work() -> None:
        try:
            for day in range(0, 40):
                keep_due_runs(sessions, now=START + day * DAY, team=TEAM, library=library)
        except BaseException as error:
            errors.append(error)

    keepers = [threading.Thread(target=work) for _ in range(2)]
    for keeper in keepers:
        keeper.start()
    for keeper in keepers:
        keeper.join(120)
    assert errors == []
    keep_due_runs(sessions, now=START + 60 * DAY, team=TEAM, library=library)
    with sessions() as session:
        check_history(session, library)
        assert session.scalar(select(func.count()).select_from(CustomerMail)) == 36
        assert set(session.scalars(select(PlayRun.state))) == {"completed"}


def test_what_was_due_while_everything_was_down_is_done_once_and_in_order(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    library = build_library(
        tmp_path, read_play(steps=[email("a", day=1), email("b", day=3), email("c", day=30)])
    )
    with sessions.begin() as session:
        add_team(session)
        add_account(session, 1)
        start(session, library)
    keep_due_runs(sessions, now=START + 10 * DAY, team=TEAM, library=library)
    keep_due_runs(sessions, now=START + 10 * DAY, team=TEAM, library=library)
    with sessions() as session:
        steps = session.scalars(select(PlayStep).order_by(PlayStep.position)).all()
        assert [(step.name, step.state) for step in steps] == [("a", "done"), ("b", "done"), ("c", "pending")]
        assert session.scalar(select(func.count()).select_from(CustomerMail)) == 2


def test_a_run_that_fails_stands_in_no_others_way(sessions: sessionmaker[Session], tmp_path: Path) -> None:
    library = build_library(tmp_path, read_play(steps=[email("a", day=0)]))
    with sessions.begin() as session:
        add_team(session)
        for number in (1, 2):
            add_account(session, number)
            start(session, library, "test", number)
    with sessions.begin() as session:
        # Somebody tore the run's steps apart by hand.
        step = session.scalars(select(PlayStep).order_by(PlayStep.id)).first()
        assert step is not None
        step.name = "unknown"
    assert keep_due_runs(sessions, now=START, team=TEAM, library=library) == 2
    with sessions() as session:
        runs = session.scalars(select(PlayRun).order_by(PlayRun.id)).all()
        assert [run.state for run in runs] == ["active", "completed"]
        assert runs[0].problem is not None
        assert runs[0].next_at == datetime(2026, 6, 1, 10, 15, tzinfo=UTC)
