"""The account as its plays see it, from the tables."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.config import TeamConfig
from bot.models import Account, AccountFlag, AccountScore, Contact, ModelVersion, Ticket, Touch
from playbooks.facts import ContactFacts, PlayFacts
from scoring.catalogue import SignalKey
from scoring.facts import Facts
from scoring.model import ScoringModel
from scoring.signals import compute_needs, compute_raws
from scoring.views import compute_rounded

#: A renewal that moved by less is a correction of its date.
RENEWED_BY = timedelta(days=60)
HEALTHY = "green"
#: Points that an account which was still healthy at the start has to gain to count as recovered.
RECOVERED_BY = 10


def load_facts(
    session: Session,
    account: Account,
    *,
    now: datetime,
    team: TeamConfig,
    since: datetime | None = None,
    renewal_on: date | None = None,
    began: Mapping[str, Any] | None = None,
    signals: Sequence[SignalKey] = (),
) -> PlayFacts:
    """The account now. ``since``, ``renewal_on`` and ``began`` are the start of the run, the renewal it had
    then, and its score and colour then.

    Signals are those of yesterday, the last whole day.
    """
    today = now.astimezone(team.zone).date()
    score, level, color = _load_level(session, account.id, team)
    return PlayFacts(
        account_id=account.id,
        name=account.name,
        status=account.status,
        segment=account.segment,
        stage=account.stage,
        plan=account.plan,
        columns={key: value for key, value in account.custom.items() if isinstance(value, str)},
        arr_cents=account.arr_cents,
        renewal_on=account.renewal_on,
        churned_on=account.churned_on,
        churn_reason=account.churn_reason,
        level=level,
        color=color,
        score=score,
        signals=load_signals(session, account.id, signals, today - timedelta(days=1), team),
        flags=load_flags(session, account.id, today),
        contacts=_load_contacts(session, account.id),
        touched=since is not None and _is_touched(session, account.id, since),
        renewed=is_renewed(renewal_on, account.renewal_on),
        recovered=began is not None and is_recovered(began, score, color),
        urgent_tickets=_count_urgent(session, account.id),
    )


def load_signals(
    session: Session, account_id: int, keys: Sequence[SignalKey], as_of: date, team: TeamConfig
) -> Mapping[SignalKey, float | None]:
    """The account's raw signals of a day; None where unknown."""
    if not keys:
        return {}
    needs = compute_needs(keys)
    facts = Facts(session, needs, first=as_of, last=as_of, zone=team.zone, only=account_id)
    block = next(facts.blocks(), None)
    if block is None:
        return dict.fromkeys(keys)
    raws = compute_raws(block.as_of(as_of), keys)
    return {key: None if math.isnan(raw[0]) else float(raw[0]) for key, raw in raws.items()}


def load_flags(session: Session, account_id: int, today: date) -> frozenset[str]:
    """The account's marks that hold today."""
    holds = AccountFlag.until.is_(None) | (AccountFlag.until >= today)
    asked = select(AccountFlag.flag).where(
        AccountFlag.account_id == account_id, AccountFlag.cleared_at.is_(None), holds
    )
    return frozenset(session.scalars(asked))


def is_renewed(before: date | None, now: date | None) -> bool:
    """Whether the renewal has moved on since."""
    return before is not None and now is not None and now - before >= RENEWED_BY


def is_recovered(began: Mapping[str, Any], score: int | None, color: str | None) -> bool:
    """Whether the account is healthy and was not when it began, or has gained much among the healthy."""
    if color != HEALTHY:
        return False
    before = began.get("score")
    return began.get("color") != HEALTHY or (
        score is not None and before is not None and score - before >= RECOVERED_BY
    )


def find_model(session: Session, team: TeamConfig) -> ScoringModel | None:
    """The team's own scoring model as it scored last; None before the first run."""
    asked = (
        select(ModelVersion.version, ModelVersion.id)
        .where(ModelVersion.name == team.default_model)
        .order_by(ModelVersion.id.desc())
        .limit(1)
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    if found.version not in _models:
        definition = session.get_one(ModelVersion, found.id).definition
        _models[found.version] = ScoringModel.model_validate(definition)
    return _models[found.version]


#: By version, which is a hash of the definition.
_models: dict[str, ScoringModel] = {}


def _load_level(
    session: Session, account_id: int, team: TeamConfig
) -> tuple[int | None, str | None, str | None]:
    """Whole points, the level's name and its colour."""
    found = session.get(AccountScore, (team.default_model, account_id), populate_existing=True)
    if found is None or found.score_micro is None:
        return None, None, None
    return compute_rounded(found.score_micro), found.level, find_color(session, found.level, team)


def find_color(session: Session, level: str | None, team: TeamConfig) -> str | None:
    """The colour of a level of the team's own model; None for a level it does not have."""
    model = find_model(session, team) if level else None
    return next((each.color for each in model.levels if each.name == level), None) if model else None


def _load_contacts(session: Session, account_id: int) -> tuple[ContactFacts, ...]:
    asked = (
        select(Contact.email, Contact.name, Contact.role)
        .where(
            Contact.account_id == account_id,
            Contact.superseded_on.is_(None),
            Contact.left_on.is_(None),
            Contact.email != "",
        )
        .order_by(Contact.since.desc().nulls_last(), Contact.id)
    )
    return tuple(ContactFacts(*row) for row in session.execute(asked))


def _is_touched(session: Session, account_id: int, since: datetime) -> bool:
    asked = select(Touch.id).where(
        Touch.account_id == account_id,
        Touch.at >= since,
        Touch.kind != "note",
        Touch.superseded_on.is_(None),
    )
    return session.scalar(asked.limit(1)) is not None


def _count_urgent(session: Session, account_id: int) -> int:
    asked = select(func.count()).where(
        Ticket.account_id == account_id,
        Ticket.severity == "urgent",
        Ticket.closed_at.is_(None),
        Ticket.superseded_on.is_(None),
    )
    return session.scalar(asked) or 0
