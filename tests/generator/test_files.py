"""The ten files are what the import format asks for, and hold together."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime

import pytest

from bot.generator import GeneratedCompany

Find = Callable[[str], list[dict[str, str]]]

# The import format, word for word; a column that moves or changes its name breaks every importer.
COLUMNS = {
    "accounts": "id name domain segment stage arr currency started_on renewal_on notice_days contract_months "
    "seats plan plan_limit csm_email ae_email parent_id status churned_on churn_reason",
    "people": "email name role manager_email slack_id timezone",
    "contacts": "account_id email name title role since left_on",
    "usage_daily": "account_id day active_users logins core_actions api_calls new_users seats_used features",
    "tickets": "id account_id opened_at closed_at severity rating",
    "surveys": "account_id kind score answered_at contact_email comment",
    "payments": "id account_id due_on paid_on status amount",
    "touches": "account_id kind at by_email note",
    "goals": "account_id objective metric baseline target due_on status met_on",
    "arr_movements": "account_id on kind amount",
}

WORDS = {
    ("accounts", "segment"): {"enterprise", "mid_market", "smb"},
    ("accounts", "status"): {"live", "churned"},
    ("accounts", "stage"): {"onboarding", "adoption", "value", "expansion", "renewal", "churned"},
    ("people", "role"): {"csm", "manager", "executive", "account_executive", "admin"},
    ("contacts", "role"): {"champion", "exec_sponsor", "admin", "technical_lead", "user"},
    ("tickets", "severity"): {"low", "normal", "high", "urgent"},
    ("surveys", "kind"): {"nps", "csat"},
    ("payments", "status"): {"paid", "failed", "open"},
    ("touches", "kind"): {"meeting", "qbr", "call", "email", "executive", "note"},
    ("goals", "status"): {"open", "met", "missed"},
    ("arr_movements", "kind"): {"new", "expansion", "contraction", "churn"},
}

KEYS = {
    "accounts": ("id",),
    "people": ("email",),
    "contacts": ("account_id", "email"),
    "usage_daily": ("account_id", "day"),
    "tickets": ("id",),
    "surveys": ("account_id", "kind", "answered_at", "contact_email"),
    "payments": ("id",),
    "touches": ("account_id", "kind", "at", "by_email"),
    "goals": ("account_id", "objective"),
    "arr_movements": ("account_id", "on", "kind"),
}


def day(text: str) -> date:
    return datetime.fromisoformat(text).date()


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_those_of_the_import_format(name: str, company: GeneratedCompany) -> None:
    header = (company.folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.split(",") == COLUMNS[name].split()


@pytest.mark.parametrize("name", COLUMNS)
def test_row_counts_are_reported(name: str, company: GeneratedCompany, rows: Find) -> None:
    assert company.rows[name] == len(rows(name)) > 0


@pytest.mark.parametrize("name", KEYS)
def test_no_key_occurs_twice(name: str, rows: Find) -> None:
    keys = Counter(tuple(row[column] for column in KEYS[name]) for row in rows(name))
    assert [key for key, times in keys.items() if times > 1] == []


@pytest.mark.parametrize(("name", "column"), WORDS)
def test_words_are_the_formats_own_and_all_occur(name: str, column: str, rows: Find) -> None:
    assert {row[column] for row in rows(name)} == WORDS[name, column]


@pytest.mark.parametrize("name", [name for name in COLUMNS if COLUMNS[name].split()[0] == "account_id"])
def test_every_row_belongs_to_an_account(name: str, rows: Find) -> None:
    assert {row["account_id"] for row in rows(name)} <= {row["id"] for row in rows("accounts")}


def test_accounts_name_people_and_parents_that_exist(rows: Find) -> None:
    roles = {row["email"]: row["role"] for row in rows("people")}
    accounts = {row["id"]: row for row in rows("accounts")}
    assert {roles[row["csm_email"]] for row in accounts.values()} == {"csm"}
    assert {roles[row["ae_email"]] for row in accounts.values()} == {"account_executive"}
    children = [row for row in accounts.values() if row["parent_id"]]
    assert children
    assert {accounts[row["parent_id"]]["segment"] for row in children} == {"enterprise"}
    assert {row["manager_email"] for row in rows("people")} - {""} <= set(roles)


def test_touches_and_surveys_name_people_who_exist(rows: Find) -> None:
    contacts = {(row["account_id"], row["email"]) for row in rows("contacts")}
    assert {(row["account_id"], row["contact_email"]) for row in rows("surveys")} <= contacts
    assert {row["by_email"] for row in rows("touches")} <= {row["email"] for row in rows("people")}


def test_names_and_domains_are_unique_and_reserved(rows: Find) -> None:
    accounts = rows("accounts")
    assert len({row["name"].casefold() for row in accounts}) == len(accounts)
    assert len({row["domain"] for row in accounts}) == len(accounts)
    addresses = [row["email"] for name in ("people", "contacts") for row in rows(name)]
    assert all(address.endswith(".example") and address.isascii() for address in addresses)


def test_nothing_happens_after_the_end_or_after_an_account_left(
    company: GeneratedCompany, rows: Find
) -> None:
    left = {row["id"]: day(row["churned_on"]) for row in rows("accounts") if row["churned_on"]}
    started = {row["id"]: day(row["started_on"]) for row in rows("accounts")}
    assert len(left) == company.churned
    for name, column in (("usage_daily", "day"), ("tickets", "opened_at"), ("touches", "at")):
        for row in rows(name):
            assert max(company.start, started[row["account_id"]]) <= day(row[column]) <= company.end
            assert day(row[column]) < left.get(row["account_id"], date.max), (name, row)
    for name, column in (("payments", "paid_on"), ("tickets", "closed_at"), ("contacts", "left_on")):
        assert all(day(row[column]) <= company.end for row in rows(name) if row[column])


def test_movements_add_up_to_the_arr(rows: Find) -> None:
    total: Counter[str] = Counter()
    for row in rows("arr_movements"):
        sign = 1 if row["kind"] in ("new", "expansion") else -1
        assert int(row["amount"]) > 0
        total[row["account_id"]] += sign * int(row["amount"])
    for row in rows("accounts"):
        assert total[row["id"]] == (int(row["arr"]) if row["status"] == "live" else 0)


def test_status_renewal_and_reason_agree(company: GeneratedCompany, rows: Find) -> None:
    for row in rows("accounts"):
        if row["status"] == "live":
            assert day(row["renewal_on"]) > company.end
            assert not row["churned_on"]
            assert not row["churn_reason"]
        else:
            assert row["churned_on"] == row["renewal_on"]
            assert row["churn_reason"] in {
                "product",
                "value",
                "relationship",
                "financial",
                "competition",
                "strategic",
            }


def test_a_days_numbers_fit_together(rows: Find) -> None:
    for row in rows("usage_daily"):
        active, used = int(row["active_users"]), int(row["seats_used"])
        assert int(row["new_users"]) <= active <= used
        assert int(row["logins"]) >= active
        assert bool(row["features"]) <= (active > 0)
        assert active > 0 or int(row["api_calls"]) > 0, "an idle day has no row"
