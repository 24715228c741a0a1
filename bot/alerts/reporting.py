"""From a fire to one message: what was reported before, what joins an alert, what opens one (SPEC A6)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import any_, or_, select
from sqlalchemy.orm import Session

from bot.alerts.facts import compute_facts, compute_severity, find_rank, get_evidence
from bot.alerts.fires import Fire, Outcomes, as_array, find_new_fires, write_fires
from bot.alerts.lifecycle import add_event, keep, resolve, wake
from bot.alerts.opening import open_alert
from bot.alerts.rules import Rule
from bot.alerts.views import ENDED
from bot.config import TeamConfig
from bot.messages import mark_stale
from bot.models import Account, AccountScore, Alert
from scoring.explaining import Comparisons
from scoring.model import ScoringModel
from scoring.views import compute_rounded


@dataclass(frozen=True)
class Reporter:
    """What reporting the fires of one day needs."""

    session: Session
    model: ScoringModel
    as_of: date
    now: datetime
    team: TeamConfig
    comparisons: Comparisons
    _past: dict[int, list[Alert]] = field(default_factory=lambda: defaultdict(list))
    _scores: dict[int, AccountScore] = field(default_factory=dict)

    def report(self, rule: Rule, fires: Iterable[Fire]) -> int:
        """How many alerts were opened for the fires that are news, the most revenue at risk first."""
        news = find_new_fires(self.session, rule, self.as_of, fires)
        if not news:
            return 0
        if rule.state == "shadow":
            self._write(rule, [(fire, Outcomes("shadow")) for fire in news.values()])
            return 0
        self._load_past(news, rule)
        found = [
            (news[account_id], self._report_one(rule, news[account_id])) for account_id in self._sort(news)
        ]
        self._write(rule, found)
        return sum(what.outcome == "opened" for _, what in found)

    def hold(self, rule: Rule, fires: Iterable[Fire]) -> None:
        """Keep fires that are told to nobody, since the data of the day is not believed."""
        news = find_new_fires(self.session, rule, self.as_of, fires)
        self._write(rule, [(fire, Outcomes("suppressed", "flood")) for fire in news.values()])

    def _write(self, rule: Rule, found: list[tuple[Fire, Outcomes]]) -> None:
        write_fires(self.session, rule, self.as_of, found, now=self.now)

    def _load_past(self, account_ids: Iterable[int], rule: Rule) -> None:
        """The accounts' scores, and their alerts that are open or within the rule's cool-down."""
        self._past.clear()
        self._scores.clear()
        mine = as_array(account_ids)
        asked = select(Alert).where(
            Alert.account_id == any_(mine),
            or_(
                Alert.state.not_in(ENDED), Alert.as_of > self.as_of - timedelta(days=rule.cool_down_days + 1)
            ),
        )
        for alert in self.session.scalars(asked.order_by(Alert.id)):
            self._past[alert.account_id].append(alert)
        scores = select(AccountScore).where(
            AccountScore.model == self.model.name, AccountScore.account_id == any_(mine)
        )
        self._scores.update({score.account_id: score for score in self.session.scalars(scores)})

    def _sort(self, account_ids: Iterable[int]) -> list[int]:
        def key(account_id: int) -> tuple[int, int]:
            score = self._scores.get(account_id)
            return (-score.arr_at_risk_cents if score else 0, account_id)

        return sorted(account_ids, key=key)

    def _report_one(self, rule: Rule, fire: Fire) -> Outcomes:
        """Open an alert, or let the rule join the account's open one.

        An open alert ends where this is worse news: an edit of its message would tell nobody.
        """
        score = self._scores.get(fire.account_id)
        quiet = self._find_quiet(rule, score, fire.account_id)
        if quiet is not None:
            return quiet
        for alert in self._past[fire.account_id]:
            if alert.state in ENDED:
                continue
            if not self._is_worse(rule, score, alert):
                return self._join(rule, fire, alert)
            self._replace(alert, score)
        return self._open(rule, score, fire)

    def _find_quiet(self, rule: Rule, score: AccountScore | None, account_id: int) -> Outcomes | None:
        """Why the rule stays silent: it spoke of the account today or within its cool-down.

        A level that is worse than the one reported is news at any time.
        """
        quiet_since = self.as_of - timedelta(days=rule.cool_down_days)
        for alert in self._past[account_id]:
            if rule.name != alert.rule and rule.name not in _also(alert):
                continue
            if alert.as_of == self.as_of or (
                alert.as_of > quiet_since and not (rule.reads_level and self._is_lower(score, alert))
            ):
                is_open = alert.state not in ENDED
                if is_open and alert.proposed_at is not None:
                    # It fired again: the account is not over it.
                    keep(self.session, alert, now=self.now, team=self.team)
                return Outcomes("suppressed", "already_open" if is_open else "cool_down", alert.id)
        return None

    def _is_lower(self, score: AccountScore | None, alert: Alert) -> bool:
        """Whether the account's level is worse than the one the alert reported."""
        rank, now = alert.facts.get("rank"), find_rank(self.model, score.level if score else None)
        same = alert.facts.get("model") == self.model.name
        return same and rank is not None and now is not None and now < int(rank)

    def _is_worse(self, rule: Rule, score: AccountScore | None, alert: Alert) -> bool:
        """Whether the rule is news that the alert does not carry: a worse level, a graver matter, or one of
        which somebody else must hear."""
        severity = compute_severity(rule, self.model, score.level if score else None)
        graver = severity == "critical" and alert.severity != "critical"
        untold = set(rule.tell) - {"owner"} - set(alert.facts.get("tell", ()))
        return self._is_lower(score, alert) or graver or bool(untold)

    def _replace(self, alert: Alert, score: AccountScore | None) -> None:
        titles = {level.name: level.label for level in self.model.levels}
        level = titles.get(score.level or "") if score else None
        points = compute_rounded(score.score_micro) if score and score.score_micro is not None else None
        resolve(self.session, alert, why="fell_further", level=level, score=points, now=self.now)

    def _join(self, rule: Rule, fire: Fire, alert: Alert) -> Outcomes:
        """Note the rule on the account's open alert."""
        if rule.name == alert.rule or rule.name in _also(alert):
            return Outcomes("suppressed", "already_open", alert.id)
        self.session.refresh(alert, with_for_update=True)
        lasts = {"lasts": True} if fire.said.figures else {}
        noted = {"name": rule.name, "title": rule.title, **lasts}
        alert.facts = {**alert.facts, "also": [*alert.facts["also"], noted]}
        if alert.opened_at < self.now:
            # What fired together with it stands in its message from the first.
            detail = {"rule": rule.name, "title": rule.title}
            add_event(self.session, alert.id, "also_fired", self.now, detail=detail)
        self.session.flush()
        mark_stale(self.session, kind="alert", subject_id=alert.id, hurry=False)
        if rule.rule_class == "commercial":
            wake(self.session, alert, why="commercial", now=self.now, team=self.team)
        if alert.proposed_at is not None:
            keep(self.session, alert, now=self.now, team=self.team)
        return Outcomes("joined", alert_id=alert.id)

    def _open(self, rule: Rule, score: AccountScore | None, fire: Fire) -> Outcomes:
        account = self.session.get_one(Account, fire.account_id)
        evidence = get_evidence(
            self.session, self.comparisons, account=account, score=score, since=fire.since
        )
        alert = open_alert(
            self.session,
            rule=rule,
            account_id=fire.account_id,
            as_of=self.as_of,
            severity=compute_severity(rule, self.model, score.level if score else None),
            facts=compute_facts(evidence, rule, self.model, fire.said),
            now=self.now,
            team=self.team,
        )
        if alert is None:
            return Outcomes("suppressed", "already_open")
        return Outcomes("opened", alert_id=alert.id)


def _also(alert: Alert) -> set[str]:
    return {noted["name"] for noted in alert.facts["also"]}
