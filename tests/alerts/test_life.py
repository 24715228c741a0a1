"""Whatever people do, in whatever order, and whatever happens by itself: an alert stays consistent."""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.alerts.chain import find_called, load_spans
from bot.alerts.keeping import find_next_due, keep_due_promises
from bot.alerts.lifecycle import keep, propose_end, resolve, wake
from bot.alerts.views import ENDED
from bot.errors import UserError
from bot.models import Alert, AlertPromise, SlackMessage
from tests.alerts.office import ADA, DEEDS, EVE, MARIA, OTTO, STRANGER, VERA, Office

#: How long passes between two things that happen.
PAUSES = st.sampled_from([timedelta(minutes=1), timedelta(hours=3), timedelta(days=1), timedelta(days=4)])
PEOPLE = st.sampled_from([MARIA, VERA, EVE, OTTO, ADA, STRANGER])


class Life(RuleBasedStateMachine):
    """One account's alerts through weeks of clicks, daily runs and the clock."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.connection = engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        self.office = Office(self.session)
        self.acts = 0

    @initialize()
    def begin(self) -> None:
        self.office.hire()
        self.office.add_account()
        self.office.open()

    @rule(deed=st.sampled_from(sorted(DEEDS)), who=PEOPLE, data=st.data())
    def somebody_acts(self, deed: str, who: str, data: st.DataObject) -> None:
        alert_id = data.draw(st.sampled_from(self.office.alerts))
        before = self.office.audited()
        try:
            # A refusal undoes whatever it had begun, as a handler's transaction does.
            with self.session.begin_nested():
                self.office.act(deed, who, alert_id, **self._draw(deed, data))
        except UserError:
            self.session.expire_all()
            assert self.office.audited() == before
        else:
            self.acts = len(self.office.audited())
            assert self.acts - len(before) in (0, 1)
            if deed not in ("acknowledge", "feedback"):
                assert self.acts == len(before) + 1

    def _draw(self, deed: str, data: st.DataObject) -> dict[str, Any]:
        if deed == "snooze":
            days = data.draw(st.sampled_from([None, 1, 7]))
            return {"until": None if days is None else self.office.now + timedelta(days=days)}
        if deed == "assign":
            return {"to_person_id": data.draw(st.sampled_from([3, 4, 7]))}
        if deed == "feedback":
            return {"useful": data.draw(st.booleans()), "reason": "too_late"}
        return {}

    @rule(pause=PAUSES)
    def time_passes(self, pause: timedelta) -> None:
        """What is due meanwhile happens when it is due."""
        until = self.office.now + pause
        while (due := find_next_due(self.session)) is not None and due <= until:
            self.office.now = max(due, self.office.now)
            assert keep_due_promises(self.session, now=self.office.now, team=self.office.team) > 0
        self.office.now = until

    @rule(deed=st.sampled_from(["propose", "keep", "recover", "wake"]))
    def a_run_finds_something(self, deed: str) -> None:
        given = {"now": self.office.now, "team": self.office.team}
        alert = self.office.alert
        if deed == "propose":
            propose_end(self.session, alert, score=66, level="Green", **given)
        elif deed == "keep":
            keep(self.session, alert, **given)
        elif deed == "recover":
            resolve(self.session, alert, why="recovered", now=self.office.now)
        else:
            wake(self.session, alert, why="score", **given)

    @precondition(lambda self: self.office.alerts and not self.living())
    @rule(name=st.sampled_from(["fell_below_level", "score_drop"]))
    def another_alert_opens(self, name: str) -> None:
        self.office.open(rule=name, opened_at=self.office.now)

    def living(self) -> list[Alert]:
        asked = select(Alert).where(Alert.state.not_in(ENDED))
        self.session.flush()
        return list(self.session.scalars(asked.execution_options(populate_existing=True)))

    @invariant()
    def the_account_has_at_most_one_living_alert(self) -> None:
        assert len(self.living()) <= 1

    @invariant()
    def every_act_left_its_entry_and_nothing_else_did(self) -> None:
        assert len(self.office.audited()) == self.acts

    @invariant()
    def what_comes_by_itself_fits_the_state(self) -> None:
        for alert_id in self.office.alerts:
            self._check(self.office.get(alert_id))

    def _check(self, alert: Alert) -> None:
        pending = self._load_pending(alert)
        kinds = {promise.kind for promise in pending} - {"tell"}
        running = [promise for promise in pending if promise.kind == "escalate" and promise.due_at]
        if alert.state in ENDED:
            assert pending == []
            assert alert.resolved_at is not None
            return
        assert alert.resolved_at is None
        assert (alert.proposed_at is not None) == ("close" in kinds)
        assert (alert.state == "acknowledged") == (alert.acknowledged_at is not None)
        escalates = alert.state == "open" and alert.proposed_at is None
        assert bool(running) == (escalates and not self._is_exhausted(alert))
        asks = kinds & {"confirm", "unanswered"}
        assert len(asks) == (1 if alert.state == "acknowledged" and alert.proposed_at is None else 0)
        wakes = [promise.due_at for promise in pending if promise.kind == "wake"]
        assert wakes == ([alert.snoozed_until] if alert.snoozed_until else [])
        assert alert.state == "snoozed" or (alert.snoozed_until, alert.snoozed_score) == (None, None)
        if alert.state == "snoozed" and alert.snoozed_until is None:
            assert alert.snoozed_score is not None

    def _load_pending(self, alert: Alert) -> list[AlertPromise]:
        asked = select(AlertPromise).where(AlertPromise.alert_id == alert.id, AlertPromise.ended_at.is_(None))
        return list(self.session.scalars(asked.execution_options(populate_existing=True)))

    def _is_exhausted(self, alert: Alert) -> bool:
        """Whether nobody is left to be called in."""
        steps = [step for step in load_spans(alert, self.office.team) if step > alert.escalated]
        return not steps or not any(
            find_called(self.session, alert, step, now=self.office.now, team=self.office.team)
            for step in steps
        )

    @invariant()
    def each_line_of_the_thread_is_there_once(self) -> None:
        lines = self.session.scalars(
            select(SlackMessage.subject_id).where(SlackMessage.kind == "alert_line")
        ).all()
        assert len(lines) == len(set(lines))

    def teardown(self) -> None:
        self.session.close()
        self.outer.rollback()
        self.connection.close()


def test_no_order_of_acts_breaks_an_alert(engine: Engine) -> None:
    run_state_machine_as_test(
        lambda: Life(engine), settings=settings(max_examples=12, stateful_step_count=25, deadline=None)
    )
