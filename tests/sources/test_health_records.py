"""Health records in YAML (SPEC H11)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.sources.conftest import Load

RECORDS = """\
accounts:
  - account: Acme Corp
    arr: $120,000
    tier: Enterprise
    csm: Dana Reed
    renewal_date: 2026-12-31
    date: 2026-03-01
    dimensions:
      product_usage: {score: 7, weight: 0.30, dau_mau: 35%, core_actions: 120}
      engagement:
        score: 5
        inputs: {login_trend: flat, open_tickets: 3}
      relationship: 8
      outcomes: {score: 6.5, roi_documented: yes}
      financial: {score: 10, payment: on time}
  - account: Birch Ltd
    arr: 9000
    tier: smb
    csm: kim@us.example
    renewal_date: 2026-06-30
    product_usage: 2
    pulse: 3
"""


def rows(session: Session, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(text(query))]


def test_records_become_accounts_and_signals(load: Load, session: Session) -> None:
    report = load({"people.csv": "email,name\ndana@us.example,Dana Reed\n", "health.yaml": RECORDS})
    assert report.loaded, report.problems
    accounts = (
        "select a.external_id, a.name, arr_cents, segment, p.email, renewal_on, custom "
        "from account a join person p on p.id = a.csm_id order by a.id"
    )
    assert rows(session, accounts) == [
        ("acme_corp", "Acme Corp", 12000000, "enterprise", "dana@us.example", date(2026, 12, 31), {}),
        ("birch_ltd", "Birch Ltd", 900000, "smb", "kim@us.example", date(2026, 6, 30), {"pulse": 3}),
    ]
    signals = "select s.name, s.value, s.day from signal_value s where account_id = 1 order by s.name"
    assert rows(session, signals) == [
        ("health_engagement", 5.0, date(2026, 3, 1)),
        ("health_engagement.open_tickets", 3.0, date(2026, 3, 1)),
        ("health_financial", 10.0, date(2026, 3, 1)),
        ("health_outcomes", 6.5, date(2026, 3, 1)),
        ("health_outcomes.roi_documented", 1.0, date(2026, 3, 1)),
        ("health_product_usage", 7.0, date(2026, 3, 1)),
        ("health_product_usage.core_actions", 120.0, date(2026, 3, 1)),
        ("health_product_usage.dau_mau", 0.35, date(2026, 3, 1)),
        ("health_relationship", 8.0, date(2026, 3, 1)),
    ]
    # A record without a date counts for the day of the import.
    assert rows(session, "select name, day from signal_value where account_id = 2") == [
        ("health_product_usage", date(2026, 3, 10))
    ]


def test_a_record_finds_its_account_by_name(load: Load, session: Session) -> None:
    load({"accounts.csv": "id,name,seats\nA1,ACME corp,5\n"})
    report = load({"health.yaml": "account: Acme Corp\nrelationship: 4\n"}, on="2026-03-11")
    assert report.loaded
    assert rows(session, "select external_id, seats from account") == [("A1", 5)]
    again = load({"health.yaml": "account: Acme Corp\nrelationship: 4\n"}, on="2026-03-11")
    assert {(f.added, f.changed) for f in again.files} == {(0, 0)}


def test_a_csm_nobody_knows_is_kept_by_name(load: Load, session: Session) -> None:
    load({"one.yaml": "customer_health:\n  account: Acme\n  csm: Somebody\n"})
    assert rows(session, "select csm_id, custom from account") == [(None, {"csm": "Somebody"})]


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        ("- account: Acme\n  dimensions:\n    engagement: 11\n", 1, "health_engagement", "from 0 to 10"),
        ("- account: Acme\n- arr: 5\n", 2, "account", "which account"),
        ("- account: Acme\n  engagement:\n    score: high\n", 3, "health_engagement", "from 0 to 10"),
        ("account: [Acme\n", 2, None, "not YAML"),
        ("sources: {a: {file: a.csv}}\ntables: {}\n", 1, None, "is a mapping file"),
        ("just words", None, None, "no health record"),
        ("- account: Acme\n  renewal_date: someday\n", 1, "renewal_date", "no date"),
    ],
)
def test_wrong_records_are_named(
    load: Load, session: Session, content: str, line: int | None, column: str | None, message: str
) -> None:
    report = load({"health.yaml": content})
    assert not report.loaded
    problem = report.problems[0]
    assert (problem.file, problem.line) == ("health.yaml", line)
    assert (problem.column or "").split(" ")[0] in ((column or ""), "renewal_on")
    assert message in problem.message
    assert rows(session, "select count(*) from account") == [(0,)]
