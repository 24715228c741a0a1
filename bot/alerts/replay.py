"""What a rule would have fired for on the team's own history, before it disturbs anybody. Writes nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import any_, select
from sqlalchemy.orm import Session

from bot.alerts.fires import as_array
from bot.alerts.firing import Standing, take_first_step
from bot.alerts.meeting import compute_met
from bot.alerts.movements import Day
from bot.alerts.rules import Rule, reads_scores
from bot.alerts.saying import compute_said
from bot.alerts.sights import Ids, Sight, compute_block_raws, find_wanted, open_facts
from bot.alerts.watching import Watch, compute_step
from bot.config import TeamConfig
from bot.models import Account, Person
from scoring.days import to_number
from scoring.facts import BlockFacts
from scoring.levels import compute_rounded_points
from scoring.model import ScoringModel
from scoring.packing import NOT_SCORED
from scoring.stored import find_version_id, load_days_done, load_scores

DAY = timedelta(days=1)
#: A fire rate is told for so many days.
MONTH = 30
Verdict = Literal["healthy", "cheap", "list", "report"]
#: Shares of the accounts a rule may fire for in 30 days, and what a rule that fires so often is good for.
BUDGET: tuple[tuple[float, Verdict], ...] = ((0.02, "healthy"), (0.05, "cheap"), (0.15, "list"))


@dataclass(frozen=True)
class ReplayedFire:
    """An account for which the rule would have fired, and why. ``told`` is False within its cool-down."""

    account_id: int
    external_id: str
    name: str
    csm: str | None
    as_of: date
    said: str
    told: bool


@dataclass(frozen=True)
class Replay:
    """What a rule would have done from ``first`` to ``last``; ``unscored`` days of it have no scores.

    ``accounts`` is the greatest number of live accounts on any of the days.
    """

    rule: str
    first: date
    last: date
    accounts: int
    fires: tuple[ReplayedFire, ...]
    unscored: int = 0

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def told(self) -> tuple[ReplayedFire, ...]:
        """The fires outside of the cool-down, which people would have heard of."""
        return tuple(fire for fire in self.fires if fire.told)

    @property
    def share(self) -> float:
        """Accounts told of in 30 days, as a share of all; the mean over the span."""
        return compute_share(len(self.told), self.accounts, self.days)

    @property
    def verdict(self) -> Verdict:
        return find_verdict(self.share)

    def count_by_csm(self) -> dict[str, float]:
        """Alerts a week for each CSM, the most first; accounts without one under "nobody"."""
        counted = Counter(fire.csm or "nobody" for fire in self.told)
        return {name: 7 * count / self.days for name, count in counted.most_common()}


def compute_share(fires: int, accounts: int, days: int) -> float:
    """Fires in 30 days as a share of the accounts."""
    return fires / accounts * MONTH / days if accounts and days else 0.0


def find_verdict(share: float) -> Verdict:
    """What a rule that fires for this share of accounts in 30 days is good for."""
    return next((verdict for most, verdict in BUDGET if share <= most), "report")


def replay_rule(
    session: Session,
    *,
    rule: Rule,
    rules: tuple[Rule, ...],
    model: ScoringModel,
    first: date,
    last: date,
    team: TeamConfig,
) -> Replay:
    """What the rule would have fired for on each of the days, by what was known at the end of each.

    As in the daily look it fires on entering, and who met it the day before ``first`` is no news. Days held
    back for their data are not known here, and count as any other.
    """
    named = {each.name: each for each in rules} | {rule.name: rule}
    watch = Watch((rule, *(each for each in rules if each.name != rule.name)), model)
    days = [first + at * DAY for at in range((last - first).days + 1)]
    wanted = find_wanted([rule], named, [first - DAY, *days])
    scored = reads_scores(rule, named)
    version = find_version_id(session, model) if scored else None
    facts = open_facts(session, wanted, first=first - DAY, last=last, team=team)
    found: list[tuple[int, date, str]] = []
    live = np.zeros(len(days), np.int64)
    for block in facts.blocks():
        past = _BlockPast(session, watch, rule, block, version, first, last)
        for at, sight, fired in past.walk():
            live[at] += sight.size
            for place in fired:
                said = compute_said(rule, named, sight, int(place)).said
                found.append((int(sight.ids[place]), sight.as_of, said))
    done = load_days_done(session, version, first, last) if version is not None else frozenset()
    fires = _tell(session, rule, found)
    unscored = len(days) - len(done) if scored else 0
    return Replay(rule.name, first, last, int(live.max(initial=0)), fires, unscored)


class _BlockPast:
    """One block's days, and the rule's steps from one to the next."""

    def __init__(
        self,
        session: Session,
        watch: Watch,
        rule: Rule,
        block: BlockFacts,
        version: int | None,
        first: date,
        last: date,
    ) -> None:
        self._watch, self._rule, self._block = watch, rule, block
        self._first, self._last = first, last
        self._windows = watch.windows | {1, 7}
        self._scores = self._load_scores(session, version)

    def walk(self) -> Iterator[tuple[int, Sight, Ids]]:
        """Each day's number, its live accounts, and the places of those for whom the rule fired."""
        named, rule, ids = self._watch.named, self._rule, self._block.ids
        before, live = self._build_sight(self._first - DAY)
        standing = take_first_step(
            len(ids),
            met=compute_met(rule.when, before, named) & live,
            day=to_number(self._first - DAY),
            consecutive=rule.consecutive_days,
        )
        day = self._first
        while day <= self._last:
            sight, live = self._build_sight(day)
            step = compute_step(rule, named, sight, standing)
            # Who is not live on the day has no part in it, and begins anew.
            standing = _forget(step.standing, ~live)
            places = np.flatnonzero(live)
            yield (day - self._first).days, sight.where(places), np.flatnonzero(step.fired[places])
            day += DAY

    def _build_sight(self, day: date) -> tuple[Sight, NDArray[np.bool_]]:
        """The day, and who was live on it."""
        raws = compute_block_raws(self._block, find_wanted([self._rule], self._watch.named, [day]))
        drops = {window: day - window * DAY for window in self._windows}
        sight = Sight(day, self._block.ids, self._watch.model, self._scores, (day - DAY,), drops, raws)
        return sight, self._block.as_of(day).accounts.is_live()

    def _load_scores(self, session: Session, version: int | None) -> Mapping[date, Day]:
        low = self._first - DAY - max(self._windows) * DAY
        days = [low + at * DAY for at in range((self._last - low).days + 1)]
        size = self._block.size
        nothing = Day(np.full(size, -1, np.int64), np.full(size, -1, np.int64))
        found = dict.fromkeys(days, nothing)
        if version is None:
            return found
        stored = load_scores(session, version, self._block.block, self._block.slots, days)
        for day, scores in stored.items():
            micro = np.where(scores.score_micro == NOT_SCORED, -1, scores.score_micro)
            points = compute_rounded_points(np.maximum(micro, -1))
            found[day] = Day(points, scores.levels.astype(np.int64))
        return found


def _forget(standing: Standing, gone: NDArray[np.bool_]) -> Standing:
    return Standing(
        np.where(gone, 0, standing.streak).astype(np.int16), standing.firing & ~gone, standing.day
    )


def _tell(session: Session, rule: Rule, found: list[tuple[int, date, str]]) -> tuple[ReplayedFire, ...]:
    """The fires by day, with names as they are now, and which of them lie within a cool-down."""
    asked = (
        select(Account.id, Account.external_id, Account.name, Person.name)
        .outerjoin(Person, Person.id == Account.csm_id)
        .where(Account.id == any_(as_array({account_id for account_id, _, _ in found})))
    )
    accounts = {row[0]: (row[1], row[2], row[3]) for row in session.execute(asked)}
    spoken: dict[int, date] = {}
    fires = []
    for account_id, day, said in sorted(found, key=lambda fire: (fire[1], fire[0])):
        last = spoken.get(account_id)
        told = last is None or last <= day - rule.cool_down_days * DAY
        if told:
            spoken[account_id] = day
        fires.append(ReplayedFire(account_id, *accounts[account_id], day, said, told))
    return tuple(fires)
