"""Random small companies: gaps, unknown figures, late and withdrawn rows, instants near midnight."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from .company import DAY, Company

ACCOUNTS = (1, 3, 4096, 9000)
FEATURES = ("export", "reports", *(f"feature {number}" for number in range(70)))


def build_random_company(session: Session, random: Random, as_of: date, zone: ZoneInfo) -> Company:
    """A company with facts around `as_of`, before and after it."""
    company = Company(session)
    for name in FEATURES:
        company.find_feature(name)
    for account in ACCOUNTS:
        _add_account(company, random, account, as_of)
        for _ in range(random.randint(0, 12)):
            _add_usage(company, random, account, as_of)
        for _ in range(random.randint(0, 4)):
            for kind in company.rows:
                if random.random() < 0.5:
                    _add_row(company, random, kind, account, as_of, zone)
    for at in range(-40, 10):
        if random.random() < 0.7:
            day = as_of + at * DAY
            company.complete(day, day, recorded_on=day + random.choice((0, 0, 0, 3)) * DAY)
    company.refresh()
    return company


def _near(random: Random, as_of: date) -> date:
    """A day near a border of a window, for the most part."""
    spread = random.choice((0, 0, 1, 4, 5, 6, 9, 10, 11, 29, 30, 31, 60, 399, 400, 401, -1, -3))
    return as_of - spread * DAY


def _recorded(random: Random, day: date) -> dict[str, Any]:
    recorded = day + random.choice((0, 0, 0, 0, 1, 2, 8)) * DAY
    until = recorded + random.randint(1, 9) * DAY if random.random() < 0.25 else None
    return {"recorded_on": recorded, "until": until}


def _instant(random: Random, day: date, zone: ZoneInfo) -> datetime:
    """An instant of the team's own day, often next to midnight."""
    hour, minute = random.choice(((0, 0), (0, 30), (12, 0), (23, 30), (23, 59)))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def _maybe(random: Random, value: Any) -> Any:
    return value if random.random() < 0.7 else None


def _add_account(company: Company, random: Random, account: int, as_of: date) -> None:
    for recorded_on in (date(1, 1, 1), as_of - 2 * DAY, as_of + 1 * DAY)[: random.randint(1, 3)]:
        company.add_account(
            account,
            recorded_on=recorded_on,
            seats=_maybe(random, random.randint(0, 9)),
            arr_cents=_maybe(random, random.choice((0, 1, 99, 123_456, 10**11))),
            plan_limit=_maybe(random, random.randint(0, 500)),
            notice_days=_maybe(random, random.randint(0, 60)),
            renewal_on=_maybe(random, _near(random, as_of)),
            started_on=_maybe(random, as_of - random.randint(0, 900) * DAY),
            custom={"grade": random.choice(("12.5", "true", "n/a", "nan", "-3"))}
            if random.random() < 0.7
            else {},
        )


def _add_usage(company: Company, random: Random, account: int, as_of: date) -> None:
    day = _near(random, as_of)
    latest = max(
        (
            row["superseded_on"] or row["recorded_on"]
            for row in company.usage
            if row["account_id"] == account and row["day"] == day
        ),
        default=None,
    )
    recorded = day + random.choice((0, 0, 0, 1, 5)) * DAY
    if latest is not None:
        recorded = max(recorded, latest + DAY)
        if random.random() < 0.3:
            company.remove_usage(account, day, recorded_on=recorded)
            return
    company.add_usage(
        account,
        day,
        recorded_on=recorded,
        active_users=_maybe(random, random.choice((0, 2, 300))),
        logins=_maybe(random, random.choice((0, 1, 255, 256, 70_000))),
        core_actions=_maybe(random, random.randint(0, 3)),
        api_calls=_maybe(random, random.choice((0, 7, 2**32, 2**40))),
        new_users=_maybe(random, random.randint(0, 2)),
        seats_used=_maybe(random, random.randint(0, 6)),
        features=_maybe(random, random.sample(FEATURES, random.randint(0, 3))),
    )


def _add_row(company: Company, random: Random, kind: str, account: int, as_of: date, zone: ZoneInfo) -> None:
    day = _near(random, as_of)
    number = len(company.rows[kind])
    at = _instant(random, day, zone)
    values: dict[str, dict[str, Any]] = {
        "tickets": {
            "external_id": f"t{number}",
            "opened_at": at,
            "closed_at": _maybe(random, at + timedelta(hours=random.randint(0, 200))),
            "severity": random.choice(("low", "normal", "high", "urgent")),
            "rating": _maybe(random, random.randint(1, 5)),
        },
        "surveys": {
            "kind": random.choice(("nps", "csat")),
            "score": random.randint(1, 5) if random.random() < 0.5 else random.randint(6, 10),
            "answered_at": at,
            "contact_email": f"{number}@example.com",
        },
        "payments": {
            "external_id": f"p{number}",
            "due_on": day,
            "status": (status := random.choice(("paid", "failed", "open"))),
            "paid_on": _maybe(random, day + random.randint(0, 9) * DAY) if status == "paid" else None,
        },
        "touches": {
            "kind": random.choice(("meeting", "qbr", "call", "email", "executive", "note")),
            "at": at,
            "by_email": f"{number}@example.com",
        },
        "movements": {
            "moved_on": day + 0 * DAY,
            "kind": random.choice(("new", "expansion", "contraction", "churn")),
            "amount_cents": random.choice((1, 5_000, -700, 123_000)),
        },
        "contacts": {
            "email": f"{number}@example.com",
            "role": random.choice(("champion", "exec_sponsor", "admin", "user")),
            "since": _maybe(random, _near(random, as_of)),
            "left_on": _maybe(random, _near(random, as_of)),
        },
        "goals": {
            "objective": f"goal {number}",
            "status": random.choice(("open", "met", "missed")),
            "met_on": _maybe(random, _near(random, as_of)),
            "due_on": _maybe(random, _near(random, as_of)),
        },
        "custom": {
            "name": random.choice(("posts", "grade")),
            "day": day,
            "value": random.choice((0.1, 0.2, 0.3, 7.0, -1.5)),
        },
    }
    times = _recorded(random, day)
    if kind in ("movements", "custom") and _is_taken(company, kind, account, values[kind]):
        return
    company.add(kind, account, **times, **values[kind])


def _is_taken(company: Company, kind: str, account: int, values: dict[str, Any]) -> bool:
    """One row of a natural key at a time is enough here; versions of keys have their own test."""
    keys = {"movements": ("moved_on", "kind"), "custom": ("day", "name")}[kind]
    return any(
        row["account_id"] == account and all(row[key] == values[key] for key in keys)
        for row in company.rows[kind]
    )
