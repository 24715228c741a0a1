"""The answer to "how is this account?": everything a score card shows, looked up once."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.accounts.advice import compute_advice
from bot.accounts.asking import Asking
from bot.accounts.name_index import NameMatch
from bot.errors import NotFound, UserError
from bot.models import Account, Person
from scoring.model import ScoringModel
from scoring.run import compute_explanation, find_current_explanation, load_trend
from scoring.views import ScoreExplanation, TrendPoint

TREND_DAYS = 90


@dataclass(frozen=True)
class ScoreAsk:
    """Which account, by id or by what it is called, and optionally which model and day."""

    called: str | None = None
    account_id: int | None = None
    model: str | None = None
    as_of: date | None = None


@dataclass(frozen=True)
class Money:
    """What is at stake, in cents of the account's currency."""

    arr_cents: int
    at_risk_cents: int | None
    currency: str


@dataclass(frozen=True)
class AccountFacts:
    """An account apart from its score. ``opt_out_on`` is the last day to give notice."""

    account_id: int
    name: str
    segment: str | None
    stage: str | None
    owner: str | None
    renewal_on: date | None
    opt_out_on: date | None
    churned_on: date | None
    live: bool


@dataclass(frozen=True)
class ScoreCard:
    """An account's score, explained to one reader.

    ``money`` is None for a reader who may not see it, and ``no_money_reason`` then says why.
    ``explanation`` is None where there is no score, and ``no_score_reason`` then says why.
    """

    account: AccountFacts
    model: str
    model_title: str
    explanation: ScoreExplanation | None
    no_score_reason: str | None
    trend: tuple[TrendPoint, ...]
    advice: str | None
    money: Money | None
    no_money_reason: str | None
    today: date
    #: The day that was asked for, where it was not simply the newest.
    as_of: date | None = None
    #: What was typed, where it is not quite the account's name.
    understood_from: str | None = None


@dataclass(frozen=True)
class AccountChoice:
    """Several accounts that may be meant, or none and those nearest to it."""

    called: str
    options: tuple[NameMatch, ...]
    fits: bool
    more: int
    model: str | None
    as_of: date | None


def answer_score(session: Session, ask: ScoreAsk, asking: Asking) -> ScoreCard | AccountChoice:
    """The card of the account asked for, or the choice where several or none are so called.

    Raises UserError where nothing was asked for, nothing is near, or the day lies ahead.
    """
    if ask.account_id is not None:
        return get_score_card(session, ask, asking)
    called = (ask.called or "").strip()
    if not called:
        raise UserError("Which account? Name it, or a part of its name: `/cs score acme`.")
    found = asking.names.find(session, called)
    if len(found.fits) == 1 and not found.more:
        card = get_score_card(session, replace(ask, account_id=found.fits[0].account_id), asking)
        return replace(card, understood_from=called) if found.spelt_otherwise else card
    options = found.fits or found.nearest
    if not options:
        raise NotFound(f"I know no account like “{called}”. Try a part of its name, its domain or its id.")
    return AccountChoice(called, options, bool(found.fits), found.more, ask.model, ask.as_of)


def get_score_card(session: Session, ask: ScoreAsk, asking: Asking) -> ScoreCard:
    """The card of the account whose id is asked for.

    Raises NotFound where it is gone and UserError for a day that lies ahead.
    """
    if ask.as_of is not None and ask.as_of > asking.today:
        raise UserError(
            f"{ask.as_of:%Y-%m-%d} lies ahead. Ask for a past day, or leave the date out for today."
        )
    model = asking.get_model(ask.model)
    facts, money = _get_facts(session, ask.account_id)
    account_id = facts.account_id
    explanation = _find_explanation(session, model, account_id, ask.as_of, asking)
    at_risk = explanation.arr_at_risk_cents if explanation else None
    reader = asking.reader
    return ScoreCard(
        account=facts,
        model=model.name,
        model_title=model.label,
        explanation=explanation,
        no_score_reason=None if explanation else _explain_no_score(facts, ask.as_of),
        trend=_load_trend(session, model, account_id, explanation, asking.today),
        advice=compute_advice(explanation) if explanation else None,
        money=replace(money, at_risk_cents=at_risk) if money and reader.sees_money else None,
        no_money_reason=reader.no_money_reason,
        today=asking.today,
        as_of=ask.as_of,
    )


def _find_explanation(
    session: Session, model: ScoringModel, account_id: int, as_of: date | None, asking: Asking
) -> ScoreExplanation | None:
    if as_of is None:
        return find_current_explanation(session, model=model, account_id=account_id)
    return compute_explanation(
        session, model=model, account_id=account_id, as_of=as_of, zone=asking.team.zone
    )


def _load_trend(
    session: Session, model: ScoringModel, account_id: int, explanation: ScoreExplanation | None, today: date
) -> tuple[TrendPoint, ...]:
    """The stored scores of the 90 days up to the one that is explained."""
    if explanation is None:
        return ()
    until = explanation.as_of
    since = until - timedelta(days=TREND_DAYS)
    days = TREND_DAYS + max(0, (today - until).days)
    points = load_trend(session, model=model, account_id=account_id, days=days)
    return tuple(point for point in points if since < point.day <= until)


def _get_facts(session: Session, account_id: int | None) -> tuple[AccountFacts, Money | None]:
    statement = (
        select(
            Account.id,
            Account.name,
            Account.segment,
            Account.stage,
            Account.renewal_on,
            Account.notice_days,
            Account.churned_on,
            Account.status,
            Account.arr_cents,
            Account.currency,
            Person.name.label("owner"),
        )
        .outerjoin(Person, Person.id == Account.csm_id)
        .where(Account.id == account_id)
    )
    account = session.execute(statement).one_or_none()
    if account is None:
        raise NotFound("This account is no longer there. Ask again by its name: `/cs score acme`.")
    facts = AccountFacts(
        account_id=account.id,
        name=account.name,
        segment=account.segment,
        stage=account.stage,
        owner=account.owner,
        renewal_on=account.renewal_on,
        opt_out_on=_compute_opt_out(account.renewal_on, account.notice_days),
        churned_on=account.churned_on,
        live=account.status == "live",
    )
    money = None if account.arr_cents is None else Money(account.arr_cents, None, account.currency)
    return facts, money


def _compute_opt_out(renewal_on: date | None, notice_days: int | None) -> date | None:
    """The last day to give notice: ``notice_days`` before the renewal."""
    if renewal_on is None or not notice_days:
        return None
    return renewal_on - timedelta(days=notice_days)


def _explain_no_score(facts: AccountFacts, as_of: date | None) -> str:
    if not facts.live:
        left = f" on {facts.churned_on}" if facts.churned_on else ""
        return f"It has no score now: it churned{left}. Name a day before that to see how it was."
    if as_of is not None:
        return f"It has no score for {as_of}: there is no data of that day, or it came later."
    return "It has no score yet. The next daily run gives it one; an admin can start it: `staysail score`."
