"""A small company with 40 days of use, scored for real, and the ways to ask about it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session, sessionmaker

from bot.accounts.names import AccountNames
from bot.accounts.reader import SlackProfile
from bot.alerts import load_rules
from bot.config import TeamConfig
from bot.models import ALWAYS, Account, AccountVersion, FeedDay, Person, UsageDaily
from handlers.desk import Desk
from handlers.introductions import Introductions
from scoring.model import load_models
from scoring.run import score_day
from scoring.sheets import refresh_sheets

LAST_DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TEAM = TeamConfig(default_model="six_signal", models=("crm_pattern",))
RULES = load_rules(None)
MARIA, JONAS, VERA, STRANGER = "UMARIA", "UJONAS", "UVERA", "USTRANGER"
_DAYS = 45

#: Name, segment, stage, ARR in thousands, who owns it, logins a day: before and in the last two weeks.
ACCOUNTS = (
    ("Acme Corp", "enterprise", "adoption", 84, 1, 5, 0),
    ("Globex", "mid_market", "adoption", 40, 1, 1, 5),
    ("Initech", "smb", "onboarding", 12, 1, 3, 3),
    ("Northwind Logistics GmbH", "enterprise", "renewal", 120, 2, 2, 2),
    ("Northwind Traders", "smb", "adoption", 9, 2, 0, 1),
    ("Umbrella & Söhne <b>", "mid_market", "adoption", 33, 2, 1, 1),
)


def make_company(session: Session) -> None:
    """Write people, accounts and their use, and score the last day."""
    people = [
        ("maria@corp.example", "Maria Lopez", "csm", MARIA, "Europe/Madrid"),
        ("jonas@corp.example", "Jonas Weber", "csm", None, None),
        ("vera@corp.example", "Vera Stone", "manager", VERA, "America/New_York"),
    ]
    for number, (email, name, role, slack_id, timezone) in enumerate(people, 1):
        values = {"id": number, "email": email, "name": name, "role": role, "slack_id": slack_id}
        session.execute(insert(Person).values(**values, timezone=timezone))
    session.execute(update(Person).where(Person.role == "csm").values(manager_id=len(people)))
    for number, (name, segment, stage, thousands, csm_id, *logins) in enumerate(ACCOUNTS, 1):
        _add_account(
            session,
            number,
            name=name,
            segment=segment,
            stage=stage,
            arr_cents=thousands * 100_000,
            csm_id=csm_id,
            domain=f"{name.split()[0].lower()}.example",
            renewal_on=date(2027, 2, 12),
            notice_days=41,
        )
        _add_usage(session, number, *logins)
    _add_account(session, 7, name="Gone Ltd", status="churned", churned_on=date(2026, 9, 30), csm_id=1)
    days = [LAST_DAY - timedelta(days=back) for back in range(_DAYS)]
    session.execute(insert(FeedDay), [{"feed": "usage", "day": day, "recorded_on": day} for day in days])
    refresh_sheets(session, set(days))
    models = load_models(None)
    score_day(
        session, models=[models[name] for name in TEAM.all_models], as_of=LAST_DAY, now=NOW, zone=TEAM.zone
    )


def _add_account(session: Session, number: int, **values: Any) -> None:
    session.execute(insert(Account).values(id=number, external_id=f"A-{number}", **values))
    session.execute(insert(AccountVersion).values(account_id=number, recorded_on=ALWAYS, **values))


def _add_usage(session: Session, number: int, before: int, lately: int) -> None:
    rows = []
    for back in range(_DAYS):
        day = LAST_DAY - timedelta(days=back)
        logins = lately if back < 14 else before
        rows.append(
            {
                "account_id": number,
                "day": day,
                "recorded_on": day,
                "logins": logins,
                "active_users": logins,
                "api_calls": logins * 100,
                "new_users": 0,
                "features": list(range(logins)),
            }
        )
    session.execute(insert(UsageDaily), rows)


Sessions = Callable[[], AbstractContextManager[Session]]


def make_desk(
    sessions: sessionmaker[Session],
    slack_id: str = MARIA,
    *,
    profile: SlackProfile | None = None,
    now: datetime = NOW,
) -> Desk:
    """A desk at which this Slack user asks; ``profile`` is what Slack has said of them."""
    introductions = Introductions()
    if profile is not None:
        introductions._profiles[slack_id] = (float("inf"), profile)
    names = AccountNames(sessions)
    return Desk(sessions, lambda: now, TEAM, load_models(None), names, introductions, slack_id, RULES)


class Heard:
    """Takes the place of `ack`, `respond` or a method of the client, and keeps what it was called with."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def __call__(self, **message: Any) -> None:
        self.calls.append(message)

    @property
    def only(self) -> dict[str, Any]:
        """The one message."""
        (message,) = [call for call in self.calls if call]
        return message
