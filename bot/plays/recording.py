"""What is written when something happens in a run: timeline, e-mails, questions, changes for the CRM."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.alerts.people import compute_today, find_stand_in
from bot.config import TeamConfig
from bot.models import Account, Approval, CrmUpdate, CustomerMail, Person, PlayEvent, PlayRun, PlayStep
from bot.plays.people import find_above, find_doer
from bot.plays.state import Deed
from playbooks import Playbook

#: Deeds by which a step gets somebody whose turn it is.
_OPENING = ("task", "asked", "waiting", "sent", "posted")


def add_event(
    session: Session,
    run_id: int,
    kind: str,
    now: datetime,
    *,
    step_id: int | None = None,
    person_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> PlayEvent:
    """Add a line to the run's timeline."""
    event = PlayEvent(
        run_id=run_id, step_id=step_id, at=now, kind=kind, person_id=person_id, detail=dict(detail or {})
    )
    session.add(event)
    session.flush()
    return event


def record_deeds(
    session: Session,
    row: PlayRun,
    play: Playbook,
    steps: Mapping[str, PlayStep],
    deeds: Sequence[Deed],
    *,
    now: datetime,
    team: TeamConfig,
    by: Person | None = None,
) -> None:
    """Write down what a move of the run did. ``by`` is who made it, where a person did."""
    account = session.get_one(Account, row.account_id)
    for deed in deeds:
        step = steps[deed.step] if deed.step else None
        if step is not None:
            _give_to_owner(session, account, play, step, deed, now=now, team=team)
            _write(session, row, account, step, deed, now=now)
        if deed.kind == "ended":
            _withdraw_questions(session, row.id, now)
        detail = {key: value for key, value in deed.detail.items() if key not in ("body", "fields")}
        if step is not None and deed.kind in ("reminded", "escalated", "verdict_reminded"):
            detail |= _say_to_whom(session, account, step, deed.kind, now=now, team=team)
        add_event(
            session,
            row.id,
            deed.kind,
            now,
            step_id=step.id if step else None,
            person_id=by.id if by else None,
            detail=detail,
        )


def _give_to_owner(
    session: Session,
    account: Account,
    play: Playbook,
    step: PlayStep,
    deed: Deed,
    *,
    now: datetime,
    team: TeamConfig,
) -> None:
    if deed.kind in _OPENING and step.owner_id is None:
        owner = find_doer(session, account, play.get_step(step.name).owner_role, now=now, team=team)
        step.owner_id = owner.id if owner else None
    if deed.kind in ("task", "posted"):
        step.detail = {**step.detail, **deed.detail}


def _say_to_whom(
    session: Session, account: Account, step: PlayStep, kind: str, *, now: datetime, team: TeamConfig
) -> dict[str, Any]:
    """Who is reminded: the owner; who is called in or asked: the manager above them. Who is away is stood in
    for."""
    owner = session.get(Person, step.owner_id) if step.owner_id else None
    person = owner
    if kind != "reminded":
        person = next(find_above(session, owner), None) if owner else None
        person = person or find_doer(session, account, "manager", now=now, team=team)
    if person is not None:
        person = find_stand_in(session, person, compute_today(person, team, now))
    return {"to": person.name if person else None, "to_id": person.id if person else None}


def _write(
    session: Session, row: PlayRun, account: Account, step: PlayStep, deed: Deed, *, now: datetime
) -> None:
    detail = deed.detail
    if deed.kind == "sent":
        queue_mail(
            session,
            step,
            account.id,
            to=detail["to"],
            to_name=detail.get("to_name"),
            subject=detail["subject"],
            body=detail["body"],
            now=now,
        )
    elif deed.kind == "asked":
        session.add(_build_question(row, account, step, detail, now))
    elif deed.kind == "decided" and detail["outcome"] == "expired":
        _expire(session, step.id, now)
    elif deed.kind == "crm":
        session.execute(
            insert(CrmUpdate)
            .values(
                step_id=step.id,
                account_id=account.id,
                object=detail["object"],
                fields=detail["fields"],
                queued_at=now,
            )
            .on_conflict_do_nothing(index_elements=["step_id"])
        )
    session.flush()


def queue_mail(
    session: Session,
    step: PlayStep,
    account_id: int,
    *,
    to: str,
    to_name: str | None,
    subject: str,
    body: str,
    now: datetime,
) -> None:
    """Put the step's e-mail into the outbox. The table takes one for a step, whatever happens twice."""
    session.execute(
        insert(CustomerMail)
        .values(
            step_id=step.id,
            account_id=account_id,
            to_address=to,
            to_name=to_name,
            sender_id=step.owner_id,
            subject=subject,
            body=body,
            queued_at=now,
        )
        .on_conflict_do_nothing(index_elements=["step_id"])
    )


def _build_question(
    row: PlayRun, account: Account, step: PlayStep, detail: Mapping[str, Any], now: datetime
) -> Approval:
    return Approval(
        run_id=row.id,
        step_id=step.id,
        account_id=account.id,
        # Whoever started the play wants it, and so may not agree to it either.
        requested_by=row.started_by or step.owner_id,
        asked_at=now,
        until=datetime.fromisoformat(detail["until"]),
        to_address=detail.get("to"),
        subject=detail["subject"],
        body=detail["body"],
        facts={
            "arr_cents": account.arr_cents,
            "currency": account.currency,
            "renewal_on": _iso(account.renewal_on),
            "to_name": detail.get("to_name"),
            "problem": detail.get("problem"),
        },
    )


def _expire(session: Session, step_id: int, now: datetime) -> None:
    session.execute(
        update(Approval)
        .where(Approval.step_id == step_id, Approval.verdict.is_(None))
        .values(verdict="expired", decided_at=now)
    )


def _withdraw_questions(session: Session, run_id: int, now: datetime) -> None:
    session.execute(
        update(Approval)
        .where(Approval.run_id == run_id, Approval.verdict.is_(None))
        .values(verdict="withdrawn", decided_at=now)
    )


def find_question(session: Session, step_id: int) -> Approval | None:
    """The question a step asks; None where it asks none."""
    return session.scalars(
        select(Approval).where(Approval.step_id == step_id).execution_options(populate_existing=True)
    ).one_or_none()


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
