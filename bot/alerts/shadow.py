"""The sample review of a rule in shadow: were the fires that nobody saw worth seeing? (SPEC A7)"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import ColumnElement, Text, and_, cast, func, select
from sqlalchemy.orm import Session

from bot.alerts.permissions import get_person
from bot.audit import record_act
from bot.errors import NotFound
from bot.models import Account, AccountScore, Person, RuleFire
from scoring.views import compute_rounded

#: Fires to be judged before a rule goes live, and how many of them may have been false.
SAMPLE = 20
MOST_FALSE = Fraction(1, 5)


@dataclass(frozen=True)
class ShadowFire:
    """A fire that was only written down. ``said`` is what made it fire; money is None where it is unknown."""

    fire_id: int
    account_name: str
    as_of: date
    said: str
    owner: str | None
    segment: str | None
    level: str | None
    score: int | None
    arr_cents: int | None
    currency: str


@dataclass(frozen=True)
class ShadowReview:
    """How far the review of a rule has come. ``fire`` is the next to be judged, None where none is left."""

    rule: str
    fires: int
    reviewed: int
    useful: int
    fire: ShadowFire | None

    @property
    def false(self) -> int:
        return self.reviewed - self.useful

    @property
    def is_done(self) -> bool:
        return self.reviewed >= SAMPLE

    @property
    def is_ready(self) -> bool:
        """Whether the rule may go live: the sample is judged, and one of five or fewer were false."""
        return self.is_done and self.false <= MOST_FALSE * self.reviewed


def load_review(session: Session, *, rule: str, model: str) -> ShadowReview:
    """The review of one rule, over the fires of its newest version. Scores shown are those of ``model``."""
    mine = _of_newest_version(rule)
    useful_ones = func.count().filter(RuleFire.review.is_(True))
    counted = select(func.count(), func.count(RuleFire.review), useful_ones).where(mine)
    total, reviewed, useful = session.execute(counted).one()
    fire = None if reviewed >= SAMPLE else _find_next(session, mine, model)
    return ShadowReview(rule, total, reviewed, useful, fire)


def _of_newest_version(rule: str) -> ColumnElement[bool]:
    version = RuleFire.facts["version"].as_string()
    shadow = (RuleFire.rule == rule) & (RuleFire.outcome == "shadow")
    newest = select(version).where(shadow).order_by(RuleFire.id.desc()).limit(1).scalar_subquery()
    return and_(shadow, version.is_not_distinct_from(newest))


def _find_next(session: Session, mine: ColumnElement[bool], model: str) -> ShadowFire | None:
    """The next fire of the sample, in an order that follows neither time nor size and stays the same."""
    asked = (
        select(RuleFire, Account, Person.name, AccountScore)
        .join(Account, Account.id == RuleFire.account_id)
        .outerjoin(Person, Person.id == RuleFire.csm_id)
        .outerjoin(
            AccountScore,
            and_(AccountScore.account_id == RuleFire.account_id, AccountScore.model == model),
        )
        .where(mine, RuleFire.review.is_(None))
        .order_by(func.md5(cast(RuleFire.id, Text)))
        .limit(1)
    )
    row = session.execute(asked).one_or_none()
    if row is None:
        return None
    fire, account, owner, score = row
    return ShadowFire(
        fire_id=fire.id,
        account_name=account.name,
        as_of=fire.as_of,
        said=str(fire.facts.get("said") or ""),
        owner=owner,
        segment=account.segment,
        level=score.level if score else None,
        score=compute_rounded(score.score_micro) if score and score.score_micro is not None else None,
        arr_cents=account.arr_cents,
        currency=account.currency,
    )


def review_fire(session: Session, *, fire_id: int, slack_user_id: str, useful: bool, now: datetime) -> str:
    """Write down whether a fire would have been useful; a later verdict replaces the earlier. Returns the
    rule's name. Raises NotAllowed for who is not of the team, and NotFound."""
    person = get_person(session, slack_user_id)
    fire = session.get(RuleFire, fire_id, with_for_update=True)
    if fire is None:
        raise NotFound("This fire is no longer there; it was removed with its account.")
    fire.review, fire.reviewed_by, fire.reviewed_at = useful, person.id, now
    record_act(
        session,
        at=now,
        person=person,
        act="rule.review",
        subject=f"rule {fire.rule}",
        account_id=fire.account_id,
        detail={"fire": fire.id, "useful": useful},
    )
    session.flush()
    return fire.rule
