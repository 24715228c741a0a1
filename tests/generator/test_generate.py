"""The same arguments make the same company, and the arguments mean what they say."""

from pathlib import Path

import pytest

from bot.generator import Trouble, generate
from tests.generator.conftest import END, read


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(tmp_path / name, accounts=25, weeks=20, seed=9, end=END)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    for seed in (9, 10):
        generate(tmp_path / str(seed), accounts=25, weeks=20, seed=seed, end=END)
    one, other = contents(tmp_path / "9"), contents(tmp_path / "10")
    assert [name for name in one if one[name] == other[name]] == []


@pytest.mark.parametrize(("accounts", "weeks"), [(1, 1), (1, 30), (40, 2)])
def test_a_very_small_company_is_whole(accounts: int, weeks: int, tmp_path: Path) -> None:
    company = generate(tmp_path, accounts=accounts, weeks=weeks, seed=2, end=END)
    assert company.rows["accounts"] == accounts == company.live + company.churned
    assert (company.end - company.start).days == weeks * 7 - 1
    assert len(contents(tmp_path)) == 10


def test_progress_reaches_the_end_without_going_back(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    generate(tmp_path, accounts=7, weeks=2, seed=1, end=END, progress=lambda *step: told.append(step))
    assert told == [(done, 7) for done in range(1, 8)]


def test_trouble_of_one_account_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    generate(tmp_path / "calm", accounts=30, weeks=30, seed=5, end=END, troubles=[])
    generate(
        tmp_path / "troubled", accounts=30, weeks=30, seed=5, end=END, troubles=[Trouble(3, "collapse", END)]
    )
    for name in ("usage_daily", "tickets", "surveys", "payments", "contacts", "touches", "goals"):
        calm, troubled = (
            [row for row in read(tmp_path / folder, name) if row["account_id"] != "A00004"]
            for folder in ("calm", "troubled")
        )
        assert calm == troubled, name


def test_an_unknown_kind_of_trouble_is_refused_with_the_kinds_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'bad_luck' is no kind of trouble; choose one of champion_left, "):
        generate(tmp_path, accounts=2, weeks=2, seed=1, end=END, troubles=[Trouble(0, "bad_luck", END)])


def test_trouble_for_an_account_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"account_index 2, but accounts are 0 to 1"):
        generate(tmp_path, accounts=2, weeks=2, seed=1, end=END, troubles=[Trouble(2, "collapse", END)])


def test_a_company_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one of each"):
        generate(tmp_path, accounts=0, weeks=5, seed=1, end=END)


@pytest.mark.parametrize(("accounts", "csms", "managers"), [(20, 2, 1), (300, 6, 2)])
def test_the_team_grows_with_the_accounts(accounts: int, csms: int, managers: int, tmp_path: Path) -> None:
    generate(tmp_path, accounts=accounts, weeks=1, seed=1, end=END)
    people = read(tmp_path, "people")
    roles = [row["role"] for row in people]
    assert (roles.count("csm"), roles.count("manager")) == (csms, managers)
    assert roles.count("executive") == roles.count("admin") == 1
    assert len({row["slack_id"] for row in people}) == len(people)
    if accounts == 300:
        assert {row["timezone"].split("/")[0] for row in people} == {"America", "Europe", "Asia"}
