"""Accounts whose scores are written down day by day, and the morning after each day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import yaml
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from blocks.alerts import build_alert
from blocks.moments import spell_out
from bot.alerts import AlertCard, Rule, evaluate_alerts, load_alert_card, load_rules
from bot.config import TeamConfig
from bot.models import ALWAYS, Account, AccountVersion, Alert, Person, RuleFire, SignalValue, SlackMessage
from scoring.model import ScoringModel
from scoring.run import score_day

FIRST = date(2026, 6, 1)
DAY = timedelta(days=1)
TEAM = TeamConfig(default_model="pulse")

#: A score is what was written down for the day: logins are worth 60 points and peace in support 40.
PULSE = """
name: pulse
dimensions:
  - name: use
    weight: 0.6
    signals:
      - {name: logins, title: Logins, weight: 1, signal: "custom(name=logins, days=1)", normalise: {linear: {from: 0, to: 100}}}
  - name: support
    weight: 0.4
    signals:
      - {name: tickets, title: Ticket peace, weight: 1, signal: "custom(name=tickets, days=1)", normalise: {linear: {from: 0, to: 100}}}
levels:
  - {name: red, title: Red, color: red, from: 0}
  - {name: yellow, title: Yellow, color: yellow, from: 40, hysteresis: 2}
  - {name: green, title: Green, color: green, from: 65, hysteresis: 2}
"""  # noqa: E501

#: One figure for both signals, or one for each; None: nothing is known.
Figure = float | tuple[float | None, float | None] | None


def read_model(text: str = PULSE) -> ScoringModel:
    return ScoringModel.model_validate(yaml.safe_load(text))


def day(number: int) -> date:
    """The day with this number; 0 is the first."""
    return FIRST + number * DAY


def morning_after(on: date) -> datetime:
    return datetime.combine(on + DAY, time(6), UTC)


def pick_rules(*names: str) -> tuple[Rule, ...]:
    """Some of the shipped rules."""
    return tuple(rule for rule in load_rules(None) if rule.name in names)


@dataclass
class Book:
    """A team's accounts, with what tests do to them."""

    session: Session
    model: ScoringModel = field(default_factory=read_model)
    rules: tuple[Rule, ...] = field(default_factory=lambda: pick_rules("fell_below_level", "score_drop"))
    team: TeamConfig = TEAM

    def add(self, account_id: int, path: Sequence[Figure], **values: Any) -> None:
        """A live account with a figure for each day from the first on."""
        values = {"name": f"Account {account_id}", "arr_cents": 1_000_000, "segment": "smb", **values}
        self.session.execute(insert(Account).values(id=account_id, external_id=f"a{account_id}", **values))
        self.session.execute(
            insert(AccountVersion).values(account_id=account_id, recorded_on=ALWAYS, **values)
        )
        self.extend(account_id, path)

    def extend(self, account_id: int, path: Sequence[Figure], start: int = 0) -> None:
        """More figures, from the day with number ``start`` on."""
        rows = []
        for number, figure in enumerate(path, start):
            pair = figure if isinstance(figure, tuple) else (figure, figure)
            on = day(number)
            for name, value in zip(("logins", "tickets"), pair, strict=True):
                if value is not None:
                    rows.append(
                        {"account_id": account_id, "name": name, "day": on, "recorded_on": on, "value": value}
                    )
        if rows:
            self.session.execute(insert(SignalValue), rows)

    def run(self, number: int, *, force: bool = False) -> int:
        """Score a day on the morning after and look for falls; how many alerts were opened."""
        on, now = day(number), morning_after(day(number))
        score_day(self.session, models=[self.model], as_of=on, now=now, zone=self.team.zone, force=force)
        return self.evaluate(number)

    def evaluate(self, number: int) -> int:
        on = day(number)
        return evaluate_alerts(
            self.session,
            model=self.model,
            rules=self.rules,
            as_of=on,
            now=morning_after(on),
            team=self.team,
        )

    def run_all(self, first: int, last: int) -> list[int]:
        """How many alerts each of these days opened."""
        return [self.run(number) for number in range(first, last + 1)]

    def add_person(self, person_id: int, name: str, slack_id: str | None, timezone: str = "UTC") -> None:
        self.session.execute(
            insert(Person).values(
                id=person_id,
                email=f"{name.split()[0].lower()}@corp.example",
                name=name,
                role="csm",
                slack_id=slack_id,
                timezone=timezone,
            )
        )

    def churn(self, account_id: int) -> None:
        self.session.execute(update(Account).where(Account.id == account_id).values(status="churned"))
        self.session.execute(
            update(AccountVersion).where(AccountVersion.account_id == account_id).values(status="churned")
        )

    def alerts(self) -> list[Alert]:
        self.session.expire_all()
        return list(self.session.scalars(select(Alert).order_by(Alert.id)))

    def outcomes(self, rule: str) -> list[tuple[int, str, str | None]]:
        """What came of a rule's fires: number of the day, outcome, reason."""
        asked = select(RuleFire.as_of, RuleFire.outcome, RuleFire.reason).where(RuleFire.rule == rule)
        rows = self.session.execute(asked.order_by(RuleFire.as_of, RuleFire.account_id))
        return [((row[0] - FIRST).days, row[1], row[2]) for row in rows]

    def card(self, alert: Alert) -> AlertCard:
        card = load_alert_card(self.session, alert.id, zone=self.team.zone)
        assert card is not None
        return card

    def text(self, alert: Alert) -> str:
        """What the alert's message says in its present state."""
        reply = build_alert(self.card(alert))
        blocks = reply.blocks
        found = [reply.text, *(b["text"]["text"] for b in blocks if b["type"] == "section")]
        found += [e["text"] for b in blocks if b["type"] == "context" for e in b["elements"]]
        return spell_out("\n".join(found))

    def wanted(self, kind: str = "alert") -> list[tuple[int, str, int]]:
        """The messages wanted of a kind: subject, channel and version."""
        asked = select(SlackMessage.subject_id, SlackMessage.channel, SlackMessage.wanted_version)
        rows = self.session.execute(asked.where(SlackMessage.kind == kind).order_by(SlackMessage.id))
        return [(row[0], row[1], row[2]) for row in rows]
