"""Many alerts of many CSMs, each of whom has a channel and a manager of their own.

STORM_ALERTS says how many: a hundred in the suite, five hundred for a whole storm, which takes minutes.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.alerts.opening import open_alert
from bot.alerts.rules import Rule, load_rules
from bot.config import Route, TeamConfig, WorkingHours
from bot.models import Account, Person
from tests.scenarios.test_kills import FACTS

ALERTS = int(os.environ.get("STORM_ALERTS", "100"))
CSMS = ALERTS // 10
#: A Monday at nine in the morning, in a team without nights.
OPENED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EXECUTIVE = 2 * CSMS + 1


def find_csm(alert_number: int) -> int:
    """The CSM of the account with this number; their manager's id is higher by the number of CSMs."""
    return (alert_number - 1) % CSMS + 1


def name_channel(csm: int) -> str:
    return f"cs-{csm:02}"


def read_team() -> TeamConfig:
    """A team whose alerts go to the channel of their CSM."""
    routes = [Route(csm=f"p{csm}@corp.example", to=f"#{name_channel(csm)}") for csm in range(1, CSMS + 1)]
    team = TeamConfig(routes=tuple(routes), working_hours=WorkingHours(starts="00:00", ends="23:59"))
    return team.model_copy(update={"alerts": team.alerts.model_copy(update={"daily_cap": ALERTS})})


def list_people() -> Iterator[dict[str, Any]]:
    """The CSMs, their managers, and the executive above them all."""
    for number in count(1):
        if number > EXECUTIVE:
            return
        role = "csm" if number <= CSMS else "manager" if number < EXECUTIVE else "executive"
        above = {"csm": number + CSMS, "manager": EXECUTIVE, "executive": None}[role]
        yield {
            "id": number,
            "email": f"p{number}@corp.example",
            "name": f"Person {number}",
            "role": role,
            "manager_id": above,
            "slack_id": f"U{number:03}",
            "timezone": "UTC",
        }


def describe_workspace() -> dict[str, Any]:
    """The local Slack's people and channels."""
    users = [{"id": person["slack_id"], "name": person["name"]} for person in list_people()]
    members = [user["id"] for user in users]
    names = [*(name_channel(csm) for csm in range(1, CSMS + 1)), "cs-alerts", "cs-team"]
    channels = [{"id": f"C{n:03}", "name": name, "members": members} for n, name in enumerate(names, 1)]
    return {"users": users, "channels": channels}


def write_people(session: Session) -> None:
    people = sorted(list_people(), key=lambda person: -int(person["id"]))
    for person in people:
        session.execute(insert(Person).values(person))


def open_alerts(session: Session) -> None:
    """Open all of them at once, as a bad morning would."""
    rule = next(rule for rule in load_rules(None) if rule.name == "score_drop")
    for number in range(1, ALERTS + 1):
        values = {"external_id": f"a{number}", "name": f"Account-{number:03}", "csm_id": find_csm(number)}
        session.execute(insert(Account).values(id=number, **values))
        _open(session, rule, number)


def _open(session: Session, rule: Rule, number: int) -> None:
    alert = open_alert(
        session,
        rule=rule,
        account_id=number,
        as_of=OPENED.date(),
        severity="at_risk",
        facts=dict(FACTS),
        now=OPENED,
        team=read_team(),
    )
    assert alert is not None
