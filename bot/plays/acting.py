"""What every act of a person on a play has in common: the lock, who it is, whether they may, its traces."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.wording import get_zone, say_moment
from bot.audit import record_act
from bot.config import TeamConfig
from bot.errors import NotAllowed, NotFound
from bot.models import Account, Person, PlayRun, PlayStep
from bot.plays.permissions import get_person, require_work
from bot.plays.precedence import has_ended, release_held
from bot.plays.recording import add_event, record_deeds
from bot.plays.state import Deed, RunState
from bot.plays.store import load_play, load_run, lock_run, save_run
from playbooks import Playbook

_ENDED = ("completed", "cancelled")


@dataclass(frozen=True)
class PlayActed:
    """What came of an act: for which account and play, and when."""

    account_name: str
    play_title: str
    at: datetime


@dataclass
class PlayAct:
    """Somebody who may act on a run, which is held until the transaction ends; on ``step``, where one is."""

    session: Session
    row: PlayRun
    play: Playbook
    account: Account
    person: Person
    step: PlayStep | None
    now: datetime
    team: TeamConfig
    deed: str

    @property
    def today(self) -> date:
        """The team's own date."""
        return self.now.astimezone(self.team.zone).date()

    @property
    def run(self) -> RunState:
        """Where the run stands."""
        return load_run(self.session, self.row)

    def refuse(self, sentence: str) -> NoReturn:
        """Raise NotAllowed with the sentence."""
        raise NotAllowed(sentence)

    def require_living(self) -> None:
        """Raise NotAllowed for a run that is over: how it ended, and when."""
        if self.row.state in _ENDED:
            assert self.row.ended_at is not None
            when = self.say_moment(self.row.ended_at)
            why = f" {self.row.reason}" if self.row.reason else ""
            self.refuse(f"This play ended {when}.{why}")

    def require_open(self, waits_for: str) -> PlayStep:
        """The step, which waits for a person or a verdict. Raises NotAllowed that says what became of it."""
        step = self.step
        assert step is not None
        if step.state == "open" and step.waits_for == waits_for:
            self.require_living()
            return step
        if step.state in ("done", "skipped") and step.done_at is not None:
            who = self.session.get_one(Person, step.done_by).name if step.done_by else "Staysail"
            word = (step.outcome or step.state).replace("_", " ")
            self.refuse(f"“{step.title}” is over: {word} by {who}, {self.say_moment(step.done_at)}.")
        self.require_living()
        self.refuse(f"“{step.title}” is not waiting for anybody now.")

    def say_moment(self, at: datetime) -> str:
        """A moment in the words of a sentence, in the time zone of whoever acts."""
        return say_moment(at, get_zone(self.person, self.team), self.now)

    def note(self, kind: str, detail: Mapping[str, Any] | None = None) -> None:
        """Add a line to the timeline in the person's name."""
        step_id = self.step.id if self.step else None
        add_event(
            self.session,
            self.row.id,
            kind,
            self.now,
            step_id=step_id,
            person_id=self.person.id,
            detail=detail,
        )

    def save(self, run: RunState, deeds: tuple[Deed, ...] = ()) -> dict[str, PlayStep]:
        """Write the run back, to be looked at by a keeper at once, and what the act did."""
        if run.state == "active":
            run = replace(run, next_at=self.now)
        steps = save_run(self.session, self.row, run, self.play)
        record_deeds(
            self.session,
            self.row,
            self.play,
            steps,
            deeds,
            now=self.now,
            team=self.team,
            by=self.person,
        )
        if has_ended(deeds):
            release_held(self.session, self.row, self.now)
        return steps

    def finish(self, detail: Mapping[str, Any] | None = None) -> PlayActed:
        """Write the act into the audit log."""
        subject = f"play {self.row.id}" + (f" step {self.step.name}" if self.step else "")
        record_act(
            self.session,
            at=self.now,
            person=self.person,
            act=f"play.{self.deed}",
            subject=subject,
            account_id=self.account.id,
            detail={"play": self.row.playbook, **(detail or {})},
        )
        self.session.flush()
        return PlayActed(self.account.name, self.row.title, self.now)


def begin_act(
    session: Session,
    deed: str,
    *,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    run_id: int | None = None,
    step_id: int | None = None,
    decides: bool = False,
) -> PlayAct:
    """An act on a run or one of its steps, held and allowed. Raises NotFound or NotAllowed.

    Whoever ``decides`` is judged by the question instead.
    """
    person = get_person(session, slack_user_id)
    if step_id is not None:
        run_id = session.scalar(select(PlayStep.run_id).where(PlayStep.id == step_id))
    if run_id is None:
        raise NotFound("This play no longer exists; it was removed with its account.")
    row = lock_run(session, run_id)
    step = session.get_one(PlayStep, step_id, populate_existing=True) if step_id is not None else None
    account = session.get_one(Account, row.account_id)
    act = PlayAct(session, row, load_play(session, row.version_id), account, person, step, now, team, deed)
    if not decides:
        require_work(session, person, account, step, today=act.today)
    return act
