"""A team with accounts, scores and alerts written down as they are wanted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session, sessionmaker

from bot.config import TeamConfig
from bot.models import (
    Account,
    AccountScore,
    Alert,
    AlertEvent,
    AlertFeedback,
    AlertPromise,
    Digest,
    Person,
    RuleFire,
    SlackMessage,
)
from scoring.model import load_models

#: A Monday in winter, and the moment of the team's digest.
MONDAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEAM = TeamConfig()
MODEL = TEAM.default_model
MODELS = load_models(None)
MARIA, VERA, ADA = 1, 2, 3
_TOTALS = """
    insert into portfolio_total (model, csm_id, segment, stage, level, accounts, arr_cents, arr_at_risk_cents,
                                 score_micro_sum)
    select model, csm_id, segment, stage, level, count(*), sum(arr_cents), sum(arr_at_risk_cents),
           coalesce(sum(score_micro), 0)
      from account_score group by model, csm_id, segment, stage, level"""


@dataclass
class Team:
    """What tests write down. Person 1 is a CSM, 2 her manager, 3 an admin; account ids are given."""

    session: Session

    def add_people(self) -> None:
        people = [
            (MARIA, "Maria Lopez", "csm", "UMARIA", 2),
            (VERA, "Vera Stone", "manager", "UVERA", None),
            (ADA, "Ada Admin", "admin", "UADA", None),
        ]
        for number, name, role, slack_id, manager in reversed(people):
            self.add_person(number, name=name, role=role, slack_id=slack_id, manager_id=manager)

    def add_person(self, number: int, **values: Any) -> None:
        row = {"id": number, "email": f"p{number}@corp.example", "name": f"Person {number}", "role": "csm"}
        self.session.execute(insert(Person).values(**row | values))

    def add_account(self, number: int, *, score: int | None = 50, **values: Any) -> None:
        """A live account with this score; ``delta`` is its change in 30 days in points."""
        delta = values.pop("delta", None)
        row = {"name": f"Account {number}", "arr_cents": 10_000_00, "csm_id": None, **values}
        self.session.execute(insert(Account).values(id=number, external_id=f"A-{number}", **row))
        if score is None:
            return
        level = "red" if score < 40 else "yellow" if score < 65 else "green"
        self.session.execute(
            insert(AccountScore).values(
                model=MODEL,
                account_id=number,
                as_of=MONDAY - DAY,
                score_micro=score * 1_000_000,
                level=level,
                delta_30_micro=None if delta is None else delta * 1_000_000,
                coverage_percent=90,
                csm_id=row["csm_id"],
                arr_cents=row["arr_cents"],
                arr_at_risk_cents=row["arr_cents"] * (100 - score) // 100,
            )
        )

    def add_totals(self) -> None:
        self.session.execute(text(_TOTALS))

    def add_alert(self, account: int, *, rule: str = "score_drop", **values: Any) -> int:
        """The id of an alert with its event of opening."""
        at = values.pop("opened_at", MORNING - 2 * HOUR)
        facts = {
            "rule_title": "Score fell fast",
            "level": {"title": "Red", "color": "red"},
            "score": 38,
            "arr_at_risk_cents": values.pop("at_risk", 5_000_00),
            "currency": "USD",
            "also": [],
        }
        row = {"severity": "at_risk", "as_of": at.date(), "opened_at": at, "facts": facts, **values}
        new = insert(Alert).values(account_id=account, rule=rule, **row).returning(Alert.id)
        alert_id = self.session.execute(new).scalar_one()
        self.add_event(alert_id, "opened", at, rule=rule)
        return alert_id

    def add_event(self, alert: int, kind: str, at: datetime, **detail: Any) -> None:
        self.session.add(AlertEvent(alert_id=alert, kind=kind, at=at, detail=detail))
        self.session.flush()

    def add_promise(self, alert: int, kind: str, due_at: datetime | None, **values: Any) -> None:
        self.session.add(AlertPromise(alert_id=alert, kind=kind, due_at=due_at, **values))
        self.session.flush()

    def add_fire(self, account: int, *, rule: str = "score_drop", **values: Any) -> int:
        at = values.pop("at", MORNING - 2 * HOUR)
        row = {"outcome": "opened", "as_of": at.date(), "at": at, "facts": {}, **values}
        new = insert(RuleFire).values(rule=rule, account_id=account, **row).returning(RuleFire.id)
        return self.session.execute(new).scalar_one()

    def answer(self, alert: int, person: int, useful: bool, reason: str | None = None) -> None:
        row = {"alert_id": alert, "person_id": person, "useful": useful, "reason": reason, "at": MORNING}
        self.session.execute(insert(AlertFeedback).values(**row))

    def wanted(self) -> list[tuple[str, str]]:
        """The kind and channel of every digest that was wanted as a message."""
        asked = (
            select(Digest.kind, SlackMessage.channel)
            .join(Digest, Digest.id == SlackMessage.subject_id)
            .where(SlackMessage.kind == "digest")
        )
        return [(kind, channel) for kind, channel in self.session.execute(asked.order_by(SlackMessage.id))]

    @property
    def sessions(self) -> sessionmaker[Session]:
        """Sessions that see what this one wrote, and whose commits end with it."""
        return sessionmaker(
            self.session.connection(), join_transaction_mode="create_savepoint", expire_on_commit=False
        )
