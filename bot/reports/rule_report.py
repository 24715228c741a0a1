"""Rules and their record: all of them in a table, one on its page, and the weekly message (SPEC A7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.accounts.asking import Asking
from bot.alerts.changes import ChangeLine, apply_changes, load_changes
from bot.alerts.limits import Limit
from bot.alerts.precision import Audience, RuleRecord, load_rule_records
from bot.alerts.rules import Rule
from bot.alerts.shadow import ShadowReview, load_review
from bot.config import TeamConfig
from bot.errors import NotAllowed, NotFound
from bot.models import RuleChange

RULES = "rules"
#: Over these days a rule's record is shown.
SHOWN_OVER = timedelta(days=90)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class RulesAsk:
    """Every rule, those in shadow, or one by its name."""

    name: str | None = None
    shadow: bool = False


@dataclass(frozen=True)
class RuleLine:
    """A rule and its record. ``limit`` is its main figure as it counts now; ``change`` put it there, where
    one did."""

    name: str
    title: str
    state: Literal["live", "shadow", "off"]
    record: RuleRecord
    limit: Limit | None
    change: ChangeLine | None = None


@dataclass(frozen=True)
class RuleTable:
    """Every rule with its record, and the changes that wait for a verdict. ``may_decide``: the reader's."""

    lines: tuple[RuleLine, ...]
    proposed: tuple[ChangeLine, ...]
    days: int
    may_decide: bool


@dataclass(frozen=True)
class RulePage:
    """One rule: why it exists, its record, how its figure changed, and its review while it is in shadow."""

    line: RuleLine
    why: str
    severity: str
    history: tuple[ChangeLine, ...]
    review: ShadowReview | None
    days: int
    may_decide: bool
    now: datetime
    timezone: str


@dataclass(frozen=True)
class ShadowPage:
    """The review of a rule in shadow; without one there is none in shadow."""

    title: str
    review: ShadowReview | None


@dataclass(frozen=True)
class RuleReport:
    """The week of the rules: those that fired, with their record over ``days``, and the changes that are
    proposed, by id. ``week`` counts the fires of the last seven days by rule."""

    lines: tuple[RuleLine, ...]
    week: dict[str, int]
    changes: tuple[int, ...]
    days: int

    @property
    def is_news(self) -> bool:
        """Whether any rule fired, or a change waits for a verdict."""
        return bool(self.lines or self.changes)


def answer_rules(session: Session, asked: RulesAsk, asking: Asking) -> RuleTable | RulePage | ShadowPage:
    """What a reader sees of the rules. Raises NotAllowed for who is not of the team, and NotFound for a name
    that no rule has, with the nearest."""
    if asking.reader.person_id is None:
        raise NotAllowed(
            "The rules are for people of the customer-success team. Ask your admin to add you to people.csv."
        )
    if asked.shadow:
        return load_shadow_page(session, asking, asked.name)
    if asked.name is not None:
        return load_rule_page(session, asking, asked.name)
    lines = _load_lines(session, asking.rules, asking.now)
    proposed = [change for each in load_changes(session).values() for change in each]
    waiting = tuple(change for change in proposed if change.state == "proposed")
    return RuleTable(lines, waiting, SHOWN_OVER.days, asking.reader.leads)


def load_rule_page(session: Session, asking: Asking, name: str) -> RulePage:
    """One rule's page. Raises NotFound."""
    rule = get_rule(asking.rules, name)
    (line,) = _load_lines(session, [rule], asking.now)
    in_shadow = rule.state == "shadow"
    return RulePage(
        line=line,
        why=rule.why,
        severity=rule.severity,
        history=load_changes(session, rule=rule.name).get(rule.name, ()),
        review=load_review(session, rule=rule.name, model=asking.team.default_model) if in_shadow else None,
        days=SHOWN_OVER.days,
        may_decide=asking.reader.leads,
        now=asking.now,
        timezone=asking.reader.timezone,
    )


def load_shadow_page(session: Session, asking: Asking, name: str | None) -> ShadowPage:
    """The review of the rule named, or of the first in shadow. Raises NotFound."""
    in_shadow = [rule for rule in asking.rules if rule.state == "shadow"]
    if name is None and not in_shadow:
        return ShadowPage("", None)
    rule = get_rule(asking.rules, name) if name is not None else in_shadow[0]
    return ShadowPage(rule.title, load_review(session, rule=rule.name, model=asking.team.default_model))


def get_rule(rules: Iterable[Rule], name: str) -> Rule:
    """The rule of this name or title. Raises NotFound naming the nearest."""
    by_word = {word: rule for rule in rules for word in (rule.title.lower(), rule.name)}
    wanted = name.strip().lower()
    found = by_word.get(wanted) or by_word.get(wanted.replace(" ", "_").replace("-", "_"))
    if found is not None:
        return found
    near = get_close_matches(wanted.replace(" ", "_"), by_word, 1, 0.6)
    hint = f"Did you mean {by_word[near[0]].name}?" if near else "`/cs rules` lists them."
    raise NotFound(f"No rule is called “{name}”. {hint}")


def load_rule_report(
    session: Session, *, rules: tuple[Rule, ...], now: datetime, team: TeamConfig
) -> RuleReport:
    """The weekly report: the rules that fired in the last seven days, most fires first, and every open
    proposal."""
    week = {
        rule: record.fires
        for rule, record in load_rule_records(session, since=now - WEEK, until=now).items()
        if record.fires
    }
    fired = (line for line in _load_lines(session, rules, now) if line.name in week)
    lines = tuple(sorted(fired, key=lambda line: -week[line.name]))
    proposed = session.scalars(select(RuleChange.id).where(RuleChange.state == "proposed"))
    return RuleReport(lines, week, tuple(sorted(proposed)), SHOWN_OVER.days)


def load_report_changes(session: Session, report: RuleReport) -> tuple[ChangeLine, ...]:
    """The changes that a report showed, as they are now."""
    wanted = set(report.changes)
    every = (change for each in load_changes(session).values() for change in each)
    return tuple(
        sorted((line for line in every if line.change_id in wanted), key=lambda line: line.change_id)
    )


def _load_lines(session: Session, rules: Iterable[Rule], now: datetime) -> tuple[RuleLine, ...]:
    records = load_rule_records(session, since=now - SHOWN_OVER, until=now)
    changes = load_changes(session)
    empty = Audience(0, 0, SHOWN_OVER)
    return tuple(
        RuleLine(
            name=rule.name,
            title=rule.title,
            state=rule.state,
            record=records.get(rule.name, RuleRecord(rule.name, empty)),
            limit=rule.limit,
            change=_find_in_effect(rule, changes.get(rule.name, ())),
        )
        for rule in apply_changes(session, rules)
    )


def _find_in_effect(rule: Rule, changes: Iterable[ChangeLine]) -> ChangeLine | None:
    """The change that made the figure what it is."""
    limit = rule.limit
    if limit is None:
        return None
    return next(
        (
            change
            for change in changes
            if change.state == "accepted" and change.key == limit.key and change.after == limit.value
        ),
        None,
    )


_REPORT = TypeAdapter(RuleReport)


def write_report(report: RuleReport) -> dict[str, Any]:
    """The report as JSON; `read_report` is its inverse."""
    written: dict[str, Any] = _REPORT.dump_python(report, mode="json")
    return written


def read_report(written: dict[str, Any]) -> RuleReport:
    """The report that `write_report` wrote. Raises ValueError for anything else."""
    return _REPORT.validate_python(written)
