"""Who may work on a play, and who may say yes to what it asks (SPEC C8): judged at every act."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotAllowed
from bot.models import Account, Approval, Person, PlayStep
from bot.plays.people import find_above, find_represented

#: Who may decide by their place alone, where nobody above the owner is known.
LEADING = frozenset({"manager", "executive"})


def get_person(session: Session, slack_user_id: str) -> Person:
    """The person of the team with this Slack id. Raises NotAllowed for everybody else."""
    person = session.scalars(select(Person).where(Person.slack_id == slack_user_id)).one_or_none()
    if person is None:
        raise NotAllowed(
            "Only people of the customer-success team can work on plays. "
            "Ask your admin to add you to people.csv."
        )
    return person


def may_work(
    session: Session, person: Person, account: Account, step: PlayStep | None, *, today: date
) -> bool:
    """Whether the person may act on a play of the account, or on one step of it.

    The account's CSM and account executive and the step's owner may, all managers above them, admins, and who
    stands in for one of these today. An account that nobody looks after concerns the whole team.
    """
    if person.role == "admin":
        return True
    owners = {account.csm_id, account.ae_id, step.owner_id if step else None} - {None}
    if not owners:
        return True
    answering = set(owners)
    for owner in owners:
        answering |= {above.id for above in find_above(session, session.get_one(Person, owner))}
    return bool(answering & {person.id, *find_represented(session, person, today)})


def require_work(
    session: Session, person: Person, account: Account, step: PlayStep | None, *, today: date
) -> None:
    """Raise NotAllowed, saying who may, where the person may not."""
    if may_work(session, person, account, step, today=today):
        return
    owner = session.get(Person, (step.owner_id if step else None) or account.csm_id or 0)
    who = f"{owner.name}, managers above and admins" if owner else "CSMs, managers and admins"
    raise NotAllowed(f"You cannot act on this play of {account.name}: {who} can. Ask one of them.")


def find_deciders(session: Session, account: Account, question: Approval, owner_id: int | None) -> set[int]:
    """Who may decide by answering for the account: the managers above the CSM and the step's owner.

    Where nobody stands above them, every manager and executive of the team may.
    """
    deciders: set[int] = set()
    for start in {account.csm_id, owner_id} - {None}:
        deciders |= {above.id for above in find_above(session, session.get_one(Person, start))}
    if not deciders:
        deciders = set(session.scalars(select(Person.id).where(Person.role.in_(LEADING))))
    return deciders - find_askers(question)


def find_askers(question: Approval) -> set[int | None]:
    """Who asked, and who changed what is asked for since: none of them can decide."""
    return {question.requested_by, *question.facts.get("written_by", [])}


def require_decision(
    session: Session,
    person: Person,
    account: Account,
    question: Approval,
    owner_id: int | None,
    *,
    today: date,
) -> None:
    """Raise NotAllowed unless the person may decide: a manager above the owner, whoever stands in for one, or
    an admin, and never whoever asks."""
    if person.id in find_askers(question):
        raise NotAllowed("You asked for this yourself: somebody else has to decide. Your manager can.")
    deciders = find_deciders(session, account, question, owner_id)
    represented = find_represented(session, person, today) - find_askers(question)
    if person.role == "admin" or deciders & {person.id, *represented}:
        return
    names = session.scalars(select(Person.name).where(Person.id.in_(deciders)).order_by(Person.id)).all()
    who = f"{', '.join(names)} or an admin" if names else "an admin"
    raise NotAllowed(f"You cannot decide this: {who} can.")
