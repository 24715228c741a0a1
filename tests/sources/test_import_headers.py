"""Which column is which: other tools' exports are understood, doubtful guesses are not used."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.sources.importing.headers import SURE, find_table, match_headers
from bot.sources.importing.tables import BY_NAME, TABLES
from tests.sources.conftest import ACCOUNTS, Load


def mapped(table: str, *headers: str) -> dict[str, str]:
    return {m.header: m.column.name for m in match_headers(headers, BY_NAME[table]) if m.column}


def test_no_name_stands_for_two_columns_of_a_table() -> None:
    for table in TABLES:
        headers = [name for c in table.columns for name in (c.name, *c.aliases)]
        for column in table.columns:
            for name in (column.name, *column.aliases):
                alone = match_headers([name], table)[0]
                assert alone.column is column, f"{table.name}: {name} of {headers}"


def test_churnzeros_account_export() -> None:
    assert mapped(
        "accounts",
        "accountExternalId",
        "Name",
        "NextRenewalDate",
        "TotalContractAmount",
        "IsActive",
        "StartDate",
        "EndDate",
        "LicenseCount",
        "OwnerUserAccount",
        "ParentAccountExternalId",
        "cf_arr",
    ) == {
        "accountExternalId": "id",
        "Name": "name",
        "NextRenewalDate": "renewal_on",
        "TotalContractAmount": "arr",
        "IsActive": "status",
        "StartDate": "started_on",
        "LicenseCount": "seats",
        "OwnerUserAccount": "csm_email",
        "ParentAccountExternalId": "parent_id",
    }


def test_skalins_and_clientsuccess_names() -> None:
    assert mapped("accounts", "Customer ID", "Name", "Domain", "Owner email", "Stage") == {
        "Customer ID": "id",
        "Name": "name",
        "Domain": "domain",
        "Owner email": "csm_email",
        "Stage": "stage",
    }
    assert mapped("accounts", "client name", "status", "assigned CSM email") == {
        "client name": "name",
        "status": "status",
        "assigned CSM email": "csm_email",
    }
    assert mapped("contacts", "client id", "Email", "badge") == {
        "client id": "account_id",
        "Email": "email",
        "badge": "role",
    }


def test_a_slip_of_the_keys_is_guessed_and_shown_as_a_guess() -> None:
    match = match_headers(["renewal_dat"], BY_NAME["accounts"])[0]
    assert match.column is not None
    assert match.column.name == "renewal_on"
    assert SURE <= match.confidence < 0.95


@pytest.mark.parametrize("header", ["region", "arr_growth_pct", "x", "comments"])
def test_what_is_not_known_is_not_guessed(header: str) -> None:
    assert match_headers([header], BY_NAME["accounts"])[0].column is None


def test_a_table_is_told_by_its_columns_when_its_name_says_nothing() -> None:
    table, confidence = find_table(
        "export", ["Customer ID", "Customer name", "ARR", "Next renewal date", "CSM"]
    )
    assert table is BY_NAME["accounts"]
    assert confidence >= SURE
    assert find_table("export", ["a", "b"])[0] is None
    assert find_table("customers-2026-03", ["whatever"])[0] is BY_NAME["accounts"]


def test_a_file_that_cannot_be_told_asks_for_a_mapping(load: Load) -> None:
    report = load({"data.csv": "a,b\n1,2\n"})
    assert not report.loaded
    assert report.problems[0].file == "data.csv"
    assert "--mapping" in report.problems[0].remedy


def test_a_missing_column_is_named_with_the_nearest_guess(load: Load) -> None:
    report = load({"accounts.csv": "ident,name\nA1,Acme\n"})
    assert not report.loaded
    assert "accounts needs the columns id" in report.problems[0].message
    assert "--mapping" in report.problems[0].remedy


def test_words_of_other_tools(load: Load, session: Session) -> None:
    report = load(
        {
            "clients.csv": "client id,client name,status,type\n1,Acme,Terminated,Mid-Market\n"
            "2,Birch,Trial,SMB\n",
            "contacts.csv": "client id,email,badge\n1,a@x.example,Executive Sponsor\n"
            "1,b@x.example,Key contact\n",
            "tickets.csv": "id,account_id,created at,priority\nT,1,2026-03-01,Medium\nU,1,2026-03-01,P1\n",
        }
    )
    assert report.loaded, report.problems
    found: list[Any] = [tuple(r) for r in session.execute(text("select status from account order by id"))]
    assert found == [("churned",), ("live",)]
    assert session.scalars(text("select role from contact order by email")).all() == [
        "exec_sponsor",
        "champion",
    ]
    assert session.scalars(text("select severity from ticket order by external_id")).all() == [
        "normal",
        "urgent",
    ]


def test_the_same_header_twice_is_refused(load: Load) -> None:
    report = load({"accounts.csv": "id,name,name\nA1,Acme,Acme\n"})
    assert "more than once" in report.problems[0].message
    assert load({"accounts.csv": ACCOUNTS}).loaded
