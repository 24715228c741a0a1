"""From a fall to one message: what was reported before, what is noted, what opens an alert (SPEC A6)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import BindParameter, Integer, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from bot.alerts.facts import compute_facts, compute_severity, get_evidence
from bot.alerts.falls import Fall
from bot.alerts.lifecycle import add_event, resolve
from bot.alerts.looks import Grounds
from bot.alerts.movements import Movements
from bot.alerts.routing import find_channel
from bot.alerts.rules import Rule
from bot.config import TeamConfig
from bot.messages import mark_stale, want_message
from bot.models import AccountScore, Alert
from scoring.explaining import Comparisons
from scoring.model import ScoringModel
from scoring.views import compute_rounded

WEEK = 7


@dataclass(frozen=True)
class Reporter:
    """What reporting the falls of one day needs."""

    session: Session
    model: ScoringModel
    movements: Movements
    grounds: Grounds
    now: datetime
    team: TeamConfig
    comparisons: Comparisons
    _past: dict[int, list[Alert]] = field(default_factory=lambda: defaultdict(list))

    @property
    def as_of(self) -> date:
        return self.movements.as_of

    def report(self, rule: Rule, falls: Iterable[Fall]) -> int:
        """How many alerts were opened for the falls that are news, the most revenue at risk first."""
        by_id = {fall.account_id: fall for fall in falls}
        self._load_past(by_id, rule)
        news = {place: fall for place, fall in by_id.items() if not self._is_reported(rule, fall)}
        opened = 0
        for score in self._load_scores(news):
            opened += self._report_one(rule, score, news[score.account_id])
        return opened

    def _load_past(self, falls: Mapping[int, Fall], rule: Rule) -> None:
        """The accounts' alerts that are open, of this day, or within the rule's cool-down."""
        self._past.clear()
        asked = select(Alert).where(
            Alert.account_id == any_(_as_array(falls)),
            or_(
                Alert.state != "resolved", Alert.as_of > self.as_of - timedelta(days=rule.cool_down_days + 1)
            ),
        )
        for alert in self.session.scalars(asked.order_by(Alert.id)):
            self._past[alert.account_id].append(alert)

    def _load_scores(self, falls: Mapping[int, Fall]) -> list[AccountScore]:
        asked = select(AccountScore).where(
            AccountScore.model == self.model.name, AccountScore.account_id == any_(_as_array(falls))
        )
        return list(
            self.session.scalars(
                asked.order_by(AccountScore.arr_at_risk_cents.desc(), AccountScore.account_id)
            )
        )

    def _is_reported(self, rule: Rule, fall: Fall) -> bool:
        """Whether the rule spoke of the account today or within its cool-down.

        A level that is worse than the one reported is news at any time.
        """
        quiet_since = self.as_of - timedelta(days=rule.cool_down_days)
        for alert in self._past[fall.account_id]:
            if rule.name != alert.rule and rule.name not in _also(alert):
                continue
            if alert.as_of == self.as_of:
                return True
            if alert.as_of > quiet_since and not (rule.is_about_level and self._is_worse(fall, alert)):
                return True
        return False

    def _is_worse(self, fall: Fall, alert: Alert) -> bool:
        rank = alert.facts.get("rank")
        return alert.facts.get("model") == self.model.name and rank is not None and fall.rank < int(rank)

    def _report_one(self, rule: Rule, score: AccountScore, fall: Fall) -> bool:
        """Open an alert, or note the rule on the account's open one. True when one was opened.

        An open alert about a better level ends: an edit of its message would tell nobody that the account
        fell further.
        """
        opened = [alert for alert in self._past[fall.account_id] if alert.state != "resolved"]
        for alert in opened:
            if self._is_worse(fall, alert):
                self._replace(alert, score)
            else:
                self._note(rule, alert)
                return False
        return self._open(rule, score, fall)

    def _replace(self, alert: Alert, score: AccountScore) -> None:
        titles = {level.name: level.label for level in self.model.levels}
        level, points = titles.get(score.level or ""), compute_rounded(score.score_micro or 0)
        resolve(self.session, alert, why="fell_further", level=level, score=points, now=self.now)

    def _note(self, rule: Rule, alert: Alert) -> None:
        if rule.name == alert.rule or rule.name in _also(alert):
            return
        self.session.refresh(alert, with_for_update=True)
        noted = [*alert.facts["also"], {"name": rule.name, "title": rule.title}]
        alert.facts = {**alert.facts, "also": noted}
        add_event(self.session, alert.id, "also_fired", self.now, detail={"rule": rule.name})
        self.session.flush()
        mark_stale(self.session, kind="alert", subject_id=alert.id)

    def _open(self, rule: Rule, score: AccountScore, fall: Fall) -> bool:
        since = self._find_telling_day(rule, fall)
        evidence = get_evidence(self.session, self.comparisons, score=score, since=since)
        severity = compute_severity(rule, self.model, score.level)
        new = insert(Alert).values(
            account_id=fall.account_id,
            rule=rule.name,
            severity=severity,
            as_of=self.as_of,
            opened_at=self.now,
            facts=compute_facts(evidence, rule, self.model),
        )
        self.session.flush()
        alert_id = self.session.scalar(new.on_conflict_do_nothing().returning(Alert.id))
        if alert_id is None:
            return False
        add_event(self.session, alert_id, "opened", self.now, detail={"rule": rule.name})
        channel = find_channel(
            self.team, segment=evidence.account.segment, severity=severity, owner=evidence.owner
        )
        want_message(self.session, kind="alert", subject_id=alert_id, channel=channel, now=self.now)
        return True

    def _find_telling_day(self, rule: Rule, fall: Fall) -> date:
        """The day the message compares with: a week ago tells more than yesterday, if the level was better
        and the score higher then; after a rise and a fall they may not have been."""
        week_ago = self.grounds.find_drop_day(WEEK)
        place = int(self.movements.ids.searchsorted(fall.account_id))
        then, now = self.movements.days[week_ago], self.movements.now
        tells = then.ranks[place] > now.ranks[place] and then.points[place] > now.points[place]
        return week_ago if rule.is_about_level and tells else fall.since


def _also(alert: Alert) -> set[str]:
    return {noted["name"] for noted in alert.facts["also"]}


def _as_array(account_ids: Iterable[int]) -> BindParameter[list[int]]:
    # One parameter, whatever their number: Postgres takes at most 65,535.
    return literal(list(account_ids), ARRAY(Integer))
