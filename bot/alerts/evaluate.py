"""After a run: who fell, is it believable, and one message for each account that did."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.alerts.falls import find_falls
from bot.alerts.floods import find_flood, hold_alerts
from bot.alerts.lifecycle import resolve_churned, resolve_recovered
from bot.alerts.looks import Grounds, load_history, mark_looked
from bot.alerts.movements import load_movements
from bot.alerts.reporting import WEEK, Reporter
from bot.alerts.rules import Rule
from bot.config import TeamConfig
from bot.models import HeldFlood
from scoring.explaining import Comparisons
from scoring.model import ScoringModel

_LOCK = 730_003
DAY = timedelta(days=1)


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

    An account has one open alert at a time: a rule that fires while one is open is noted on it, unless the
    account fell to a worse level. On a day on which too many accounts moved together none is opened, and one
    message says so. A day that is not the newest on the lists is left alone; running it again for the same
    day changes nothing; two runs at once wait for each other.
    """
    session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    resolve_churned(session, now=now)
    if session.scalar(select(func.count()).where(HeldFlood.as_of == as_of, HeldFlood.model == model.name)):
        return 0
    windows = {rule.fall_days or 1 for rule in rules} | {WEEK}
    history = load_history(session, model=model, as_of=as_of, window=max(windows) * DAY)
    days = {*history.days, *(as_of - window * DAY for window in windows)}
    movements = load_movements(session, model=model, as_of=as_of, days=days)
    if movements is None:
        return 0
    flood = find_flood(movements, team.alerts)
    if flood is not None:
        hold_alerts(session, model=model, flood=flood, as_of=as_of, now=now, team=team)
        return 0
    resolve_recovered(session, model=model, movements=movements, now=now)
    grounds = Grounds(history, movements)
    reporter = Reporter(session, model, movements, grounds, now, team, Comparisons(session, model))
    opened = sum(reporter.report(rule, find_falls(movements, grounds, rule)) for rule in rules)
    if grounds.is_believed:
        mark_looked(session, model=model, as_of=as_of)
    return opened
