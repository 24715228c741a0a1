"""What people do with plays, in a real database."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotAllowed, UserError
from bot.models import Account, Approval, AuditEntry, CustomerMail, PlayEvent, PlayRun
from bot.plays.acts import cancel_run, pause_run, resume_run
from bot.plays.approvals import approve, decline, edit_question
from bot.plays.tasks import add_note, complete_task, reassign_task, skip_task, snooze_task
from playbooks import Library
from tests.plays.team import (
    ADMIN,
    CSM,
    DAY,
    EXECUTIVE,
    MANAGER,
    OTHER,
    START,
    TEAM,
    add_account,
    add_team,
    build_library,
    live,
    run_of,
    start,
    step_of,
    told,
)
from tests.plays.worlds import email, read_play, task


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return build_library(
        tmp_path,
        read_play(steps=[task("look", due="1d"), email("write", day=3), task("call", day=5, due="2d")]),
        read_play(
            name="offer",
            **{"class": "commercial"},
            steps=[
                email(
                    "offer", needs_yes=True, declined=[task("rework"), email("offer_again", needs_yes=True)]
                ),
                task("after", day=1),
            ],
        ),
        read_play(
            name="nudge", **{"class": "adoption"}, steps=[task("look", due="1d"), email("tips", day=4)]
        ),
        read_play(name="risky", steps=[task("look")]),
        read_play(name="worse", replaces=["test"], steps=[task("look")]),
    )


@pytest.fixture
def team(session: Session) -> Session:
    add_team(session)
    add_account(session, 1)
    return session


def act(who: int = CSM, at: Any = START) -> dict[str, Any]:
    return {"slack_user_id": f"U{who}", "now": at, "team": TEAM}


def question(session: Session) -> Approval:
    session.expire_all()
    return session.scalars(select(Approval).order_by(Approval.id.desc())).first()  # type: ignore[return-value]


def mails(session: Session) -> list[tuple[str, str]]:
    return [(mail.to_address, mail.subject) for mail in session.scalars(select(CustomerMail))]


def test_a_task_is_done_once_and_the_second_click_hears_by_whom(team: Session, library: Library) -> None:
    start(team, library)
    live(team, library, START)
    step = step_of(team, "look")
    complete_task(team, step_id=step.id, **act(MANAGER))
    with pytest.raises(NotAllowed, match="“Look” is over: done by Mo Manager"):
        complete_task(team, step_id=step.id, **act())
    with pytest.raises(NotAllowed, match="You cannot act on this play of Account 1: Cam Csm, managers above"):
        complete_task(team, step_id=step.id, **act(OTHER))
    assert [entry.act for entry in team.scalars(select(AuditEntry))] == ["play.start", "play.task_done"]
    step = step_of(team, "look")
    assert (step.state, step.done_by) == ("done", MANAGER)


def test_a_play_goes_through_with_its_mail_and_ends_with_its_last_task(
    team: Session, library: Library
) -> None:
    start(team, library)
    live(team, library, START + 4 * DAY)
    assert mails(team) == [("dana@a1.example", "About Account 1")]
    now = live(team, library, START + 8 * DAY)
    for name in ("look", "call"):
        complete_task(team, step_id=step_of(team, name).id, **act(at=now))
    live(team, library, now)
    run = run_of(team)
    assert (run.state, run.outcome) == ("completed", "done")
    assert mails(team) == [("dana@a1.example", "About Account 1")]


def test_skip_needs_a_reason_and_snooze_puts_the_reminder_off(team: Session, library: Library) -> None:
    start(team, library)
    live(team, library, START)
    look = step_of(team, "look").id
    with pytest.raises(UserError, match="Say why"):
        skip_task(team, step_id=look, reason=" ", **act())
    with pytest.raises(UserError, match="has passed"):
        snooze_task(team, step_id=look, until=START, **act())
    snooze_task(team, step_id=look, until=START + 7 * DAY, **act())
    live(team, library, START + 6 * DAY)
    assert told(team, run_of(team).id, "reminded") == []
    live(team, library, START + 7 * DAY)
    assert told(team, run_of(team).id, "reminded") == [("reminded", "06-08")]
    skip_task(team, step_id=look, reason="They are on holiday.", **act(at=START + 7 * DAY))
    assert step_of(team, "look").detail["reason"] == "They are on holiday."


def test_an_overdue_task_reminds_its_owner_and_then_calls_their_manager_in(
    team: Session, library: Library
) -> None:
    start(team, library)
    live(team, library, START + 3 * DAY)
    asked = select(PlayEvent).where(PlayEvent.kind.in_(["reminded", "escalated"])).order_by(PlayEvent.id)
    events = [(each.kind, each.detail["to"], f"{each.at:%a}") for each in team.scalars(asked)]
    assert events == [("reminded", "Cam Csm", "Tue"), ("escalated", "Mo Manager", "Wed")]


def test_a_reassigned_task_is_the_new_owners(team: Session, library: Library) -> None:
    start(team, library)
    live(team, library, START)
    look = step_of(team, "look").id
    reassign_task(team, step_id=look, to_person_id=OTHER, **act())
    with pytest.raises(UserError, match="Otto Other's already"):
        reassign_task(team, step_id=look, to_person_id=OTHER, **act())
    complete_task(team, step_id=look, **act(OTHER))
    add_note(team, run_id=run_of(team).id, words="Spoke to Dana.", **act())
    assert told(team, run_of(team).id)[-1][0] == "note"


def test_only_somebody_above_says_yes_and_then_the_mail_goes_out(team: Session, library: Library) -> None:
    start(team, library, "offer")
    live(team, library, START)
    asked = question(team)
    assert mails(team) == []
    for who, words in (
        (CSM, "You asked for this yourself"),
        (OTHER, "Mo Manager, Eve Executive or an admin can"),
    ):
        with pytest.raises(NotAllowed, match=words):
            approve(team, approval_id=asked.id, **act(who))
    said = approve(team, approval_id=asked.id, subject="New words", body="Hello!", **act(MANAGER))
    assert (said.by, said.verdict) == ("Mo Manager", "approved")
    assert mails(team) == [("dana@a1.example", "New words")]
    with pytest.raises(NotAllowed, match="Mo Manager approved it"):
        decline(team, approval_id=asked.id, reason="no", **act(EXECUTIVE))
    live(team, library, START + 2 * DAY)
    assert step_of(team, "offer").outcome == "sent"
    assert step_of(team, "after").state == "open"


def test_a_no_has_a_reason_and_leads_to_a_changed_offer(team: Session, library: Library) -> None:
    start(team, library, "offer")
    live(team, library, START)
    with pytest.raises(UserError, match="Say why"):
        decline(team, approval_id=question(team).id, reason="", **act(MANAGER))
    decline(team, approval_id=question(team).id, reason="Too much.", **act(MANAGER))
    live(team, library, START)
    complete_task(team, step_id=step_of(team, "rework").id, **act())
    again = question(team)
    assert again.verdict is None
    edit_question(team, approval_id=again.id, subject="Less", body="A smaller offer.", **act())
    with pytest.raises(NotAllowed, match="yourself"):
        approve(team, approval_id=again.id, **act(CSM))
    approve(team, approval_id=again.id, **act(ADMIN))
    assert mails(team) == [("dana@a1.example", "Less")]


def test_whoever_starts_a_play_never_approves_it_and_an_unanswered_question_is_a_no(
    team: Session, library: Library
) -> None:
    from bot.models import Person

    start(team, library, "offer", by=team.get_one(Person, MANAGER))
    live(team, library, START)
    asked = question(team)
    with pytest.raises(NotAllowed, match="yourself"):
        approve(team, approval_id=asked.id, **act(MANAGER))
    live(team, library, START + 10 * DAY)
    assert question(team).verdict in ("expired", None)
    first = team.scalars(select(Approval).order_by(Approval.id)).first()
    assert first is not None
    assert (first.verdict, first.decided_by) == ("expired", None)
    with pytest.raises(NotAllowed, match="It ran out"):
        approve(team, approval_id=first.id, **act(EXECUTIVE, START + 11 * DAY))
    assert mails(team) == []


def test_a_pause_moves_what_is_ahead_and_a_cancelled_play_stays_so(team: Session, library: Library) -> None:
    start(team, library)
    live(team, library, START)
    run = run_of(team).id
    pause_run(team, run_id=run, reason="They are merging.", **act(at=START + DAY))
    live(team, library, START + 20 * DAY)
    assert mails(team) == []
    with pytest.raises(NotAllowed, match="paused already"):
        pause_run(team, run_id=run, reason="again", **act())
    resume_run(team, run_id=run, **act(at=START + 21 * DAY))
    live(team, library, START + 22 * DAY)
    assert mails(team) == []
    live(team, library, START + 23 * DAY)
    assert len(mails(team)) == 1
    cancel_run(team, run_id=run, reason="They left us alone.", **act(at=START + 23 * DAY))
    assert live(team, library, START + 90 * DAY) == START
    with pytest.raises(NotAllowed, match=r"This play ended .* They left us alone\."):
        resume_run(team, run_id=run, **act(at=START + 24 * DAY))


def test_a_higher_play_holds_a_lower_one_until_it_ends(team: Session, library: Library) -> None:
    assert start(team, library, "nudge").outcome == "started"
    live(team, library, START)
    offer = start(team, library, "offer", now=START + DAY)
    assert offer.outcome == "started"
    nudge = run_of(team, "nudge")
    assert (nudge.state, nudge.held_by) == ("paused", offer.run_id)
    assert start(team, library, "risky", now=START + DAY).outcome == "held"

    assert offer.run_id is not None
    cancel_run(team, run_id=offer.run_id, reason="Over.", **act(at=START + 2 * DAY))
    # The risk play goes on, and the nudge waits for it now.
    assert run_of(team, "risky").state == "active"
    assert run_of(team, "nudge").held_by == run_of(team, "risky").id
    cancel_run(team, run_id=run_of(team, "risky").id, reason="Over.", **act(at=START + 3 * DAY))
    assert run_of(team, "nudge").state == "active"


def test_one_of_a_kind_runs_and_a_worse_one_takes_its_place(team: Session, library: Library) -> None:
    from bot.models import Person

    first = start(team, library)
    assert (start(team, library).outcome, start(team, library).run_id) == ("running", first.run_id)
    assert start(team, library, "risky").outcome == "refused"
    assert start(team, library, "risky", by=team.get_one(Person, CSM)).outcome == "started"
    assert start(team, library, "worse", by=team.get_one(Person, CSM)).outcome == "started"
    assert (run_of(team).state, run_of(team).outcome) == ("cancelled", "replaced")


def test_a_churned_account_ends_its_plays(team: Session, library: Library) -> None:
    start(team, library)
    live(team, library, START)
    team.get_one(Account, 1).status = "churned"
    live(team, library, START + 60 * DAY)
    assert (run_of(team).outcome, run_of(team).reason) == ("churned", "Account 1 has churned.")
    assert start(team, library, now=START + timedelta(days=61)).outcome == "refused"
    assert team.scalars(select(PlayRun)).all()
