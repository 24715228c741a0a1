"""Marks on an account that change which plays may run (SPEC L9): a merger, low touch, a negotiation …"""

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audit import record_act
from bot.config import TeamConfig
from bot.errors import NotFound, UserError
from bot.models import Account, AccountFlag, Person, PlayRun
from bot.plays.permissions import get_person, require_work
from bot.plays.store import lock_account
from playbooks.conditions import FLAGS
from scoring.catalogue import find_nearest


def set_flag(
    session: Session,
    *,
    account_id: int,
    flag: str,
    slack_user_id: str,
    now: datetime,
    team: TeamConfig,
    until: date | None = None,
    note: str | None = None,
) -> AccountFlag:
    """Mark the account; a mark it has already is given the new day and note. Its plays are looked at."""
    person, account = _begin(session, account_id, flag, slack_user_id, now, team)
    today = now.astimezone(team.zone).date()
    if until is not None and until < today:
        raise UserError(f"{until} has passed. Choose a day that lies ahead, or leave it out.")
    found = _find_current(session, account_id, flag)
    if found is None:
        found = AccountFlag(account_id=account_id, flag=flag, set_at=now)
        session.add(found)
    found.set_by, found.until, found.note = person.id, until, note
    detail = {"flag": flag, "until": until.isoformat() if until else None, "note": note}
    _finish(session, person, account, "set_flag", detail, now)
    return found


def clear_flag(
    session: Session, *, account_id: int, flag: str, slack_user_id: str, now: datetime, team: TeamConfig
) -> None:
    """Take the mark off. Raises NotFound where the account does not have it."""
    person, account = _begin(session, account_id, flag, slack_user_id, now, team)
    found = _find_current(session, account_id, flag)
    if found is None:
        raise NotFound(f"{account.name} is not marked {flag}.")
    found.cleared_at = now
    _finish(session, person, account, "clear_flag", {"flag": flag}, now)


def _begin(
    session: Session, account_id: int, flag: str, slack_user_id: str, now: datetime, team: TeamConfig
) -> tuple[Person, Account]:
    if flag not in FLAGS:
        raise UserError(f"No mark is called {flag!r}; {find_nearest(flag, list(FLAGS))}.")
    person = get_person(session, slack_user_id)
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("This account is no longer there.")
    require_work(session, person, account, None, today=now.astimezone(team.zone).date())
    lock_account(session, account_id)
    return person, account


def _find_current(session: Session, account_id: int, flag: str) -> AccountFlag | None:
    asked = select(AccountFlag).where(
        AccountFlag.account_id == account_id, AccountFlag.flag == flag, AccountFlag.cleared_at.is_(None)
    )
    return session.scalars(asked).one_or_none()


def _finish(
    session: Session,
    person: Person,
    account: Account,
    deed: str,
    detail: dict[str, str | None],
    now: datetime,
) -> None:
    session.execute(
        update(PlayRun)
        .where(PlayRun.account_id == account.id, PlayRun.state == "active", PlayRun.next_at > now)
        .values(next_at=now)
    )
    record_act(
        session,
        at=now,
        person=person,
        act=f"account.{deed}",
        subject=f"account {account.id}",
        account_id=account.id,
        detail=detail,
    )
    session.flush()
