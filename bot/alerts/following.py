"""After a run: which alerts are over, and which snoozes end because the score changed.

An alert is over once the account is back over what it fell from, or where it is about something else than the
score, once its rule does not hold any more. That is proposed after so many runs in a row, and people may
object (SPEC A4).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from bot.alerts.lifecycle import keep, propose_end, wake
from bot.alerts.movements import Movements
from bot.alerts.views import ENDED
from bot.config import TeamConfig
from bot.models import Alert, RuleState
from scoring.model import ScoringModel

#: A score has changed for a snooze when it differs by so many whole points, or the level is another: what is
#: less than this comes and goes.
CHANGED_POINTS = 3
#: In an alert's facts: its rule is about something that lasts, and the alert ends with that, not by a score.
LASTS = "lasts"


@dataclass(frozen=True)
class Standing:
    """Where an account stands after a run: whole points and rank of its level, None without a score."""

    points: int | None
    rank: int | None
    #: Rank on the day before, None where there was none.
    rank_before: int | None


def follow_scores(
    session: Session, *, model: ScoringModel, movements: Movements, now: datetime, team: TeamConfig
) -> int:
    """How many ends were proposed by what a run found.

    Each run counts once for each alert, also when it is evaluated again. An account without a score leaves
    its alert as it is. Alerts of ``movements.as_of`` itself, or later, are not judged.
    """
    followed = select(Alert).where(
        Alert.state.not_in(ENDED),
        Alert.as_of < movements.as_of,
        or_(Alert.followed_on.is_(None), Alert.followed_on < movements.as_of),
    )
    alerts = session.scalars(followed.order_by(Alert.id)).all()
    follower = _Follower(session, model, movements, now, team, _find_firing(session, alerts))
    return sum(follower.follow(alert) for alert in alerts)


@dataclass(frozen=True)
class _Follower:
    """What following the alerts after one run needs; ``firing`` are rules that still hold, with accounts."""

    session: Session
    model: ScoringModel
    movements: Movements
    now: datetime
    team: TeamConfig
    firing: Collection[tuple[str, int]]

    def follow(self, alert: Alert) -> bool:
        """Hold the run against one alert. True when its end is proposed by it."""
        standing = _find_standing(self.movements, alert.account_id)
        if _is_woken(alert, standing):
            wake(self.session, alert, why="score", now=self.now, team=self.team)
        is_over = _judge(alert, standing, self.model, self.firing)
        is_asked = alert.proposed_at is not None
        # Only an alert that changes is locked, so that a click on any other need not wait for the run.
        if is_over is None or (is_asked if is_over else alert.good_runs == 0 and not is_asked):
            return False
        self.session.flush()
        self.session.refresh(alert, with_for_update=True)
        return alert.state not in ENDED and self._count(alert, is_over, standing)

    def _count(self, alert: Alert, is_over: bool, standing: Standing) -> bool:
        """Count the run for or against the end of a locked alert."""
        alert.followed_on = self.movements.as_of
        alert.good_runs = alert.good_runs + 1 if is_over else 0
        self.session.flush()
        if not is_over:
            keep(self.session, alert, now=self.now, team=self.team)
            return False
        if alert.good_runs < self.team.alerts.good_runs or alert.proposed_at is not None:
            return False
        level = None if standing.rank is None else self.model.levels[standing.rank].label
        propose_end(self.session, alert, score=standing.points, level=level, now=self.now, team=self.team)
        return True


def _find_standing(movements: Movements, account_id: int) -> Standing:
    place = movements.find_place(account_id)
    if place is None or movements.now.ranks[place] < 0:
        return Standing(None, None, None)
    yesterday = movements.days.get(movements.as_of - timedelta(days=1))
    before = -1 if yesterday is None else int(yesterday.ranks[place])
    points, rank = int(movements.now.points[place]), int(movements.now.ranks[place])
    return Standing(points, rank, None if before < 0 else before)


def _is_woken(alert: Alert, standing: Standing) -> bool:
    """Whether the score has changed for an alert that is snoozed until it does."""
    if alert.state != "snoozed" or alert.snoozed_until is not None or standing.points is None:
        return False
    if alert.snoozed_score is None or abs(standing.points - alert.snoozed_score) >= CHANGED_POINTS:
        return True
    return standing.rank_before is not None and standing.rank != standing.rank_before


def _find_firing(session: Session, alerts: Iterable[Alert]) -> set[tuple[str, int]]:
    """The rules that end alerts by themselves and still hold, each with the account."""
    asked = {(rule, alert.account_id) for alert in alerts for rule in _find_ending_rules(alert)}
    if not asked:
        return set()
    key = tuple_(RuleState.rule, RuleState.account_id)
    held = select(RuleState.rule, RuleState.account_id).where(RuleState.firing, key.in_(asked))
    return {(rule, account_id) for rule, account_id in session.execute(held)}


def _find_ending_rules(alert: Alert) -> list[str]:
    """The alert's own rule and those that joined it, as far as they are about something that lasts."""
    own = [alert.rule] if alert.facts.get(LASTS) else []
    joined = [noted["name"] for noted in alert.facts.get("also", []) if noted.get(LASTS)]
    return [*own, *joined]


def _judge(
    alert: Alert, standing: Standing, model: ScoringModel, firing: Collection[tuple[str, int]]
) -> bool | None:
    """Whether the alert is over as the account stands; None where that is not known."""
    if any((rule, alert.account_id) in firing for rule in _find_ending_rules(alert)):
        return False
    if alert.facts.get(LASTS):
        return True
    if standing.points is None or standing.rank is None:
        return None
    return _is_back(alert, model, standing.rank, standing.points)


def _is_back(alert: Alert, model: ScoringModel, rank: int, points: int) -> bool:
    """Whether the account is back at the level it fell from; for a fall within a level, at the next level up
    or at half of the points lost."""
    facts = alert.facts
    before, worst, enough = facts.get("rank_before"), facts.get("rank"), facts.get("recovers_at")
    if facts.get("model") != model.name or before is None or worst is None or enough is None:
        # Opened under other levels than today's: only the best of these is surely a recovery.
        return rank == len(model.levels) - 1
    if before > worst:
        return rank >= int(before)
    return rank > int(worst) or points >= int(enough)
