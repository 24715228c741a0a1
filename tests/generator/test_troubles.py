"""Accounts in trouble show it, for reasons a person can tell."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.generator import EFFECTS, GeneratedCompany, Trouble, generate
from tests.generator.conftest import END, Rows, read

ACCOUNT = "A00002"
BEGINS = END - timedelta(days=35)


@pytest.fixture(scope="session")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Rows]:
    """The rows of a file for ``ACCOUNT`` in a kind of trouble since ``BEGINS``, or without any: "calm"."""
    folders: dict[str, Path] = {}

    def find(kind: str, name: str) -> Rows:
        if kind not in folders:
            folders[kind] = tmp_path_factory.mktemp(kind)
            troubles = [] if kind == "calm" else [Trouble(1, kind, BEGINS)]
            generate(folders[kind], accounts=2, weeks=60, seed=39, end=END, troubles=troubles)
        return [row for row in read(folders[kind], name) if row.get("account_id", row.get("id")) == ACCOUNT]

    return find


def active(rows: Rows, first: date, days: int) -> int:
    wanted = {(first + timedelta(days=day)).isoformat() for day in range(days)}
    return sum(int(row["active_users"]) for row in rows if row["day"] in wanted)


# An uproar is one of words.
@pytest.mark.parametrize("kind", sorted(set(EFFECTS) - {"uproar"}))
def test_every_kind_of_trouble_lowers_use_and_the_account_stays(
    kind: str, troubled: Callable[[str, str], Rows]
) -> None:
    usage = troubled(kind, "usage_daily")
    before = active(usage, BEGINS - timedelta(days=28), 28)
    after = active(usage, END - timedelta(days=27), 28)
    assert after < 0.75 * before
    assert troubled(kind, "accounts")[0]["status"] == "live"
    assert any(
        row["kind"] == "note" and row["note"] in EFFECTS[kind].notes for row in troubled(kind, "touches")
    )


def test_use_does_not_fall_without_trouble(troubled: Callable[[str, str], Rows]) -> None:
    usage = troubled("calm", "usage_daily")
    before = active(usage, BEGINS - timedelta(days=28), 28)
    assert active(usage, END - timedelta(days=27), 28) > 0.75 * before


def test_a_champion_who_leaves_is_marked_and_has_no_successor(troubled: Callable[[str, str], Rows]) -> None:
    champions = [row for row in troubled("champion_left", "contacts") if row["role"] == "champion"]
    assert champions[-1]["left_on"] == (BEGINS + timedelta(days=3)).isoformat()


def test_a_ticket_spike_ends_in_silence(troubled: Callable[[str, str], Rows]) -> None:
    opened = Counter(
        (date.fromisoformat(row["opened_at"][:10]) - BEGINS).days // 9
        for row in troubled("ticket_spike", "tickets")
    )
    assert opened[0] >= 8
    assert sum(opened[block] for block in (1, 2, 3)) == 0


def test_failing_payments_stay_failed(troubled: Callable[[str, str], Rows]) -> None:
    late = [row for row in troubled("payment_failures", "payments") if row["due_on"] >= BEGINS.isoformat()]
    assert len(late) == 3
    assert {row["status"] for row in late} == {"failed"}


def test_seats_are_given_back_before_a_non_renewal(troubled: Callable[[str, str], Rows]) -> None:
    last = troubled("non_renewal", "arr_movements")[-1]
    assert (last["kind"], last["on"]) == ("contraction", (BEGINS + timedelta(days=5)).isoformat())


def test_goals_missed_when_no_value_is_seen(troubled: Callable[[str, str], Rows]) -> None:
    assert "missed" in {row["status"] for row in troubled("value_not_seen", "goals")}


def test_a_collapse_is_seen_on_its_own_day(troubled: Callable[[str, str], Rows]) -> None:
    day = BEGINS.isoformat()
    tickets = [row for row in troubled("collapse", "tickets") if row["opened_at"].startswith(day)]
    assert len(tickets) >= 5
    assert sum(row["severity"] in ("high", "urgent") for row in tickets) >= 5
    answers = [row for row in troubled("collapse", "surveys") if row["answered_at"].startswith(day)]
    assert answers
    assert all(int(row["score"]) <= 4 for row in answers)
    assert [row["left_on"] for row in troubled("collapse", "contacts") if row["role"] == "champion"][
        -1
    ] == day
    usage = troubled("collapse", "usage_daily")
    assert active(usage, BEGINS, 7) < 0.15 * active(usage, BEGINS - timedelta(days=7), 7)


@pytest.mark.parametrize("seed", [1, 7, 23])
def test_a_company_ends_with_some_accounts_in_trouble_of_every_kind(seed: int, tmp_path: Path) -> None:
    company = generate(tmp_path, accounts=300, weeks=30, seed=seed, end=END)
    kinds = Counter(trouble.kind for _, trouble in company.troubles)
    assert 0.06 <= len(company.troubles) / company.live <= 0.10
    assert set(kinds) >= set(EFFECTS) - {"onboarding_stalled", "usage_cliff", "uproar"}
    falls = [trouble.starts_on for _, trouble in company.troubles if trouble.kind == "collapse"]
    assert 1 <= len(falls) <= 3
    assert END in falls
    assert min(falls) > END - timedelta(days=5)


def test_nobody_is_put_in_trouble_who_has_left(company: GeneratedCompany) -> None:
    left = {row["id"] for row in read(company.folder, "accounts") if row["status"] == "churned"}
    assert company.troubles
    assert not left & {account for account, _ in company.troubles}
