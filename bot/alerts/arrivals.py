"""Rules that do not wait for the night: looked at whenever data has come in (SPEC A1).

An import or a count of events asks for a look in its own transaction, so that none is forgotten; the worker
takes it within seconds. It sees what is known today, with use up to yesterday, since half a day is no day.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from bot.alerts.changes import apply_changes
from bot.alerts.evaluate import LOCK
from bot.alerts.looks import load_rule_marks
from bot.alerts.reporting import Reporter
from bot.alerts.rules import Rule
from bot.alerts.sights import Sight, compute_block_raws, find_wanted, open_facts
from bot.alerts.watching import Watch, build_fires, is_too_many, watch_day
from bot.config import TeamConfig
from scoring.explaining import Comparisons
from scoring.model import ScoringModel

#: The job's name; `bot.sources` asks for it by this name.
JOB: Final = "arrivals"
# Whoever asked before this look began is served by it: their data are committed.
_SERVE_OTHERS = text(
    """
    update job_run set finished_at = clock_timestamp(), seconds = 0
    where name = :name and finished_at is null and leased_until is null
    """
)


def look_at_arrivals(
    sessions: sessionmaker[Session],
    *,
    now: datetime,
    team: TeamConfig,
    models: Mapping[str, ScoringModel],
    rules: tuple[Rule, ...],
) -> int:
    """How many alerts were opened by what has arrived until now.

    Only rules that are checked on arrival and took part, as they are, in a daily look: before it nobody
    knows what is news. What fires here fires for the day not over yet, and so not again in its daily look.
    """
    as_of = now.astimezone(team.zone).date()
    model = models[team.default_model]
    with sessions() as session, session.begin():
        session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        session.execute(_SERVE_OTHERS, {"name": JOB})
        known = load_rule_marks(session, model=model.name, as_of=as_of)
        watch = Watch(apply_changes(session, rules), model, known)
        new = watch.new
        chosen = [rule for rule in watch.awake if rule.checked == "on_arrival" and rule not in new]
        if not chosen:
            return 0
        sight = _load_sight(session, watch, chosen, as_of, team)
        fired = watch_day(session, watch, chosen, sight, None)
        reporter = Reporter(session, model, as_of, now, team, Comparisons(session, model))
        opened = 0
        for rule in chosen:
            fires = build_fires(rule, watch.named, sight, fired[rule.name], {})
            if is_too_many(len(fires), sight, team.alerts):
                reporter.hold(rule, fires)
            else:
                opened += reporter.report(rule, fires)
        return opened


def _load_sight(session: Session, watch: Watch, rules: list[Rule], as_of: date, team: TeamConfig) -> Sight:
    """The live accounts of a day that is not over."""
    wanted = find_wanted(rules, watch.named, (as_of,))
    facts = open_facts(session, wanted, last=as_of, team=team, is_over=False)
    ids, columns = [np.zeros(0, np.int64)], {each: [np.zeros(0)] for each in wanted}
    for block in facts.blocks():
        live = block.as_of(as_of).accounts.is_live()
        ids.append(block.ids[live])
        for each, raw in compute_block_raws(block, wanted, unfinished=as_of).items():
            columns[each].append(raw[live])
    raws = {each: np.concatenate(parts) for each, parts in columns.items()}
    return Sight(as_of, np.concatenate(ids), watch.model, raws=raws)
