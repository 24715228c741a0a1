import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.lookup import make_names, slip
from bot.accounts.name_index import NamedAccount, NameIndex
from bot.accounts.spelling import drop_legal_form, spell, spell_name, spell_query

ACCOUNTS = (
    NamedAccount(1, "Acme Corp.", "A-001", "acme.com"),
    NamedAccount(2, "Acme East", "A-002", "acme-east.io"),
    NamedAccount(3, "Société Générale S.A.", "A-003", "sg.example"),
    NamedAccount(4, "Northwind Logistics GmbH", "N-1", "northwind.de", ("NWL", "Nordwind")),
    NamedAccount(5, "Northwind Traders", "N-2"),
    NamedAccount(6, "O'Neill & Sons", "N-3"),
    NamedAccount(7, "Zebra", "Z-1"),
    NamedAccount(8, "Zebra Inc", "Z-2"),
    NamedAccount(9, "Globex", "G-1", live=False),
    NamedAccount(10, "Globex Research", "G-2"),
    NamedAccount(11, "東京電力", "J-1"),
    NamedAccount(12, "Straße Łódź", "P-1"),
)


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex(ACCOUNTS)


def fits(index: NameIndex, text: str) -> list[int]:
    return [match.account_id for match in index.find(text).fits]


@pytest.mark.parametrize(
    ("text", "account_id"),
    [
        *[
            ("acme corp", 1),
            ("ACME", 1),
            ("acme.com", 1),
            ("https://www.acme.com/", 1),
            ("a-001", 1),
            ("a001", 1),
        ],
        *[("societe generale", 3), ("Société Générale", 3), ("generale", 3), ("societe generale sa", 3)],
        *[("nwl", 4), ("nordwind", 4), ("logistics", 4), ("logi north", 4), ("northwind gmbh logistics", 4)],
        *[
            ("oneill", 6),
            ("O’Neill and", 6),
            ("zebra inc", 8),
            ("globex", 9),
            ("東京", 11),
            ("strasse lodz", 12),
        ],
        *[
            ("norhtwind trade", 5),
            ("norhtwind traders", 5),
            ("nrothwind logistics", 4),
            ("northwindlogistics", 4),
        ],
        *[("amce", 1), ("acmee", 1), ("zebrra inc", 8), ("societé genrale", 3)],
    ],
)
def test_one_account_is_meant(index: NameIndex, text: str, account_id: int) -> None:
    assert fits(index, text)[:1] == [account_id]


@pytest.mark.parametrize(
    ("text", "account_ids"),
    [("northwind", {4, 5}), ("ac", {1, 2}), ("zebra", {7, 8}), ("north", {4, 5}), ("glob", {9, 10})],
)
def test_several_may_be_meant(index: NameIndex, text: str, account_ids: set[int]) -> None:
    assert set(fits(index, text)) == account_ids


def test_a_live_account_comes_before_a_churned_one(index: NameIndex) -> None:
    assert fits(index, "glob") == [10, 9]


def test_the_nearest_are_offered_where_none_fits(index: NameIndex) -> None:
    found = index.find("northern wings")
    assert found.fits == ()
    assert found.spelt_otherwise
    assert {match.account_id for match in found.nearest} >= {4, 5}
    assert len(found.nearest) <= 3


def test_what_was_understood_is_marked(index: NameIndex) -> None:
    assert not index.find("acme").spelt_otherwise
    assert index.find("northwnd traders").spelt_otherwise


@pytest.mark.parametrize("text", ["", "   ", "!!!", "…"])
def test_nothing_typed_is_nothing_found(index: NameIndex, text: str) -> None:
    found = index.find(text)
    assert (found.fits, found.nearest) == ((), ())


def test_an_empty_company_has_no_accounts() -> None:
    assert NameIndex([]).find("acme").fits == ()
    assert NameIndex([]).find("acme").nearest == ()


def test_more_than_fit_a_menu_are_counted() -> None:
    index = NameIndex([NamedAccount(n, f"Branch {n}", f"B-{n}") for n in range(250)])
    found = index.find("branch", limit=20)
    assert (len(found.fits), found.more) == (20, 230)


@given(st.text(max_size=200))
def test_no_text_breaks_the_look_up(text: str) -> None:
    NameIndex(ACCOUNTS).find(text)


@given(st.lists(st.text(max_size=30), max_size=8), st.text(max_size=30))
def test_an_account_is_always_found_by_its_own_name(others: list[str], name: str) -> None:
    index = NameIndex([NamedAccount(n, each, f"x{n}") for n, each in enumerate([*others, name])])
    if spell(name):
        found = index.find(name, limit=100)
        assert len(others) in [match.account_id for match in found.fits]


def test_one_slip_leaves_the_account_among_the_first_five() -> None:
    chance = random.Random(11)
    names = make_names(2_000, chance)
    index = NameIndex(NamedAccount(place, name, f"A-{place}") for place, name in enumerate(names))
    hits = 0
    for _ in range(300):
        meant = chance.randrange(len(names))
        found = index.find(slip(names[meant], chance))
        hits += meant in [match.account_id for match in (found.fits or found.nearest)[:5]]
    assert hits / 300 >= 0.95


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("É-Corp, Inc.", "e corp"),
        ("ACME B.V.", "acme"),
        ("Inc.", "inc"),
        ("The Co", "the"),
        ("Straße & Söhne KG", "strasse and sohne"),
        ("A.G. Edwards", "a g edwards"),
    ],
)
def test_spelling(name: str, spelt: str) -> None:
    assert spell_name(name) == spelt


def test_a_query_may_be_an_address() -> None:
    assert spell_query("https://www.Acme.com/") == "acme com"
    assert drop_legal_form("acme gmbh co kg") == "acme"
