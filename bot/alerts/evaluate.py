"""After a run: who fell, is it believable, and one message for each account that did."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.alerts.changes import apply_changes
from bot.alerts.floods import find_flood, hold_alerts
from bot.alerts.following import follow_scores
from bot.alerts.lifecycle import resolve_churned
from bot.alerts.looks import Grounds, load_history, load_rule_marks, mark_looked, mark_rules
from bot.alerts.movements import Movements, load_movements
from bot.alerts.reporting import Reporter
from bot.alerts.rules import Rule
from bot.alerts.sights import Sight, find_wanted, load_raws
from bot.alerts.watching import Watch, build_fires, is_too_many, watch_day
from bot.config import TeamConfig
from bot.models import HeldFlood
from scoring.explaining import Comparisons
from scoring.model import ScoringModel

LOCK = 730_005
DAY = timedelta(days=1)
WEEK = 7


def evaluate_alerts(
    session: Session,
    *,
    model: ScoringModel,
    rules: tuple[Rule, ...],
    as_of: date,
    now: datetime,
    team: TeamConfig,
) -> int:
    """How many alerts were opened for a day that has just been scored (SPEC A1, A4, A6).

    An account has one open alert at a time: a rule that fires while one is open joins it, unless it is worse
    news. On a day on which too many accounts moved together none is opened, and one message says so. A day
    that is not the newest on the lists is left alone; running it again for the same day changes nothing; two
    runs at once wait for each other.
    """
    session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    resolve_churned(session, now=now)
    if session.scalar(select(func.count()).where(HeldFlood.as_of == as_of, HeldFlood.model == model.name)):
        return 0
    known = load_rule_marks(session, model=model.name, as_of=as_of)
    watch = Watch(apply_changes(session, rules), model, known)
    windows = watch.windows | {1, WEEK}
    history = load_history(session, model=model, as_of=as_of, window=max(windows) * DAY)
    # New rules are held against the day before as well.
    compared = (as_of, as_of - DAY) if watch.new else (as_of,)
    days = {*history.days, *(day - window * DAY for day in compared for window in windows)}
    movements = load_movements(session, model=model, as_of=as_of, days=days)
    if movements is None:
        return 0
    grounds = Grounds(history, movements)
    look = _Look(session, watch, movements, grounds, now, team)
    return look.take()


class _Look:
    """One look at a day that has its scores."""

    def __init__(
        self,
        session: Session,
        watch: Watch,
        movements: Movements,
        grounds: Grounds,
        now: datetime,
        team: TeamConfig,
    ) -> None:
        self._session, self._watch, self._now, self._team = session, watch, now, team
        self._movements, self._grounds = movements, grounds
        self._as_of, self._model = movements.as_of, watch.model
        self._sight, self._before = self._build_sights()

    def take(self) -> int:
        """How many alerts were opened."""
        session, watch = self._session, self._watch
        flood = find_flood(self._movements, self._team.alerts)
        fired = watch_day(session, watch, watch.awake, self._sight, self._before)
        mark_rules(session, model=self._model, as_of=self._as_of, versions=watch.versions)
        if flood is None:
            follow_scores(
                session, model=self._model, movements=self._movements, now=self._now, team=self._team
            )
        comparisons = Comparisons(session, self._model)
        reporter = Reporter(session, self._model, self._as_of, self._now, self._team, comparisons)
        opened = 0
        for rule in watch.awake:
            fires = build_fires(
                rule, watch.named, self._sight, fired[rule.name], self._find_since(rule, fired[rule.name])
            )
            if flood is not None or is_too_many(len(fires), self._sight, self._team.alerts):
                reporter.hold(rule, fires)
            else:
                opened += reporter.report(rule, fires)
        if flood is not None:
            hold_alerts(
                session, model=self._model, flood=flood, as_of=self._as_of, now=self._now, team=self._team
            )
        elif self._grounds.is_believed:
            mark_looked(session, model=self._model, as_of=self._as_of)
        return opened

    def _build_sights(self) -> tuple[Sight, Sight | None]:
        """The day, and the day before where a rule is new."""
        watch, movements, grounds = self._watch, self._movements, self._grounds
        windows = watch.windows | {1, WEEK}
        named, new, yesterday = watch.named, watch.new, self._as_of - DAY
        wanted = find_wanted(watch.awake, named, (self._as_of,))
        if new:
            wanted |= find_wanted(new, named, (yesterday,))
        raws = load_raws(self._session, wanted, movements.ids, last=self._as_of, team=self._team)
        sight = Sight(
            self._as_of,
            movements.ids,
            watch.model,
            movements.days,
            grounds.level_days,
            {window: grounds.find_drop_day(window) for window in windows},
            raws,
        )
        if not new:
            return sight, None
        drops = {window: yesterday - window * DAY for window in windows}
        return sight, Sight(
            yesterday, movements.ids, watch.model, movements.days, (yesterday - DAY,), drops, raws
        )

    def _find_since(self, rule: Rule, places: tuple[int, ...]) -> Mapping[int, tuple[date, ...]]:
        """The days each account is best compared with."""
        if rule.is_about_level:
            return {place: (self._find_telling_day(place),) for place in places}
        days = self._sight.drop_days
        return dict.fromkeys(places, (days[rule.fall_days or WEEK], days[1]))

    def _find_telling_day(self, place: int) -> date:
        """The day a fall into a level is told from: a week ago tells more than yesterday, if the level was
        better and the score higher then; after a rise and a fall they may not have been."""
        week_ago, now = self._sight.drop_days[WEEK], self._movements.now
        then = self._movements.days[week_ago]
        if then.ranks[place] > now.ranks[place] and then.points[place] > now.points[place]:
            return week_ago
        fallen = (
            day for day in self._sight.level_days if self._movements.days[day].ranks[place] > now.ranks[place]
        )
        return next(fallen, self._as_of - DAY)
