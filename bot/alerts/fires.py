"""A rule's fires, and what came of each: every one is kept, also those that nobody was told of (SPEC A6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Integer, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import BindParameter

from bot.alerts.rules import Rule
from bot.alerts.saying import Said
from bot.models import Account, RuleFire

Outcome = Literal["opened", "joined", "shadow", "suppressed"]
#: Why a fire was told to nobody: the rule spoke of the account lately; its alert is open; too much moved at
#: once for the data to be believed; the alert of another rule of this day says it already.
Reason = Literal["cool_down", "already_open", "flood"]
#: Rows of one statement.
_AT_ONCE = 1000


@dataclass(frozen=True)
class Fire:
    """A rule fired for an account, and why. ``since`` are the days the account is best compared with, the
    best first."""

    account_id: int
    said: Said
    since: tuple[date, ...] = ()


@dataclass(frozen=True)
class Outcomes:
    """What came of a fire."""

    outcome: Outcome
    reason: Reason | None = None
    alert_id: int | None = None


def find_new_fires(session: Session, rule: Rule, as_of: date, fires: Iterable[Fire]) -> dict[int, Fire]:
    """The fires that are not written down yet, by account: a day looked at again fires for nobody twice."""
    by_id = {fire.account_id: fire for fire in fires}
    if not by_id:
        return {}
    known = select(RuleFire.account_id).where(
        RuleFire.rule == rule.name, RuleFire.as_of == as_of, RuleFire.account_id == any_(as_array(by_id))
    )
    for account_id in session.scalars(known):
        by_id.pop(account_id)
    return by_id


def write_fires(
    session: Session,
    rule: Rule,
    as_of: date,
    found: Sequence[tuple[Fire, Outcomes]],
    *,
    now: datetime,
) -> None:
    """Keep what came of the fires, with the CSM of the account at the time."""
    if not found:
        return
    session.flush()
    ids = as_array(fire.account_id for fire, _ in found)
    rows = session.execute(select(Account.id, Account.csm_id).where(Account.id == any_(ids)))
    csms: Mapping[int, int | None] = {row[0]: row[1] for row in rows}
    written = [
        {
            "rule": rule.name,
            "account_id": fire.account_id,
            "csm_id": csms.get(fire.account_id),
            "as_of": as_of,
            "at": now,
            "outcome": what.outcome,
            "reason": what.reason,
            "alert_id": what.alert_id,
            "facts": _describe(fire.said, rule),
        }
        for fire, what in found
        if fire.account_id in csms
    ]
    for start in range(0, len(written), _AT_ONCE):
        new = insert(RuleFire).values(written[start : start + _AT_ONCE])
        session.execute(new.on_conflict_do_nothing())


def _describe(said: Said, rule: Rule) -> dict[str, Any]:
    figure = {} if said.figure is None else {"figure": said.figure}
    return {"said": said.said, "version": rule.version, **figure}


def as_array(account_ids: Iterable[int]) -> BindParameter[list[int]]:
    """One parameter, whatever their number: Postgres takes at most 65,535."""
    return literal(list(account_ids), ARRAY(Integer))
