"""A team with its managers, an account of one of its CSMs, and an alert about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.alerts import acts, load_alert_card
from bot.alerts.answering import confirm_alert, give_feedback, keep_alert_open
from bot.alerts.confirming import ask_owner
from bot.alerts.handing_on import assign_alert, escalate_alert
from bot.alerts.lifecycle import add_event, propose_end, resolve
from bot.alerts.plays import start_play
from bot.alerts.promises import start_clock
from bot.alerts.views import AlertCard
from bot.config import TeamConfig
from bot.messages import want_message
from bot.models import Account, Alert, AlertEvent, AlertPromise, AuditEntry, Person

#: A Tuesday morning.
OPENED = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
#: When people act, in the tests that do not say.
NOW = OPENED + timedelta(hours=1)
TEAM = TeamConfig()

#: name: id, role, manager, Slack id
PEOPLE: dict[str, tuple[int, str, int | None]] = {
    "Eve Executive": (1, "executive", None),
    "Vera Manager": (2, "manager", 1),
    "Max Manager": (6, "manager", None),
    "Maria Lopez": (3, "csm", 2),
    "Otto Weber": (4, "csm", 6),
    "Dan Deputy": (5, "csm", 6),
    "Ada Admin": (7, "admin", None),
    "Rolf Rep": (8, "account_executive", None),
}
EVE, VERA, MARIA, OTTO, DAN, MAX, ADA, ROLF = (f"U{number}" for number in range(1, 9))
STRANGER = "USTRANGER"

FACTS: dict[str, Any] = {
    "rule_title": "Fell into a worse level",
    "rule_why": "A level is what the team agreed to act on.",
    "class": "risk",
    "escalation": {"manager": "24h", "executive": "48h"},
    "tell": [],
    "play": "at_risk",
    "level_before": {"title": "Green", "color": "green"},
    "level": {"title": "Yellow", "color": "yellow"},
    "rank": 1,
    "rank_before": 2,
    "recovers_at": 63,
    "score_before": 66,
    "score": 60,
    "over_days": 7,
    "arr_cents": 1_000_000,
    "arr_at_risk_cents": 400_000,
    "currency": "USD",
    "segment": "smb",
    "renewal_on": None,
    "opt_out_on": None,
    "owner": "Maria Lopez",
    "reasons": ["logins 12 → 2 in 30 days (−9)"],
    "reasons_are": "fall",
    "next_step": "Ask what changed.",
    "coverage": 1.0,
    "model": "four_dimension",
    "version": "1",
    "also": [],
}


@dataclass
class Office:
    """The team, with what tests do to its alerts."""

    session: Session
    team: TeamConfig = TEAM
    now: datetime = NOW
    alerts: list[int] = field(default_factory=list)

    def hire(self) -> None:
        self.session.execute(
            insert(Person),
            [
                {
                    "id": number,
                    "email": f"{name.split()[0].lower()}@corp.example",
                    "name": name,
                    "role": role,
                    "manager_id": manager,
                    "slack_id": f"U{number}",
                    "timezone": "UTC",
                }
                for name, (number, role, manager) in PEOPLE.items()
            ],
        )

    def add_account(self, account_id: int = 1, csm_id: int | None = 3) -> None:
        self.session.execute(
            insert(Account).values(
                id=account_id,
                external_id=f"A{account_id}",
                name=f"Acme {account_id}",
                csm_id=csm_id,
                arr_cents=1_000_000,
            )
        )

    def open(self, account_id: int = 1, rule: str = "fell_below_level", **values: Any) -> int:
        """The id of a new alert with a message in #cs-alerts, as a rule would open it."""
        owner_id = self.session.get_one(Account, account_id).csm_id
        row = {
            "account_id": account_id,
            "rule": rule,
            "severity": "critical",
            "as_of": date(2026, 11, 23),
            "opened_at": OPENED,
            "owner_id": owner_id,
            "facts": FACTS,
            **values,
        }
        alert_id = self.session.scalars(insert(Alert).values(row).returning(Alert.id)).one()
        alert = self.session.get_one(Alert, alert_id)
        add_event(self.session, alert_id, "opened", OPENED, detail={"rule": rule})
        start_clock(self.session, alert, now=OPENED, team=self.team)
        want_message(self.session, kind="alert", subject_id=alert_id, channel="#cs-alerts")
        self.alerts.append(alert_id)
        return alert_id

    def act(self, deed: str, who: str = MARIA, alert_id: int | None = None, **values: Any) -> Any:
        """Let somebody act on the (newest) alert."""
        given = {**DEFAULTS.get(deed, {}), **values}
        return DEEDS[deed](
            self.session,
            alert_id=alert_id or self.alerts[-1],
            slack_user_id=who,
            now=given.pop("now", self.now),
            team=self.team,
            **given,
        )

    def bring(self, state: str) -> None:
        """Bring the (newest) alert into a state, by the acts that lead there."""
        for deed in PATHS[state]:
            self.act(deed)

    def ask(self) -> None:
        """Ask the owner whether they are still on it, as happens by itself after some days."""
        ask_owner(self.session, self.alert, now=self.now, team=self.team)

    def propose(self) -> None:
        propose_end(self.session, self.alert, score=66, level="Green", now=self.now, team=self.team)

    def recover(self) -> None:
        resolve(self.session, self.alert, why="recovered", level="Green", score=66, now=self.now)

    @property
    def alert(self) -> Alert:
        return self.get(self.alerts[-1])

    def get(self, alert_id: int) -> Alert:
        self.session.flush()
        return self.session.get_one(Alert, alert_id, populate_existing=True)

    def card(self) -> AlertCard:
        card = load_alert_card(self.session, self.alerts[-1], zone=self.team.zone)
        assert card is not None
        return card

    def kinds(self, alert_id: int | None = None) -> list[str]:
        """What happened to the alert, in order."""
        asked = select(AlertEvent.kind).where(AlertEvent.alert_id == (alert_id or self.alerts[-1]))
        return list(self.session.scalars(asked.order_by(AlertEvent.id)))

    def pending(self, alert_id: int | None = None) -> dict[str, datetime | None]:
        """What the alert does next by itself, by kind; None while paused."""
        asked = select(AlertPromise).where(
            AlertPromise.alert_id == (alert_id or self.alerts[-1]), AlertPromise.ended_at.is_(None)
        )
        rows = self.session.scalars(
            asked.order_by(AlertPromise.step.desc()).execution_options(populate_existing=True)
        )
        return {row.kind: row.due_at for row in rows}

    def audited(self) -> list[str]:
        return list(self.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


DEEDS: dict[str, Callable[..., Any]] = {
    "acknowledge": acts.acknowledge_alert,
    "snooze": acts.snooze_alert,
    "wake": acts.wake_alert,
    "assign": assign_alert,
    "escalate": escalate_alert,
    "resolve": acts.resolve_alert,
    "dismiss": acts.dismiss_alert,
    "reopen": acts.reopen_alert,
    "confirm": confirm_alert,
    "keep_open": keep_alert_open,
    "start_play": start_play,
    "feedback": give_feedback,
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "snooze": {"until": NOW + timedelta(days=3), "reason": "They are on holiday"},
    "assign": {"to_person_id": 4},
    "dismiss": {"reason": "expected"},
    "feedback": {"useful": True},
}
PATHS: dict[str, tuple[str, ...]] = {
    "open": (),
    "acknowledged": ("acknowledge",),
    "snoozed": ("snooze",),
    "resolved": ("resolve",),
    "dismissed": ("dismiss",),
}
