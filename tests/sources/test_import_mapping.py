"""Mapping files: tables of any form come in by configuration alone."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.errors import UserError
from tests.sources.conftest import Load

SHIPPED = Path(__file__).parents[2] / "docs" / "examples" / "ravenstack" / "mapping.yaml"

#: A few rows in the form of the tables that the shipped example describes.
TABLES = {
    "ravenstack_accounts.csv": (
        "account_id,account_name,industry,country,signup_date,referral_source,plan_tier,seats,is_trial,churn_flag\n"
        "A-1,Company_0,EdTech,US,16-10-2024,partner,Basic,9,FALSE,FALSE\n"
        "A-2,Company_1,FinTech,IN,17-08-2023,other,Basic,18,FALSE,TRUE\n"
    ),
    "ravenstack_subscriptions.csv": (
        "subscription_id,account_id,start_date,end_date,plan_tier,seats,mrr_amount,arr_amount,is_trial,"
        "upgrade_flag,downgrade_flag,churn_flag,billing_frequency,auto_renew_flag\n"
        "S-1,A-1,23-12-2023,,Enterprise,14,2786,33432,FALSE,FALSE,FALSE,FALSE,annual,TRUE\n"
        "S-2,A-1,11-06-2024,,Pro,17,833,9996,FALSE,FALSE,FALSE,FALSE,annual,TRUE\n"
        "S-3,A-1,25-11-2024,,Enterprise,62,0,0,TRUE,TRUE,FALSE,FALSE,annual,FALSE\n"
        "S-4,A-2,18-08-2023,01-02-2024,Pro,5,100,1200,FALSE,FALSE,FALSE,TRUE,monthly,TRUE\n"
    ),
    "ravenstack_feature_usage.csv": (
        "usage_id,subscription_id,usage_date,feature_name,usage_count,usage_duration_secs,error_count,is_beta_feature\n"
        "U-1,S-1,27-07-2024,feature_20,9,5004,0,FALSE\n"
        "U-2,S-2,27-07-2024,feature_5,4,369,0,FALSE\n"
        "U-3,S-4,07-12-2023,feature_3,2,1458,0,FALSE\n"
    ),
    "ravenstack_support_tickets.csv": (
        "ticket_id,account_id,submitted_at,closed_at,resolution_time_hours,priority,"
        "first_response_time_minutes,satisfaction_score,escalation_flag\n"
        "T-1,A-1,27-07-2023,28-07-2023 03:00,27,medium,74,,FALSE\n"
        "T-2,A-2,17-10-2023,17-10-2023 19:00,19,urgent,93,4,FALSE\n"
    ),
    "ravenstack_churn_events.csv": (
        "churn_event_id,account_id,churn_date,reason_code,refund_amount_usd,preceding_upgrade_flag,"
        "preceding_downgrade_flag,is_reactivation,feedback_text\n"
        "C-1,A-2,27-10-2023,pricing,4.03,FALSE,FALSE,FALSE,too dear\n"
        "C-2,A-2,01-02-2024,support,96.45,TRUE,FALSE,FALSE,\n"
        "C-3,A-1,12-11-2023,budget,0,FALSE,FALSE,FALSE,back again\n"
    ),
}


def rows(session: Session, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(text(query))]


def test_the_shipped_example_loads_its_five_tables(load: Load, session: Session) -> None:
    report = load(TABLES, mapping=SHIPPED)
    assert report.loaded, report.problems
    facts = (
        "select external_id, arr_cents, renewal_on, plan, status, churned_on, churn_reason, "
        "custom ->> 'industry' from account order by id"
    )
    assert rows(session, facts) == [
        ("A-1", 4342800, date(2026, 6, 11), "Pro", "live", None, None, "EdTech"),
        ("A-2", 0, None, "Basic", "churned", date(2024, 2, 1), "support", "FinTech"),
    ]
    use = (
        "select a.external_id, u.day, u.core_actions, u.logins, cardinality(u.features) "
        "from usage_daily u join account a on a.id = u.account_id order by 1"
    )
    assert rows(session, use) == [
        ("A-1", date(2024, 7, 27), 13, None, 2),
        ("A-2", date(2023, 12, 7), 2, None, 1),
    ]
    assert rows(session, "select external_id, severity, rating from ticket order by 1") == [
        ("T-1", "normal", None),
        ("T-2", "urgent", 4),
    ]
    assert rows(session, "select kind, moved_on, amount_cents from arr_movement order by 2") == [
        ("new", date(2023, 8, 18), 120000),
        ("new", date(2023, 12, 23), 3343200),
        ("contraction", date(2024, 2, 1), 120000),
        ("expansion", date(2024, 6, 11), 999600),
    ]
    again = load(TABLES, on="2026-03-11", mapping=SHIPPED)
    assert {(f.added, f.changed) for f in again.files} == {(0, 0)}


def test_bad_rows_of_a_mapping_are_named_by_the_files_own_lines(load: Load, tmp_path: Path) -> None:
    bad = {
        **TABLES,
        "ravenstack_feature_usage.csv": TABLES["ravenstack_feature_usage.csv"]
        + "U-4,S-9,28-07-2024,feature_5,4,369,0,FALSE\n"
        + "U-5,S-1,31-02-2024,feature_5,4,369,0,FALSE\n",
    }
    report = load(bad, mapping=SHIPPED)
    assert not report.loaded
    found = [(p.file, p.line, p.column, p.value) for p in report.problems]
    assert found == [
        ("ravenstack_feature_usage.csv", 6, "usage_date", "31-02-2024"),
        ("ravenstack_feature_usage.csv", 5, "account_id", ""),
    ]
    report = load(bad, mapping=SHIPPED, skip_bad=True)
    assert report.loaded
    assert sorted(path.name for path in (tmp_path / "rejects").iterdir()) == [
        "ravenstack_feature_usage.rejected.csv",
        "ravenstack_feature_usage.usage_daily.rejected.csv",
    ]


def load_values(load: Load, session: Session, tmp_path: Path, columns: dict[str, Any], **query: Any) -> Any:
    """The custom columns that expressions give an account."""
    mapping = {
        "sources": {
            "things": {
                "file": "things.csv",
                "types": {"n": "number", "m": "number", "d": "date", "t": "moment"},
            }
        },
        "tables": {"accounts": {"from": "things", "columns": {"id": "k", "name": "k", **columns}, **query}},
    }
    path = tmp_path / "mapping.yaml"
    path.write_text(yaml.safe_dump(mapping), encoding="utf-8")
    things = "k,n,m,d,t,s\nA1,3,2,2024-02-29,2026-03-01T23:30:00Z,Ann@x.example\nA1,4,0,,,\n"
    report = load({"things.csv": things}, mapping=path, zone="Europe/Berlin")
    assert report.loaded, report.problems
    return session.scalar(text("select custom from account where external_id = 'A1'"))


FIRST = [{"column": "n", "is": 3}]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"value": "x"}, "x"),
        ({"multiply": ["n", "m", {"value": 12}]}, 72),
        ({"divide": ["n", "m"]}, 1.5),
        ({"subtract": ["n", "m"]}, 1),
        ({"add": ["n", 2.5]}, 5.5),
        ({"text": "{k}/{n}-{d}"}, "A1/3-2024-02-29"),
        ({"split": "s", "by": "@", "part": -1}, "x.example"),
        ({"lower": "s"}, "ann@x.example"),
        ({"map": "k", "to": {"A1": "one"}}, "one"),
        ({"map": "k", "to": {"B": "two"}}, "A1"),
        ({"map": "k", "to": {"B": "two"}, "else": "other"}, "other"),
        ({"first_of": [{"if": {"column": "n", "is": 9}, "then": "k"}, "s"]}, "Ann@x.example"),
        ({"if": [{"column": "n", "at_least": 3}, {"column": "s", "empty": False}], "then": "m"}, 2),
        ({"if": {"any": [{"column": "n", "is": 9}, {"column": "k", "in": ["A1"]}]}, "then": "m"}, 2),
        ({"if": {"column": "d", "before": "2024-02-01"}, "then": "m", "else": "n"}, 3),
        ({"date_of": "t"}, "2026-03-02"),
        ({"add_months": "d", "months": 12}, "2025-02-28"),
        ({"next_anniversary": "d", "months": 12}, "2027-02-28"),
        ({"next_anniversary": "d", "months": 1, "after": date(2026, 3, 10)}, "2026-03-29"),
    ],
    ids=str,
)
def test_expressions(load: Load, session: Session, tmp_path: Path, expression: Any, expected: Any) -> None:
    assert load_values(load, session, tmp_path, {"x": expression}, where=FIRST) == {"x": expected}


def test_expressions_over_groups(load: Load, session: Session, tmp_path: Path) -> None:
    columns = {
        "sum": {"sum": {"multiply": ["n", 10]}},
        "mean": {"mean": "n"},
        "rows": {"count": "rows"},
        "dates": {"count": "d"},
        "kinds": {"count_distinct": "n"},
        "least": {"min": "n"},
        "latest": {"max": "d"},
        "first": {"first": "m", "by": "n"},
        "last": {"last": "m", "by": "n"},
        "all": {"list": "n"},
        "nested": {"multiply": [{"sum": "n"}, 2]},
    }
    assert load_values(load, session, tmp_path, columns, group_by=["id"]) == {
        "sum": 70,
        "mean": 3.5,
        "rows": 2,
        "dates": 1,
        "kinds": 2,
        "least": 3,
        "latest": "2024-02-29",
        "first": 2,
        "last": 0,
        "all": "3;4",
        "nested": 14,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tables": {"account": {"from": "things", "columns": {"id": "k"}}}}, "no canonical table"),
        ({"tables": {"accounts": {"from": "thing", "columns": {"id": "k"}}}}, "There are: things"),
        ({"tables": {"accounts": {"from": "things", "columns": {"id": "kk"}}}}, "no column 'kk'"),
        (
            {"tables": {"accounts": {"from": "things", "columns": {"id": {"sums": "n"}}}}},
            "needs one of value",
        ),
        ({"tables": {"accounts": {"from": "things", "columns": {"id": {"sum": "n"}}}}}, "needs a group_by"),
        (
            {"tables": {"accounts": {"from": "things", "columns": {"id": {"multiply": ["k", 2]}}}}},
            "needs a number, but this is a text",
        ),
        (
            {"tables": {"accounts": {"from": "things", "columns": {"id": "k", "n": "n"}, "group_by": "id"}}},
            "has many values in a group",
        ),
        ({"tables": {"tickets": {"from": "things", "columns": {"ident": "k"}}}}, "none of its columns"),
        ({"sources": {"things": {"file": "no.csv"}}}, "does not exist"),
        ({"sources": {"things": {"file": "things.csv", "types": {"q": "date"}}}}, "has no column 'q'"),
        ({"sources": {"things": {"file": "things.csv", "dates": "ymd"}}}, "found 'ymd'"),
        ({"extra": 1}, "extra"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_mapping_says_where(load: Load, tmp_path: Path, change: dict[str, Any], message: str) -> None:
    good = {
        "sources": {"things": {"file": "things.csv"}},
        "tables": {"accounts": {"from": "things", "columns": {"id": "k", "name": "k"}}},
    }
    path = tmp_path / "mapping.yaml"
    path.write_text(yaml.safe_dump({**good, **change}), encoding="utf-8")
    with pytest.raises(UserError) as raised:
        load({"things.csv": "k,n\nA1,3\n"}, mapping=path)
    assert message in str(raised.value)
