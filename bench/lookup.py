"""How fast, and how surely, an account is found by a name with one slip of the keyboard.

    uv run python -m bench.lookup [ACCOUNTS] [QUERIES]

Prints milliseconds (median, p95, p99) and how often the account meant is among the first five, and in the
same run the same for rapidfuzz over every name and for pg_trgm in PostgreSQL, with the ratios.
"""

import random
import string
import sys
import time
from collections.abc import Callable, Sequence

import psycopg
from rapidfuzz import fuzz, process
from sqlalchemy import make_url

from bot.accounts.name_index import NamedAccount, NameIndex
from bot.accounts.spelling import spell_name
from bot.cli.opening import open_database

_BEGINNINGS = """
    acme alder alpine amber anchor apex arbor aspen atlas aurora axiom bay beacon birch blue bold bright
    bronze brook canyon cascade cedar citadel clear cobalt copper coral crest crimson crown crystal
    delta domain eagle east echo elm ember emerald equinox evergreen falcon fern first flint forest fox
    frontier gold granite green grove harbor haven hawk hazel helios heron horizon indigo iron ivory
    jade juniper key lake lantern laurel lime lotus lunar magnet maple marble meridian mesa mint monarch
    moss north nova oak obsidian ocean olive omega onyx opal orbit orchid osprey pacific paragon pearl
    pine pinnacle pioneer plum polar prairie prime quartz quest raven red ridge river robin rose royal
    ruby sable saffron sage sapphire sequoia shore sierra silver sky slate solar sparrow spruce star
    steel stone summit sun swift teal terra tidal timber topaz torch trident true tulip turquoise umber
    union valley vanguard vector velvet venture verdant vertex violet vista west willow wind wolf zenith
    zephyr
"""
_JOINED = """
    bank bridge brook burn dale field ford gate haven hill land light line mark mere mont path point
    port side stone vale view ville wood works worth
"""
_TRADES = """
    analytics biotech capital cloud components consulting data dental design devices digital dynamics
    education electric energy engineering finance foods freight games health holdings hospitality
    imaging industries insurance interactive labs learning legal logistics marine marketing materials
    media medical metals mobility networks optics packaging partners payments pharma power press
    properties publishing research retail robotics security semiconductors services shipping software
    solutions sports studios supply systems technologies telecom textiles therapeutics trading travel
    utilities ventures water
"""
_FORMS = ("", "", "", " Inc", " Ltd", " GmbH", " LLC", " Group", " SA", " AB")


def make_names(number: int, chance: random.Random) -> list[str]:
    """So many different company names, many of them alike, as in a real list."""
    beginnings, joined, trades = _BEGINNINGS.split(), _JOINED.split(), _TRADES.split()
    names: dict[str, None] = {}
    while len(names) < number:
        first = chance.choice(beginnings) + (chance.choice(joined) if chance.random() < 0.7 else "")
        second = " " + chance.choice(trades) if chance.random() < 0.85 else ""
        third = " " + chance.choice(trades) if chance.random() < 0.15 else ""
        names[(first + second + third).title() + chance.choice(_FORMS)] = None
    return list(names)


def slip(name: str, chance: random.Random) -> str:
    """The name with one letter swapped with its neighbour, left out, doubled or mistaken."""
    at = chance.randrange(len(name) - 1)
    kind = chance.randrange(4)
    letter = chance.choice(string.ascii_lowercase)
    return {
        0: name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        1: name[:at] + name[at + 1 :],
        2: name[:at] + letter + name[at:],
        3: name[:at] + letter + name[at + 1 :],
    }[kind]


def measure(title: str, find: Callable[[str], Sequence[int]], asked: Sequence[tuple[str, int]]) -> float:
    """The p99 in milliseconds, after printing the line."""
    times, cpus, hits = [], [], 0
    for text, meant in asked:
        started, cpu = time.perf_counter(), time.thread_time()
        found = find(text)
        times.append((time.perf_counter() - started) * 1000)
        cpus.append((time.thread_time() - cpu) * 1000)
        hits += meant in found[:5]
    times.sort()
    cpu99 = sorted(cpus)[min(len(cpus) - 1, int(len(cpus) * 0.99))]
    middle, p95, p99 = (times[min(len(times) - 1, int(len(times) * part))] for part in (0.5, 0.95, 0.99))
    print(f"{title:<28}{middle:>9.2f}{p95:>9.2f}{p99:>9.2f} ms {cpu99:>9.2f}   hit@5 {hits / len(asked):.3f}")
    return p99


def find_in_postgres(url: str, names: Sequence[str]) -> Callable[[str], Sequence[int]]:
    """pg_trgm with its index, on a table of the names alone that goes with the connection."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(address, autocommit=True)
    connection.execute("create extension if not exists pg_trgm")
    connection.execute("create temporary table named (id int, name text)")
    with connection.cursor().copy("copy named from stdin") as copy:
        for place, name in enumerate(names):
            copy.write_row((place, name))
    connection.execute("create index on named using gist (name gist_trgm_ops(siglen=64))")
    connection.execute("analyze named")
    query = "select id from named order by name <-> %s limit 5"
    return lambda text: [row[0] for row in connection.execute(query, [spell_name(text)])]


def main() -> None:
    """Print the table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    queries = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    chance = random.Random(7)
    names = make_names(number, chance)
    spelt = [spell_name(name) for name in names]
    started = time.process_time()
    index = NameIndex(
        NamedAccount(place, name, f"A-{place:06}", f"{spelt[place].replace(' ', '')}.example")
        for place, name in enumerate(names)
    )
    print(f"{number:,} accounts; index built in {time.process_time() - started:.1f} s of CPU")
    meant = [chance.randrange(number) for _ in range(queries)]
    asked = [(slip(names[place], chance), place) for place in meant]
    parts = [(names[place].split()[0][:6], place) for place in meant]

    def find(text: str) -> Sequence[int]:
        matches = index.find(text)
        return [match.account_id for match in matches.fits or matches.nearest]

    print(f"{'':<28}{'median':>9}{'p95':>9}{'p99':>9}   p99 of CPU")
    ours = measure("index, one slip", find, asked)
    measure("index, first six letters", find, parts)

    def find_by_rapidfuzz(text: str) -> Sequence[int]:
        best = process.extract(spell_name(text), spelt, scorer=fuzz.ratio, limit=5)
        return [place for _, _, place in best]

    every = measure("rapidfuzz over all names", find_by_rapidfuzz, asked[:100])
    with open_database(migrated=False) as opened:
        trigrams = measure("pg_trgm, gist index", find_in_postgres(opened.url, spelt), asked[:100])
    print(f"p99: {every / ours:.1f}x rapidfuzz over all names, {trigrams / ours:.1f}x pg_trgm")


if __name__ == "__main__":
    main()
