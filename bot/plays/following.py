"""What a new day changes: runs whose account is another now, and plays that start by themselves."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session, sessionmaker

from bot.config import TeamConfig
from bot.models import Account, AccountFlag, AccountScore, PlayRun
from bot.plays.facts import find_model, is_recovered, is_renewed
from bot.plays.starting import Started, start_play
from bot.plays.state import LIVING
from bot.plays.store import load_play
from playbooks import Library, Playbook, get_library
from playbooks.facts import PlayFacts
from scoring.catalogue import SignalKey
from scoring.facts import Facts
from scoring.signals import compute_needs, compute_raws
from scoring.views import compute_rounded

#: A start that an outage kept from its day is made up for within so many days.
LATEST_START = 7

Signals = Mapping[int, Mapping[SignalKey, float | None]]


def wake_changed_runs(session: Session, *, now: datetime, team: TeamConfig) -> int:
    """How many runs are to be looked at now: their account's renewal has moved, it has churned or come back,
    or one of their exits may have come about.

    Called after each scoring and import; what an exit asks of signals is looked at by the run itself.
    """
    asked = (
        select(
            PlayRun.id,
            PlayRun.version_id,
            PlayRun.anchor_on,
            PlayRun.renewal_on,
            PlayRun.facts,
            *_columns(),
        )
        .join(Account, Account.id == PlayRun.account_id)
        .outerjoin(AccountScore, _is_score(team))
        .where(PlayRun.state == "active")
        .execution_options(yield_per=2000)
    )
    flags, colors = _load_flags(session, now, team), _load_colors(session, team)
    plays: dict[int, Playbook] = {}
    woken: list[int] = []
    for row in session.execute(asked):
        if row.version_id not in plays:
            plays[row.version_id] = load_play(session, row.version_id)
        facts = _build(row, colors, flags.get(row.account_id, frozenset()))
        facts = replace(
            facts,
            renewed=is_renewed(row.renewal_on, facts.renewal_on),
            recovered=is_recovered(row.facts, facts.score, facts.color),
        )
        if _may_change(plays[row.version_id], row.anchor_on, facts):
            woken.append(row.id)
    if woken:
        session.execute(
            update(PlayRun)
            .where(PlayRun.id.in_(woken), PlayRun.state == "active", PlayRun.next_at > now)
            .values(next_at=now)
        )
    return len(woken)


def _may_change(play: Playbook, anchor_on: date | None, facts: PlayFacts) -> bool:
    if (facts.status == "churned") != play.for_churned:
        return True
    dates = {"renewal": facts.renewal_on, "churn": facts.churned_on}
    if play.date_anchor is not None and dates[play.date_anchor] != anchor_on:
        return True
    for each in play.exits:
        # Signals and steps are the run's own to look up; the rest is known here.
        if any(True for _ in each.when.all_keys) or any(part.steps for part in each.when.all_parts):
            return True
        if each.when.holds(facts, {}):
            return True
    return False


def start_due_plays(
    sessions: sessionmaker[Session],
    *,
    now: datetime,
    team: TeamConfig,
    library: Library | None = None,
) -> list[Started]:
    """Start the plays of ``team.start_plays`` for the accounts whose time or condition has come.

    A play starts for an account at most once a date, and where a condition starts it, again no sooner than
    the file says. Each start is a transaction of its own, so that run again nothing starts twice.
    """
    library = library or get_library(team.folder)
    started = []
    for name in team.start_plays:
        play = library.get(name)
        if play.starts is None:
            continue
        with sessions() as session:
            found = find_due_accounts(session, play, now=now, team=team)
        for account_id in found:
            with sessions.begin() as session:
                started.append(_start(session, play, account_id, now, team, library))
    return started


def _start(
    session: Session, play: Playbook, account_id: int, now: datetime, team: TeamConfig, library: Library
) -> Started:
    return start_play(
        session,
        playbook=play.name,
        account_id=account_id,
        now=now,
        team=team,
        why="It is time for it.",
        library=library,
    )


def find_due_accounts(session: Session, play: Playbook, *, now: datetime, team: TeamConfig) -> list[int]:
    """The accounts for which the play is to start now, by id."""
    starts, today = play.starts, now.astimezone(team.zone).date()
    assert starts is not None
    asked = select(*_columns()).outerjoin_from(Account, AccountScore, _is_score(team)).order_by(Account.id)
    asked = asked.where(Account.status == ("churned" if play.for_churned else "live"))
    if starts.from_ is not None:
        column = {"start": Account.started_on, "renewal": Account.renewal_on, "churn": Account.churned_on}
        since = today - timedelta(days=(starts.day or 0) + LATEST_START - 1)
        asked = asked.where(column[starts.from_].between(since, today - timedelta(days=starts.day or 0)))
    keys = tuple(dict.fromkeys((*play.only_for.all_keys, *starts.when.all_keys)))
    signals = load_all_signals(session, keys, today - timedelta(days=1), team)
    flags, colors = _load_flags(session, now, team), _load_colors(session, team)
    resting = _find_resting(session, play, now)
    due = []
    for row in session.execute(asked):
        if row.account_id in resting:
            continue
        facts = _build(row, colors, flags.get(row.account_id, frozenset()))
        facts = replace(facts, signals=signals.get(row.account_id, {}))
        if play.only_for.holds(facts, {}) and starts.when.holds(facts, {}):
            due.append(row.account_id)
    return due


def load_all_signals(session: Session, keys: Sequence[SignalKey], as_of: date, team: TeamConfig) -> Signals:
    """The signals of all accounts on a day, by account; None where unknown."""
    if not keys:
        return {}
    facts = Facts(session, compute_needs(keys), first=as_of, last=as_of, zone=team.zone)
    found: dict[int, Mapping[SignalKey, float | None]] = {}
    for block in facts.blocks():
        raws = compute_raws(block.as_of(as_of), keys)
        for position, account_id in enumerate(block.ids.tolist()):
            values = {key: float(raw[position]) for key, raw in raws.items()}
            found[account_id] = {key: None if math.isnan(value) else value for key, value in values.items()}
    return found


def _find_resting(session: Session, play: Playbook, now: datetime) -> set[int]:
    """The accounts with a run of the play that goes on, or that began too short a time ago."""
    assert play.starts is not None
    rest = play.starts.not_again_for if play.starts.from_ is None else LATEST_START
    recent = PlayRun.started_at > now - timedelta(days=rest)
    asked = select(PlayRun.account_id).where(
        PlayRun.playbook == play.name, PlayRun.state.in_(LIVING) | recent
    )
    return set(session.scalars(asked))


def _columns() -> tuple[Any, ...]:
    return (
        Account.id.label("account_id"),
        Account.name,
        Account.status,
        Account.segment,
        Account.stage,
        Account.plan,
        Account.custom,
        Account.arr_cents,
        Account.renewal_on.label("renews_on"),
        Account.churned_on,
        Account.churn_reason,
        AccountScore.score_micro,
        AccountScore.level,
    )


def _is_score(team: TeamConfig) -> Any:
    return (AccountScore.account_id == Account.id) & (AccountScore.model == team.default_model)


def _build(row: Row[Any], colors: Mapping[str, str], flags: frozenset[str]) -> PlayFacts:
    return PlayFacts(
        account_id=row.account_id,
        name=row.name,
        status=row.status,
        segment=row.segment,
        stage=row.stage,
        plan=row.plan,
        columns={key: value for key, value in row.custom.items() if isinstance(value, str)},
        arr_cents=row.arr_cents,
        renewal_on=row.renews_on,
        churned_on=row.churned_on,
        churn_reason=row.churn_reason,
        level=row.level,
        color=colors.get(row.level or ""),
        score=None if row.score_micro is None else compute_rounded(row.score_micro),
        flags=flags,
    )


def _load_flags(session: Session, now: datetime, team: TeamConfig) -> Mapping[int, frozenset[str]]:
    today = now.astimezone(team.zone).date()
    holds = AccountFlag.until.is_(None) | (AccountFlag.until >= today)
    asked = select(AccountFlag.account_id, AccountFlag.flag).where(AccountFlag.cleared_at.is_(None), holds)
    return _group((row.account_id, row.flag) for row in session.execute(asked))


def _group(pairs: Iterable[tuple[int, str]] | Iterator[tuple[int, str]]) -> Mapping[int, frozenset[str]]:
    grouped: dict[int, frozenset[str]] = {}
    for account_id, flag in pairs:
        grouped[account_id] = grouped.get(account_id, frozenset()) | {flag}
    return grouped


def _load_colors(session: Session, team: TeamConfig) -> Mapping[str, str]:
    model = find_model(session, team)
    return {level.name: level.color for level in model.levels} if model else {}
