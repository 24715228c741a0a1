"""Figures of rules that people's answers changed: proposed, accepted or declined, and put back (SPEC A7).

A rule stays its file. An accepted change stands over the file as long as the file says what it said when the
change was proposed: whoever edits the figure afterwards has the last word.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import structlog
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.accounts.reader import LEADING_ROLES
from bot.alerts.rules import Rule
from bot.audit import record_act
from bot.errors import NotAllowed, NotFound, UserError
from bot.messages import mark_stale
from bot.models import Digest, Person, RuleChange

log = structlog.get_logger(__name__)

ChangeState = Literal["proposed", "accepted", "declined", "put_back"]


@dataclass(frozen=True)
class ChangeLine:
    """A change of one figure of a rule. ``evidence`` holds the counts it rests on (bot/alerts/proposals.py).

    ``by`` is who accepted or declined it, ``put_back_by`` who undid it.
    """

    change_id: int
    rule: str
    key: str
    before: float
    after: float
    state: ChangeState
    proposed_at: datetime
    decided_at: datetime | None
    by: str | None
    put_back_at: datetime | None
    put_back_by: str | None
    evidence: Mapping[str, Any]


def apply_changes(session: Session, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules with the figures that were accepted in place of their files' own, in the same order.

    A change whose file no longer says what the change was made from, or that no longer fits its rule, is
    left out.
    """
    accepted = defaultdict[str, list[RuleChange]](list)
    found = select(RuleChange).where(RuleChange.state == "accepted").order_by(RuleChange.id)
    for change in session.scalars(found):
        accepted[change.rule].append(change)
    return tuple(_apply(rule, accepted.get(rule.name, [])) for rule in rules)


def _apply(rule: Rule, changes: Iterable[RuleChange]) -> Rule:
    for change in changes:
        if find_figure(rule, change.key) == change.before:
            rule = set_figure(rule, change.key, change.after) or rule
    return rule


def find_figure(rule: Rule, key: str) -> float | None:
    """The number at a place of the rule's file; None where there is none."""
    place: Any = _write(rule)
    for part in key.split("."):
        try:
            place = place[int(part) if isinstance(place, list) else part]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    is_number = isinstance(place, int | float) and not isinstance(place, bool)
    return float(place) if is_number else None


def set_figure(rule: Rule, key: str, value: float) -> Rule | None:
    """The rule with another number at a place of its file; None where it would be no valid rule."""
    document = deepcopy(_write(rule))
    place: Any = document
    *path, last = key.split(".")
    for part in path:
        place = place[int(part) if isinstance(place, list) else part]
    place[int(last) if isinstance(place, list) else last] = int(value) if value.is_integer() else value
    try:
        return type(rule).model_validate(document)
    except ValidationError as error:
        log.warning("rule_change.unfit", rule=rule.name, key=key, value=value, problem=str(error))
        return None


def _write(rule: Rule) -> dict[str, Any]:
    # As its file says it: what the file left out must stay left out, for some keys exclude each other.
    return rule.model_dump(mode="json", exclude_unset=True, by_alias=True)


def load_changes(session: Session, *, rule: str | None = None) -> dict[str, tuple[ChangeLine, ...]]:
    """The changes of every rule, or of one, by the rule's name, the newest first."""
    by, put_back = aliased(Person), aliased(Person)
    asked = (
        select(RuleChange, by.name, put_back.name)
        .outerjoin(by, by.id == RuleChange.decided_by)
        .outerjoin(put_back, put_back.id == RuleChange.put_back_by)
        .order_by(RuleChange.id.desc())
    )
    if rule is not None:
        asked = asked.where(RuleChange.rule == rule)
    lines = defaultdict[str, list[ChangeLine]](list)
    for change, decided_by, put_back_by in session.execute(asked):
        lines[change.rule].append(_line(change, decided_by, put_back_by))
    return {name: tuple(each) for name, each in lines.items()}


def accept_change(session: Session, *, change_id: int, slack_user_id: str, now: datetime) -> ChangeLine:
    """Let the proposed figure count from the next look on. Raises NotAllowed for who does not lead the team,
    NotFound, and UserError where it was decided already, saying by whom."""
    return _decide(session, change_id, slack_user_id, "accepted", now)


def decline_change(session: Session, *, change_id: int, slack_user_id: str, now: datetime) -> ChangeLine:
    """Leave the rule as it is; it is not proposed again before as many new answers. Raises as
    `accept_change` does."""
    return _decide(session, change_id, slack_user_id, "declined", now)


def _decide(
    session: Session,
    change_id: int,
    slack_user_id: str,
    verdict: Literal["accepted", "declined"],
    now: datetime,
) -> ChangeLine:
    person = get_leader(session, slack_user_id)
    change = _get_locked(session, change_id)
    if change.state != "proposed":
        raise UserError(_explain_decided(session, change))
    change.state, change.decided_at, change.decided_by = verdict, now, person.id
    _record(session, person, f"rule.{'accept' if verdict == 'accepted' else 'decline'}_change", change, now)
    return _line(change, person.name, None)


def put_back_change(session: Session, *, change_id: int, slack_user_id: str, now: datetime) -> ChangeLine:
    """Undo an accepted change. Raises NotAllowed, NotFound, and UserError where a later change rests on it
    or somebody did it before."""
    person = get_leader(session, slack_user_id)
    change = _get_locked(session, change_id)
    if change.state != "accepted":
        raise UserError(_explain_decided(session, change))
    if _find_newest_accepted(session, change.rule) != change.id:
        raise UserError(f"A later change of the rule {change.rule} rests on this one; put that back first.")
    return _put_back(session, change, person, now)


def put_back_newest(session: Session, *, rule: str, person: Person | None, now: datetime) -> ChangeLine:
    """Undo the newest accepted change of a rule, for the command line: ``person`` is None there. Raises
    NotFound where nothing was changed."""
    newest = _find_newest_accepted(session, rule)
    if newest is None:
        raise NotFound(f"Nothing is changed about the rule {rule!r}: its file counts as it is.")
    return _put_back(session, _get_locked(session, newest), person, now)


def _put_back(session: Session, change: RuleChange, person: Person | None, now: datetime) -> ChangeLine:
    change.state, change.put_back_at = "put_back", now
    change.put_back_by = person.id if person else None
    _record(session, person, "rule.put_back_change", change, now)
    by = session.get(Person, change.decided_by) if change.decided_by else None
    return _line(change, by.name if by else None, person.name if person else None)


def _find_newest_accepted(session: Session, rule: str) -> int | None:
    newest = select(RuleChange.id).where(RuleChange.rule == rule, RuleChange.state == "accepted")
    return session.scalar(newest.order_by(RuleChange.id.desc()).limit(1))


def get_leader(session: Session, slack_user_id: str) -> Person:
    """The manager, executive or admin with this Slack id. Raises NotAllowed for everybody else."""
    person = session.scalar(select(Person).where(Person.slack_id == slack_user_id))
    if person is None or person.role not in LEADING_ROLES:
        raise NotAllowed("Rules are changed by managers, executives and admins; show it to one of them.")
    return person


def _get_locked(session: Session, change_id: int) -> RuleChange:
    change = session.get(RuleChange, change_id, with_for_update=True, populate_existing=True)
    if change is None:
        raise NotFound("This proposal is no longer there. `/cs rules` shows the rules as they are.")
    return change


def _explain_decided(session: Session, change: RuleChange) -> str:
    if change.state == "proposed":
        return f"The change of the rule {change.rule} is not accepted yet, so there is nothing to put back."
    who = change.put_back_by if change.state == "put_back" else change.decided_by
    person = session.get(Person, who) if who else None
    did = {"accepted": "accepted", "declined": "declined", "put_back": "put back"}[change.state]
    return f"{person.name if person else 'Somebody'} already {did} this change of the rule {change.rule}."


def _record(session: Session, person: Person | None, act: str, change: RuleChange, now: datetime) -> None:
    detail = {"key": change.key, "before": change.before, "after": change.after, "change": change.id}
    subject = f"rule {change.rule}"
    record_act(session, at=now, person=person, act=act, subject=subject, account_id=None, detail=detail)
    session.flush()
    shown = select(Digest.id).where(Digest.kind == "rules", Digest.facts["changes"].contains([change.id]))
    for digest_id in session.scalars(shown):
        mark_stale(session, kind="digest", subject_id=digest_id)


def _line(change: RuleChange, by: str | None, put_back_by: str | None) -> ChangeLine:
    return ChangeLine(
        change_id=change.id,
        rule=change.rule,
        key=change.key,
        before=change.before,
        after=change.after,
        state=change.state,  # type: ignore[arg-type]
        proposed_at=change.proposed_at,
        decided_at=change.decided_at,
        by=by,
        put_back_at=change.put_back_at,
        put_back_by=put_back_by,
        evidence=change.evidence,
    )
