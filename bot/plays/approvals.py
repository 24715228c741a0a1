"""A manager's yes or no (SPEC C8): asked with the exact text, decided by nobody below, never by itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.config import TeamConfig
from bot.errors import NotFound, UserError
from bot.models import Approval, Person
from bot.plays.acting import PlayAct, begin_act
from bot.plays.engine import decide
from bot.plays.permissions import require_decision, require_work
from bot.plays.recording import find_question, queue_mail
from bot.plays.state import Verdict


@dataclass(frozen=True)
class Decided:
    """A verdict as it is told: who, when, about which play of which account."""

    account_name: str
    play_title: str
    verdict: Verdict
    by: str
    at: datetime
    reason: str | None = None


def approve(
    session: Session,
    *,
    approval_id: int,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    subject: str | None = None,
    body: str | None = None,
) -> Decided:
    """Say yes, to the text as asked or as changed now. What it is about goes out in the same transaction."""
    act, question = _begin(session, approval_id, "approve", slack_user_id, now, team)
    if body is not None and not body.strip():
        raise UserError("The text is empty. Write it, or decline.")
    if subject is not None and question.to_address and not subject.strip():
        raise UserError("The e-mail has no subject. Write one, or decline.")
    question.approved_subject = subject.strip() if subject is not None else question.subject
    question.approved_body = body.strip() if body is not None else question.body
    decided = _decide(act, question, "approved", None)
    if question.to_address is not None and act.step is not None:
        queue_mail(
            session,
            act.step,
            act.account.id,
            to=question.to_address,
            to_name=question.facts.get("to_name"),
            subject=question.approved_subject,
            body=question.approved_body,
            now=now,
        )
    return decided


def decline(
    session: Session, *, approval_id: int, slack_user_id: str, now: datetime, team: TeamConfig, reason: str
) -> Decided:
    """Say no, with a reason for whoever asked; the play takes its declined branch."""
    act, question = _begin(session, approval_id, "decline", slack_user_id, now, team)
    if not reason.strip():
        raise UserError("Say why, so that whoever asked knows what to change.")
    return _decide(act, question, "declined", reason.strip())


def edit_question(
    session: Session,
    *,
    approval_id: int,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    subject: str,
    body: str,
) -> Approval:
    """Change what is asked for, before it is decided. Whoever may work on the play may; deciders approve a
    changed text instead."""
    question = _get_question(session, approval_id)
    act = begin_act(
        session, "edit_question", step_id=question.step_id, slack_user_id=slack_user_id, now=now, team=team
    )
    question = _get_question(session, approval_id)
    require_work(session, act.person, act.account, act.step, today=act.today)
    _refuse_decided(act, question)
    if not body.strip() or (question.to_address and not subject.strip()):
        raise UserError("The text is empty. Write what you ask for.")
    before = {"subject": question.subject, "body": question.body}
    question.subject, question.body = subject.strip(), body.strip()
    # Who wrote it cannot agree to it any more than who asked.
    writers = {*question.facts.get("written_by", []), act.person.id}
    question.facts = {**question.facts, "written_by": sorted(writers)}
    act.note("question_edited")
    act.finish({"before": before})
    return question


def _begin(
    session: Session, approval_id: int, deed: str, slack_user_id: str, now: datetime, team: TeamConfig
) -> tuple[PlayAct, Approval]:
    question = _get_question(session, approval_id)
    act = begin_act(
        session,
        deed,
        step_id=question.step_id,
        slack_user_id=slack_user_id,
        now=now,
        team=team,
        decides=True,
    )
    # As it is now that the run is held.
    question = _get_question(session, approval_id)
    owner_id = act.step.owner_id if act.step else None
    require_decision(session, act.person, act.account, question, owner_id, today=act.today)
    _refuse_decided(act, question)
    if act.row.state == "paused":
        act.refuse("This play is paused. Resume it first; then decide.")
    if question.until <= now:
        act.refuse(
            f"The question ran out {act.say_moment(question.until)} without an answer. "
            "Ask for it to be put again."
        )
    act.require_open("verdict")
    return act, question


def _decide(act: PlayAct, question: Approval, verdict: Verdict, reason: str | None) -> Decided:
    assert act.step is not None
    question.verdict, question.decided_at, question.reason = verdict, act.now, reason
    question.decided_by = act.person.id
    act.session.flush()
    run, deeds = decide(act.play, act.run, act.step.name, verdict, act.now)
    steps = act.save(run, deeds)
    steps[act.step.name].done_by = act.person.id
    changed = verdict == "approved" and question.approved_body != question.body
    act.finish({"verdict": verdict, "reason": reason, "changed": changed, "approval": question.id})
    return Decided(act.account.name, act.row.title, verdict, act.person.name, act.now, reason)


def _get_question(session: Session, approval_id: int) -> Approval:
    question = session.get(Approval, approval_id, populate_existing=True)
    if question is None:
        raise NotFound("This question no longer exists; it was removed with its account.")
    return question


def _refuse_decided(act: PlayAct, question: Approval) -> None:
    if question.verdict is None:
        return
    assert question.decided_at is not None
    who = act.session.get_one(Person, question.decided_by).name if question.decided_by else "Staysail"
    words = {"expired": "It ran out", "withdrawn": "It was taken back"}
    said = words.get(question.verdict, f"{who} {question.verdict} it")
    why = f": “{question.reason}”" if question.reason else ""
    act.refuse(f"{said} {act.say_moment(question.decided_at)}{why}.")


__all__ = ["Decided", "approve", "decline", "edit_question", "find_question"]
